"""Bring a volume and its mask to the voxel size of the study, along the axes that are off.

Pictures are interpolated linearly, masks by nearest neighbour. Where an axis gets coarser the
picture is smoothed first, with the Gaussian that takes a voxel's width from the old to the new
one: variance (k^2 - 1) / (8 ln 2) in old voxels for a coarsening by k (Cardoso et al., "Scale
factor point spread function matching", MICCAI 2015).
"""

import numpy as np

from core.cohort.grid import Grid
from core.cohort.volume import LabelMap, Volume

MOST_VOXELS = 1 << 28


class TooLarge(Exception):
    """The wanted voxels are so much smaller than the scanned ones that memory would not do."""


def resampled(
    volume: Volume,
    mask: LabelMap,
    *,
    spacing_mm: tuple[float, float, float],
    tolerance: float,
) -> tuple[Volume, LabelMap]:
    """Both on voxels of `spacing_mm`; an axis within `tolerance` (a share), or with 0, stays.

    The centre of the field of view stays where it was; the new grid lies inside the old one
    up to half a new voxel, and nothing beyond the outer voxels' centres is invented.

    Raises:
        TooLarge: More than 2^28 voxels would come out.
    """
    from scipy.ndimage import affine_transform, gaussian_filter1d

    grid = volume.grid
    factors = np.ones(3)
    for axis, (own, wanted) in enumerate(zip(grid.spacing_mm, spacing_mm, strict=True)):
        if wanted > 0 and abs(own / wanted - 1) > tolerance:
            factors[axis] = wanted / own
    if (factors == 1).all():
        return volume, mask
    old = np.array(grid.shape)
    new = np.maximum(np.round(old / factors), 1).astype(int)
    if np.prod(new.astype(float)) > MOST_VOXELS:
        raise TooLarge
    offset = (old - 1) / 2 - factors * (new - 1) / 2
    voxels = np.asarray(volume.voxels, dtype=np.float32)
    for axis, factor in enumerate(factors.tolist()):
        if factor > 1:
            sigma = np.sqrt((factor**2 - 1) / (8 * np.log(2)))
            voxels = gaussian_filter1d(voxels, sigma, axis=axis, mode="nearest")
    where = {"offset": offset, "output_shape": tuple(new.tolist()), "mode": "nearest"}
    voxels = affine_transform(voxels, factors, order=1, **where)
    labels = affine_transform(mask.labels, factors, order=0, **where)
    step = np.diag([*factors, 1.0])
    step[:3, 3] = offset
    there = Grid(tuple(new.tolist()), grid.affine @ step)
    return Volume(voxels, there), LabelMap(labels, there)
