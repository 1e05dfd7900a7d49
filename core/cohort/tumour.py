"""How far each lesion lies from the primary tumour, where a study outlines the tumour too."""

from collections.abc import Mapping
from math import nan
from pathlib import Path

import numpy as np

from core.cohort.grid import Grid
from core.cohort.volume import LabelMap, read_labels


class ElsewhereTumour(Exception):
    """The tumour's mask lies on another grid than the volume."""

    def __init__(self, found: Grid) -> None:
        self.found = found
        super().__init__(str(found))


def tumour_distances_mm(lesions: LabelMap, path: Path | None) -> Mapping[int, float]:
    """Distance in mm from each lesion's centre to the nearest voxel of the tumour, by label.

    The nearest edge and not the tumour's centre, since that is what a reader measures; NaN
    where the tumour is not outlined. Distances are taken in the scanner's space, so slices
    that are thick or sheared count as they lie.

    Args:
        lesions: One integer a lesion.
        path: The tumour's mask on the same grid, or None.

    Raises:
        ElsewhereTumour: It lies on another grid.
        UnreadableVolume: It cannot be read.
    """
    numbers = np.unique(lesions.labels[lesions.labels > 0]).tolist()
    if path is None or not path.exists():
        return dict.fromkeys(numbers, nan)
    tumour = read_labels(path)
    if not tumour.grid.same_as(lesions.grid):
        raise ElsewhereTumour(tumour.grid)
    if not tumour.labels.any():
        return dict.fromkeys(numbers, nan)
    from scipy.ndimage import center_of_mass
    from scipy.spatial import KDTree

    grid = lesions.grid
    middles = np.array(center_of_mass(lesions.labels > 0, lesions.labels, numbers))
    near, _ = KDTree(_in_mm(np.argwhere(tumour.labels), grid)).query(_in_mm(middles, grid))
    return dict(zip(numbers, np.atleast_1d(near).tolist(), strict=True))


def _in_mm(voxels: np.ndarray, grid: Grid) -> np.ndarray:
    """Voxel indices, (point, 3), in the scanner's space."""
    return np.asarray(voxels @ grid.affine[:3, :3].T + grid.affine[:3, 3])
