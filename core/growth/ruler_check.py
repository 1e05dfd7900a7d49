"""Does the ruler find in this cohort what the outlines outline? If not, it is not asked.

The ruler looks for the line half-way between a lesion's grey and that of its surroundings. Where
lesions are as grey as what lies around them (a tumour in muscle on T1w MR), or other edges are
stronger (the surface of a leg), it reads something else, on every picture alike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.arrays import Patches
from core.growth.measure import short_axes_mm

LESIONS = 24  # of training patients: enough for a median, quick enough to wait for
LEAST_READ = 0.75
MOST_OFF = 1 / 3  # of one lesion's outlined short axis: further off another edge was found
MOST_APART = 0.2  # of the outline's short axis; on the synthetic cohort it is a third of that


def agrees(read_mm: float, outlined_mm: float) -> bool:
    """Whether a reading may stand for one outlined lesion; a reading that failed (NaN) may not."""
    return bool(abs(read_mm / outlined_mm - 1) <= MOST_OFF)


@dataclass(frozen=True)
class RulerCheck:
    """The ruler beside the outlines of training lesions.

    Attributes:
        lesions: How many were read.
        read: Share of them in which the ruler found a lesion at all.
        apart: Median difference of the two short axes, as a share of the outline's; NaN where
            nothing was found.
    """

    lesions: int
    read: float
    apart: float

    @property
    def holds(self) -> bool:
        """Whether sizes may be read on pictures of this cohort."""
        return self.read >= LEAST_READ and self.apart <= MOST_APART


def ruler_check(
    rows: pd.DataFrame, patches: Patches, *, spacing_mm: tuple[float, float]
) -> RulerCheck:
    """The ruler held against the outlines of a run's training lesions, one (key slice) each.

    Args:
        rows: Of a run with outlined lesions, one line a patch.
        patches: The pictures, (row, height, width) in [0, 1].
        spacing_mm: Size of a pixel of its patches, (down, across).
    """
    chosen = np.flatnonzero(
        rows["key_slice"].to_numpy(bool)
        & (rows["split"] == "train").to_numpy()
        & rows["short_axis_mm"].notna().to_numpy()
    )
    if not len(chosen):
        return RulerCheck(0, 0.0, float("nan"))
    taken = np.unique(np.linspace(0, len(chosen) - 1, LESIONS).round().astype(int))
    outlined = rows["short_axis_mm"].to_numpy(float)[chosen[taken]]
    ruled = short_axes_mm(patches[chosen[taken]], spacing_mm=spacing_mm)
    known = np.isfinite(ruled)
    apart = float(np.median(np.abs(ruled / outlined - 1)[known])) if known.any() else float("nan")
    return RulerCheck(len(taken), float(known.mean()), apart)
