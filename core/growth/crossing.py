"""Where a score along a walk passes its threshold: where the call changes."""

import numpy as np

from core.arrays import Values


def crossings(asked: Values, score: Values, threshold: float) -> tuple[float, ...]:
    """Where a score passes its threshold, by straight lines between neighbouring steps.

    Args:
        asked: What was asked at each step, (step,).
        score: There, (step,); NaN where it is not known, and nothing is passed beside it.
        threshold: The score from which it is called.
    """
    above = score >= threshold
    found = []
    for step in range(len(score) - 1):
        left, right = float(score[step]), float(score[step + 1])
        if np.isfinite([left, right]).all() and above[step] != above[step + 1]:
            share = (threshold - left) / (right - left)
            found.append(float(asked[step] + share * (asked[step + 1] - asked[step])))
    return tuple(found)
