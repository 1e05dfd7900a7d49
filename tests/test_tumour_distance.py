"""Laws of the distance to the tumour: how it is measured, where it is absent, what it adds."""

import json
import shutil
from dataclasses import replace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nibabel.orientations import apply_orientation, axcodes2ornt, ornt_transform

from core.cohort.patch import cut_patches
from core.cohort.phantom import NEAR_TUMOUR, Rules, draw_truth, truth_table
from core.cohort.table import open_table
from core.cohort.tumour import tumour_distances_mm
from core.cohort.volume import read_labels
from core.errors import GeometryMismatch, RunUnusable
from core.evaluation.contenders import contenders
from core.evaluation.crossed import Crossed, standing
from core.evaluation.folds import outer_folds
from core.evaluation.fresh import refuse_own_seed
from core.evaluation.nested import judge_fold
from core.run import Run
from core.settings import CohortSettings, PatchSettings
from tests.people import people
from tests.volumes import affine_of, scan, with_nodes, write

LESIONS = {1: ((24, 30, 3), 5, 1), 2: ((24, 12, 5), 4, 1)}


def rows_of(tmp_path, rng, tumours):
    """The rows of patients whose tumours are (mask, affine), or None for no file."""
    lines = ["patient_id,image,mask,tumour,n_stage"]
    for name, tumour in tumours.items():
        values, labels = with_nodes(scan(rng), LESIONS)
        write(tmp_path / f"{name}.nii.gz", values, affine_of())
        write(tmp_path / f"{name}_mask.nii.gz", labels, affine_of())
        said = "" if tumour is None else write(tmp_path / f"{name}_tumour.nii.gz", *tumour).name
        lines.append(f"{name},{name}.nii.gz,{name}_mask.nii.gz,{said},0")
    (tmp_path / "study.csv").write_text("\n".join(lines) + "\n")
    cohort = open_table(tmp_path / "study.csv", CohortSettings())
    splits = {patient.patient_id: "train" for patient in cohort.patients}
    return cut_patches(cohort, splits, settings=PatchSettings()).rows


def spot(*voxels):
    mask = np.zeros((48, 56, 8), np.uint8)
    for voxel in voxels:
        mask[voxel] = 1
    return mask


@pytest.mark.parametrize("codes", ["RAS", "LPS", "IAR"])
def test_it_is_the_way_in_mm_to_the_nearest_voxel_however_the_files_are_stored(tmp_path, codes):
    mask, tumour = np.zeros((48, 56, 8), np.int16), spot((24, 40, 5), (24, 41, 7))
    mask[24, 30, 3] = 4
    mask[20:23, 30, 5] = 9
    turn = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(codes))
    affine = affine_of(tilt=15) @ nib.orientations.inv_ornt_aff(turn, mask.shape)
    paths = [
        write(tmp_path / f"{name}.nii.gz", apply_orientation(values, turn), affine)
        for name, values in (("mask", mask), ("tumour", tumour))
    ]
    found = tumour_distances_mm(read_labels(paths[0]), paths[1])
    assert found == {
        4: pytest.approx(np.hypot(10 * 0.573, 2 * 3.3), abs=1e-4),
        9: pytest.approx(np.hypot(10 * 0.573, 3 * 0.573), abs=1e-4),
    }


def test_every_row_of_a_lesion_has_its_distance_and_it_is_unknown_without_an_outline(tmp_path, rng):
    tumours = {
        "told": (spot((24, 40, 3)), affine_of()),
        "empty": (spot(), affine_of()),
        "none": None,
    }
    rows = rows_of(tmp_path, rng, tumours).set_index("patient_id")
    told = rows.loc["told"].set_index("node")["tumour_mm"]
    assert told[1] == pytest.approx(10 * 0.573, abs=0.01)
    assert told[2] == pytest.approx(np.hypot(28 * 0.573, 2 * 3.3), abs=0.01)
    assert rows.loc[["empty", "none"], "tumour_mm"].isna().all()


def test_a_tumour_on_another_grid_stops_and_names_the_patient(tmp_path, rng):
    tumours = {
        "good": (spot((24, 40, 3)), affine_of()),
        "moved": (spot((24, 40, 3)), affine_of(origin=(5.0, 0, 0))),
        "coarse": (np.ones((24, 28, 8), np.uint8), affine_of()),
    }
    with pytest.raises(GeometryMismatch) as caught:
        rows_of(tmp_path, rng, tumours)
    said = str(caught.value)
    assert "moved: tumour's mask and volume lie 5 mm apart" in said
    assert "coarse: the tumour's mask has 24 x 28 x 8" in said
    assert "good" not in said


def test_measured_on_the_phantoms_masks_it_follows_the_distance_that_was_asked_for(tiny_cohort):
    truth = pd.read_csv(tiny_cohort / "truth.tsv", sep="\t").set_index(["patient_id", "node"])
    found = {}
    for folder in sorted((tiny_cohort / "derivatives" / "nodes").glob("sub-*")):
        stem = folder / "anat" / folder.name
        lesions = read_labels(stem.with_name(f"{stem.name}_desc-nodes_dseg.nii.gz"))
        tumour = stem.with_name(f"{stem.name}_desc-tumour_mask.nii.gz")
        for node, away in tumour_distances_mm(lesions, tumour).items():
            found[folder.name, node] = away
    both = truth.assign(measured=pd.Series(found))
    assert both["measured"].notna().all()
    assert both["measured"].corr(both["tumour_distance_mm"], method="spearman") > 0.7
    # from the tumour's edge, not its middle
    assert (both["measured"] < both["tumour_distance_mm"] + 3).mean() > 0.95


def test_a_run_keeps_the_distance_of_every_row(tiny_run):
    away = tiny_run.rows["tumour_mm"]
    assert np.isfinite(away).all()
    assert away.between(0, 60).all()


def test_near_the_tumour_is_all_that_the_setting_changes():
    plain, near = (truth_table(draw_truth(60, 4, rules=r)) for r in (Rules(), NEAR_TUMOUR))
    benign = plain["malignant"] == 0
    pd.testing.assert_frame_equal(
        plain.drop(columns="tumour_distance_mm"), near.drop(columns="tumour_distance_mm")
    )
    away = "tumour_distance_mm"
    pd.testing.assert_series_equal(plain.loc[benign, away], near.loc[benign, away])
    moved = (plain[away] - near[away])[~benign]
    assert (moved > 0).all()
    assert moved.mean() == pytest.approx(5, abs=1.5)  # 12 instead of 4, less at the bounds


def test_without_the_setting_a_seed_draws_what_it_always_drew():
    # recorded before there was such a setting
    assert Rules() == Rules(separation=1.0, occult=0.05, nearer_mm=4.0, planted=False)
    own = truth_table(draw_truth(2, 4)).round(4)
    assert own["tumour_distance_mm"].tolist() == RECORDED


RECORDED = [37.9843, 31.1075, 33.6276, 45.9667, 16.8934, 23.2089]
RECORDED += [19.779, 29.6372, 25.4861, 20.6854, 33.6579, 36.0988]


def judged(key, who):
    row = next(each for each in contenders(who) if each.key == key)
    folds = outer_folds(who.labels, folds=2, repeats=1, inner=2)
    return Crossed.of(
        row, pd.concat([judge_fold(row, who, fold) for fold in folds]), who.patient_ids
    )


def test_the_row_finds_what_the_distance_tells_and_is_absent_without_one(rng):
    who = people(rng, patients=90, link=0.5)
    first = np.unique(who.of_row, return_index=True)[1]
    near = who.tumour_mm.copy()
    near[first] = np.where(who.labels > 0, rng.uniform(0, 6, len(who)), near[first])
    told = replace(who, tumour_mm=near)
    own, plain = judged("distance", told), judged("logistic", told)
    change = standing(own, plain, options={}, plain=plain).change
    assert change.difference.low > 0
    unknown = replace(who, tumour_mm=np.full_like(near, np.nan))
    assert "distance" not in {each.key for each in contenders(unknown)}


def test_a_lesion_without_a_distance_counts_as_one_at_the_mean(rng):
    who = people(rng, patients=60)
    some = who.tumour_mm.copy()
    some[::4] = np.nan
    found = judged("distance", replace(who, tumour_mm=some))
    assert np.isfinite(found.probability).all()


def test_fresh_patients_of_the_default_rules_are_not_asked_of_a_run_of_others(
    tiny_run, tiny_cohort, tmp_path
):
    shutil.copytree(tiny_run.folder, tmp_path / "runs" / "tiny")
    shutil.copytree(tiny_cohort, tmp_path / "near", ignore=shutil.ignore_patterns("sub-*"))
    run = Run.open(tmp_path / "runs" / "tiny")
    refuse_own_seed(run, 99)
    description = tmp_path / "near" / "dataset_description.json"
    plan = json.loads(description.read_text())
    plan["Phantom"]["rules"]["nearer_mm"] = 12.0
    description.write_text(json.dumps(plan))
    (run.folder / "local.json").write_text(json.dumps({"cohort": str(tmp_path / "near")}))
    with pytest.raises(RunUnusable, match="--near-tumour"):
        refuse_own_seed(run, 99)
