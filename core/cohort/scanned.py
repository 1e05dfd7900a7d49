"""Back to the scan: values on the study's grid, laid on the very voxels of the scan's file.

Each value goes to the voxels of the scan that lie in its own voxel, and at least to the one that
holds its middle; where several meet, the one furthest from 0 stands. So no value is invented,
none is lost, and none lies further off than half a voxel.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation, ornt_transform

from core.cohort.cohort import open_cohort
from core.cohort.grid import Grid
from core.cohort.nifti import read_grid
from core.cohort.resample import Step, step_to
from core.errors import LymphoscapeError
from core.settings import CohortSettings, PatchSettings

CANONICAL = np.array([[0, 1], [1, 1], [2, 1]])  # axes to Right, Anterior, Superior
Values = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Scan:
    """A scan's file, and how the study's voxels lie in it.

    Attributes:
        file: As the file stores it.
        canonical: The same with axes to Right, Anterior and Superior.
        step: From the canonical voxels to the study's.
    """

    file: Grid
    canonical: Grid
    step: Step

    @classmethod
    def of(cls, file: Grid, settings: PatchSettings) -> "Scan":
        """A file's grid as a study with these settings takes it."""
        turn = io_orientation(file.affine)
        right, front, top = (file.shape[int(axis)] for axis in np.argsort(turn[:, 0]))
        canonical = Grid((right, front, top), file.affine @ inv_ornt_aff(turn, file.shape))
        step = step_to(canonical, spacing_mm=settings.spacing_mm, tolerance=settings.tolerance)
        return cls(file, canonical, step)

    @property
    def study(self) -> Grid:
        """The grid that patches are cut from."""
        return self.step.of(self.canonical)

    def laid_back(self, values: Values) -> Values:
        """Values on the study's grid, (i, j, k), as the file's own array of voxels."""
        for axis in range(3):
            values = _along(values, axis, self.step, self.canonical.shape[axis])
        turn = ornt_transform(CANONICAL, io_orientation(self.file.affine))
        return np.ascontiguousarray(apply_orientation(values, turn))


def scan_behind(
    place: Path, patient_id: str, *, cohort: CohortSettings, patch: PatchSettings
) -> Scan | None:
    """The scan that a patient's patches were cut from, by its header alone.

    Args:
        place: Where the study lies.
        patient_id: Whose.
        cohort: As the study was read.
        patch: As its patches were cut.

    Returns:
        None where study, patient or volume is not there any more, or cannot be read.
    """
    try:
        people = open_cohort(place, cohort).patients
        image = next((one.image for one in people if one.patient_id == patient_id), None)
        return None if image is None else Scan.of(read_grid(image), patch)
    except (LymphoscapeError, OSError):
        return None


def _along(values: Values, axis: int, step: Step, size: int) -> Values:
    """One axis of the study's voxels as `size` of the scan's."""
    factor, offset, many = step.factors[axis], step.offset[axis], values.shape[axis]
    if factor == 1:
        return values
    lines = np.moveaxis(values, axis, 0)
    # what each of the scan's voxels lies in; beyond the outer voxels' edges there is nothing
    inside = np.round((np.arange(size) - offset) / factor).astype(int)
    found = np.where(
        ((inside >= 0) & (inside < many)).reshape(-1, 1, 1), lines[inside.clip(0, many - 1)], 0
    ).astype(np.float32)
    # and where each value's middle lies: the scan's voxels may be the larger ones
    middle = np.round(offset + factor * np.arange(many)).astype(int).clip(0, size - 1)
    for line, at in zip(lines, middle.tolist(), strict=True):
        found[at] = np.where(np.abs(line) > np.abs(found[at]), line, found[at])
    return np.moveaxis(found, 0, axis)
