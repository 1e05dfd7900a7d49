"""The trial of all ways to make a lesion larger, on synthetic lesions whose truth can be drawn.

Each way is asked for the same millimetres of the same lesions; what it delivers is held against
the same lesion re-rendered that much larger with the same surroundings and the same noise
(`core.growth.twin`). Doing nothing, the plain warp and the re-rendering itself stand beside the
latent ways. One ruler reads everything: `core.growth.measure`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.arrays import Codes, Patch, Patches, Values
from core.errors import LatentError, UndefinedDirection
from core.growth.blending import nearness
from core.growth.calibrate import calibrated_way
from core.growth.delivery import LEAST_GROWTH, Decode, Keep, read, warped
from core.growth.likeness import ANSWERS, LIKENESS, Reader, likeness
from core.growth.measure import Measurement
from core.growth.simulate import SIZE, grow
from core.growth.specimen import REQUESTS_MM, Specimen
from core.latent.direction import WAYS, Direction, Way
from core.latent.space import LatentSpace

JUDGED_MM = 3.0  # likeness, leakage and background are read here (SCIENCE.md section 2)
NOTHING, WARP, TRUTH = "do nothing", "plain warp", "re-rendering"
PASTED = "warp, surroundings kept"
FIXED = ("way", "row", "patient_id", "request_mm", "fits", "refused")
PLAIN: tuple[Keep, ...] = ("nothing", "residual", "surroundings")
# of what the network draws beyond the warp; with none of it the picture is the warp's own row
SHARES = (0.25, 0.5, 0.75, 1.0)

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
        share: Of what the network draws beyond the warp, where a latent way is blended.
    """

    name: str
    grow: Grower
    way: Way | None = None
    keep: Keep | None = None
    share: float | None = None


@dataclass(frozen=True, eq=False)
class Delivered:
    """What a way delivered of one lesion: as walked, and corrected; None where it was not read."""

    one: "Specimen"
    opened: Grown | None
    closed: Grown | None


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
        return told(
            np.stack([paste(picture, one.patch, one.reading, spacing_mm) for picture in grown])
        )

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
        for keep in PLAIN:
            grower = _latent(along, keep, None, space=space, decode=decode, spacing_mm=spacing_mm)
            found.append(Contestant(latent_name(way, keep), grower, way, keep))
        for share in SHARES:
            grower = _latent(
                along, "blended", share, space=space, decode=decode, spacing_mm=spacing_mm
            )
            found.append(Contestant(latent_name(way, "blended"), grower, way, "blended", share))
    return found


def latent_name(way: Way, keep: Keep) -> str:
    """How a latent way is called in the table."""
    return f"{way}, {'blended with the warp' if keep == 'blended' else f'keeps {keep}'}"


def warp(
    patch: Patch, reading: Measurement | None, step_mm: float, spacing_mm: tuple[float, float]
) -> Patch:
    """The plain warp of a scan that makes its lesion so many mm larger; no network takes part."""
    if reading is None:
        return patch
    growth = (reading.short_axis_mm + step_mm) / reading.short_axis_mm
    return warped(patch, reading, max(growth, LEAST_GROWTH), spacing_mm)


def paste(
    picture: Patch, patch: Patch, reading: Measurement | None, spacing_mm: tuple[float, float]
) -> Patch:
    """A changed picture where the lesion lies or lay, the scan itself everywhere else."""
    (after,) = read(picture[None], spacing_mm)
    if reading is None or after is None:
        return picture
    share = nearness(reading.region | after.region)
    pasted: Patch = (share * picture + (1 - share) * patch).astype(np.float32)
    return pasted


def _latent(
    along: Direction,
    keep: Keep,
    share: float | None,
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
            share=share,
        )
        return Grown(found.pictures, found.measurements, tuple(map(bool, found.refused)))

    return walked


def delivered(entered: Sequence[Specimen], contestant: Contestant) -> list[Delivered]:
    """What a way delivers at every request, as walked and corrected."""
    steps = np.array(REQUESTS_MM)
    found = []
    for one in entered:
        opened = closed = None
        if one.reading is not None:
            opened = contestant.grow(one, steps, "open")
            closed = _closed(contestant, one, steps, opened)
        found.append(Delivered(one, opened, closed))
    return found


def cases(
    all_of_it: Sequence[Delivered],
    contestant: Contestant,
    *,
    spacing_mm: tuple[float, float],
    reader: Reader | None = None,
) -> pd.DataFrame:
    """One line a lesion and request: what was asked, delivered, and how like the truth it is.

    A lesion that the ruler cannot read in the scan is refused at every request. A delivered
    picture that cannot be read counts as one that did not change at all.

    Args:
        all_of_it: What the way delivered, from `delivered`.
        contestant: The way.
        spacing_mm: Size of a pixel, (down, across).
        reader: What the model says of a picture; None leaves its columns empty.
    """
    lines: list[dict[str, object]] = []
    for each in all_of_it:
        one, opened, closed = each.one, each.opened, each.closed
        truth = read(one.twins.pictures, spacing_mm)
        answers = None if reader is None or closed is None else reader.answers(one, closed.pictures)
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
                line |= likeness(closed.pictures[at], closed.measurements[at], one, truth, at)
            if answers is not None:
                line |= dict(zip(ANSWERS, map(float, answers[at]), strict=True))
            lines.append(line)
    columns = (*FIXED, "gained_mm", "closed_gained_mm", *LIKENESS, *ANSWERS)
    return pd.DataFrame(lines).reindex(columns=list(columns))


def _closed(contestant: Contestant, one: Specimen, steps: Values, opened: Grown) -> Grown:
    """The corrected pictures; where the reconstruction cannot be read, the open ones, refused."""
    if contestant.way is None:
        return opened
    try:
        return contestant.grow(one, steps, "closed")
    except LatentError:
        return Grown(opened.pictures, opened.measurements, (True,) * len(steps))


def _size(found: Measurement | None, otherwise: float) -> float:
    return found.short_axis_mm if found else otherwise
