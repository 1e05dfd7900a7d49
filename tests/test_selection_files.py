"""A selection taken away: where its patches lie, what their headers say, and what is refused."""

import gzip
import io
import zipfile
from dataclasses import replace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from core.errors import LatentError
from core.latent.selection_files import patch_folder
from core.run import Run


def opened(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        return nib.Nifti1Image.from_bytes(gzip.decompress(folder.read(name)))


def listed(content):
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        return pd.read_csv(io.BytesIO(folder.read("patches.csv"))), folder.namelist()


def test_every_patch_is_a_file_with_its_mask_and_stands_in_the_list(tiny_run):
    table, names = listed(patch_folder(tiny_run, {"A": (3, 8), "B": (5,)}))
    assert len(names) == 2 * 3 + 1
    assert list(table["set"]) == ["A", "A", "B"]
    assert list(table["row"]) == [3, 8, 5]
    assert set(table["file"]) <= set(names)


def test_a_patch_lies_where_it_was_cut_in_mm(tiny_run):
    content = patch_folder(tiny_run, {"A": (3,)})
    (name,) = listed(content)[0]["file"]
    image = opened(content, name)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert int(image.header["sform_code"]) == 1
    assert np.allclose(image.get_fdata()[:, :, 0], tiny_run.patches[3], atol=1e-6)
    affine = np.array(tiny_run.grid["affine"].iloc[3]).reshape(4, 4)
    assert np.allclose(image.affine, affine, atol=1e-4)
    assert np.allclose(image.header.get_zooms()[:2], np.linalg.norm(affine[:3, :2], axis=0))
    mask = opened(content, name.replace(".nii.gz", "_mask.nii.gz"))
    assert np.array_equal(mask.get_fdata()[:, :, 0] > 0, tiny_run.masks[3])


def test_the_header_says_what_it_is_and_that_it_was_drawn(tiny_run):
    content = patch_folder(tiny_run, {"A": (0,)})
    header = opened(content, listed(content)[0]["file"][0]).header
    assert b"not for diagnosis" in bytes(header["descrip"])
    assert bytes(header["intent_name"]).startswith(b"SYNTHETIC")


def test_equal_selections_give_equal_files(tiny_run):
    assert patch_folder(tiny_run, {"A": (1, 2)}) == patch_folder(tiny_run, {"A": (1, 2)})


def test_nothing_selected_is_refused(tiny_run):
    with pytest.raises(LatentError, match="Nothing is selected"):
        patch_folder(tiny_run, {"A": (), "B": ()})


def test_a_cohort_without_millimetres_is_refused(tiny_run):
    bare = Run(tiny_run.folder, replace(tiny_run.manifest, has_masks=False))
    with pytest.raises(LatentError, match="how large a pixel"):
        patch_folder(bare, {"A": (1,)})
