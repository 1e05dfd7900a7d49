"""A map exported as NIfTI lies on the voxels of the scan's own file, resampled or not (XA11)."""

from dataclasses import replace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from core.cohort.cut import cut_patient
from core.cohort.grid import Grid
from core.cohort.nifti import read_grid
from core.cohort.patient import Patient
from core.cohort.scanned import Scan, scan_behind
from core.explain.export import map_image, scan_of
from core.settings import CohortSettings, PatchSettings
from tests.test_explain_export import in_mm, oblique

AS_SCANNED = {
    "finer": (0.31, 0.31, 1.1),
    "coarser": (0.9, 0.9, 5.0),
    "finer in the slice, coarser across": (0.4, 0.4, 6.0),
    "as asked": (0.573, 0.573, 3.3),
}


def stored(folder, voxel_mm, *, turn=(-1, -1, 1)):
    """A tilted scan, stored to the left and back to front, with one lesion; file and mask."""
    affine = oblique() @ np.diag([1 / 0.573, 1 / 0.573, 1 / 3.3, 1]) @ np.diag([*voxel_mm, 1])
    affine = affine @ np.diag([*turn, 1])
    shape = tuple(round(60 / mm) for mm in voxel_mm)
    mask = np.zeros(shape, np.int16)
    middle = [slice(n // 2 - 4, n // 2 + 5) for n in shape[:2]]
    deep = int(np.ceil(4 / voxel_mm[2]))  # as thick as a slice of the study at least
    mask[middle[0], middle[1], shape[2] // 2 - deep : shape[2] // 2 + deep] = 1
    voxels = np.arange(mask.size, dtype=np.float32).reshape(shape) % 251
    for name, array in (("image", voxels), ("mask", mask)):
        nib.Nifti1Image(array, affine).to_filename(folder / f"{name}.nii.gz")
    return folder / "image.nii.gz", folder / "mask.nii.gz"


def cut(folder, voxel_mm, **options):
    image, mask = stored(folder, voxel_mm, **options)
    settings = PatchSettings()
    found = cut_patient(Patient("p1", 1, image=image, mask=mask), settings, lesion="node")
    places = pd.DataFrame(
        [
            {"affine": spot.affine.ravel().tolist(), "shape": spot.shape, "corner": spot.corner}
            for spot in found.places
        ]
    )
    return image, found, places, Scan.of(read_grid(image), settings)


def impulse(row, column):
    drawn = np.zeros((32, 32), np.float32)
    drawn[row, column] = -3.5
    return drawn


@pytest.mark.parametrize("voxel_mm", AS_SCANNED.values(), ids=AS_SCANNED)
@pytest.mark.parametrize(("row", "column"), [(16, 16), (9, 21), (22, 5)])
def test_a_pixels_value_lands_within_half_a_voxel_of_where_it_was_seen(
    tmp_path, voxel_mm, row, column
):
    image, _, places, scan = cut(tmp_path, voxel_mm)
    back = map_image([impulse(row, column)], places.iloc[:1], scan=scan)
    own = nib.load(image)
    assert back.shape == own.shape
    assert np.abs(back.affine - own.affine).max() < 1e-6
    found = np.argwhere(np.asanyarray(back.dataobj) != 0)
    assert set(np.unique(back.dataobj)) == {np.float32(-3.5), 0}
    patch = np.reshape(places["affine"][0], (4, 4))
    seen = in_mm(np.linalg.inv(own.affine), in_mm(patch, np.array([[row, column, 0]])))[0]
    off = np.abs(found.mean(axis=0) - seen)  # in the file's own voxels
    limit = 0.5 if not scan.step.stays else 1e-4 / max(voxel_mm)
    assert off.max() <= limit + 1e-6
    # what it covers is what the pixel covered, to one voxel of the scan along each axis
    covered = found.max(axis=0) - found.min(axis=0) + 1
    turned = np.abs(np.array(scan.step.factors))
    assert (np.abs(covered - np.maximum(turned, 1)) <= 1).all()


def test_without_resampling_each_pixel_is_the_very_voxel_it_was_cut_from(tmp_path):
    image, found, places, scan = cut(tmp_path, AS_SCANNED["as asked"])
    back = map_image([found.patches[0] + 1000], places.iloc[:1], scan=scan)
    values, own = np.asanyarray(back.dataobj), np.asanyarray(nib.load(image).dataobj)
    assert np.count_nonzero(values) == 32 * 32
    assert np.array_equal(values[values != 0] - 1000, own[values != 0])


@pytest.mark.parametrize("turn", [(1, 1, 1), (-1, 1, -1), (1, -1, -1)])
def test_a_file_stored_in_any_order_gets_its_map_in_that_order(tmp_path, turn):
    image, found, places, scan = cut(tmp_path, AS_SCANNED["as asked"], turn=turn)
    back = map_image([found.patches[0] + 1000], places.iloc[:1], scan=scan)
    values, own = np.asanyarray(back.dataobj), np.asanyarray(nib.load(image).dataobj)
    assert np.array_equal(values[values != 0] - 1000, own[values != 0])


def test_axes_that_are_swapped_in_the_file_are_swapped_in_the_map():
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 3.3], [-0.573, 0, 0], [0, 0.573, 0]])
    file = Grid((40, 50, 12), affine)
    scan = Scan.of(file, PatchSettings(spacing_mm=(0, 0, 0)))
    assert scan.canonical.shape == (12, 40, 50)
    values = np.zeros(scan.canonical.shape, np.float32)
    values[3, 7, 20] = 1
    (at,) = np.argwhere(scan.laid_back(values))
    wanted = in_mm(scan.canonical.affine, np.array([[3, 7, 20]]))
    assert in_mm(affine, at[None]) == pytest.approx(wanted, abs=1e-9)


def test_no_value_is_lost_or_invented_where_the_scan_is_coarser(tmp_path, rng):
    _, _, places, scan = cut(tmp_path, AS_SCANNED["coarser"])
    drawn = rng.normal(size=(32, 32)).astype(np.float32)
    values = np.asanyarray(map_image([drawn], places.iloc[:1], scan=scan).dataobj)
    assert values.max() == drawn.max()
    assert values.min() == drawn.min()
    assert np.isin(values[values != 0], drawn).all()


def test_patches_of_another_scan_are_refused(tmp_path):
    _, _, places, scan = cut(tmp_path, AS_SCANNED["finer"])
    moved = scan.file.affine.copy()
    moved[0, 3] += 0.5
    elsewhere = Scan.of(replace(scan.file, affine=moved, qform=None), PatchSettings())
    with pytest.raises(ValueError, match="not cut from this scan"):
        map_image([impulse(3, 3)], places.iloc[:1], scan=elsewhere)


def test_a_run_finds_its_patients_scans_and_says_so_when_they_are_gone(tiny_run, tmp_path):
    patient = str(tiny_run.rows["patient_id"].iloc[0])
    scan = scan_of(tiny_run, patient)
    assert scan is not None
    mine = (tiny_run.rows["patient_id"] == patient).to_numpy()
    assert tuple(tiny_run.grid[mine].iloc[0]["shape"]) == scan.study.shape
    assert scan_of(tiny_run, "nobody") is None
    gone = scan_behind(
        tmp_path / "gone", patient, cohort=CohortSettings(), patch=tiny_run.settings.patch
    )
    assert gone is None
