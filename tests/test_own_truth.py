"""Laws of what is known of a run's own test patients because their cohort is synthetic."""

import re

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.cohort.phantom.bayes import bayes_patient
from core.cohort.phantom.truth import draw_truth, truth_table
from core.evaluation import reconstruction
from core.evaluation.classification import auc
from core.evaluation.figures import Stamp
from core.evaluation.fresh_figures import known
from core.evaluation.own_truth import ceiling_share, mapped, noise_free, truth_figures
from core.run import Run

STAMP = Stamp("python train.py evaluate --fresh 9", (1,), "2026-01-01T00:00:00+00:00", "")


def few(run):
    """The rows of the test patient who has fewest."""
    own = run.rows[run.rows["split"] == "test"]
    who = own["patient_id"].value_counts().idxmin()
    return (run.rows["patient_id"] == who).to_numpy()


def test_a_patch_without_noise_is_the_same_picture_in_the_same_greys(tiny_run):
    run = Run.open(tiny_run.folder)
    chosen = few(run)
    clean, raw = noise_free(run, draw_truth(16, 3), chosen), run.patches[chosen]
    assert clean.shape == raw.shape
    assert 0 <= clean.min() <= clean.max() <= 1
    assert not np.array_equal(clean, raw)
    assert reconstruction.ssim(raw, clean).min() > 0.8
    pairs = zip(raw, clean, strict=True)
    assert min(spearmanr(a.ravel(), b.ravel()).statistic for a, b in pairs) > 0.8
    # noise has no direction: greys stay where they were
    assert np.abs((clean - raw).mean()) < 0.02


def test_patches_of_other_patients_have_no_noise_free_picture(tiny_run):
    run = Run.open(tiny_run.folder)
    assert np.isnan(noise_free(run, draw_truth(16, 4), few(run))).all()


def test_greys_between_the_pixels_that_were_seen_lie_between_theirs():
    units, greys = np.array([100.0, 200, 200, np.nan]), np.array([0.2, 0.5, 0.5, 0.0], np.float32)
    found = mapped(np.array([[100.0, 150], [400, np.nan]]), units, greys)
    assert found == pytest.approx(np.array([[0.2, 0.35], [0.5, 0.0]]))


def test_a_reconstruction_without_noise_reaches_the_whole_ceiling(rng):
    ceiling = rng.uniform(0.8, 1.0, 60)
    who = np.arange(60) // 3
    assert ceiling_share(ceiling, ceiling, who).value == 1
    half = ceiling_share(ceiling / 2, ceiling, who)
    assert half.value == pytest.approx(0.5)
    assert half.low == pytest.approx(0.5) == half.high


def test_a_cohort_that_nobody_can_draw_again_gives_no_such_figure(tiny_run, monkeypatch):
    monkeypatch.setattr("core.evaluation.own_truth.PHANTOM", re.compile("nobody"))
    assert not list(truth_figures(Run.open(tiny_run.folder), STAMP))


def test_the_ceiling_and_the_true_factors_stand_among_the_fresh_figures(tiny_run, monkeypatch):
    run = Run.open(tiny_run.folder)

    def raw(run, truths, chosen, **options):
        return run.patches[chosen]

    monkeypatch.setattr("core.evaluation.own_truth.noise_free", raw)
    monkeypatch.setattr("core.evaluation.own_truth.FEWEST", 5)
    codes = np.zeros(run.codes.shape, np.float32)
    own = known(run.rows, codes, truth_table(draw_truth(16, 3)))
    told = (own.truth - own.truth.mean(axis=0)) / own.truth.std(axis=0)
    codes[run.rows["key_slice"].to_numpy().astype(bool), : told.shape[1]] = told
    run.__dict__["codes"] = codes  # a code that is the truth itself
    found = {figure.id: figure for figure in truth_figures(run, STAMP)}
    ssim = found["recon.ssim_of_ceiling"]
    assert found["recon.ssim_ceiling"].value == pytest.approx(1)
    assert ssim.value == pytest.approx(found["recon.ssim_noise_free"].value)
    assert ssim.low <= ssim.value <= ssim.high
    assert ssim.data == "test"
    assert found["interp.scc_true"].value == pytest.approx(1)
    assert {f"interp.{name}_true" for name in ("score", "sap", "modularity")} < set(found)
    assert {f"interp.dci_{name}_true" for name in ("disentanglement", "completeness")} < set(found)
    best, truths = found["auc.cv_best"], draw_truth(16, 3)
    people = run.rows.drop_duplicates("patient_id").set_index("patient_id")["label"]
    said = [bayes_patient(each) for each in truths if each.patient_id in people]
    labels = [people[each.patient_id] for each in truths if each.patient_id in people]
    assert best.value == pytest.approx(auc(np.array(labels), np.array(said)))
    assert best.n == len(people)
