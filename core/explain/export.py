"""A map as NIfTI, on the voxels of the scan it came from, to lay over it in any viewer.

Where the scan still lies where it was, the map is laid back on the file's own voxels
(`core.cohort.scanned`). Where it does not, the file has the grid that patches were cut from: the
scan's own, its axes turned to Right, Anterior and Superior, or the scan resampled. World
coordinates are the scanner's either way.

`grid.parquet` says where a patch lies: its affine takes (row, column, 0) to mm in the scanner's
space, and its corner is pixel (0, 0) in the canonical volume, whose i and j run against the
patch's columns and rows. The header is written afresh: nothing of the scan's own is copied.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd

from core.arrays import Affine, Map2D
from core.cohort.grid import Grid
from core.cohort.scanned import Scan, scan_behind
from core.run import Run, write_bytes

LABEL = "Lymphoscape relevance. Research and teaching only, not for diagnosis"
SAME_PLACE_MM = 1e-4


def scan_of(run: Run, patient_id: str) -> Scan | None:
    """The scan that a patient's patches were cut from.

    None where it does not lie where it was, or is not the one that was cut: its grid is another.
    """
    mine = (run.rows["patient_id"].astype(str) == patient_id).to_numpy()
    if run.cohort_place is None or not run.manifest.has_masks or not mine.any():
        return None
    asked = run.settings
    scan = scan_behind(run.cohort_place, patient_id, cohort=asked.cohort, patch=asked.patch)
    return scan if scan is not None and _cut_from(scan, run.grid.iloc[mine]) else None


def map_image(
    maps: Sequence[Map2D], places: pd.DataFrame, *, scan: Scan | None = None
) -> nib.Nifti1Image:
    """Put the maps of one patient's patches into one volume.

    Where patches overlap, the value furthest from 0 stands; outside all patches it is 0.

    Args:
        maps: Signed maps at the patches' size.
        places: Their rows of `grid.parquet`: affine, shape, corner.
        scan: Where the volume goes; None leaves it on the grid that patches were cut from.

    Raises:
        ValueError: Lengths differ, there is nothing to write, or the patches come from
            different volumes or from another than the scan.
    """
    if len(maps) != len(places) or not len(maps):
        raise ValueError(f"{len(maps)} maps for {len(places)} places")
    shape, affine = _volume(places)
    values = np.zeros(shape, np.float32)
    for drawn, corner in zip(maps, places["corner"], strict=True):
        _lay(values, np.asarray(drawn, np.float32), [int(index) for index in corner])
    if scan is not None:
        if not _cut_from(scan, places):
            raise ValueError("the patches were not cut from this scan")
        values, affine = scan.laid_back(values), scan.file.affine
    image = nib.Nifti1Image(values, affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = LABEL.encode()
    image.set_sform(affine, code=1)  # 1: the scanner's own space
    image.set_qform(None, code=0)
    return image


def map_bytes(maps: Sequence[Map2D], places: pd.DataFrame, *, scan: Scan | None = None) -> bytes:
    """The same as the bytes of a `.nii.gz`, equal for equal maps."""
    return gzip.compress(map_image(maps, places, scan=scan).to_bytes(), mtime=0)


def write_map(
    path: Path, maps: Sequence[Map2D], places: pd.DataFrame, *, scan: Scan | None = None
) -> None:
    """Write the maps of one patient as `.nii.gz`, whole or not at all."""
    write_bytes(path, map_bytes(maps, places, scan=scan))


def _cut_from(scan: Scan, places: pd.DataFrame) -> bool:
    """Whether the study's grid on a scan is the one that patches were cut from."""
    shape, affine = _volume(places)
    study = scan.study
    return shape == study.shape and study.furthest_mm(Grid(shape, affine)) < SAME_PLACE_MM


def _volume(places: pd.DataFrame) -> tuple[tuple[int, int, int], Affine]:
    """The volume's shape and affine that all the places share."""
    shapes = {tuple(int(n) for n in shape) for shape in places["shape"]}
    affines = []
    for patch_affine, corner in zip(places["affine"], places["corner"], strict=True):
        turn = np.array([[0, -1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)
        turn[:3, 3] = np.asarray(corner, dtype=float)
        own = np.asarray(patch_affine, dtype=float).reshape(4, 4)
        affines.append(own @ np.linalg.inv(turn))
    if len(shapes) > 1 or any(np.abs(each - affines[0]).max() > SAME_PLACE_MM for each in affines):
        raise ValueError("the patches come from different volumes: export one patient at a time")
    wide, deep, high = shapes.pop()
    return (wide, deep, high), affines[0]


def _lay(values: np.ndarray, drawn: np.ndarray, corner: list[int]) -> None:
    """Write a map into a volume; pixel (row, column) is voxel (i - column, j - row, k)."""
    columns = corner[0] - np.arange(drawn.shape[1])
    rows = corner[1] - np.arange(drawn.shape[0])
    in_i = (columns >= 0) & (columns < values.shape[0])
    in_j = (rows >= 0) & (rows < values.shape[1])
    piece = drawn[np.ix_(in_j, in_i)].T
    place = np.ix_(columns[in_i], rows[in_j], [corner[2]])
    there = values[place][:, :, 0]
    values[place] = np.where(np.abs(piece) > np.abs(there), piece, there)[:, :, None]
