"""The trial of all ways to make a lesion larger, on synthetic lesions whose truth can be drawn.

Each way is asked for the same millimetres of the same lesions; what it delivers is held against
the same lesion re-rendered that much larger with the same surroundings and the same noise
(`core.growth.twin`). Doing nothing, the plain warp and the re-rendering itself stand beside the
latent ways. One ruler reads everything: `core.growth.measure`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.arrays import Code, Codes, Mask, Patch, Patches, Values
from core.errors import LatentError, UndefinedDirection
from core.evaluation.intervals import Interval, mean_interval
from core.evaluation.reconstruction import psnr, ssim
from core.growth.calibrate import calibrated_way
from core.growth.delivery import KEEPS, Decode, Keep, nearness, read
from core.growth.measure import Measurement
from core.growth.simulate import SIZE, grow
from core.growth.specimen import REQUESTS_MM, Specimen
from core.growth.warp import Circle, radial_warp
from core.latent.direction import WAYS, Direction, Way
from core.latent.space import LatentSpace

JUDGED_MM = 3.0  # likeness, leakage and background are read here (SCIENCE.md section 2)
WATCHED = ("elongation", "signal", "texture", "border")
NOTHING, WARP, TRUTH = "do nothing", "plain warp", "re-rendering"
PASTED = "warp, surroundings kept"
FIXED = ("way", "row", "patient_id", "request_mm", "fits", "refused")
FAR_PX = 3  # background: further than this outside both masks

Encode = Callable[[Patches], Codes]
Grower = Callable[["Specimen", Values, Literal["open", "closed"]], "Grown"]


@dataclass(frozen=True, eq=False)
class Grown:
    """What a way delivers, one picture a request, and whether it says not to trust it."""

    pictures: Patches
    measurements: tuple[Measurement | None, ...]
    refused: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Contestant:
    """A way to make a lesion larger.

    Attributes:
        name: In the table.
        grow: Delivers the pictures; the loop matters to latent ways only.
        way: How a latent way found its direction; None for the others.
        keep: What a latent way keeps of the original.
    """

    name: str
    grow: Grower
    way: Way | None = None
    keep: Keep | None = None


def contestants(
    space: LatentSpace, *, decode: Decode, spacing_mm: tuple[float, float]
) -> list[Contestant]:
    """Everything that takes part, the baselines first.

    Latent ways are scaled on validation lesions so that asked and drawn agree on average.
    """

    def told(pictures: Patches) -> Grown:
        found = read(pictures, spacing_mm)
        return Grown(pictures, found, tuple(one is None for one in found))

    def nothing(one: Specimen, steps: Values, loop: str) -> Grown:
        return told(np.repeat(one.patch[None], len(steps), 0))

    def warped(one: Specimen, steps: Values, loop: str) -> Grown:
        return told(np.stack([warp(one.patch, one.reading, step, spacing_mm) for step in steps]))

    def truth(one: Specimen, steps: Values, loop: str) -> Grown:
        at = [REQUESTS_MM.index(step) for step in steps]
        return told(one.twins.pictures[at])

    def pasted(one: Specimen, steps: Values, loop: str) -> Grown:
        grown = [warp(one.patch, one.reading, step, spacing_mm) for step in steps]
        return told(np.stack([paste(picture, one, spacing_mm) for picture in grown]))

    found = [
        Contestant(NOTHING, nothing),
        Contestant(WARP, warped),
        Contestant(PASTED, pasted),
        Contestant(TRUTH, truth),
    ]
    for way in WAYS:
        try:
            along = calibrated_way(space, SIZE, way, decode=decode, spacing_mm=spacing_mm)
        except UndefinedDirection:
            continue
        for keep in KEEPS:
            grower = _latent(along, keep, space=space, decode=decode, spacing_mm=spacing_mm)
            found.append(Contestant(latent_name(way, keep), grower, way, keep))
    return found


def latent_name(way: Way, keep: Keep) -> str:
    """How a latent way is called in the table."""
    return f"{way}, keeps {keep}"


def warp(
    patch: Patch, reading: Measurement | None, step_mm: float, spacing_mm: tuple[float, float]
) -> Patch:
    """The plain warp of a scan that makes its lesion so many mm larger; no network takes part."""
    if reading is None:
        return patch
    growth = max((reading.short_axis_mm + step_mm) / reading.short_axis_mm, 0.1)
    radius = reading.long_axis_mm / 2 / float(np.mean(spacing_mm)) + 1
    grown: Patch = radial_warp(patch, growth, about=Circle(*reading.centre_px, radius))
    return grown


def paste(picture: Patch, one: Specimen, spacing_mm: tuple[float, float]) -> Patch:
    """A changed picture where the lesion lies or lay, the scan itself everywhere else."""
    (after,) = read(picture[None], spacing_mm)
    if one.reading is None or after is None:
        return picture
    share = nearness(one.reading.region | after.region)
    pasted: Patch = (share * picture + (1 - share) * one.patch).astype(np.float32)
    return pasted


def _latent(
    along: Direction,
    keep: Keep,
    *,
    space: LatentSpace,
    decode: Decode,
    spacing_mm: tuple[float, float],
) -> Grower:
    def walked(one: Specimen, steps: Values, loop: Literal["open", "closed"]) -> Grown:
        found = grow(
            one.code[0],
            along,
            steps,
            decode=decode,
            spacing_mm=spacing_mm,
            typicality=space.typicality,
            original=one.patch,
            loop=loop,
            keep=keep,
        )
        return Grown(found.pictures, found.measurements, tuple(map(bool, found.refused)))

    return walked


def cases(
    entered: Sequence[Specimen], contestant: Contestant, *, spacing_mm: tuple[float, float]
) -> pd.DataFrame:
    """One line a lesion and request: what was asked, delivered, and how like the truth it is.

    A lesion that the ruler cannot read in the scan is refused at every request. A delivered
    picture that cannot be read counts as one that did not change at all.
    """
    steps = np.array(REQUESTS_MM)
    lines: list[dict[str, object]] = []
    for one in entered:
        opened = closed = None
        if one.reading is not None:
            opened = contestant.grow(one, steps, "open")
            closed = _closed(contestant, one, steps, opened)
        truth = read(one.twins.pictures, spacing_mm)
        for at, step in enumerate(REQUESTS_MM):
            line: dict[str, object] = {
                "way": contestant.name, "row": one.row, "patient_id": one.patient_id,
                "request_mm": step, "fits": one.twins.fits[at], "refused": True,
            }  # fmt: skip
            if one.reading is not None and opened is not None and closed is not None:
                start = one.reading.short_axis_mm
                line["refused"] = closed.refused[at]
                line["gained_mm"] = _size(opened.measurements[at], start) - start
                line["closed_gained_mm"] = _size(closed.measurements[at], start) - start
                line |= _likeness(closed.pictures[at], closed.measurements[at], one, truth, at)
            lines.append(line)
    columns = ("gained_mm", "closed_gained_mm", "psnr", "ssim", "dice", "background", *WATCHED)
    return pd.DataFrame(lines).reindex(columns=[*FIXED, *columns])


def _closed(contestant: Contestant, one: Specimen, steps: Values, opened: Grown) -> Grown:
    """The corrected pictures; where the reconstruction cannot be read, the open ones, refused."""
    if contestant.way is None:
        return opened
    try:
        return contestant.grow(one, steps, "closed")
    except LatentError:
        return Grown(opened.pictures, opened.measurements, (True,) * len(steps))


def _likeness(
    picture: Patch,
    found: Measurement | None,
    one: Specimen,
    truth: Sequence[Measurement | None],
    at: int,
) -> dict[str, float]:
    from scipy.ndimage import distance_transform_edt

    twin, real = one.twins.pictures[at], truth[at]
    far = distance_transform_edt(~(one.mask | one.twins.masks[at])) > FAR_PX
    line = {
        "psnr": float(psnr(twin[None], picture[None])[0]),
        "ssim": float(ssim(twin[None], picture[None])[0]),
        "background": float(np.abs(picture - one.patch)[far].mean()) if far.any() else np.nan,
    }
    if real is not None:
        line["dice"] = 0.0 if found is None else _dice(found.region, real.region)
    if found is not None and one.reading is not None:
        for name in WATCHED:
            line[name] = abs(getattr(found, name) - getattr(one.reading, name))
    return line


def _dice(a: Mask, b: Mask) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def _size(found: Measurement | None, otherwise: float) -> float:
    return found.short_axis_mm if found else otherwise


def reversed_error(
    entered: Sequence[Specimen],
    along: Direction,
    keep: Keep,
    *,
    decode: Decode,
    encode: Encode,
    spacing_mm: tuple[float, float],
) -> Iterator[tuple[str, float]]:
    """How far +3 mm and then -3 mm ends from the start, mean absolute, with each patient.

    The larger picture is encoded again, as if it were a scan, and made smaller from there.
    """

    def walked(patch: Patch, code: Code, step_mm: float) -> Patch:
        found = grow(
            code,
            along,
            np.array([step_mm]),
            decode=decode,
            spacing_mm=spacing_mm,
            original=patch,
            loop="closed",
            keep=keep,
        )
        grown: Patch = found.pictures[0]
        return grown

    for one in entered:
        try:
            larger = walked(one.patch, one.code[0], JUDGED_MM)
            back = walked(larger, encode(larger[None])[0], -JUDGED_MM)
        except LatentError:
            continue
        start = one.patch if keep != "nothing" else decode(one.code)[0]
        yield one.patient_id, float(np.abs(back - start).mean())


def reversed_of(
    entered: Sequence[Specimen],
    ways: Sequence[Contestant],
    *,
    space: LatentSpace,
    decode: Decode,
    encode: Encode,
    spacing_mm: tuple[float, float],
) -> dict[str, Interval]:
    """Mean error of +3 mm and back by latent way; a way that could not be walked is absent."""
    found = {}
    for one in ways:
        if one.way is None or one.keep is None:
            continue
        along = calibrated_way(space, SIZE, one.way, decode=decode, spacing_mm=spacing_mm)
        back = reversed_error(
            entered, along, one.keep, decode=decode, encode=encode, spacing_mm=spacing_mm
        )
        pairs = list(back)
        if pairs:
            who, wrong = zip(*pairs, strict=True)
            found[one.name] = mean_interval(np.array(wrong), who)
    return found
