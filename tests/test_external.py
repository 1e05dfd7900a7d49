"""Laws of another scanner: the same patients, other voxels, and what that costs a score."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from core.cohort.fresh import fresh_patients
from core.cohort.standardise import Landmarks
from core.errors import RunUnusable, SettingsError
from core.evaluation import external
from core.evaluation.command import evaluate
from core.evaluation.compare import drops_apart, paired
from core.evaluation.external import FILE, evaluate_external, external_figures
from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics
from core.run import Run
from core.training.device import computing
from core.training.small_cnn import POOLS, Bags, SmallCnn, fit_cnn
from dashboard import abroad
from dashboard.figures.abroad import steps

STAMP = Stamp("python train.py evaluate --fresh 9 --scanner other", (1,), "2026-01-01", "")


def said(rng, n=300, *, cnn=True):
    labels = (rng.random(n) < 0.4).astype(int)
    own = labels + rng.normal(0, 0.8, n)
    table = pd.DataFrame(
        {
            "patient_id": [f"sub-{number:03d}" for number in range(n)],
            "label": labels,
            "best": labels + rng.normal(0, 0.4, n),
            "probability_own": own,
            "probability_other": own + rng.normal(0, 0.3, n),
            "called_own": (own > 0.5).astype(int),
            "called_other": (own > 0.9).astype(int),
            "largest_mm_own": own,
            "largest_mm_other": own,
        }
    )
    return table.assign(cnn_own=own, cnn_other=rng.normal(0, 1, n)) if cnn else table


def bags(rng, patients, *, bright):
    """Three patches a patient; one of a positive's carries a bright middle."""
    labels = np.arange(patients) % 2
    of_row = np.repeat(np.arange(patients), 3)
    patches = rng.uniform(0.3, 0.5, (3 * patients, 32, 32)).astype(np.float32)
    patches[3 * np.flatnonzero(labels), 12:20, 12:20] += bright
    return Bags(patches, of_row, labels)


@pytest.fixture
def run(tiny_run, tmp_path):
    shutil.copytree(tiny_run.folder, tmp_path / "tiny")
    return Run.open(tmp_path / "tiny")


@pytest.mark.slow
def test_the_same_people_are_scanned_twice_and_look_different(tmp_path, tiny_run):
    asked = {
        "seed": 77,
        "settings": tiny_run.settings.patch,
        "landmarks": Landmarks.from_json(tiny_run.preprocessing["landmarks"]),
        "place": tmp_path,
    }
    here, there = (fresh_patients(2, scanner=name, **asked) for name in ("own", "other"))
    assert here.truths == there.truths
    assert len(list((tmp_path / "fresh-2-77").iterdir())) == 2  # neither takes the other's files
    known = ["patient_id", "label", "t_stage", "age"]
    one, other = (each.rows.drop_duplicates("patient_id")[known] for each in (here, there))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))
    assert here.histograms != there.histograms
    keys = ["patient_id", "node"]
    one, other = (each.rows[each.rows["key_slice"]].set_index(keys) for each in (here, there))
    sizes = one["short_axis_mm"].to_frame("here").join(other["short_axis_mm"]).dropna()
    assert len(sizes) > 1
    assert sizes.corr().iloc[0, 1] > 0.9
    assert not np.array_equal(sizes["here"], sizes["short_axis_mm"])


def test_a_drop_is_paired_within_patients(rng):
    table = said(rng)
    found = {figure.id: figure for figure in external_figures(table, STAMP)}
    drop = found["auc.external_drop"]
    assert drop.value == pytest.approx(
        found["auc.external_own"].value - found["auc.external"].value
    )
    alone = found["auc.external_own"]
    assert drop.high - drop.low < alone.high - alone.low  # patients' luck falls out
    assert found["auc.external_short_axis_drop"].value == 0
    assert found["auc.external_short_axis_drop"].high == 0
    shuffled = table.sample(frac=1, random_state=3)
    again = {figure.id: figure.value for figure in external_figures(shuffled, STAMP)}
    assert again["auc.external_drop"] == pytest.approx(drop.value)


def test_a_score_that_falls_to_chance_loses_more_than_one_that_stays(rng):
    found = {figure.id: figure for figure in external_figures(said(rng), STAMP)}
    assert found["auc.cnn_extra_drop"].low > 0
    assert found["auc.cnn_extra_drop"].value == pytest.approx(
        found["auc.cnn_external_drop"].value - found["auc.external_drop"].value
    )
    assert found["sensitivity.external"].value < found["sensitivity.external_own"].value


def test_without_a_cnn_no_figure_of_it_is_written(rng):
    ids = {figure.id for figure in external_figures(said(rng, cnn=False), STAMP)}
    assert "auc.external_drop" in ids
    assert not any("cnn" in name for name in ids)


def test_two_equal_drops_are_not_apart(rng):
    labels = (rng.random(80) < 0.5).astype(int)
    own, other = labels + rng.normal(size=(2, 80))
    same = drops_apart(labels, (own, other), (own, other))
    assert (same.value, same.low, same.high) == (0, 0, 0)
    none = drops_apart(labels, (own, other), (own, own))
    assert none == paired(labels, own, other).difference


@pytest.mark.parametrize("pool", POOLS)
def test_the_cnn_learns_what_one_patch_of_a_positive_shows(rng, pool):
    # one thread, whatever tests before it set: sums then add up in one order
    with computing(torch.device("cpu"), threads=1):
        fitted = fit_cnn(
            bags(rng, 40, bright=0.4), bags(rng, 20, bright=0.4), pool=pool, seed=1, epochs=12
        )
    asked = bags(rng, 30, bright=0.4)
    logits = fitted.logits(asked)
    assert logits[asked.labels == 1].min() > logits[asked.labels == 0].max()
    assert 1 <= fitted.epoch <= 12


def test_the_cnn_keeps_the_epoch_that_validation_patients_like_best(rng):
    noise = bags(rng, 20, bright=0.0)
    told = bags(rng, 20, bright=0.4)
    fitted = fit_cnn(told, noise, pool="max", seed=1, epochs=8)
    longer = fit_cnn(told, told, pool="max", seed=1, epochs=8)
    assert longer.loss < fitted.loss


def test_a_cnn_that_was_kept_says_the_same_and_a_broken_file_is_fitted_anew(rng, tmp_path):
    told = bags(rng, 12, bright=0.4)
    fitted = fit_cnn(told, told, pool="log-sum-exp", seed=1, epochs=2)
    path = tmp_path / "cnn.safetensors"
    assert SmallCnn.kept(path) is None
    fitted.keep(path)
    again = SmallCnn.kept(path)
    assert (again.pool, again.loss, again.epoch) == (fitted.pool, fitted.loss, fitted.epoch)
    assert np.array_equal(again.logits(told), fitted.logits(told))
    path.write_bytes(path.read_bytes()[:100])
    assert SmallCnn.kept(path) is None


@pytest.mark.slow
def test_one_command_judges_a_run_on_another_scanner_and_does_it_once(run, tmp_path, monkeypatch):
    monkeypatch.setattr(external, "MEMBERS", 1)
    asked = {"cohorts": tmp_path / "cohorts", "device": "cpu", "epochs": 1}
    figures = evaluate_external(run, 12, seed=77, **asked)
    found = {figure.id: figure for figure in figures}
    assert {"auc.external", "auc.external_drop", "auc.cnn_external_drop"} <= set(found)
    assert found["auc.external"].data == "external"
    assert found["auc.external_own"].data == "fresh"
    table = pd.read_csv(run.folder / "added" / "external" / FILE)
    assert len(table) == found["auc.external"].n
    assert set(Run.open(run.folder).metrics) >= set(found)
    monkeypatch.setattr(external, "patients_for", None)
    told = []
    again = evaluate_external(run, 12, seed=77, report=told.append, **asked)
    assert {figure.id: figure.value for figure in again} == {
        name: figure.value for name, figure in found.items()
    }
    assert "before" in told[0]


def test_a_run_of_real_patients_is_refused(run):
    real = replace(run, manifest=replace(run.manifest, synthetic=False))
    with pytest.raises(RunUnusable, match="real patients"):
        evaluate_external(real, 4)
    assert not (run.folder / "added" / "external").exists()


def test_a_run_trained_on_the_other_scanner_is_refused(run):
    at = run.settings.cohort.model_copy(update={"path": "cohorts/phantom-16-3-other"})
    run.__dict__["settings"] = run.settings.model_copy(update={"cohort": at})
    with pytest.raises(RunUnusable, match="other scanner"):
        evaluate_external(run, 4)


@pytest.mark.parametrize("more", [[], ["--fresh", "9", "--ceiling"]])
def test_another_scanner_is_asked_with_fresh_patients_and_nothing_else(more):
    with pytest.raises(SettingsError, match="--scanner"):
        evaluate(["--run", "x", "--scanner", "other", *more])


def test_the_page_says_who_lost_more_only_where_it_is_sure(run, rng):
    assert abroad.scanned(run) == []
    table = said(rng)
    for cnn, sure in ((table["cnn_other"], "less robust"), (table["probability_other"], "neither")):
        figures = list(external_figures(table.assign(cnn_other=cnn), STAMP))
        place = run.folder / "added" / "external"
        write_metrics(place, figures, weights_sha256=run.manifest.weights_sha256)
        rebuild_metrics(run.folder)
        again = Run.open(run.folder)
        moved = abroad.scanned(again)
        assert [each.name for each in moved] == list(abroad.NAMES)
        assert sure in abroad.sentences(again, moved)[-1]
        assert len(abroad.table(again, moved)) == 5
        assert len(steps(moved, best=abroad.best(again)).data) == 2
        assert "1.5 T" in abroad.how(again)
