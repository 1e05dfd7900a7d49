"""What if it grew: walk from a lesion's code along a direction, draw every step, measure it.

What comes out is a simulated change of appearance at a requested size, never a prediction of
growth. Pictures are measured with the one ruler of `core.growth.measure`; what was asked and
what was measured stand side by side, and a step that leaves what training patients showed, or
that cannot be measured, says so.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from core.arrays import Code, Codes, Patch, Values
from core.errors import LatentError, MeasureFailed
from core.growth.delivery import Decode, Delivery, Keep, Lesion, read
from core.growth.loop import MISSED_MM, reach
from core.growth.measure import measure
from core.growth.outlined import Outlined
from core.growth.paths import Mode, path, through
from core.growth.refusing import refusals
from core.growth.trajectory import Trajectory
from core.latent.attributes import say_length
from core.latent.direction import Direction

Judge = Callable[[Codes], Values]
SIZE = "short_axis_mm"


def grow(
    start: Code,
    direction: Direction,
    steps: Values,
    *,
    decode: Decode,
    spacing_mm: tuple[float, float] | None,
    score: Judge | None = None,
    typicality: Judge | None = None,
    original: Patch | None = None,
    loop: Literal["open", "closed"] = "open",
    keep: Keep | None = None,
    outlined: Outlined | None = None,
    share: float | None = None,
    beside: Direction | None = None,
) -> Trajectory:
    """Show how a lesion would look if it changed along one direction and nothing else did.

    Args:
        start: Code of the lesion we begin with, (latent,).
        direction: Where to go; one step is one of its units.
        steps: How far, in the direction's unit, in the order to be shown. Step 0 is exactly the
            model's own picture of the lesion (where something is kept: the original).
        decode: Turns codes into pictures, usually `model.decode`.
        spacing_mm: Size of a pixel, (down, across); None for a cohort of bare patches, whose
            sizes are not known: nothing is measured then.
        score: Turns codes into scores in 0..1, usually `model.node_score`.
        typicality: Turns codes into distance over the shell's, usually `space.typicality`.
        original: The scan's own patch; sizes are then asked relative to its reading, else
            relative to the reconstruction's.
        loop: open walks as far as the direction's scale says; closed measures every picture and
            corrects the walk (at most 9 pictures a step), for the short axis only; what is then
            missing a plain warp of the picture adds, up to a quarter (`Trajectory.enlarged`).
        keep: What of the original is kept. nothing shows the bare model; residual adds what the
            reconstruction lacks, carried by the warp that the lesion undergoes; surroundings
            does so on the lesion alone and shows the scan itself everywhere else, and is the
            default where the original is given; blended, for a walk along size, warps the scan
            itself and adds a share of what the network draws beyond that (along anything else
            the surroundings are kept). Which came out nearest to the truth,
            `python train.py growth` says.
        outlined: The lesion's outline, for a cohort whose pictures the ruler cannot read
            (`core.growth.ruler_check`): what is kept is then carried by the size that is asked.
        share: Of what the network draws beyond the warp, for blended pictures; see `Lesion`.
        beside: A second direction, of which one unit goes along with every step of one; a closed
            loop corrects the first and leaves this as it is. A plain warp knows of nothing but
            size: blended pictures keep the surroundings then.

    Raises:
        LatentError: A closed loop for something else than the short axis, or of a lesion whose
            size cannot be read; something kept without an original.
    """
    steps = np.asarray(steps, dtype=np.float64)
    sign = {SIZE: 1.0, f"−{SIZE}": -1.0}.get(direction.name, 0.0)
    if keep is None:
        keep = "nothing" if original is None else "surroundings"
    if keep != "nothing" and original is None:
        raise LatentError(f"keep={keep!r} keeps something of the original: give the original.")
    lesion = Lesion.of(
        start,
        decode,
        original=original,
        spacing_mm=spacing_mm,
        keep=keep,
        outlined=outlined,
        share=share,
        along=None if beside or not sign else direction if sign > 0 else -direction,
    )
    (before,) = (lesion.measurement,) if original is None else read(original[None], spacing_mm)
    fixed = None if beside is None else beside.walk(np.zeros_like(start), steps)
    asked_mm = np.full(len(steps), np.nan)
    if sign and before is not None:
        asked_mm = before.short_axis_mm + sign * steps
    if loop == "closed":
        if spacing_mm is None:
            raise LatentError(
                "This cohort does not say how large a pixel is: no size can be asked."
            )
        if not sign:
            raise LatentError(f"Only {SIZE} can be asked for in mm; {direction.name!r} cannot.")
        if before is None or lesion.measurement is None:
            raise LatentError(
                "The lesion's size cannot be read in this picture, so no size can be asked for. "
                "Choose another lesion, or walk without correction."
            )
        rising = direction if sign > 0 else -direction
        delivery = reach(lesion, rising, asked_mm, first=sign * steps, beside=fixed)
    else:
        codes = direction.walk(start, steps)
        delivery = lesion.deliver(codes if fixed is None else codes + fixed)
    return _told(
        delivery.with_start(lesion, at=steps == 0),
        title=(direction if beside is None else direction + beside).description,
        unit=direction.unit,
        steps=steps,
        asked_mm=asked_mm,
        score=score,
        typicality=typicality,
        start=start,
        spacing_mm=spacing_mm,
        missed=MISSED_MM if loop == "closed" else np.inf,
        outlined=outlined,
    )


def between(
    start: Code,
    end: Code,
    n: int,
    *,
    decode: Decode,
    spacing_mm: tuple[float, float] | None,
    mode: Mode = "straight",
    real: Codes | None = None,
    score: Judge | None = None,
    typicality: Judge | None = None,
) -> Trajectory:
    """Show what lies between two lesions, in n pictures with both ends among them.

    Args:
        start: Code of the first, (latent,).
        end: Code of the second.
        n: How many pictures, 2 or more.
        decode: Turns codes into pictures.
        spacing_mm: Size of a pixel, (down, across), or None.
        mode: straight is the shortest way; spherical keeps the distance from the middle of the
            space between the two ends' own, as codes drawn from a prior in many dimensions do;
            neighbours goes from one real code to the next.
        real: Codes of real lesions, (row, latent), for the way through neighbours.
        score: Turns codes into scores in 0..1.
        typicality: Turns codes into distance over the shell's.

    Raises:
        LatentError: A way through neighbours without real codes, or none that leads there.
    """
    shares = np.linspace(0.0, 1.0, n)
    if mode != "neighbours":
        codes = path(start, end, shares, mode=mode)
    elif real is None or not len(real):
        raise LatentError("A way through real neighbours needs the codes of real lesions.")
    else:
        codes = through(start, end, shares, real)
    pictures = decode(codes)
    measurements = read(pictures, spacing_mm)
    return _told(
        Delivery(codes, pictures, measurements, np.ones(n)),
        title="From one lesion to another",
        unit="share",
        steps=shares,
        asked_mm=np.full(n, np.nan),
        score=score,
        typicality=typicality,
        start=start,
        spacing_mm=spacing_mm,
        missed=np.inf,
    )


def _told(
    delivery: Delivery,
    *,
    title: str,
    unit: str,
    steps: Values,
    asked_mm: Values,
    score: Judge | None,
    typicality: Judge | None,
    start: Code,
    spacing_mm: tuple[float, float] | None,
    missed: float,
    outlined: Outlined | None = None,
) -> Trajectory:
    """The trajectory with scores, and a sentence for every step that is not to be trusted."""
    unknown = np.full(len(steps), np.nan)
    far = unknown if typicality is None else typicality(delivery.codes)
    own = np.nan if typicality is None else float(typicality(start[None])[0])
    left = refusals(delivery.codes, far, start=start, start_far=own, outlined=outlined)
    refused = []
    for step, sentence, asked, picture, found in zip(
        steps, left, asked_mm, delivery.pictures, delivery.measurements, strict=True
    ):
        reason = sentence
        if not sentence and found is None and spacing_mm is not None:
            reason = _why(picture, spacing_mm)
        if not sentence and found and step != 0 and abs(found.short_axis_mm - asked) > missed:
            wanted, got = say_length(asked, asked), say_length(found.short_axis_mm, asked)
            reason = f"Refused: {wanted} could not be reached; the nearest picture measures {got}."
        refused.append(reason)
    return Trajectory(
        title=title,
        unit=unit,
        steps=steps,
        codes=delivery.codes,
        pictures=delivery.pictures,
        asked_mm=asked_mm,
        score=unknown if score is None else np.asarray(score(delivery.codes), dtype=np.float64),
        typicality=np.asarray(far, dtype=np.float64),
        measurements=delivery.measurements,
        enlarged=delivery.enlarged,
        refused=tuple(refused),
        spacing_mm=spacing_mm,
    )


def _why(picture: Patch, spacing_mm: tuple[float, float]) -> str:
    try:
        measure(picture, spacing_mm=spacing_mm)
    except MeasureFailed as error:
        return str(error)
    return ""
