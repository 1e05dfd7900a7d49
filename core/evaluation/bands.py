"""Where false calls come from: calls by size of the largest lesion and by number of lesions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.classification import Confusion

SIZES_MM = ((0.0, 5.0), (5.0, 7.0), (7.0, 10.0), (10.0, np.inf))
COUNTS = ((1, 3), (3, 6), (6, 9), (9, np.inf))


@dataclass(frozen=True)
class Band:
    """The calls of the patients in one band.

    Attributes:
        by: What the band is of.
        name: In words, "5 to 7 mm".
        counts: Calls against outcomes.
    """

    by: Literal["size", "number"]
    name: str
    counts: Confusion


def bands(
    labels: Labels, called: Labels, *, largest_mm: Values | None, nodes: Labels
) -> list[Band]:
    """Calls by size of the largest lesion, where known, and by how many a patient has."""
    truth, said = (np.asarray(each).astype(bool) for each in (labels, called))
    found: list[Band] = []
    if largest_mm is not None:
        for low, high in SIZES_MM:
            inside = (largest_mm >= low) & (largest_mm < high)
            found.append(Band("size", size_name(low, high), _counted(truth, said, inside)))
    for least, below in COUNTS:
        inside = (np.asarray(nodes) >= least) & (np.asarray(nodes) < below)
        name = f"{least:g} or more" if np.isinf(below) else f"{least:g} to {below - 1:g}"
        found.append(Band("number", name, _counted(truth, said, inside)))
    return found


def size_name(low: float, high: float) -> str:
    """A size band in words."""
    if low == 0:
        return f"under {high:g} mm"
    return f"{low:g} to {high:g} mm" if np.isfinite(high) else f"{low:g} mm or more"


def majority(calls: Sequence[Labels] | np.ndarray) -> np.ndarray:
    """Who is called in at least half of the repeats, from (repeat, patient)."""
    return np.asarray(np.mean(np.asarray(calls, dtype=np.float64), axis=0) >= 0.5)


def _counted(truth: np.ndarray, said: np.ndarray, inside: np.ndarray) -> Confusion:
    return Confusion(
        true_positive=int((truth & said & inside).sum()),
        false_positive=int((~truth & said & inside).sum()),
        true_negative=int((~truth & ~said & inside).sum()),
        false_negative=int((truth & ~said & inside).sum()),
    )
