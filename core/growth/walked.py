"""A run's lesion walked as the pages walk it: the run's own scale, way, share and known sizes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import Labels, Values
from core.errors import UndefinedDirection
from core.growth.calibrate import calibrated, calibrated_way
from core.growth.delivery import Decode, Keep, read
from core.growth.paths import Mode
from core.growth.preference import preferred, share_of
from core.growth.simulate import Judge, between, grow
from core.growth.sized import SIZE, Sized, ruler_holds, sized, spacing_of
from core.growth.trajectory import Trajectory
from core.latent.direction import Direction, Way
from core.latent.space import LatentSpace
from core.run import Run


@dataclass(frozen=True, eq=False)
class Ground:
    """What a lesion's walks stand on.

    Attributes:
        run: The run.
        space: Its codes beside their rows.
        decode: Turns codes into pictures, usually `model.decode`.
        known: How the lesion's size is known.
        holds: Whether the ruler may be asked in this cohort at all.
        score: The scores of codes near the lesion, from `core.growth.flips.score_near`.
    """

    run: Run
    space: LatentSpace
    decode: Decode
    known: Sized
    holds: bool
    score: Judge | None = None

    @classmethod
    def of(cls, run: Run, row: int, *, decode: Decode, score: Judge | None = None) -> "Ground":
        """What is known of a row's lesion, found out anew."""
        space, holds = LatentSpace.open(run), ruler_holds(run)
        return cls(run, space, decode, sized(run, row, space=space, holds=holds), holds, score)


def along_of(ground: Ground, name: str, way: Way | None = None) -> Direction:
    """A direction in its unit, scaled by what is drawn of validation lesions where that is read.

    Args:
        ground: What is known of the run.
        name: The direction's.
        way: How it is found; None takes what the trial of all ways recommends for size, and for
            the rest, or where that cannot be found, what draws best.
    """
    run, space = ground.run, ground.space
    if way is None and name == SIZE:
        way = preferred(run).way
    if way is not None and not defined(space, name, way):
        way = None
    fitted = space.direction(name, way)
    if not ground.holds:
        return fitted
    spacing = spacing_of(run)
    if way is not None:
        return calibrated_way(space, name, way, decode=ground.decode, spacing_mm=spacing)
    return calibrated(space, fitted, decode=ground.decode, spacing_mm=spacing)


def defined(space: LatentSpace, name: str, way: Way) -> bool:
    """Whether a direction can be found in a way."""
    try:
        space.direction(name, way)
    except UndefinedDirection:
        return False
    return True


def readable(ground: Ground, row: int) -> bool:
    """Whether the ruler can read a lesion's size on the scan and on the model's picture of it."""
    run, spacing = ground.run, ground.known.spacing_mm
    if spacing is None:
        return False
    both = np.stack([run.patches[row], ground.decode(run.codes[row][None])[0]])
    return None not in read(both, spacing)


def walked(
    ground: Ground,
    row: int,
    along: Direction,
    steps: Values,
    *,
    closed: bool,
    keep: Keep,
    beside: Direction | None = None,
) -> Trajectory:
    """One lesion along a direction, drawn, measured and scored at every step.

    A lesion whose size the ruler cannot read is walked without correction, and where the ruler
    does not find what is outlined, sizes are counted from the outline and not read.

    Args:
        ground: What is known of the lesion.
        row: The lesion.
        along: From `along_of`, or a sum of such.
        steps: How far, in the direction's unit.
        closed: Whether every size is corrected on the picture until it measures what was asked.
        keep: What of the scan is kept.
        beside: A second direction that goes along, one of its units for each of the first. Where
            the size can be read it is asked, and corrected, all the same; elsewhere no size is
            asked of such a sum.
    """
    run, known = ground.run, ground.known
    reads = along.name == SIZE and readable(ground, row)
    if beside is not None and not reads:
        along, beside = along + beside, None
    corrects = closed and reads
    loop: Literal["open", "closed"] = "closed" if corrects else "open"
    found = grow(
        run.codes[row],
        along,
        steps,
        decode=ground.decode,
        spacing_mm=known.spacing_mm,
        score=ground.score,
        typicality=ground.space.typicality,
        original=run.patches[row],
        loop=loop,
        keep=keep,
        outlined=known.outlined,
        share=share_of(run),
        beside=beside,
    )
    start_mm = float(run.rows[SIZE].iloc[row]) if along.name == SIZE else float("nan")
    return _with_pixels(run, row, found, start_mm=start_mm)


def walked_between(ground: Ground, start: int, end: int, steps: int, *, mode: Mode) -> Trajectory:
    """The walk from one row's lesion to another's, in so many pictures.

    The way by neighbours passes key slices of other lesions than the two.
    """
    run = ground.run
    found = between(
        run.codes[start],
        run.codes[end],
        steps,
        decode=ground.decode,
        spacing_mm=ground.known.spacing_mm,
        mode=mode,
        real=run.codes[other_lesions(run, start, end)],
        score=ground.score,
        typicality=ground.space.typicality,
    )
    return _with_pixels(run, start, found, start_mm=float("nan"))


def other_lesions(run: Run, start: int, end: int) -> Labels:
    """One row a lesion, its key slice, of every lesion but the two at the ends, (lesion,)."""
    rows = run.rows
    lesions = rows["patient_id"].astype(str) + " " + rows["node"].astype(str)
    ends = lesions.isin(lesions.iloc[[start, end]])
    found: Labels = np.flatnonzero(rows["key_slice"].astype(bool) & ~ends)
    return found


def _with_pixels(run: Run, row: int, found: Trajectory, *, start_mm: float) -> Trajectory:
    """Where the ruler was not asked: pixels whose size is known all the same, for bar and files."""
    if found.spacing_mm is not None or not run.manifest.has_masks:
        return found
    return found.counted_from(start_mm, spacing_mm=spacing_of(run, row))
