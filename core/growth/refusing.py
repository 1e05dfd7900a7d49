"""Why a picture of a walk is not to be trusted, in the same words live and in the walk's files."""

import numpy as np

from core.arrays import Code, Codes, Values
from core.growth.outlined import Outlined

TINY = 1e-6  # a lesion that stands on the limit itself is not refused for rounding


def refusals(
    codes: Codes, far: Values, *, start: Code, start_far: float, outlined: Outlined | None
) -> list[str]:
    """A sentence for every code that leaves what training showed, or the patch; "" elsewhere.

    Args:
        codes: (row, latent).
        far: Their typicality, (row,); NaN where it is not known refuses nothing.
        start: The code that the walk begins with.
        start_far: Its typicality: a lesion that is unusual itself may not become more so.
        outlined: The lesion's outline where its size is counted from it, else None.
    """
    limit = (max(1.0, start_far) if np.isfinite(start_far) else 1.0) + TINY
    times = np.ones(len(codes)) if outlined is None else outlined.growth(codes, start)
    found = []
    for code_far, growth in zip(far, times, strict=True):
        sentence = ""
        if code_far > limit:
            sentence = (
                "Refused: this lies outside what training patients showed "
                f"({code_far:.2f} times the distance that 99 of 100 stay within)."
            )
        elif outlined is not None and not outlined.fits(float(growth)):
            sentence = f"Refused: {growth:.1f} times as large, its outline would leave the patch."
        found.append(sentence)
    return found
