"""The fence: the closed line about a patch's centre that crosses the strongest edge all around.

Found by dynamic programming over angles in a picture seen from the centre, for many pictures at
once. It may not jump from one angle to the next, so vessels that touch a lesion, a neighbour or
the notch of a fatty hilum do not draw it away.
"""

from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

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
NEAR_PX = 3.0  # the lesion's own level is found within
INNER = 0.35  # quantile there: a fatty hilum does not count as the lesion's level


class Fence(NamedTuple):
    """A closed line about the patch's centre.

    Attributes:
        radii: (angle,) in pixels of the patch.
        dark: Whether what it encloses is darker than what surrounds it.
    """

    radii: Numbers
    dark: bool


class Polar(NamedTuple):
    """An enlarged picture's pixels seen from the patch's centre, and where radii meet them."""

    away: Numbers  # distance from the centre, in pixels of the patch
    angle: Numbers  # in steps of the fence's angles, 0 to ANGLES
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
    return Polar(away, angle, rows * shape[1] + columns, radii)


def _nearest(places: Numbers, wanted: Numbers) -> NDArray[np.intp]:
    index = np.rint((wanted - places[0]) / (places[1] - places[0])).astype(np.intp)
    kept: NDArray[np.intp] = np.clip(index, 0, len(places) - 1)
    return kept


def find_fences(pictures: Numbers) -> list[Fence]:
    """The best fence in each of many enlarged pictures, (row, height, width).

    What a fence gains at an angle is the edge it crosses there, and it loses for every pixel of
    its radius that looks like the surroundings. The best closed line is the middle turn of the
    best line of three turns. Whether a lesion is dark is decided from its middle.
    """
    polar = polar_of(pictures.shape[1:])
    seen = pictures.reshape(len(pictures), -1)[:, polar.spots]  # (row, angle, radius)
    sums = np.cumsum(np.pad(seen, ((0, 0), (0, 0), (1, 0))), axis=2)
    boxes = (sums[..., BOX:] - sums[..., :-BOX]) / BOX
    edge = boxes[..., BOX:] - boxes[..., :-BOX]  # from radius BOX on
    flat = pictures.reshape(len(pictures), -1)
    near, around = (
        flat[:, spots.ravel()] for spots in (polar.away < NEAR_PX, polar.away > NEAR_PX)
    )
    middle = np.median(near, axis=1)
    dark = middle < np.median(around, axis=1)
    sign = np.where(dark, 1.0, -1.0)
    inner = np.quantile(sign[:, None] * near, INNER, axis=1)
    outer = np.quantile(sign[:, None] * around, FAR_SIDE, axis=1)
    half, step = (inner + outer) / 2, np.maximum(outer - inner, LEAST_STEP)
    sign, half, step = (one[:, None, None] for one in (sign, half, step))
    alike = np.clip(4 * (half - sign * seen) / step, -1, 0)
    alike = np.cumsum(alike, axis=2)[..., BOX:][..., : edge.shape[2]] * STEP_PX
    # an edge beyond the lesion's own step is another organ's, and counts no more
    gain = np.minimum(sign * edge / step, 1) + LIKENESS * alike
    radii = _best_lines(gain, polar)
    return [Fence(line, bool(one)) for line, one in zip(radii, dark, strict=True)]


def _best_lines(gain: Numbers, polar: Polar) -> Numbers:
    """The closed line of largest gain, (row, angle, radius) -> (row, angle) in pixels."""
    turns = np.moveaxis(np.concatenate([gain] * 3, axis=1), 1, 0)
    rows, width = np.arange(len(gain)), turns.shape[-1]
    # every angle's totals with a wall at either end, written in place: a dragged picture waits
    # for these few thousand small operations, so which jump was best is asked on the way back
    totals = np.full((len(turns), len(gain), width + 2 * JUMP), -np.inf)
    inner = totals[..., JUMP : JUMP + width]
    inner[0] = turns[0]
    best, other = np.empty_like(turns[0]), np.empty_like(turns[0])
    for angle in range(1, len(turns)):
        before, stay = totals[angle - 1], inner[angle - 1]
        for jump in range(1, JUMP + 1):
            left, right = JUMP - jump, JUMP + jump
            np.maximum(before[:, left : left + width], before[:, right : right + width], out=other)
            np.subtract(other, BEND * jump, out=other)
            stay = np.maximum(stay, other, out=best)
        np.add(best, turns[angle], out=inner[angle])
    at = inner[-1].argmax(1)
    # of equal ways the straight one is taken, then the one that jumps furthest inwards
    jumps = np.array([0, *range(-JUMP, 0), *range(1, JUMP + 1)])
    costs = BEND * np.abs(jumps)
    lines = np.empty((len(turns), len(gain)), dtype=np.intp)
    for angle in range(len(turns) - 1, ANGLES - 1, -1):
        lines[angle] = at
        came = totals[angle - 1][rows[:, None], at[:, None] + (JUMP + jumps)] - costs
        at = at + jumps[came.argmax(1)]
    radii: Numbers = polar.radii[lines[ANGLES : 2 * ANGLES].T + BOX]
    return radii
