"""Where the half-maximum contour runs: the lesion in an enlarged patch, and its level.

A half-maximum contour alone runs out along every vessel that touches a lesion, and into its
fatty hilum. It is therefore free only within a margin on either side of a fence that is laid
first (`core.growth.fence`); the levels inside and around the fence give the half-maximum.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.arrays import Mask, Patches
from core.errors import MeasureFailed
from core.growth.fence import (
    ENLARGED,
    FAR_SIDE,
    LEAST_STEP,
    TRUST,
    Fence,
    Numbers,
    Trust,
    polar_of,
)

LEAST_PX = 4.0  # area below which a second moment says nothing
RING_PX = (1.0, 5.0)  # beyond the fence: past the blur of the edge, within the surroundings
CORE = 0.75  # of the fence's radius: where the lesion's own level is read
OUTSIDE, INSIDE = 2, 3  # enlarged pixels that the contour may leave the fence by, either way


@dataclass(frozen=True)
class Ellipse:
    """The ellipse with the same second moments as a region, in pixels of its picture.

    A pixel is a square and no point: its own spread, 1/12, is part of the moments.
    """

    row: float
    column: float
    down: float
    across: float
    mixed: float

    @classmethod
    def of(cls, region: Mask) -> "Ellipse":
        """The ellipse of a region that is not empty."""
        from core.growth.compiled_region import moments

        row, column, down, across, mixed = moments(np.ascontiguousarray(region))
        return cls(row, column, down + 1 / 12, across + 1 / 12, mixed)

    def axes(self, pixel_mm: tuple[float, float]) -> tuple[float, float]:
        """Full short and long axis for a pixel of that size, down and across."""
        mixed = self.mixed * pixel_mm[0] * pixel_mm[1]
        moments = [[self.down * pixel_mm[0] ** 2, mixed], [mixed, self.across * pixel_mm[1] ** 2]]
        short, long = 4 * np.sqrt(np.linalg.eigvalsh(moments))
        return float(short), float(long)

    @property
    def radius(self) -> float:
        """Mean radius in pixels: that of the disc of the same area."""
        return 2 * float((self.down * self.across - self.mixed**2) ** 0.25)


@lru_cache(maxsize=8)
def _enlarger(size: int) -> Numbers:
    """Cubic spline interpolation as a matrix, (4 * size, size): enlarging is two products."""
    from scipy.ndimage import zoom

    columns = [
        zoom(unit, ENLARGED, order=3, mode="nearest", grid_mode=True) for unit in np.eye(size)
    ]
    return np.stack(columns, axis=1)


def enlarged(patches: Patches) -> Numbers:
    """The patches four times as fine, (row, 4 * height, 4 * width), by cubic splines."""
    _, height, width = patches.shape
    tall: Numbers = _enlarger(height) @ patches.astype(np.float64)
    fine: Numbers = np.matmul(tall, _enlarger(width).T)
    return fine


def find_region(
    picture: Numbers, fence: Fence, *, trust: Trust = TRUST
) -> tuple[Mask, float, float]:
    """The lesion, its level and that of its surroundings in an enlarged picture.

    Args:
        picture: Enlarged.
        fence: Laid in it.
        trust: When the fence is not to be trusted.

    Raises:
        MeasureFailed: No edge, nothing at the centre, or it reaches the picture's edge.
    """
    from core.growth.compiled_region import distances, drawn

    if doubt := fence.doubt(trust):
        raise MeasureFailed(doubt)
    polar, radii = polar_of(picture.shape), np.append(fence.radii, fence.radii[0])
    gap, far = (1 + reach_px / float(radii.mean()) for reach_px in RING_PX)
    corner, end = _box(picture.shape, float(radii.max()) * far)
    box = slice(corner[0], end[0]), slice(corner[1], end[1])
    seen, place = picture[box], distances(polar, radii, corner, end)
    core, ring = seen[place < CORE], seen[(place > gap) & (place < far)]
    if not core.size or not ring.size:
        raise MeasureFailed("nothing stands out at the centre")
    inner = _quantile(core, 0.5)
    outer = _quantile(ring, FAR_SIDE if fence.dark else 1 - FAR_SIDE)
    if (outer - inner if fence.dark else inner - outer) < LEAST_STEP:
        raise MeasureFailed("no edge between the centre and its surroundings")
    half = (inner + outer) / 2
    beyond = seen < half if fence.dark else seen > half
    region = np.zeros(picture.shape, dtype=bool)
    region[box] = drawn(beyond, place, np.ascontiguousarray(polar.away[box]), OUTSIDE, INSIDE)
    if region.sum() < LEAST_PX * ENLARGED**2:
        raise MeasureFailed("what lies at the centre is smaller than 4 pixels")
    if region[[0, -1]].any() or region[:, [0, -1]].any():
        raise MeasureFailed("what lies at the centre reaches the picture's edge")
    return region, inner, outer


def _box(shape: tuple[int, ...], reach_px: float) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where an enlarged picture lies within so many pixels of the patch's centre, and a rim."""
    half = int(ENLARGED * (reach_px + 1)) + OUTSIDE + 1
    down, across = (size // ENLARGED // 2 * ENLARGED for size in shape)
    corner = max(down - half, 0), max(across - half, 0)
    return corner, (min(down + half + ENLARGED, shape[0]), min(across + half + ENLARGED, shape[1]))


def _quantile(values: Numbers, share: float) -> float:
    """The value that such a share lies below; much quicker than numpy's on few numbers."""
    at = min(int(share * len(values)), len(values) - 1)
    return float(np.partition(values, at)[at])
