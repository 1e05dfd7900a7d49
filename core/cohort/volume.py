"""Volumes and masks as canonical (RAS) arrays.

Axes i, j, k run towards the patient's Right, Anterior and Superior; world coordinates are the
scanner's, in mm. A tilted gantry shears k against the others: such a volume is read, since
every slice is still a true picture, while rows and columns that are not at right angles are
refused.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation

from core.arrays import LabelVolume
from core.arrays import Volume as Voxels
from core.cohort.grid import Grid
from core.cohort.nifti import read_stored
from core.errors import UnreadableVolume

MOST_LABELS = 1000


@dataclass(frozen=True)
class Volume:
    """Canonical voxels with their place.

    Attributes:
        voxels: (i, j, k), towards the patient's Right, Anterior and Superior.
        grid: Where they lie.
    """

    voxels: Voxels
    grid: Grid


@dataclass(frozen=True)
class LabelMap:
    """A canonical mask: 0 background, one integer a lesion.

    Attributes:
        labels: (i, j, k).
        grid: Where they lie.
    """

    labels: LabelVolume
    grid: Grid


def read_volume(path: Path) -> Volume:
    """Read a NIfTI volume as canonical float32.

    Raises:
        UnreadableVolume: Not a NIfTI file, not 3-D, larger than 1 GiB, an affine that is not
            finite or singular, rows and columns not at right angles, a stream that ends early
            or is damaged, or voxels that are not finite.
    """
    stored = read_stored(path)
    with np.errstate(over="ignore"):  # what does not fit is counted below
        voxels = stored.values.astype(np.float32)
        if stored.scaled:
            voxels = voxels * np.float32(stored.slope) + np.float32(stored.intercept)
    strange = voxels.size - int(np.count_nonzero(np.isfinite(voxels)))
    if strange:
        raise UnreadableVolume(path, f"{strange} voxels that are not finite", "finite voxels")
    return _canonical(voxels, stored.grid)


def read_labels(path: Path) -> LabelMap:
    """Read a mask as canonical int32, one integer a lesion.

    Raises:
        UnreadableVolume: As for a volume, or values that are not whole numbers from 0, or so
            many of them that this must be a picture.
    """
    stored = read_stored(path)
    values = stored.values
    if stored.scaled:
        values = values.astype(np.float64) * stored.slope + stored.intercept
    found = np.unique(values[values != 0])
    wanted = "whole numbers: 0 outside, one number a lesion"
    if not np.isfinite(found).all():
        raise UnreadableVolume(path, "mask values that are not finite", wanted)
    if found.size and (found.min() < 0 or found.max() > np.iinfo(np.int32).max):
        said = f"mask values from {found.min():g} to {found.max():g}"
        raise UnreadableVolume(path, said, wanted)
    if not np.array_equal(found, np.round(found)):
        strange = found[found != np.round(found)][0]
        raise UnreadableVolume(path, f"the mask value {strange:g}", wanted)
    if len(found) > MOST_LABELS:
        raise UnreadableVolume(path, f"{len(found)} different mask values", wanted)
    volume = _canonical(values.astype(np.int32), stored.grid)
    return LabelMap(volume.voxels, volume.grid)


def _canonical(values: np.ndarray[Any, Any], grid: Grid) -> Volume:
    turn = io_orientation(grid.affine)
    turned = apply_orientation(values, turn)
    back = inv_ornt_aff(turn, grid.shape)
    qform = None if grid.qform is None else grid.qform @ back
    shape: tuple[int, int, int] = turned.shape
    return Volume(turned, Grid(shape, grid.affine @ back, qform))
