"""Laws of fresh patients and of what they are judged by."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.cohort.cut import cut_patient
from core.cohort.fresh import FreshPatients, _packed, drawn_and_cut, fresh_patients
from core.cohort.patient import Patient
from core.cohort.phantom.truth import draw_truth, truth_table
from core.cohort.standardise import Landmarks
from core.errors import RunUnusable
from core.evaluation.classification import auc
from core.evaluation.contender import HIDDEN, Contender, Inside
from core.evaluation.figures import Stamp
from core.evaluation.folds import outer_folds
from core.evaluation.fresh import More, evaluate_fresh
from core.evaluation.fresh_ceiling import ceiling_figures, of_slices, read_by_ruler
from core.evaluation.fresh_figures import Freshly, node_figures, patient_figures
from core.evaluation.fresh_heads import (
    coverage_figures,
    regret_figures,
    rows_together,
    together,
)
from core.evaluation.nested import judge_fold
from core.evaluation.people import People
from core.evaluation.probes import clustered_auc, r2_interval, ridge_r2
from core.model import Model
from core.run import Run
from core.training.ceiling import Shown, read_from_pixels
from core.training.heads_inside import own_fit, own_head
from tests.people import people

PARTS = (slice(0, 150), slice(150, 200))
STAMP = Stamp("python train.py evaluate --fresh 9", (1,), "2026-01-01T00:00:00+00:00", "")


def said(rng, n=400):
    best = rng.random(n)
    labels = (rng.random(n) < best).astype(int)
    table = pd.DataFrame(
        {
            "patient_id": [f"sub-{number:03d}" for number in range(n)],
            "label": labels,
            "probability": best,
            "called": (best > 0.5).astype(int),
            "set": np.where(best > 0.8, "N+", np.where(best < 0.2, "N0", "no answer")),
            "best": best,
            "held": best > 0,
            "largest_mm": rng.normal(7, 2, n),
        }
    )
    nodes = table.assign(node=1, malignant=labels, node_score=best, short_axis_mm=6.0)
    return Freshly(table, nodes)


def test_a_fresh_patient_is_cut_as_the_same_one_on_disk_is(tiny_cohort, tiny_settings):
    truth = min(draw_truth(16, 3), key=lambda each: len(each.nodes))
    who = truth.patient_id
    image = tiny_cohort / who / "anat" / f"{who}_T2w.nii.gz"
    nodes = tiny_cohort / "derivatives" / "nodes" / who / "anat"
    own = Patient(who, 0, image=image, mask=nodes / f"{who}_desc-nodes_dseg.nii.gz")
    on_disk = cut_patient(own, tiny_settings.patch, lesion="lymph node")
    assert drawn_and_cut(truth, tiny_settings.patch) == _packed(on_disk)


@pytest.mark.slow
def test_fresh_patients_are_drawn_once_and_read_afterwards(tmp_path, tiny_run, monkeypatch):
    asked = {
        "seed": 77,
        "settings": tiny_run.settings.patch,
        "landmarks": Landmarks.from_json(tiny_run.preprocessing["landmarks"]),
        "place": tmp_path,
    }
    first = fresh_patients(2, **asked)
    monkeypatch.setattr("core.side_by_side.ProcessPoolExecutor", None)
    again = fresh_patients(2, **asked)
    pd.testing.assert_frame_equal(first.rows, again.rows)
    assert (first.patches == again.patches).all()
    assert 0 <= first.patches.min() <= first.patches.max() <= 1
    assert set(first.rows["split"]) == {"fresh"}
    assert not set(first.rows.columns) & {"malignant", "border"}


def test_the_best_possible_answer_has_no_regret_and_is_calibrated(rng):
    found = {figure.id: figure for figure in patient_figures(said(rng), STAMP, trained=168)}
    assert found["regret.168"].value == 0
    assert found["auc.fresh"].value == found["auc.fresh_best"].value
    assert found["calib.ece"].value < 0.08
    assert all(figure.data == "fresh" for figure in found.values())


def test_regret_is_named_after_the_patients_trained_on(rng):
    ids = {figure.id for figure in patient_figures(said(rng), STAMP, trained=40)}
    assert not any(name.startswith("regret") for name in ids)
    assert "auc.fresh" in ids


def test_node_scores_are_held_against_what_nodes_are(rng):
    found = {figure.id: figure.value for figure in node_figures(said(rng), STAMP)}
    assert found["auc.node_truth"] == pytest.approx(found["auc.node_truth_best"])


def test_the_clustered_auc_is_the_auc_with_a_wider_interval_where_patients_repeat(rng):
    labels = (rng.random(60) < 0.4).astype(int)
    scores = np.round(rng.normal(size=60) + labels, 1)
    alone = clustered_auc(labels, scores, np.arange(60))
    assert alone.value == pytest.approx(auc(labels, scores))
    often = clustered_auc(np.repeat(labels, 5), np.repeat(scores, 5), np.repeat(np.arange(60), 5))
    assert often.value == pytest.approx(alone.value)
    assert often.high - often.low > 0.8 * (alone.high - alone.low)


def test_r2_of_a_linear_truth_is_one_and_of_noise_nothing(rng):
    codes = rng.normal(size=(400, 5))
    who = np.arange(200) // 2
    linear = codes @ np.array([1.0, -2, 0, 0.5, 0])
    assert ridge_r2(codes[:200], linear[:200], codes[200:], linear[200:], who).value > 0.999
    noise = rng.normal(size=400)
    nothing = ridge_r2(codes[:200], noise[:200], codes[200:], noise[200:], who)
    assert nothing.value < 0.05
    assert nothing.low <= nothing.value <= nothing.high


def test_r2_is_one_minus_missed_over_spread():
    values, told = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 2])
    found = r2_interval(values, told, np.arange(4), resamples=50)
    assert found.value == pytest.approx(1 - 4 / 5)


def test_a_run_is_not_judged_by_patients_of_its_own_seed(tiny_run):
    with pytest.raises(RunUnusable, match="fresh-seed"):
        evaluate_fresh(Run.open(tiny_run.folder), 4, seed=3)


def test_a_head_from_many_fresh_patients_is_named_by_their_number_and_paired(rng):
    learned, asked = people(rng, patients=120), people(rng, patients=90)
    best = np.where(asked.labels > 0, 0.9, 0.1)
    every = list(regret_figures(learned, asked, best, STAMP, numbers=(168, 458, 2000)))
    found = [figure for figure in every if not figure.id.endswith("_measures")]
    # regret.168 is the run's own, as it is served
    assert [figure.id for figure in found] == ["regret.168_head", "regret.458", "regret.2000"]
    codeless = [figure for figure in every if figure not in found]
    assert [figure.id for figure in codeless] == [f"regret.{n}_measures" for n in (168, 458, 2000)]
    assert all("no code" in figure.definition for figure in codeless)
    assert all(0 <= figure.value <= 0.6 and figure.n == 90 for figure in found)
    assert "own autoencoder" in found[0].definition


def test_the_run_s_own_head_stands_beside_the_code_s_and_never_sees_whom_it_is_asked(rng):
    learned, asked = people(rng, patients=180), people(rng, patients=30)
    best = np.where(asked.labels > 0, 0.9, 0.1)
    fitted = []

    def knowing(blind, fold):
        """Says the outcome of patients it is asked about, from what was laid down beforehand."""
        fitted.append((len(fold.train), set(blind.labels[fold.test])))
        truth = np.concatenate((learned.labels, asked.labels)) * 4.0 - 2
        return Inside(truth[fold.train], np.tile(truth[fold.test], (4, 1)))

    found = regret_figures(learned, asked, best, STAMP, numbers=(168,), own=knowing)
    by_id = {figure.id: figure for figure in found}
    assert list(by_id) == [
        "regret.168_head",
        "regret.168_measures",
        "regret.168_own",
        "gain.over_measures_168",
    ]
    assert by_id["regret.168_own"].value == 0
    # it knows all, so what it adds is what they lack
    added = by_id["gain.over_measures_168"].value
    assert added == pytest.approx(by_id["regret.168_measures"].value)
    assert fitted == [(168, {HIDDEN})]
    assert "own kind of head" in by_id["regret.168_own"].definition
    assert "codes and T stage alone" in by_id["regret.168_head"].definition


def test_the_run_s_own_head_is_fitted_on_other_patients_as_on_its_own(tiny_run):
    run = Run.open(tiny_run.folder)
    who = People.of(run)
    fold = outer_folds(who.labels, folds=3, repeats=1)[0]
    model, pictures = Model.open(run), {"patches": run.patches, "masks": run.masks}
    there = own_fit(model, run.settings, run.rows, run.codes, **pictures)
    pd.testing.assert_frame_equal(
        judge_fold(own_head(run), who, fold),
        judge_fold(Contender("own", "", "model", there), who, fold),
    )
    # what the outline measures reaches the head where the run's reads it, and nothing else does
    shifted = run.rows.assign(short_axis_mm=run.rows["short_axis_mm"].to_numpy()[::-1])
    other = own_fit(model, run.settings, shifted, run.codes, **pictures)
    said = [fit(who, fold).members for fit in (there, other)]
    assert run.settings.reads_measures is not np.allclose(*said)


def test_rows_of_two_groups_stand_as_their_patients_do(rng):
    rows = pd.DataFrame({"patient_id": ["a", "a", "b"], "node": [1, 2, 1]})
    both = rows_together(rows, rows.iloc[1:])
    assert list(both["patient_id"]) == ["a-learned", "a-learned", "b-learned", "a-asked", "b-asked"]
    assert list(both.index) == list(range(5))


def test_without_a_t_stage_the_head_reads_pictures_alone(rng):
    learned, asked = (
        replace(each, clinical=np.full_like(each.clinical, np.nan))
        for each in (people(rng, patients=60), people(rng, patients=50))
    )
    best = np.where(asked.labels > 0, 0.9, 0.1)
    found = list(regret_figures(learned, asked, best, STAMP, numbers=(458,)))
    assert [figure.id for figure in found] == ["regret.458", "regret.458_measures"]


def test_two_groups_together_keep_their_rows_apart(rng):
    first, second = (people(rng, patients=n, sliced=True) for n in (30, 45))
    second = replace(second, slice_mm=np.full(len(second.of_row), 3.0))
    both = together(first, second)
    assert len(both) == 75
    np.testing.assert_allclose(both.lesion_codes[len(first.of_row) :], second.lesion_codes)
    np.testing.assert_allclose(both.largest_mm3[:30], first.largest_mm3)
    np.testing.assert_allclose(both.largest_mm3[30:], second.largest_mm3)
    rows, of_row = both.rows_of(30 + np.arange(45))
    assert np.array_equal(both.codes[rows], second.codes)
    assert np.array_equal(of_row, second.of_row)
    assert np.array_equal(both.largest_mm[:30], first.largest_mm)


def test_sets_hold_nine_of_ten_over_many_cohorts(rng):
    pool = people(rng, patients=400, link=1.0)
    found = {f.id: f for f in coverage_figures(pool, STAMP, cohorts=6, size=150)}
    assert set(found) == {
        "conformal.coverage",
        "conformal.coverage_positive.cohorts",
        "conformal.coverage_negative.cohorts",
    }
    assert 0.85 < found["conformal.coverage"].value < 0.97


def test_pixels_tell_what_is_drawn_in_them_and_nothing_of_noise(rng):
    bright, noise = rng.uniform(0.2, 0.8, (2, 300))
    patches = (bright[:, None, None] + rng.normal(0, 0.02, (300, 32, 32))).astype(np.float32)
    truth = np.column_stack((bright, noise))
    masks = np.zeros(patches.shape, bool)
    masks[:, 12:20, 12:20] = True
    fitted, watched = (Shown(patches[own], masks[own], truth[own]) for own in PARTS)
    read = read_from_pixels(fitted, watched, patches[200:], seed=1, epochs=15)
    who = np.arange(100)
    assert r2_interval(truth[200:, 0], read[:, 0], who).value > 0.7
    assert r2_interval(truth[200:, 1], read[:, 1], who).value < 0.2


def test_the_ruler_reads_size_and_shape_off_drawn_ellipses(rng):
    short, ratio = rng.uniform(4, 8, 60), rng.uniform(1, 1.8, 60)
    down, across = np.mgrid[:32, :32] - 15.5

    def ellipse(axis_mm, ratio):
        radius = np.hypot(down * 0.573 / ratio, across * 0.573) / (axis_mm / 2)
        inside = 1 / (1 + np.exp((radius - 1) * 12))
        return 0.7 - 0.4 * inside + rng.normal(0, 0.01, inside.shape)

    pictures = np.stack([ellipse(*each) for each in zip(short, ratio, strict=True)])
    pictures[-1] = 0.5  # nothing to be found
    pictures, truth = pictures.astype(np.float32), np.column_stack((short, ratio))
    asked = slice(30, 60)
    read = read_by_ruler(pictures[:30], truth[:30], pictures[asked], spacing_mm=(0.573, 0.573))
    assert np.isfinite(read).all()
    for place in (0, 1):
        missed = np.square(read[:-1, place] - truth[asked][:-1, place]).mean()
        assert missed < 0.1 * truth[:, place].var()


def test_a_slice_s_size_follows_its_measure_and_its_signal_stays():
    rows = pd.DataFrame(
        {
            "patient_id": ["a", "a", "b"],
            "node": [1, 1, 1],
            "key_slice": [True, False, True],
            "short_axis_mm": [6.0, 3.0, 8.0],
            "elongation": [1.5, 1.5, 1.2],
        }
    )
    true = pd.DataFrame(
        {
            "patient_id": ["a", "b"],
            "node": [1, 1],
            "short_axis_mm": [5.0, 8.0],
            "elongation": [1.4, 1.2],
            "signal": [0.3, 0.4],
            "heterogeneity": [0.1, 0.2],
            "border": [0.5, 0.6],
        }
    )
    found = of_slices(rows, true)
    assert found[:, 0] == pytest.approx([5.0, 2.5, 8.0])
    assert found[:, 1:] == pytest.approx(true.iloc[[0, 0, 1], 3:].to_numpy())


def test_what_knows_less_than_the_code_is_not_called_a_ceiling(tiny_run, monkeypatch):
    def nothing(fitted, watched, asked, **options):
        return np.tile(fitted.truth.mean(axis=0), (len(asked), 1))

    monkeypatch.setattr("core.training.ceiling.read_from_pixels", nothing)
    run = Run.open(tiny_run.folder)
    truths = draw_truth(5, 91)
    rows = truth_table(truths).assign(key_slice=True, contrast=0.0, irregularity=0.0)
    blank = np.zeros((len(rows), 32, 32), np.float32)
    landmarks = Landmarks.from_json(run.preprocessing["landmarks"])
    fresh = FreshPatients(truths, rows, blank, blank.astype(bool), {}, landmarks)
    known = [STAMP.figure("r2.signal", 0.8, n=9, unit_of_n="node", data="fresh")]
    known += [STAMP.figure("r2.border", -9.0, n=9, unit_of_n="node", data="fresh")]
    found = {figure.id for figure in ceiling_figures(run, fresh, known, STAMP)}
    assert {"r2.signal_pixels", "r2.border_ceiling"} < found
    assert "r2.signal_ceiling" not in found


def test_a_figure_s_command_says_all_that_was_asked():
    assert More().as_options == ""
    asked = More((458, 2000), 20, ceiling=True).as_options
    assert asked == " --trained-on 458 2000 --sets 20 --ceiling"


def test_what_was_kept_of_fresh_patients_is_read_back_or_refused_in_a_line(tiny_run, tmp_path):
    import shutil

    from core.evaluation.fresh_kept import FOLDER, PATIENTS, read_patients

    shutil.copytree(tiny_run.folder, tmp_path / "tiny")
    run = Run.open(tmp_path / "tiny")
    assert read_patients(run) is None
    place = run.folder / "added" / FOLDER / PATIENTS
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("patient_id,label,probability,called,set\n007,1,0.9,1,N+\n")
    assert read_patients(run)["patient_id"].tolist() == ["007"]
    for damaged, says in (("", "damaged"), ("patient_id,label\n1,1\n", "without called")):
        place.write_text(damaged)
        with pytest.raises(RunUnusable, match=says):
            read_patients(run)


def test_the_command_says_where_it_wrote_what_fresh_patients_told(tiny_run, monkeypatch, capsys):
    from core.evaluation import fresh
    from core.evaluation.command import evaluate

    monkeypatch.setattr(fresh, "evaluate_fresh", lambda run, patients, **asked: [])
    place = tiny_run.folder
    assert evaluate(["--run", place.name, "--out", str(place.parent), "--fresh", "4"]) == 0
    assert str(place / "added" / "fresh") in capsys.readouterr().out
