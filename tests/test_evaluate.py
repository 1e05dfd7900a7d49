"""Laws of `python train.py evaluate`: what it writes, that it goes on, and what it leaves alone."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from core.command_line import WRONG_INPUT
from core.evaluation import evaluate as road
from core.evaluation.classification import auc
from core.evaluation.evaluate import evaluate
from core.evaluation.gaps import THIRD
from core.evaluation.inside import evaluate_inside
from core.evaluation.parts import parts_of
from core.evaluation.people import People
from core.evaluation.report import how_it_was_made, table_text
from core.evaluation.verdict import INSIDE, Verdict, read_verdict
from core.run import Run


@pytest.fixture
def run(tiny_run, tmp_path):
    shutil.copytree(tiny_run.folder, tmp_path / "runs" / "tiny")
    return Run.open(tmp_path / "runs" / "tiny")


def untouched(run):
    return {
        path.name: path.read_bytes()
        for path in run.folder.iterdir()
        if path.is_file() and path.name != "metrics.json"
    }


@pytest.fixture
def quick_rows(monkeypatch):
    """Two rows only: the run's own head and the image's logistic one."""
    every = road._rows
    kept = ("model", "image", "clinical")
    monkeypatch.setattr(
        road,
        "_rows",
        lambda *asked, **more: [each for each in every(*asked, **more) if each.key in kept],
    )


def test_folds_done_are_taken_up_by_other_repeats_and_by_no_other_folds(run):
    done = pd.DataFrame({"patient_id": ["a"], "score": [0.1]})
    asked = {"folds": 3, "repeats": 2}
    with parts_of(run, "evaluate", asked) as parts:
        parts.put("model-00-0", done)
    with parts_of(run, "evaluate", {**asked, "repeats": 5}) as parts:
        assert parts.get("model-00-0").equals(done)
    with parts_of(run, "evaluate", {**asked, "light": True}) as parts:
        assert parts.get("model-00-0").equals(done)
    with parts_of(run, "evaluate", {**asked, "folds": 4}) as parts:
        assert parts.get("model-00-0") is None


def test_a_light_evaluation_has_every_row_that_needs_no_further_network(run):
    people = People.of(run)
    every, light = (
        {each.key for each in road._rows(run, people, "cpu", light=light)}
        for light in (False, True)
    )
    assert {"model", "image", "clinical", "radiomics", "boosting"} <= light < every
    assert every - light == {
        "small_cnn",
        *(f"head_{kind}" for kind in ("additive", "mean", "max", "attention", "paper")),
    }


@pytest.mark.slow
def test_an_evaluation_is_written_whole_and_every_patient_is_judged_once_a_repeat(run, monkeypatch):
    from core.training import cnn_inside, heads_inside

    monkeypatch.setattr(cnn_inside, "EPOCHS", 1)
    monkeypatch.setattr(heads_inside, "PAPER_EPOCHS", 1)
    before = untouched(run)
    verdict = evaluate(run, folds=3, repeats=1)
    folder = run.folder / "added" / "evaluate"
    assert {path.name for path in folder.iterdir()} == {
        "plan.json",
        "evaluation.json",
        "predictions_cv.csv",
        "contenders.parquet",
        "table.csv",
        "metrics.json",
    }
    told = pd.read_csv(folder / "predictions_cv.csv")
    assert sorted(told["patient"]) == sorted(run.predictions["patient_id"])
    assert set(told["repeat"]) == {0}
    assert set(told["fold"]) == {0, 1, 2}
    metrics = json.loads((run.folder / "metrics.json").read_text())["figures"]
    own = metrics["auc.cv"]
    assert own["data"] == "cross-validated"
    assert "saw its training patients' pictures" in own["definition"]
    labels, chance = told["label"].to_numpy(), told["probability"].to_numpy()
    assert own["value"] == pytest.approx(auc(labels, chance), abs=1e-6)
    assert {"gain.over_size", "gain.over_clinical", "auc.image", "recon.ssim"} <= set(metrics)
    assert set(THIRD) <= set(metrics)
    assert untouched(run) == before
    assert not list((run.folder / "added").glob(".*"))
    assert read_verdict(Run.open(run.folder)).to_json() == verdict.to_json()
    assert {each.key for each in verdict.standings} >= {
        *("model", "image", "clinical", "both", "short_axis", "rule_esgar"),
        *("boosting", "largest", "head_mean", "head_max", "head_attention", "head_additive"),
        *("radiomics", "small_cnn", "head_paper", "volume", "key_slices", "slices_pooled"),
    }
    for each in verdict.standings:
        assert (each.benefit is not None) == each.calls_only
    assert "never an outcome" in how_it_was_made(verdict)
    assert "Gated attention" in table_text(verdict)


@pytest.mark.slow
def test_the_same_command_does_nothing_again_and_another_one_starts_anew(run, quick_rows):
    said = []
    evaluate(run, folds=3, repeats=1)
    evaluate(run, folds=3, repeats=1, report=said.append)
    assert "nothing was done" in said[0]
    assert evaluate(run, folds=3, repeats=2).model.repeats == 2


@pytest.mark.slow
def test_a_killed_evaluation_goes_on_and_ends_with_the_same_answers(run, quick_rows, monkeypatch):
    judge, made = road.judge_fold, []

    def killed(contender, people, fold):
        if len(made) == 4:
            raise KeyboardInterrupt
        made.append((contender.key, fold.fold))
        return judge(contender, people, fold)

    monkeypatch.setattr(road, "judge_fold", killed)
    with pytest.raises(KeyboardInterrupt):
        evaluate(run, folds=3, repeats=1)
    assert not (run.folder / "added" / "evaluate").exists()

    def counted(contender, people, fold):
        made.append((contender.key, fold.fold))
        return judge(contender, people, fold)

    monkeypatch.setattr(road, "judge_fold", counted)
    went_on = evaluate(run, folds=3, repeats=1)
    assert len(made) == len(set(made)) == 9
    shutil.rmtree(run.folder / "added")
    assert evaluate(run, folds=3, repeats=1).to_json() == went_on.to_json()


def test_of_an_evaluation_with_more_rows_only_those_are_fitted(run, monkeypatch):
    from tests.benchmarks.retold import retold

    every, judge, made = road._rows, road.judge_fold, []

    def rows(*kept):
        monkeypatch.setattr(
            road, "_rows", lambda *a, **b: [e for e in every(*a, **b) if e.key in kept]
        )

    def counted(contender, people, fold):
        made.append(contender.key)
        return judge(contender, people, fold)

    monkeypatch.setattr(road, "judge_fold", counted)
    rows("model", "clinical")
    first = evaluate(run, folds=3, repeats=1)
    monkeypatch.setattr(road, "TOLD", road.TOLD + 1)
    rows("model", "clinical", "measures")
    more = evaluate(run, folds=3, repeats=1)
    assert made == ["model"] * 3 + ["clinical"] * 3 + ["measures"] * 3

    def alike(one, other):
        """Of the first's rows: answers are kept with seven digits, so figures differ by no more."""
        for each in one.standings:
            again = other.by_key[each.key]
            assert again.auc.value == pytest.approx(each.auc.value, abs=1e-3)
            assert again.brier.value == pytest.approx(each.brier.value, abs=1e-5)
            assert again.title == each.title

    alike(first, more)
    own = json.loads((run.folder / "metrics.json").read_text())["figures"]["gain.over_measures"]
    assert own["value"] == pytest.approx(more.by_key["measures"].against.difference.value)
    answers = run.folder / "added" / "evaluate" / "contenders.parquet"
    before = answers.read_bytes()
    _, again = retold(run)
    assert len(made) == 9
    assert list(again.by_key) == list(more.by_key)
    alike(more, again)
    assert answers.read_bytes() == before


def test_a_run_beside_another_is_a_row_and_must_have_the_same_patients(run, monkeypatch, tmp_path):
    from core.errors import RunUnusable
    from core.training import heads_inside

    monkeypatch.setattr(heads_inside, "PAPER_EPOCHS", 1)
    with pytest.raises(RunUnusable, match="same weights"):
        evaluate(run, folds=3, repeats=1, beside=run)
    shutil.copytree(run.folder, tmp_path / "runs" / "other")
    manifest = tmp_path / "runs" / "other" / "run.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "name": "other", "weights_sha256": "1" * 64}))
    every = road._rows
    monkeypatch.setattr(
        road, "_rows", lambda *a, **b: [e for e in every(*a, **b) if e.key in ("model", "beside")]
    )
    other = Run.open(tmp_path / "runs" / "other")
    verdict = evaluate(run, folds=3, repeats=1, beside=other)
    epochs = (other.history["phase"] == "vae").sum()
    assert f"Run other, {epochs} epochs: its" in verdict.by_key["beside"].title
    assert "that autoencoder saw that run's training patients" in how_it_was_made(verdict)
    rows = run.rows.assign(label=1 - run.rows["label"])
    rows.to_parquet(tmp_path / "runs" / "other" / "rows.parquet")
    manifest.write_text(json.dumps({**told, "fingerprint": "0", "weights_sha256": "1" * 64}))
    with pytest.raises(RunUnusable, match="another split"):
        evaluate(run, folds=3, repeats=1, beside=Run.open(tmp_path / "runs" / "other"))


def test_an_evaluation_of_other_weights_is_not_shown(run, quick_rows):
    evaluate(run, folds=3, repeats=1)
    path = run.folder / "added" / "evaluate" / "metrics.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "weights_sha256": "0" * 64}))
    assert read_verdict(Run.open(run.folder)) is None


def test_a_verdict_is_read_back_as_it_was(run, quick_rows):
    verdict = evaluate(run, folds=3, repeats=1)
    again = Verdict.from_json(verdict.to_json())
    assert again.model.auc == verdict.model.auc
    assert again.bands[0].counts.positives == verdict.bands[0].counts.positives
    with pytest.raises(ValueError, match="format"):
        Verdict.from_json(verdict.to_json().replace('"format":1', '"format":9'))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--run", "nobody"], "No finished run is called"),
        (["--folds", "1"], "2 folds"),
        (["--folds", "9"], "fewer --folds"),
        (["--fresh", "-1"], "0 or more"),
        ([], "--run"),
    ],
)
def test_a_wrong_command_is_one_line_and_writes_nothing(run, capsys, arguments, word):
    import train

    named = arguments if "--run" in arguments or not arguments else ["--run", "tiny", *arguments]
    assert train.main(["evaluate", *named, "--out", str(run.folder.parent)]) == WRONG_INPUT
    said = capsys.readouterr().err.strip()
    assert word in said
    assert said.count("\n") == 0
    assert not (run.folder / "added" / "evaluate").exists()


@pytest.mark.slow
def test_with_everything_inside_every_fold_is_trained_anew_and_goes_on(run, monkeypatch):
    import core.training.inside as inside

    train, made = inside.train_inside, []

    def counted(settings, cohort, patient_ids, fold, **rest):
        if len(made) == 1 and not killed:
            killed.append(True)
            raise KeyboardInterrupt
        made.append(fold.fold)
        return train(settings, cohort, patient_ids, fold, **rest)

    killed = []
    monkeypatch.setattr(inside, "train_inside", counted)
    with pytest.raises(KeyboardInterrupt):
        evaluate_inside(run, 1, folds=3)
    verdict = evaluate_inside(run, 1, folds=3)
    assert made == [0, 1, 2]
    assert verdict.mode == "inside"
    assert "trained anew" in how_it_was_made(verdict)
    told = pd.read_csv(run.folder / "added" / INSIDE / "predictions_cv.csv")
    assert len(told) == len(run.predictions)
    assert np.isfinite(told["probability"]).all()
    metrics = json.loads((run.folder / "metrics.json").read_text())["figures"]
    assert {"auc.cv_inside", "gain.over_size_inside"} <= set(metrics)
    assert "auc.cv" not in metrics
    assert not (run.folder / "added" / INSIDE / "work").exists()
