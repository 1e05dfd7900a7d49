"""Bring a volume and its mask to the voxel size of the study, along the axes that are off.

Pictures are interpolated linearly, masks by nearest neighbour. Where an axis gets coarser the
picture is smoothed first, with the Gaussian that takes a voxel's width from the old to the new
one: variance (k^2 - 1) / (8 ln 2) in old voxels for a coarsening by k (Cardoso et al., "Scale
factor point spread function matching", MICCAI 2015).
"""

from dataclasses import dataclass

import numpy as np

from core.cohort.grid import Grid
from core.cohort.volume import LabelMap, Volume

MOST_VOXELS = 1 << 28


class TooLarge(Exception):
    """The wanted voxels are so much smaller than the scanned ones that memory would not do."""


@dataclass(frozen=True)
class Step:
    """How new voxels lie among a scan's: new index n along an axis is `offset + factor * n` there.

    Attributes:
        factors: New voxel over old one, along i, j, k; 1 where an axis stays.
        offset: Of new voxel (0, 0, 0), in old voxels.
        shape: New voxels along i, j, k.
    """

    factors: tuple[float, float, float]
    offset: tuple[float, float, float]
    shape: tuple[int, int, int]

    @property
    def stays(self) -> bool:
        """Whether old and new voxels are the same."""
        return self.factors == (1, 1, 1)

    def of(self, grid: Grid) -> Grid:
        """The new grid on a scan's; the scan's own where nothing changes."""
        if self.stays:
            return grid
        turn = np.diag([*self.factors, 1.0])
        turn[:3, 3] = self.offset
        return Grid(self.shape, grid.affine @ turn)


def step_to(grid: Grid, *, spacing_mm: tuple[float, float, float], tolerance: float) -> Step:
    """The step from a scan's voxels to `spacing_mm`; an axis within `tolerance`, or with 0, stays.

    The centre of the field of view stays where it was.
    """
    factors = np.ones(3)
    for axis, (own, wanted) in enumerate(zip(grid.spacing_mm, spacing_mm, strict=True)):
        if wanted > 0 and abs(own / wanted - 1) > tolerance:
            factors[axis] = wanted / own
    old = np.array(grid.shape)
    new = np.maximum(np.round(old / factors), 1).astype(int)
    offset = (old - 1) / 2 - factors * (new - 1) / 2
    in_i, in_j, in_k = factors.tolist()
    return Step((in_i, in_j, in_k), tuple(offset.tolist()), tuple(new.tolist()))


def resampled(
    volume: Volume,
    mask: LabelMap,
    *,
    spacing_mm: tuple[float, float, float],
    tolerance: float,
) -> tuple[Volume, LabelMap]:
    """Both on voxels of `spacing_mm`, see `step_to`.

    The new grid lies inside the old one up to half a new voxel, and nothing beyond the outer
    voxels' centres is invented.

    Raises:
        TooLarge: More than 2^28 voxels would come out.
    """
    from scipy.ndimage import affine_transform, gaussian_filter1d

    step = step_to(volume.grid, spacing_mm=spacing_mm, tolerance=tolerance)
    if step.stays:
        return volume, mask
    if np.prod(np.array(step.shape, dtype=float)) > MOST_VOXELS:
        raise TooLarge
    voxels = np.asarray(volume.voxels, dtype=np.float32)
    for axis, factor in enumerate(step.factors):
        if factor > 1:
            sigma = np.sqrt((factor**2 - 1) / (8 * np.log(2)))
            voxels = gaussian_filter1d(voxels, sigma, axis=axis, mode="nearest")
    factors, offset, shape = np.array(step.factors), list(step.offset), step.shape
    voxels = affine_transform(
        voxels, factors, offset=offset, output_shape=shape, mode="nearest", order=1
    )
    labels = affine_transform(
        mask.labels, factors, offset=offset, output_shape=shape, mode="nearest", order=0
    )
    there = step.of(volume.grid)
    return Volume(voxels, there), LabelMap(labels, there)
