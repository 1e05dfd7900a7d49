"""A map exported as NIfTI lies on the voxels its patch was cut from (EXPLAIN.md, XA11)."""

import gzip

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from core.cohort.cut import cut_patient
from core.cohort.patient import Patient
from core.explain.export import LABEL, map_bytes, map_image, write_map
from core.settings import PatchSettings

TURN = np.array([[0, -1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)


def oblique():
    """An affine of a tilted scan, in mm."""
    a, b = 0.2, -0.1
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_x @ about_z @ np.diag([0.573, 0.573, 3.3])
    affine[:3, 3] = [-93.1, -71.7, 12.3]
    return affine


def place(corner, *, affine=None, shape=(60, 50, 9)):
    turn = TURN.copy()
    turn[:3, 3] = corner
    at = (oblique() if affine is None else affine) @ turn
    return {"affine": at.ravel().tolist(), "shape": list(shape), "corner": list(corner)}


def in_mm(affine, indices):
    return (affine @ np.column_stack([indices, np.ones(len(indices))]).T).T[:, :3]


def test_every_pixel_lies_where_its_patch_says(rng):
    drawn = rng.uniform(0.1, 1, (32, 32)).astype(np.float32)
    places = pd.DataFrame([place((45, 40, 3))])
    image = nib.Nifti1Image.from_bytes(gzip.decompress(map_bytes([drawn], places)))
    values = np.asanyarray(image.dataobj)
    row, column = np.indices((32, 32)).reshape(2, -1)
    patch_affine = np.array(places["affine"][0]).reshape(4, 4)
    wanted = in_mm(patch_affine, np.column_stack([row, column, np.zeros(row.size)]))
    found = in_mm(image.affine, np.column_stack([45 - column, 40 - row, np.full(row.size, 3)]))
    assert np.abs(found - wanted).max() < 1e-4
    assert np.array_equal(values[45 - column, 40 - row, 3], drawn.ravel())
    assert np.count_nonzero(values) == drawn.size


def test_a_patch_cut_from_a_file_comes_back_onto_the_same_points(tmp_path, rng):
    """Through the reader: a scan stored left to right and back to front is cut, then exported."""
    lps = oblique() @ np.diag([-1, -1, 1, 1])
    voxels = rng.uniform(10, 200, (70, 64, 5)).astype(np.float32)
    mask = np.zeros(voxels.shape, np.int16)
    mask[30:37, 40:45, 2] = 1
    for name, array in (("image", voxels), ("mask", mask)):
        nib.Nifti1Image(array, lps).to_filename(tmp_path / f"{name}.nii.gz")
    cut = cut_patient(
        Patient("p1", 1, image=tmp_path / "image.nii.gz", mask=tmp_path / "mask.nii.gz"),
        PatchSettings(spacing_mm=(0, 0, 0)),
        lesion="node",
    )
    (spot,) = cut.places
    places = pd.DataFrame(
        [{"affine": spot.affine.ravel().tolist(), "shape": spot.shape, "corner": spot.corner}]
    )
    image = map_image([cut.patches[0]], places)
    written = np.argwhere(np.asanyarray(image.dataobj) != 0)
    back = in_mm(np.linalg.inv(lps), in_mm(image.affine, written))
    nearest = np.round(back).astype(int)
    assert len(written) == 32 * 32
    assert np.abs(in_mm(lps, nearest) - in_mm(image.affine, written)).max() < 1e-4
    assert np.allclose(np.asanyarray(image.dataobj)[tuple(written.T)], voxels[tuple(nearest.T)])


def test_what_hangs_over_the_edge_is_left_out(rng):
    drawn = rng.uniform(0.1, 1, (32, 32)).astype(np.float32)
    values = np.asanyarray(map_image([drawn], pd.DataFrame([place((10, 40, 0))])).dataobj)
    assert np.count_nonzero(values) == 11 * 32
    assert np.array_equal(values[10::-1, 20, 0], drawn[20, :11])


def test_where_patches_overlap_the_strongest_value_stands():
    places = pd.DataFrame([place((45, 40, 3)), place((40, 40, 3))])
    weak, strong = np.full((32, 32), 0.5, np.float32), np.full((32, 32), -2, np.float32)
    values = np.asanyarray(map_image([weak, strong], places).dataobj)
    assert set(np.unique(values)) == {-2.0, 0.0, 0.5}
    assert np.count_nonzero(values == -2) == 32 * 32
    swapped = map_image([strong, weak], places.iloc[::-1])
    assert np.array_equal(np.asanyarray(swapped.dataobj), values)


def test_the_header_is_fresh_and_says_research_only(tmp_path):
    drawn = np.ones((32, 32), np.float32)
    write_map(tmp_path / "map.nii.gz", [drawn], pd.DataFrame([place((45, 40, 3))]))
    header = nib.load(tmp_path / "map.nii.gz").header
    assert header["descrip"].item().decode() == LABEL
    assert len(LABEL) <= 80
    assert header.get_xyzt_units()[0] == "mm"
    assert not header.extensions
    for field in ("aux_file", "db_name", "intent_name"):
        assert not header[field].item()


def test_equal_maps_give_equal_bytes():
    drawn, places = np.ones((32, 32), np.float32), pd.DataFrame([place((45, 40, 3))])
    assert map_bytes([drawn], places) == map_bytes([drawn], places)


def test_patches_of_two_volumes_are_refused():
    elsewhere = oblique()
    elsewhere[0, 3] += 0.01
    two = pd.DataFrame([place((45, 40, 3)), place((45, 40, 3), affine=elsewhere)])
    drawn = np.ones((32, 32), np.float32)
    with pytest.raises(ValueError, match="one patient at a time"):
        map_image([drawn, drawn], two)
    with pytest.raises(ValueError, match="1 maps for 2 places"):
        map_image([drawn], two)
