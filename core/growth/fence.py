"""The fence: the closed line about a patch's centre that crosses the strongest edge all around.

Found by dynamic programming over angles in a picture seen from the centre, for many pictures at
once. It may not jump from one angle to the next, so vessels that touch a lesion, a neighbour or
the notch of a fatty hilum do not draw it away.
"""

from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.growth.lines import closed_lines

Numbers: TypeAlias = NDArray[np.float64]

ENLARGED = 4  # times (SCIENCE.md section 1)
LEAST_STEP = 0.04  # of the picture's range: a weaker edge is noise
ANGLES = 64
STEP_PX = 0.25  # between the radii that the fence may take
BOX = 4  # radii averaged on either side of an edge: 1 px
JUMP = 2  # radii that the fence may change from one angle to the next
BEND = 0.07  # what a change of one radius must gain in edge, in steps of level
FAR_SIDE = 0.6  # quantile: vessels and neighbours in the ring look like lesions themselves
LIKENESS = 0.04  # lost for a pixel of radius that looks like the surroundings
NEAR_PX = (3.0, 5.0)  # the lesion's own level is looked for within
INNER = 0.35  # quantile there: a fatty hilum does not count as the lesion's level
LARGER, DARKER = 0.2, 1.6  # what a fence is worth: edge * radius ** LARGER, dark ones more
RANGE = (0.05, 0.95)  # quantiles of a patch: its contrast
WEAKEST = 0.2  # quantile of the edge along a fence: 4/5 of it exceed that


class Trust(NamedTuple):
    """When a fence is not to be trusted; chosen on seeds 21 and 22 of the phantom, no others.

    `python -m tests.benchmarks.ruler_trust` prints what other bounds cost and save.

    Attributes:
        least_edge: Edge that 4/5 of the fence exceed, in parts of the patch's contrast.
        most_apart: Log of the ratio of the two fences' radii.
        most_rival: Worth of the best fence of the other kind over the best.
    """

    least_edge: float = 0.07
    most_apart: float = 0.3
    most_rival: float = 0.65


TRUST = Trust()
ANYTHING = Trust(-np.inf, np.inf, np.inf)


class Fence(NamedTuple):
    """A closed line about the patch's centre.

    Attributes:
        radii: (angle,) in pixels of the patch.
        dark: Whether what it encloses is darker than what surrounds it.
        weakest: Edge that 4/5 of it exceed, in parts of the patch's contrast.
        apart: Log of the ratio of the radii of the two fences of its kind.
        rival: Worth of the best fence of the other kind over its own.
    """

    radii: Numbers
    dark: bool
    weakest: float
    apart: float
    rival: float

    def doubt(self, trust: Trust = TRUST) -> str:
        """What speaks against it, for a reader; nothing where it can be trusted."""
        if self.weakest < trust.least_edge:
            return "no edge all around: part of it fades into what lies around"
        if self.apart > trust.most_apart:
            return "two edges, one inside the other, fit about equally well"
        if self.rival > trust.most_rival:
            return "it can as well be seen as darker as brighter than what lies around it"
        return ""


class Polar(NamedTuple):
    """An enlarged picture's pixels seen from the patch's centre, and where radii meet them."""

    away: Numbers  # distance from the centre, in pixels of the patch
    before: NDArray[np.intp]  # the last of the fence's angles before the pixel's own
    beside: Numbers  # how far beyond that one it lies, in steps of angles
    spots: NDArray[np.intp]  # index of the pixel under each (angle, radius)
    radii: Numbers  # in pixels of the patch


@lru_cache(maxsize=8)
def polar_of(shape: tuple[int, int]) -> Polar:
    """An enlarged picture of that shape as its centre sees it."""
    down, across = (
        (np.arange(size) + 0.5) / ENLARGED - 0.5 - size // ENLARGED // 2 for size in shape
    )
    angle = np.arctan2(down[:, None], across[None]) / (2 * np.pi) % 1 * ANGLES
    radii = np.arange(0.0, min(shape) / ENLARGED / 2 - 0.5, STEP_PX)
    turn = 2 * np.pi * np.arange(ANGLES)[:, None] / ANGLES
    rows = _nearest(down, np.sin(turn) * radii)
    columns = _nearest(across, np.cos(turn) * radii)
    away = np.hypot(down[:, None], across[None])
    before = np.minimum(angle.astype(np.intp), ANGLES - 1)
    return Polar(away, before, angle - before, rows * shape[1] + columns, radii)


def _nearest(places: Numbers, wanted: Numbers) -> NDArray[np.intp]:
    index = np.rint((wanted - places[0]) / (places[1] - places[0])).astype(np.intp)
    kept: NDArray[np.intp] = np.clip(index, 0, len(places) - 1)
    return kept


def find_fences(pictures: Numbers) -> list[Fence]:
    """The best fence in each of many enlarged pictures, (row, height, width).

    Four are laid: for a dark and for a bright lesion, with its own level taken close to the
    centre and further out, since one dark spot may lie at the centre of a large lesion. The one
    that crosses the strongest edge is kept; what speaks against it is said.
    """
    polar = polar_of(pictures.shape[1:])
    flat = pictures.reshape(len(pictures), -1)
    seen = flat[:, polar.spots]  # (row, angle, radius)
    sums = np.cumsum(np.pad(seen, ((0, 0), (0, 0), (1, 0))), axis=2)
    boxes = (sums[..., BOX:] - sums[..., :-BOX]) / BOX
    edge = boxes[..., BOX:] - boxes[..., :-BOX]  # from radius BOX on
    radii, along = _laid(seen, edge, _levels(flat, polar), polar)
    low, high = (_either_way(flat, share)[0] for share in RANGE)
    contrast = np.maximum(high - low, LEAST_STEP)
    mean = np.maximum(along.mean(2), 0)  # (laid, row)
    size = radii.mean(2)
    worth = mean * size**LARGER
    worth[: len(NEAR_PX)] *= DARKER
    best = worth.argmax(0)
    weakest, _ = _either_way(along[best, np.arange(len(best))], WEAKEST)
    found = []
    for row, laid in enumerate(best):
        dark = bool(laid < len(NEAR_PX))
        own, other = (0, 2) if dark else (2, 0)
        first, second = size[own : own + 2, row]
        found.append(
            Fence(
                radii=radii[laid, row],
                dark=dark,
                weakest=float(weakest[row] / contrast[row]),
                apart=float(abs(np.log(first / second))),
                rival=float(worth[other : other + 2, row].max() / max(worth[laid, row], 1e-9)),
            )
        )
    return found


def _levels(flat: Numbers, polar: Polar) -> list[tuple[float, Numbers, Numbers]]:
    """Sign, own level and the surroundings' of each fence to be laid, as seen by its sign."""
    outside = _either_way(flat[:, (polar.away > NEAR_PX[0]).ravel()], FAR_SIDE)
    inside = [_either_way(flat[:, (polar.away < near_px).ravel()], INNER) for near_px in NEAR_PX]
    return [(sign, own[at], outside[at]) for at, sign in enumerate((1.0, -1.0)) for own in inside]


def _either_way(values: Numbers, share: float) -> tuple[Numbers, Numbers]:
    """The quantile of every row, and that of the values turned upside down, in one partition."""
    last = values.shape[1] - 1
    place = share * last
    low, high = int(place), int(place) + 1
    parted = np.partition(values, (last - high, last - low, low, high), axis=1)
    up = _between(parted[:, low], parted[:, high], place - low)
    down = _between(-parted[:, last - low], -parted[:, last - high], place - low)
    return up, down


def _between(low: Numbers, high: Numbers, share: float) -> Numbers:
    """So far from one to the other, as numpy rounds it: equal edges must stay equal."""
    found: Numbers = low + (high - low) * share
    if share >= 0.5:
        found = high - (high - low) * (1 - share)
    return found


def _laid(
    seen: Numbers, edge: Numbers, levels: list[tuple[float, Numbers, Numbers]], polar: Polar
) -> tuple[Numbers, Numbers]:
    """The best fence for each pair of levels, and the edge along it, (laid, row, angle) each.

    What a fence gains at an angle is the edge it crosses there, and it loses for every pixel of
    its radius that looks like the surroundings. The best closed line is the middle turn of the
    best line of three turns. All are looked for in one pass: on few pictures the passes
    themselves are what takes time.
    """
    edges, gains = [], []
    for sign, inner, outer in levels:
        half, step = (inner + outer) / 2, np.maximum(outer - inner, LEAST_STEP)
        half, step = half[:, None, None], step[:, None, None]
        alike = np.clip(4 * (half - sign * seen) / step, -1, 0)
        alike = np.cumsum(alike, axis=2)[..., BOX:][..., : edge.shape[2]] * STEP_PX
        edges.append(sign * edge)
        # an edge beyond the lesion's own step is another organ's, and counts no more
        gains.append(np.minimum(edges[-1] / step, 1) + LIKENESS * alike)
    radii = _best_lines(np.concatenate(gains), polar)
    at = np.rint((radii - polar.radii[BOX]) / STEP_PX).astype(np.intp)
    along = np.take_along_axis(np.concatenate(edges), at[..., None], 2)[..., 0]
    shape = (len(levels), len(seen), -1)
    return radii.reshape(shape), along.reshape(shape)


def _best_lines(gain: Numbers, polar: Polar) -> Numbers:
    """The closed line of largest gain, (row, angle, radius) -> (row, angle) in pixels."""
    radii: Numbers = polar.radii[closed_lines(gain, jump=JUMP, bend=BEND) + BOX]
    return radii
