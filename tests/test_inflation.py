"""Laws of how far wrong protocols inflate an AUC."""

import json
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from core.cohort.fresh import FreshPatients
from core.cohort.standardise import PERCENTILES, Landmarks, between, fit_landmarks, refitted
from core.errors import RunUnusable
from core.evaluation import inflation
from core.evaluation.classification import auc
from core.evaluation.faults import (
    CONFIGURATIONS,
    Faults,
    areas_over,
    best_threshold,
    choose,
    reported,
)
from core.evaluation.inflation import Inflation, evaluate_inflation, read_inflation
from core.evaluation.many_cohorts import draw, misread
from core.run import Run
from core.training import codes_inside, under_faults
from core.training.many_heads import fit_many


def protocols(rng, *, cohorts=4, shuffled=False):
    """A made-up table: each fault adds a known amount to every cohort."""
    added = {"epoch": 0.04, "configuration": 0.03, "threshold": 0.0, "calls": -0.05}
    added |= {"scaling": 0.01, "t_stage": 0.02}
    lines = []
    for number in range(cohorts):
        honest = 0.7 + 0.02 * rng.normal()
        for scaling in (False, True):
            for t_stage in (False, True):
                for faults in Faults.every(scaling=scaling, t_stage=t_stage):
                    own = {name: getattr(faults, name) for name in Faults.names()}
                    extra = sum(added[name] * on for name, on in own.items())
                    lines.append(
                        {
                            "cohort": number,
                            "shuffled": False,
                            **own,
                            "auc": honest + extra,
                            "true_auc": 0.7,
                        }
                    )
    table = pd.DataFrame(lines)
    mixed = table[~table["t_stage"]].assign(shuffled=True, auc=0.5, true_auc=0.5)
    return Inflation(pd.concat([table, mixed], ignore_index=True), 168, 1000)


def test_who_chooses_decides_what_is_reported():
    watched = np.array([[0.5, 0.9], [0.6, 0.7]])
    tested = np.array([[0.8, 0.6], [0.5, 0.95]])
    assert choose(watched, tested, Faults()) == (0, 1)
    assert choose(watched, tested, Faults(epoch=True)) == (0, 0)
    assert choose(watched, tested, Faults(configuration=True)) == (1, 1)
    assert choose(watched, tested, Faults(epoch=True, configuration=True)) == (1, 1)


def test_choosing_on_the_test_patients_never_reports_less(rng):
    watched, tested = rng.random((2, 12, 20))
    honest = tested[choose(watched, tested, Faults())]
    epoch = tested[choose(watched, tested, Faults(epoch=True))]
    both = tested[choose(watched, tested, Faults(epoch=True, configuration=True))]
    assert honest <= both == tested.max()
    assert epoch <= both


def test_an_auc_of_calls_is_the_mean_of_sensitivity_and_specificity():
    labels, scores = np.array([1, 1, 0, 0, 0]), np.array([0.9, 0.2, 0.3, 0.1, 0.0])
    threshold = best_threshold(labels, scores)
    assert 0.3 < threshold < 0.9 or 0.1 < threshold < 0.2
    told = reported(labels, scores, chosen_on=(labels, scores), calls=True)
    called = scores >= threshold
    assert told == pytest.approx((called[:2].mean() + (~called[2:]).mean()) / 2)
    own = reported(labels, scores, chosen_on=(labels[::-1], scores), calls=False)
    assert own == auc(labels, scores)


def test_where_dealing_out_anew_left_an_outcome_out_nothing_is_claimed(rng):
    scores = rng.normal(size=(2, 3, 10))
    assert (areas_over(np.zeros(10), scores) == 0.5).all()
    assert reported(np.ones(10), scores[0, 0], chosen_on=(np.ones(10), scores), calls=True) == 0.5


def test_areas_over_are_the_areas_one_by_one(rng):
    labels, scores = np.arange(30) % 3 == 0, np.round(rng.normal(size=(2, 4, 30)), 1)
    found = areas_over(labels, scores)
    assert found[1, 2] == pytest.approx(auc(labels, scores[1, 2]))


def test_landmarks_of_the_same_patients_move_nothing(rng):
    histograms = [tuple(np.sort(rng.uniform(0, 900, len(PERCENTILES)))) for _ in range(9)]
    first = fit_landmarks(histograms, standardise=True)
    pixels = rng.uniform(0.05, 0.95, 4000)
    again = refitted(first, histograms, pixels)
    twice = refitted(again, histograms, between(first, again).apply(pixels))
    assert np.allclose(twice.values, again.values, atol=2e-3)


def test_between_two_scales_a_volume_keeps_its_own_mapping(rng):
    own = tuple(np.sort(rng.uniform(0, 900, len(PERCENTILES))))
    here, there = (
        Landmarks(PERCENTILES, tuple(np.sort(rng.uniform(0.1, 0.9, len(PERCENTILES)))))
        for _ in range(2)
    )
    raw = rng.uniform(own[1], own[-2], 50)
    moved = between(here, there).placed(here.placed(raw, own))
    assert np.allclose(moved, there.placed(raw, own))


def bags(rng, *, patients=60, folds=2):
    nodes = rng.integers(1, 6, patients)
    of_row = np.repeat(np.arange(patients), nodes)
    labels = (np.arange(patients) % 3 == 0).astype(np.int64)
    rows = rng.normal(size=(folds, len(of_row), 4)).astype(np.float32)
    rows[:, np.cumsum(nodes) - nodes, 0] += 2.0 * labels
    return rows, of_row, rng.normal(size=(folds, patients, 1)), labels


def test_a_head_says_the_same_of_others_as_of_those_it_was_watched_on(rng):
    rows, of_row, facts, labels = bags(rng)
    fitted = np.ones((2, 60), bool)
    heads = fit_many(
        rows, of_row, facts, labels, fitted, configurations=CONFIGURATIONS, seed=1, steps=6
    )
    for at in range(0, len(CONFIGURATIONS), 3):
        said = heads.score(1, 1, at, rows=rows[1], of_row=of_row, facts=facts[1])
        assert np.allclose(said, heads.scores[1, 1, at], atol=1e-4)


def test_heads_learn_from_fitted_patients_alone(rng):
    rows, of_row, facts, labels = bags(rng)
    fitted = np.zeros((2, 60), bool)
    fitted[0, :40], fitted[1, 20:] = True, True
    asked = {"configurations": CONFIGURATIONS, "seed": 1}
    first = fit_many(rows, of_row, facts, labels, fitted, **asked)
    changed = labels.copy()
    changed[40:] = 1 - changed[40:]
    again = fit_many(rows, of_row, facts, changed, fitted, **asked)
    assert np.array_equal(first.scores[:, 0], again.scores[:, 0])
    assert not np.allclose(first.scores[:, 1], again.scores[:, 1])
    assert auc(labels[:40], first.scores[-1, 0, 0, :40]) > 0.8
    assert not np.isnan(first.scores).any()


def test_a_mean_over_cohorts_that_share_patients_is_less_sure_than_over_separate_ones(rng):
    shared = protocols(rng)
    apart = Inflation(shared.table, 168, 10**9)
    one, other = shared.reported(Faults()), apart.reported(Faults())
    assert one.value == other.value
    assert one.high - one.low > 1.3 * (other.high - other.low)


def test_inflation_is_the_difference_on_the_same_cohorts(rng):
    found = protocols(rng)
    assert found.inflated(Faults(epoch=True)).value == pytest.approx(0.04)
    assert found.inflated(Faults(epoch=True)).high == pytest.approx(0.04)
    both = Faults(epoch=True, configuration=True, t_stage=True)
    assert found.inflated(both).value == pytest.approx(0.09)
    assert found.true().value == pytest.approx(0.7)
    assert found.reported(Faults(t_stage=True), shuffled=True).value == pytest.approx(0.5)


def test_a_t_stage_is_misread_by_one_in_three_of_ten():
    stages = np.tile([1, 2, 3, 4], 2500)
    read = misread(stages, np.random.default_rng(1))
    assert set(np.abs(read - stages)) == {0, 1}
    assert (read != stages).mean() == pytest.approx(0.3, abs=0.02)
    assert 1 <= read.min() <= read.max() <= 4


@pytest.fixture
def run(tiny_run, tmp_path):
    shutil.copytree(tiny_run.folder, tmp_path / "runs" / "tiny")
    return Run.open(tmp_path / "runs" / "tiny")


@pytest.fixture
def pool(tiny_run, rng):
    """Fresh patients without drawing any: the tiny run's rows, copied and told apart."""
    rows = pd.concat(
        [tiny_run.rows.assign(patient_id=tiny_run.rows["patient_id"] + f"-{n}") for n in range(8)],
        ignore_index=True,
    )
    patches = np.tile(np.asarray(tiny_run.patches), (8, 1, 1))
    noisy = np.clip(patches + rng.normal(0, 0.02, patches.shape), 0, 1).astype(np.float32)
    landmarks = Landmarks.from_json(tiny_run.preprocessing["landmarks"])
    histograms = {
        who: tuple(np.sort(rng.uniform(0, 900, len(PERCENTILES))))
        for who in rows["patient_id"].unique()
    }
    masks = np.tile(np.asarray(tiny_run.masks), (8, 1, 1))
    return FreshPatients((), rows, noisy, masks, histograms, landmarks)


def test_a_cohort_and_those_outside_it_share_nobody(run, pool):
    first, second = draw(run, pool, [0, 1], size=40)
    for one in (first, second):
        assert len(one.histograms) == 40
        assert len(one.labels) > 40
        assert np.array_equal(np.unique(one.of_row), np.arange(len(one.labels)))
    assert first.labels[:40].sum() == second.labels[:40].sum()
    assert first.histograms != second.histograms
    again = draw(run, pool, [1], size=40)[0]
    assert np.array_equal(again.patches, second.patches)


@pytest.fixture
def asked(run, pool, monkeypatch):
    monkeypatch.setattr(inflation, "patients_for", lambda *args, **named: pool)
    monkeypatch.setattr(
        inflation,
        "side_by_side",
        lambda work, jobs, *, prepare: ((job, work(job)) for job in jobs),
    )
    monkeypatch.setattr(under_faults, "fit_many", partial(fit_many, steps=9))
    return partial(evaluate_inflation, run, pool=128, size=40)


def test_inflation_is_written_whole_and_read_back(run, asked):
    figures = {figure.id: figure for figure in asked(2)}
    folder = run.folder / "added" / "inflation"
    assert {path.name for path in folder.iterdir()} == {
        "plan.json",
        "inflation.csv",
        "metrics.json",
    }
    found = read_inflation(Run.open(run.folder))
    assert (found.cohorts, found.size, found.pool) == (2, 40, 128)
    assert len(found.table) == 2 * 16 * 6
    assert found.table["auc"].between(0, 1).all()
    honest = found.by_cohort(Faults())
    chosen = found.by_cohort(inflation.CHOSEN)
    assert (chosen >= honest - 1e-6).all()
    kept = json.loads((run.folder / "metrics.json").read_text())["figures"]
    assert kept["optimism.auc"]["value"] == pytest.approx(np.mean(chosen - honest), abs=1e-4)
    assert kept["optimism.auc"]["low"] is not None
    assert {"optimism.t_stage", "auc.shuffled", "recon.ssim"} <= set(kept)
    gap = kept["auc.honest"]["value"] - kept["auc.true"]["value"]
    assert kept["optimism.honest"]["value"] == pytest.approx(gap, abs=1e-4)
    assert figures["optimism.auc"].data == "fresh"


def test_a_killed_inflation_goes_on(run, asked, monkeypatch):
    judge, made = under_faults.judge_cohort, []

    def killed(drawn):
        if made:
            raise KeyboardInterrupt
        made.append(drawn.number)
        return judge(drawn)

    monkeypatch.setattr(under_faults, "judge_cohort", killed)
    with pytest.raises(KeyboardInterrupt):
        asked(2)
    assert read_inflation(run) is None
    monkeypatch.setattr(
        under_faults, "judge_cohort", lambda drawn: made.append(drawn.number) or judge(drawn)
    )
    asked(2)
    assert made == [0, 1]


def test_inflation_of_other_weights_is_not_shown_and_a_broken_one_is_told(run, asked):
    asked(2)
    folder = run.folder / "added" / "inflation"
    manifest = replace(run.manifest, weights_sha256="0" * 64)
    assert read_inflation(replace(run, manifest=manifest)) is None
    (folder / "inflation.csv").write_text("cohort,auc\n0,0.7\n")
    with pytest.raises(RunUnusable, match="added/inflation"):
        read_inflation(run)


@pytest.mark.slow
def test_with_nothing_frozen_every_fold_has_an_autoencoder_of_its_own(run, asked, monkeypatch):
    monkeypatch.setattr(inflation, "EPOCHS", 1)
    monkeypatch.setattr(under_faults, "FOLDS", 2)
    trained, fit = [], codes_inside.fit_vae

    def counted(vae, data, settings, **named):
        trained.append((settings.training.epochs, len(data.train)))
        return fit(vae, data, settings, **named)

    monkeypatch.setattr(codes_inside, "fit_vae", counted)
    asked(2)
    assert not trained  # the first design keeps the run's
    figures = {figure.id for figure in asked(2, inside=True)}
    assert len(trained) == 2 * 3
    assert {epochs for epochs, _ in trained} == {1}
    # landmarks, scaling and pictures of everybody: the fault; some of them: the honest protocol
    assert trained[2][1] > max(trained[0][1], trained[1][1])
    assert {"optimism.auc_inside", "auc.honest_inside", "auc.shuffled_inside"} <= figures
    frozen, anew = (read_inflation(Run.open(run.folder), inside=each) for each in (False, True))
    assert len(frozen.table) == len(anew.table) == 2 * 16 * 6
    assert not np.allclose(frozen.table["true_auc"], anew.table["true_auc"])


def test_too_small_a_pool_and_the_own_seed_are_refused(run):
    with pytest.raises(RunUnusable, match="fresh patients"):
        evaluate_inflation(run, 2, pool=100)
    with pytest.raises(RunUnusable, match="2 cohorts"):
        evaluate_inflation(run, 1)
    with pytest.raises(RunUnusable, match="fresh-seed"):
        evaluate_inflation(run, 2, seed=3)
