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
Places: TypeAlias = NDArray[np.intp]

ENLARGED = 4  # times (SCIENCE.md section 1)
LEAST_STEP = 0.04  # of the picture's range: a weaker edge is noise
ANGLES = 64
STEP_PX = 0.25  # between the radii that the fence may take
NEAR_PX = (3.0, 5.0)  # the lesion's own level is looked for within
FAR_SIDE = 0.6  # quantile: vessels and neighbours in the ring look like lesions themselves


class Laying(NamedTuple):
    """How fences are laid; what is compiled takes its numbers from here.

    Attributes:
        box: Radii averaged on either side of an edge: 1 px.
        jump: Radii that the fence may change from one angle to the next.
        bend: What a change of one radius must gain in edge, in steps of level.
        likeness: Lost for a pixel of radius that looks like the surroundings.
        inner: Quantile close to the centre: a fatty hilum does not count as the lesion's level.
        larger: What a fence is worth: edge * radius ** larger.
        darker: Dark ones are worth so many times as much.
        range: Quantile of a patch; from it to that of 1 - range reaches its contrast.
        weakest: Quantile of the edge along a fence: 4/5 of it exceed that.
    """

    box: int = 4
    jump: int = 2
    bend: float = 0.07
    likeness: float = 0.04
    inner: float = 0.35
    larger: float = 0.2
    darker: float = 1.6
    range: float = 0.05
    weakest: float = 0.2
    step_px: float = STEP_PX
    far_side: float = FAR_SIDE
    least_step: float = LEAST_STEP


LAYING = Laying()


class Trust(NamedTuple):
    """When a fence is not to be trusted; chosen on seeds 5 and 6 of the phantom, no others.

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
    before: Places  # the last of the fence's angles before the pixel's own
    beside: Numbers  # how far beyond that one it lies, in steps of angles
    spots: Places  # index of the pixel under each (angle, radius)
    radii: Numbers  # in pixels of the patch
    nearby: tuple[Places, ...]  # pixels so near that they may be the lesion's own level
    around: Places  # pixels that lie further away than the nearest of these


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
    nearby = tuple(np.flatnonzero(away < near_px) for near_px in NEAR_PX)
    around = np.flatnonzero(away > NEAR_PX[0])
    return Polar(away, before, angle - before, rows * shape[1] + columns, radii, nearby, around)


def _nearest(places: Numbers, wanted: Numbers) -> Places:
    index = np.rint((wanted - places[0]) / (places[1] - places[0])).astype(np.intp)
    kept: Places = np.clip(index, 0, len(places) - 1)
    return kept


def find_fences(pictures: Numbers) -> list[Fence]:
    """The best fence in each of many enlarged pictures, (row, height, width).

    Four are laid: for a dark and for a bright lesion, with its own level taken close to the
    centre and further out, since one dark spot may lie at the centre of a large lesion. The one
    that crosses the strongest edge is kept; what speaks against it is said.
    """
    from core.growth.compiled_fence import fence_of

    polar = polar_of(pictures.shape[1:])
    found = []
    for picture in np.ascontiguousarray(pictures, np.float64):
        radii, dark, doubts = fence_of(picture.ravel(), polar, LAYING)
        found.append(Fence(radii, dark, *doubts.tolist()))
    return found
