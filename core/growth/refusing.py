"""Why a picture of a walk is not to be trusted, in the same words on the page and in its files."""

import numpy as np

from core.arrays import Codes, Values
from core.growth.delivery import Lesion

TINY = 1e-6  # a lesion that stands on the limit itself is not refused for rounding


def limit_of(far: float) -> float:
    """Typicality that a walk may reach: a lesion that is unusual itself may not become more so.

    Args:
        far: The typicality of its start.
    """
    return max(1.0, far) + TINY


def refusals(lesion: Lesion, codes: Codes, far: Values, *, limit: float) -> list[str]:
    """A sentence for every code that leaves what training showed, or the patch; "" elsewhere.

    Args:
        lesion: What the walk begins with.
        codes: (row, latent).
        far: Their typicality, (row,); NaN where it is not known refuses nothing.
        limit: The typicality that may be reached, from `limit_of`.
    """
    outlined = lesion.outlined
    times = np.ones(len(codes)) if outlined is None else outlined.growth(codes, lesion.code)
    found = []
    for code_far, growth in zip(far, times, strict=True):
        if code_far > limit:
            found.append(
                "Refused: this lies outside what training patients showed "
                f"({code_far:.2f} times the distance that 99 of 100 stay within)."
            )
        elif outlined is not None and not outlined.fits(float(growth)):
            found.append(
                f"Refused: {growth:.1f} times as large, its outline would leave the patch."
            )
        else:
            found.append("")
    return found
