"""How the size of one lesion is known: read by the ruler, counted from its outline, or not at all.

The pages, the trial and the flips ask here, so that a lesion whose picture the ruler misreads is
treated alike everywhere.
"""

from dataclasses import dataclass

import numpy as np

from core.errors import UndefinedDirection
from core.growth.measure import short_axes_mm
from core.growth.outlined import Outlined
from core.growth.ruler_check import agrees, ruler_check
from core.latent.space import LatentSpace
from core.run import Run

SIZE = "short_axis_mm"


@dataclass(frozen=True, eq=False)
class Sized:
    """What may be asked about one lesion's size.

    Attributes:
        spacing_mm: Size of a pixel for the ruler; None where it is not to be asked.
        outlined: The outline to count from instead; None where the ruler is asked, or without one.
    """

    spacing_mm: tuple[float, float] | None
    outlined: Outlined | None


def spacing_of(run: Run, row: int = 0) -> tuple[float, float]:
    """Size of a pixel of a row's patch in mm, (down, across), as its grid on disk says.

    The settings may say 0, which leaves every volume its own spacing.
    """
    affine = np.array([float(value) for value in run.grid["affine"].iloc[row]]).reshape(4, 4)
    down, across = np.linalg.norm(affine[:3, :2], axis=0)
    return float(down), float(across)


def ruler_holds(run: Run) -> bool:
    """Whether the ruler finds in this cohort what its outlines outline."""
    if not run.manifest.has_masks:
        return False
    return ruler_check(run.rows, run.patches, spacing_mm=spacing_of(run)).holds


def sized(run: Run, row: int, *, space: LatentSpace, holds: bool) -> Sized:
    """How the size of a row's lesion is known.

    Args:
        run: The run.
        row: The lesion.
        space: The run's latent space, for the size that codes stand for.
        holds: Whether the ruler may be asked in this cohort at all, from `ruler_holds`.
    """
    if not run.manifest.has_masks:
        return Sized(None, None)
    by_outline, spacing = float(run.rows[SIZE].iloc[row]), spacing_of(run, row)
    if holds:
        (read_mm,) = short_axes_mm(run.patches[[row]], spacing_mm=spacing)
        if agrees(float(read_mm), by_outline):
            return Sized(spacing, None)
    if not run.masks[row].any() or not np.isfinite(by_outline):
        return Sized(None, None)
    try:
        size = space.direction(SIZE)
    except UndefinedDirection:
        return Sized(None, None)
    return Sized(None, Outlined(run.masks[row], by_outline, size.read))
