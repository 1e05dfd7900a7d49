"""The reading on real images; see the README of the folder LYMPHOSCAPE_REAL_DATA names."""

import ast
import csv

import nibabel as nib
import numpy as np
import pytest

from tests.volumes import write

pytestmark = pytest.mark.real
PEERS = ["brain1", "brain2", "breast1", "lung1", "lung2"]


def peer_says(folder, file, column):
    with (folder / "pyradiomics" / file).open() as lines:
        table = list(csv.reader(lines))
    place = table[0].index(column)
    return {line[0]: line[place] for line in table[1:]}


def label_map(folder, name):
    import nrrd

    values, header = nrrd.read(str(folder / "pyradiomics" / f"{name}_label.nrrd"))
    return values == 1, tuple(np.linalg.norm(header["space directions"], axis=1).tolist())


@pytest.mark.parametrize("name", PEERS)
def test_axes_in_space_agree_with_the_peers(real_data, name):
    from core.cohort.node import axis_lengths_mm

    mask, spacing_mm = label_map(real_data, name)
    said = peer_says(real_data, "baseline_shape.csv", name)
    assert mask.sum() == int(said["diagnostics_Mask-original_VoxelNum"])
    found = axis_lengths_mm(np.argwhere(mask) * np.array(spacing_mm), spacing_mm=spacing_mm)
    wanted = [float(said[f"original_shape_{k}AxisLength"]) for k in ("Least", "Minor", "Major")]
    assert found == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("name", PEERS)
def test_axes_in_plane_agree_with_the_peers(real_data, name):
    from core.cohort.node import measure_node

    mask, spacing_mm = label_map(real_data, name)
    said = peer_says(real_data, "baseline_shape2D.csv", f"{name}_shape2D")
    k = ast.literal_eval(said["diagnostics_Mask-corrected_BoundingBox"])[2]
    node = measure_node(mask[:, :, k], spacing_mm=spacing_mm[:2])
    assert node.short_axis_mm == pytest.approx(
        float(said["original_shape2D_MinorAxisLength"]), abs=1e-6
    )
    assert node.long_axis_mm == pytest.approx(
        float(said["original_shape2D_MajorAxisLength"]), abs=1e-6
    )
    assert 1 / node.elongation == pytest.approx(
        float(said["original_shape2D_Elongation"]), abs=1e-6
    )
    assert node.area_mm2 == pytest.approx(float(said["original_shape2D_PixelSurface"]), abs=1e-6)
    # the peer walks the pixels' stairs, so that its discs read 1.11; ours are smoothed first
    stairs = float(said["original_shape2D_Perimeter"]) ** 2
    theirs = stairs / (4 * np.pi * float(said["original_shape2D_MeshSurface"]))
    assert 0.85 * theirs < node.compactness < theirs


@pytest.mark.parametrize("name", ["CT_pitch", "MR_Gd", "fmri_pitch"])
def test_odd_headers_are_read_as_nibabel_does(real_data, name):
    from core.cohort.volume import read_volume

    path = real_data / "odd_headers" / f"{name}.nii.gz"
    peer = nib.as_closest_canonical(nib.load(path))
    volume = read_volume(path)
    assert np.allclose(volume.grid.affine, peer.affine, atol=1e-9)
    assert np.allclose(volume.voxels, peer.get_fdata(), rtol=1e-6, atol=1e-3)


def edge_case(real_data, tmp_path, kind, mask):
    from core.cohort.cut import cut_patient
    from core.cohort.patient import Patient
    from core.settings import PatchSettings

    folder = real_data / "edge_case_masks" / kind
    image = nib.load(folder / "image" / f"{kind}.nii.gz")
    values = np.random.default_rng(1).normal(500, 50, image.shape).astype(np.float32)
    own = write(tmp_path / "image.nii.gz", values, image.affine)  # theirs is constant
    patient = Patient("p", 1, image=own, mask=folder / "mask" / f"{mask}.nii.gz")
    return cut_patient(patient, PatchSettings(spacing_mm=(0, 0, 0)), lesion="lesion")


@pytest.mark.parametrize("kind", ["uninformative", "uninformative_slice"])
@pytest.mark.parametrize(
    ("mask", "says"),
    [
        ("empty_mask", ("the mask is empty",)),
        ("one_voxel_mask", ("1 pixel ", "no lesion is left")),
        ("disconnected_mask", ("1 pixel ", "no lesion is left")),
    ],
)
def test_masks_with_nothing_to_look_at_are_excluded(real_data, tmp_path, kind, mask, says):
    cut = edge_case(real_data, tmp_path, kind, mask)
    assert not cut.places
    assert len(cut.excluded) == len(says)
    assert all(part in why for part, why in zip(says, cut.excluded, strict=True))


@pytest.mark.parametrize("kind", ["uninformative", "uninformative_slice"])
def test_a_mask_that_fills_the_volume_is_one_padded_lesion(real_data, tmp_path, kind):
    cut = edge_case(real_data, tmp_path, kind, "full_mask")
    assert {place.area_px for place in cut.places} == {64}
    assert np.isfinite(cut.patches).sum(axis=(1, 2)).tolist() == [64] * len(cut.places)


def test_a_volume_without_contrast_is_excluded(real_data):
    from core.cohort.cut import cut_patient
    from core.cohort.patient import Patient
    from core.settings import PatchSettings

    folder = real_data / "edge_case_masks" / "uninformative"
    patient = Patient(
        "p",
        1,
        image=folder / "image" / "uninformative.nii.gz",
        mask=folder / "mask" / "full_mask.nii.gz",
    )
    cut = cut_patient(patient, PatchSettings(), lesion="lesion")
    assert cut.excluded == ("all voxels of the volume are alike",)


def test_the_orientation_test_brightens_where_its_voxels_do(real_data):
    """Three unequal spacings, axes to Left, Posterior, Superior; the voxel is i + j + k."""
    from core.cohort.volume import read_volume

    path = real_data / "edge_case_masks" / "orientation" / "image" / "orientation.nii.gz"
    volume = read_volume(path)
    assert volume.grid.spacing_mm == pytest.approx((1.5, 1.0, 0.5))
    assert volume.voxels.shape == (32, 48, 64)
    steps = [np.diff(volume.voxels, axis=axis).mean() for axis in range(3)]
    assert steps == pytest.approx([-1, -1, 1])


@pytest.fixture
def prostates(real_data, tmp_path):
    """A table of three scans: a mask whose value is 3, an empty one, and none."""
    folder = real_data / "prostatex"
    lines = ["patient_id,image,mask,label"]
    for name, label in (("0000", 1), ("0001", 0), ("0218", 0)):
        image = folder / f"ProstateX-{name}_t2w.nii.gz"
        mask = next(folder.glob(f"ProstateX-{name}_lesion_mask*"), "")
        lines.append(f"PX-{name},{image},{mask},{label}")
    (tmp_path / "prostates.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "prostates.csv"


def test_three_prostates_give_one_lesion_and_two_names(prostates, real_data):
    from core.cohort.cohort import open_cohort
    from core.cohort.patch import cut_patches
    from core.settings import CohortSettings, PatchSettings

    cohort = open_cohort(prostates, CohortSettings())
    splits = dict.fromkeys([p.patient_id for p in cohort.patients], "train")
    found = cut_patches(cohort, splits, settings=PatchSettings())
    assert found.rows["patient_id"].unique().tolist() == ["PX-0000"]
    assert found.rows["node"].unique().tolist() == [3]
    assert found.excluded == (("PX-0001", "the mask is empty"), ("PX-0218", "there is no mask"))

    mask = nib.load(cohort.patients[0].mask)
    labels = np.asarray(mask.dataobj)
    for row, place in found.grid.iterrows():
        middle = np.array(place["affine"]).reshape(4, 4) @ [16, 16, 0, 1]
        k = round((np.linalg.inv(mask.affine) @ middle)[2])
        centroid = mask.affine @ [*np.argwhere(labels[:, :, k] == 3).mean(axis=0), k, 1]
        # half a pixel of the patch, and half a slice where slices are interpolated
        assert np.linalg.norm(middle - centroid) < 2.0, row
        assert abs((np.linalg.inv(mask.affine) @ (middle - centroid))[0]) < 1.2


def test_an_unresampled_patch_holds_the_very_voxels(prostates):
    """With the volume's own voxels, every pixel of the patch is one voxel of the file."""
    from core.cohort.cohort import open_cohort
    from core.cohort.patch import cut_patches
    from core.cohort.standardise import histogram
    from core.cohort.volume import read_volume
    from core.settings import CohortSettings, PatchSettings

    cohort = open_cohort(prostates, CohortSettings(exclude=("PX-0001", "PX-0218")))
    settings = PatchSettings(spacing_mm=(0, 0, 0), standardise=False)
    found = cut_patches(cohort, {"PX-0000": "train"}, settings=settings)
    image = nib.load(cohort.patients[0].image)
    stored = np.asarray(image.dataobj).astype(float)
    labels = np.asarray(nib.load(cohort.patients[0].mask).dataobj)
    levels = histogram(read_volume(cohort.patients[0].image).voxels)
    low, high = found.landmarks.values
    pixels = np.stack(np.meshgrid(range(32), range(32), [0], [1], indexing="ij"), -1)
    for row, patch in enumerate(found.patches):
        to_mm = np.array(found.grid["affine"][row]).reshape(4, 4)
        voxels = pixels.reshape(-1, 4) @ (np.linalg.inv(image.affine) @ to_mm).T
        assert np.abs(voxels - np.round(voxels)).max() < 1e-4
        i, j, k = np.round(voxels[:, :3]).astype(int).T
        scanned = levels[0] + (patch.ravel() - low) / (high - low) * (levels[-1] - levels[0])
        shown = (patch.ravel() > 0) & (patch.ravel() < 1)
        assert np.abs(scanned - stored[i, j, k])[shown].max() < 0.01
        assert np.array_equal(found.masks[row].ravel(), labels[i, j, k] == 3)


def test_forty_nine_sarcomas_are_read(real_data, tmp_path):
    from core.cohort.cohort import open_cohort
    from core.cohort.patch import cut_patches
    from core.cohort.split import split_patients
    from core.settings import CohortSettings, PatchSettings, SplitSettings

    folder = real_data / "sts"
    lines, volumes = ["patient_id,image,mask,label"], {}
    with (folder / "labels.csv").open() as file:
        for case in csv.DictReader(file):
            name = case["patient"]
            volumes[name] = float(case["volume_ml"])
            image, mask = (folder / f"{name}_MR_T1_{kind}.nii.gz" for kind in ("image", "mask"))
            if case["has_image"] == "True":
                lines.append(f"{name},{image},{mask},{case['lung_metastasis']}")
    (tmp_path / "sts.csv").write_text("\n".join(lines) + "\n")
    cohort = open_cohort(tmp_path / "sts.csv", CohortSettings(lesion="sarcoma"))
    splits = split_patients(cohort, SplitSettings(), seed=1)
    settings = PatchSettings(spacing_mm=(3.0, 3.0, 0.0))
    found = cut_patches(cohort, splits, settings=settings)
    assert found.rows["patient_id"].nunique() == 49
    assert found.rows.groupby("patient_id")["label"].first().sum() == 18
    keys = found.rows[found.rows["key_slice"]].set_index("patient_id")
    assert len(keys) == 49
    known = [volumes[name] for name in keys.index]
    from scipy.stats import spearmanr

    assert spearmanr(keys["area_mm2"], known).statistic > 0.9
    for row, place in found.grid.iterrows():
        axes = np.array(place["affine"]).reshape(4, 4)[:3, :2]
        assert np.allclose(axes, [[0, -3], [-3, 0], [0, 0]], atol=1e-3), row
