import hashlib
import json

import nibabel as nib
import numpy as np
import pandas as pd
import pytest


def _patient(index, seed=7):
    from core.cohort.phantom import draw_patient, draw_truth

    return draw_patient(draw_truth(20, seed)[index])


def _axes_mm(mask, pixel_mm=0.573):
    values = np.linalg.eigvalsh(np.cov(np.argwhere(mask).T * pixel_mm, bias=True))
    return 4 * np.sqrt(values)


def _hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    from core.cohort.phantom import draw_cohort

    out = tmp_path_factory.mktemp("twin") / "one"
    draw_cohort(out, patients=2, seed=4)
    return out


def test_the_same_seed_draws_the_same_bytes(twin, tmp_path):
    from core.cohort.phantom import draw_cohort

    draw_cohort(tmp_path / "two", patients=2, seed=4)
    assert _hashes(twin) == _hashes(tmp_path / "two")


def test_another_seed_draws_other_patients():
    from core.cohort.phantom import draw_truth, truth_table

    one, other = (truth_table(draw_truth(10, seed)) for seed in (1, 2))
    assert not np.array_equal(one.short_axis_mm[:10], other.short_axis_mm[:10])


def test_a_finished_patient_is_not_drawn_again_and_a_missing_one_is(twin, tmp_path):
    import shutil

    from core.cohort.phantom import draw_cohort

    copy = tmp_path / "copy"
    shutil.copytree(twin, copy)
    kept = copy / "sub-001" / "anat" / "sub-001_T2w.nii.gz"
    before = kept.stat().st_mtime_ns
    (copy / "dataset_description.json").unlink()
    (copy / "sub-002" / "anat" / "sub-002_T2w.nii.gz").unlink()
    heard = []
    draw_cohort(copy, patients=2, seed=4, progress=lambda *said: heard.append(said[1:]))
    assert heard[0] == (1, 2)
    assert heard[-1] == (2, 2)
    assert kept.stat().st_mtime_ns == before
    assert _hashes(copy) == _hashes(twin)


def test_a_folder_that_holds_another_cohort_is_refused(twin):
    from core.cohort.phantom import draw_cohort
    from core.errors import CohortError

    before = _hashes(twin)
    with pytest.raises(CohortError, match="another cohort"):
        draw_cohort(twin, patients=4, seed=4)
    assert _hashes(twin) == before


def test_the_dataset_says_that_it_is_synthetic_and_t_is_clinical(twin):
    description = json.loads((twin / "dataset_description.json").read_text())
    columns = json.loads((twin / "participants.json").read_text())
    people = pd.read_csv(twin / "participants.tsv", sep="\t")
    assert description["Synthetic"] is True
    assert "linical" in columns["t_stage"]["Description"]
    assert list(people.columns) == ["participant_id", "age", "sex", "t_stage", "n_stage"]
    assert set(columns) == set(people.columns) - {"participant_id"}


def test_what_is_on_disk_is_what_is_rendered(twin):
    from core.cohort.phantom import draw_patient, draw_truth, render_volume

    truth = draw_truth(2, 4)[1]
    volume, labels = render_volume(draw_patient(truth))
    image = nib.load(twin / truth.patient_id / "anat" / f"{truth.patient_id}_T2w.nii.gz")
    mask = nib.load(
        twin
        / "derivatives/nodes"
        / truth.patient_id
        / "anat"
        / f"{truth.patient_id}_desc-nodes_dseg.nii.gz"
    )
    np.testing.assert_array_equal(np.asarray(image.dataobj), volume)
    np.testing.assert_array_equal(np.asarray(mask.dataobj), labels)
    np.testing.assert_allclose(image.header.get_zooms(), (0.573, 0.573, 3.3), atol=1e-5)
    assert volume.shape == (228, 228, 22)
    assert nib.aff2axcodes(image.affine) == ("L", "P", "S")


def test_the_truth_table_points_at_its_nodes(twin):
    table = pd.read_csv(twin / "truth.tsv", sep="\t")
    for patient_id, rows in table.groupby("patient_id"):
        name = f"{patient_id}_desc-nodes_dseg.nii.gz"
        mask = nib.load(twin / "derivatives/nodes" / patient_id / "anat" / name)
        labels = np.asarray(mask.dataobj)
        assert set(np.unique(labels)) == {0, *rows.node}
        for row in rows.itertuples():
            here = np.argwhere(labels[:, :, row.slice_k] == row.node).mean(axis=0)
            middle = nib.affines.apply_affine(mask.affine, [*here, row.slice_k])
            assert np.hypot(middle[0] - row.x_mm, middle[1] - row.y_mm) < 1.5
            assert abs(middle[2] - row.z_mm) < 1.65


def test_masks_have_the_sizes_of_the_truth():
    from core.cohort.phantom import render_node

    missed, ratio = [], []
    for index in range(4):
        patient = _patient(index)
        for node in patient.truth.nodes:
            _, mask = render_node(patient, node.label, noise=False, size_px=48)
            if mask.sum() < 12:
                continue
            short, long = _axes_mm(mask)
            missed.append(short - node.short_axis_mm)
            ratio.append((long / short) / node.elongation)
    assert len(missed) > 10
    assert np.abs(np.median(missed)) < 0.25
    assert np.quantile(np.abs(missed), 0.9) < 0.5
    assert np.abs(np.median(ratio) - 1) < 0.06


def test_the_outline_has_exactly_the_axes_asked_for():
    from core.cohort.phantom.node_shape import shape_of

    for node in _patient(2).truth.nodes:
        radius = shape_of(node).radius_mm
        angle = np.arange(len(radius)) * 2 * np.pi / len(radius)
        fine = np.arange(-15, 15, 0.05)
        x, y = np.meshgrid(fine, fine)
        outline = np.interp(np.arctan2(y, x), angle, radius, period=2 * np.pi)
        short, long = _axes_mm(np.hypot(x, y) < outline, 0.05)
        assert short == pytest.approx(node.short_axis_mm, abs=0.06)
        assert long / short == pytest.approx(node.elongation, abs=0.03)


def test_rendering_again_without_a_change_is_identical():
    from core.cohort.phantom import Change, render_node

    patient = _patient(3)
    picture, mask = render_node(patient, 1)
    same, same_mask = render_node(patient, 1, change=Change())
    np.testing.assert_array_equal(picture, same)
    np.testing.assert_array_equal(mask, same_mask)


def test_a_changed_node_leaves_what_lies_beyond_it_as_it_was():
    from scipy import ndimage

    from core.cohort.phantom import Change, render_node

    patient = _patient(3)
    for change in (Change(short_axis_mm=3), Change(signal=0.2), Change(heterogeneity=0.5)):
        before, mask = render_node(patient, 1, size_px=48)
        after, grown = render_node(patient, 1, change=change, size_px=48)
        # the point spread and fat's displacement reach some 5 px, and nothing further
        beyond = ~ndimage.binary_dilation(mask | grown, iterations=7)
        assert beyond.sum() > 500
        assert not np.array_equal(before, after)
        assert np.abs(before - after)[beyond].max() <= 1


def test_growth_is_of_the_size_asked_for_and_not_a_magnification():
    from dataclasses import replace

    from core.cohort.phantom import Change
    from core.cohort.phantom.node_shape import shape_of

    uneven = []
    for node in [node for index in range(4) for node in _patient(index).truth.nodes]:
        node = replace(node, short_axis_mm=5.0, border=0.6)
        small, large = shape_of(node), shape_of(node.changed(Change(short_axis_mm=3)))
        ratio = large.radius_mm / small.radius_mm
        assert ratio.mean() == pytest.approx(8 / 5, abs=0.1)
        uneven.append(ratio.std() / ratio.mean())
        assert np.hypot(*large.drift_mm) == pytest.approx(0.3)
        np.testing.assert_array_equal(small.texture, large.texture)
    assert np.median(uneven) > 0.015


def test_the_noise_free_picture_is_the_picture_without_its_noise():
    from core.cohort.phantom import render_slice

    patient = _patient(1)
    noisy, _ = render_slice(patient, 10)
    clean, _ = render_slice(patient, 10, noise=False)
    assert np.corrcoef(noisy.ravel(), clean.ravel())[0, 1] > 0.97
    gain, noisiness = patient.examination
    bright = clean > 0.8 * gain
    expected = gain * noisiness * patient.scanner.noise_sd
    assert (noisy - clean)[bright].std() == pytest.approx(expected, rel=0.05)


def test_fat_is_brighter_than_nodes_and_nodes_than_muscle():
    from core.cohort.phantom import render_slice
    from core.cohort.phantom.render import key_slice

    patient = _patient(3)
    clean, labels = render_slice(patient, key_slice(patient, 1), noise=False)
    node = clean[labels == 1].mean()
    assert np.quantile(clean, 0.1) < node < np.median(clean[labels == 0])


def test_the_tumour_grows_deeper_with_its_stage():
    from core.cohort.phantom.anatomy import draw_anatomy

    depths = [draw_anatomy((3, 1), "M", stage).tumour.depth_mm for stage in (1, 2, 3, 4)]
    assert depths == sorted(depths)
    assert depths[1] < 0 < depths[2]


def test_another_scanner_draws_another_grid_of_the_same_patient():
    from core.cohort.phantom import Scanner, draw_patient, draw_truth, render_slice

    truth = draw_truth(20, 7)[3]
    coarse = draw_patient(truth, Scanner(field_t=1.5, pixel_mm=0.8, slice_mm=4.0))
    picture, _ = render_slice(coarse, 4)
    assert picture.shape == (coarse.scanner.size_px,) * 2 == (163, 163)
    assert coarse.scanner.noise_sd == 2 * Scanner().noise_sd


def test_our_own_scanner_draws_what_it_drew_before_there_was_another():
    from core.cohort.phantom import SCANNERS, Scanner, render_slice

    assert SCANNERS["own"] == Scanner()
    patient = _patient(3)
    picture, labels = render_slice(patient, int(patient.places[0].z_mm / 3.3))
    # measured before `SCANNERS` was written; the picture's last bit is the machine's own
    before = "cffe708ae62cb2cdc168a01ea3250f3f62dee140bdeff5f9f38d1f4ebc46aba7"
    assert hashlib.sha256(labels.tobytes()).hexdigest() == before
    assert float(picture.mean()) == pytest.approx(492.1237, abs=1e-3)
    assert float(picture.std()) == pytest.approx(343.98447, abs=1e-3)


@pytest.mark.slow
def test_the_other_scanner_sees_the_same_patients_on_other_voxels(twin, tmp_path):
    from core.cohort.phantom import SCANNERS, draw_cohort

    draw_cohort(tmp_path / "there", patients=2, seed=4, scanner=SCANNERS["other"])
    tables = [pd.read_csv(place / "truth.tsv", sep="\t") for place in (twin, tmp_path / "there")]
    here, there = (table.drop(columns="slice_k") for table in tables)
    pd.testing.assert_frame_equal(here, there)
    people = "participants.tsv"
    assert (twin / people).read_bytes() == (tmp_path / "there" / people).read_bytes()
    image = "sub-001/anat/sub-001_T2w.nii.gz"
    one, other = (nib.load(place / image) for place in (twin, tmp_path / "there"))
    assert other.shape == (174, 174, 18) != one.shape
    assert np.allclose(other.header.get_zooms(), (0.75, 0.75, 4.0))
    assert np.asarray(other.dataobj).min() >= 0
    assert np.asarray(other.dataobj).std() > 0
    description = json.loads((tmp_path / "there" / "dataset_description.json").read_text())
    assert description["Name"].endswith("another scanner")
    assert description["Phantom"]["scanner"]["field_t"] == 1.5


def test_a_node_has_the_same_place_in_mm_under_both_scanners():
    from core.cohort.phantom import SCANNERS, draw_patient, draw_truth, render_volume
    from core.cohort.phantom.study import affine_of

    truth = draw_truth(20, 7)[3]
    middles = []
    for scanner in SCANNERS.values():
        _, labels = render_volume(draw_patient(truth, scanner), noise=False)
        largest = np.bincount(labels[labels > 0]).argmax()
        voxels = np.argwhere(labels == largest).mean(axis=0)
        middles.append((affine_of(scanner) @ [*voxels, 1.0])[:3])
    apart = np.abs(middles[0] - middles[1])
    assert apart[:2].max() < 0.3
    assert apart[2] < (3.3 + 4.0) / 4  # half a slice is as near as slices tell


def test_a_second_study_has_the_same_nodes_and_malignant_ones_have_grown():
    from core.cohort.phantom import FollowUp, draw_truth, seen_again

    grown = []
    for patient in draw_truth(60, 3):
        again = seen_again(patient, FollowUp(days=180, doubling_days=120))
        assert [n.seed for n in again.nodes] == [n.seed for n in patient.nodes]
        pairs = zip(patient.nodes, again.nodes, strict=True)
        grown += [b.short_axis_mm / a.short_axis_mm for a, b in pairs if a.malignant]
    assert np.median(grown) == pytest.approx(2 ** (180 / 120 / 3), abs=0.08)
