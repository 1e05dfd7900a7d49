"""What other trainings say of a walk's pictures."""

import base64
import hashlib
import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.growth.trainings import Opinion, opinions, others_of
from core.model import Model
from core.run import Run
from core.same_pictures import ROUNDING, on_scale_of, same_patients, same_pictures
from tests.paging import charts, film_of, visitor, written


def trained_again(run, folder, *, drawn_elsewhere=0.0, split=None, brighter=0.0):
    """A run with other weights; its pictures may come from a phantom of another processor, and
    its scale of greys from other training patients."""
    from safetensors.numpy import load_file, save_file

    shutil.copytree(run.folder, folder)
    said = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "network.safetensors")
    name = next(each for each in weights if each.endswith("to_mean.weight"))
    weights[name] = weights[name][:, ::-1].copy()
    save_file(weights, folder / "network.safetensors")
    content = (folder / "network.safetensors").read_bytes()
    said |= {"name": folder.name, "weights_sha256": hashlib.sha256(content).hexdigest()}
    said["fingerprint"] = "0" * 64
    kept = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
    kept["landmarks"]["values"] = [value + brighter for value in kept["landmarks"]["values"]]
    (folder / "preprocessing.json").write_text(json.dumps(kept), encoding="utf-8")
    shown = np.clip(run.patches + np.float32(drawn_elsewhere + brighter), 0, 1)
    np.save(folder / "patches.npy", np.where(run.patches == 0, np.float32(0), shown))
    (folder / "run.json").write_text(json.dumps(said), encoding="utf-8")
    if split:
        run.rows.assign(split=split).to_parquet(folder / "rows.parquet")
    return Run.open(folder)


@pytest.fixture(scope="module")
def again(tiny_run, tmp_path_factory):
    """Another training on other training patients, its phantom drawn on another processor."""
    place = tmp_path_factory.mktemp("again")
    shutil.copytree(tiny_run.folder, place / "tiny")
    named = {"drawn_elsewhere": 0.001, "brighter": 0.01, "split": "train"}
    return trained_again(tiny_run, place / "again", **named)


def test_pictures_drawn_on_another_processor_are_the_same_and_others_are_not(
    tiny_run, again, tmp_path
):
    assert again.manifest.fingerprint != tiny_run.manifest.fingerprint
    assert same_pictures(tiny_run, again), "on another scale of greys too"
    other = trained_again(tiny_run, tmp_path / "other", drawn_elsewhere=2 * ROUNDING)
    assert not same_pictures(tiny_run, other)
    assert same_patients(tiny_run, other)
    renamed = trained_again(tiny_run, tmp_path / "renamed", drawn_elsewhere=0.001)
    renamed.rows.assign(patient_id="sub-000").to_parquet(renamed.folder / "rows.parquet")
    renamed = Run.open(renamed.folder)
    assert not same_pictures(tiny_run, renamed)
    assert not same_patients(tiny_run, renamed)


def test_the_same_cohort_cut_otherwise_has_the_same_patients_and_other_pictures(tiny_run, tmp_path):
    cut = trained_again(tiny_run, tmp_path / "cut")
    key = cut.rows["key_slice"].to_numpy(bool)
    cut.rows[key].reset_index(drop=True).to_parquet(cut.folder / "rows.parquet")
    np.save(cut.folder / "patches.npy", tiny_run.patches[key])
    cut = Run.open(cut.folder)
    assert same_patients(tiny_run, cut)
    assert not same_pictures(tiny_run, cut)


def test_a_picture_is_put_on_the_scale_of_the_training_that_is_asked(tiny_run, again):
    there = on_scale_of(again, tiny_run.patches, tiny_run)
    inside = (tiny_run.patches > 0) & (tiny_run.patches < 0.98)
    assert np.allclose(there[inside], tiny_run.patches[inside] + 0.01, atol=1e-5)
    assert not there[tiny_run.patches == 0].any(), "what the scan does not show stays dark"


def test_a_run_is_no_second_opinion_on_itself_and_a_damaged_one_is_passed_over(
    tiny_run, again, two_runs, tmp_path
):
    bare = Run.open(two_runs / "bare")
    broken = trained_again(tiny_run, tmp_path / "broken")
    (broken.folder / "rows.parquet").write_bytes(b"")
    some = (tiny_run, bare, Run.open(broken.folder), again, again)
    assert others_of(tiny_run, some, most=4) == (again,)
    assert others_of(tiny_run, (again,), most=0) == ()


def test_each_training_is_given_the_pictures_as_it_would_be_given_a_scan(tiny_run, again):
    row = int(np.flatnonzero(tiny_run.rows["key_slice"].to_numpy(bool))[3])
    trainings = [(each, Model.open(each)) for each in (tiny_run, again)]
    told = opinions(tiny_run, row, tiny_run.patches[[row]], trainings)
    own, other = (one.score[0] for one in told)
    assert own == pytest.approx(tiny_run.rows["node_score"].iloc[row], abs=1e-5)
    assert other != pytest.approx(own, abs=1e-5)
    itself = opinions(again, row, again.patches[[row]], trainings[1:])[0].score[0]
    assert other == pytest.approx(itself, abs=1e-3), "as it scores its own picture of it"
    assert [one.trained_on for one in told][1] is True, "everybody is in its training part"


def film(asked):
    return SimpleNamespace(asked=np.array(asked), unit="mm", in_cm=False)


def test_agreement_is_counted_where_no_step_was_refused_and_by_each_ones_own_threshold():
    from dashboard.panels.growth_trainings import words

    own = Opinion("own", "demo", np.array([0.1, 0.3, 0.5, 0.7]), 0.4, False)
    same = Opinion("same", "demo", np.array([0.0, 0.1, 0.2, 0.3]), 0.15, False)
    late = Opinion("late", "demo", np.array([0.1, 0.1, 0.1, 0.9]), 0.5, False)
    said = words((own, same, late), film([4, 5, 6, 7]), np.array([True] * 4))
    assert "The 2 other trainings agree with this run's call at **88 %** of the steps." in said
    assert "2 of 2 change the call, between 5.5 mm and 6.5 mm." in said
    assert "no interval" in said
    said = words((own, same, late), film([4, 5, 6, 7]), np.array([True, True, False, False]))
    assert "**100 %**" in said
    assert "None of them changes its call" in said


def test_the_chart_leaves_out_what_was_refused_and_says_cm_of_millimetres_alone():
    from dashboard.figures import growth_story

    told = [
        Opinion(name, preset, np.array([0.1, 0.9, 0.3]), 0.2, False)
        for name, preset in (("own", "demo"), ("second", "demo"), ("again", "demo"), ("x", "paper"))
    ]
    trusted = np.array([True, False, True])
    made = growth_story.trainings(
        np.array([10.0, 20, 30]), told, trusted=trusted, x="size", in_cm=True
    )
    band, *lines = made.data
    assert [line.name for line in lines] == ["own, this run", "second", "again", "x (paper)"]
    for line in lines:
        assert list(line.x) == [1, 2, 3]
        assert np.isnan(line.y[1])
    assert 2 not in band.x
    alone = growth_story.trainings(
        np.array([10.0, 20, 30]), (*told[:2], told[3]), trusted=trusted, x="size"
    )
    assert len(alone.data) == 3, "one training of the same recipe is no range"


def test_growth_asks_other_trainings_and_says_how_one_is_made(again, two_runs, monkeypatch, caches):
    app = visitor(again.folder.parent, monkeypatch)("growth")
    text, film = written(app), film_of(app)
    assert "The other training agrees with this run's call at" in text
    assert "This patient was among the training patients of again." in text
    (shown,) = [one for one in map(_traces, charts(app)) if "tiny, this run" in one]
    assert set(shown) == {"tiny, this run", "again"}
    assert len(shown["again"]) == len(film["asked"])
    assert not np.allclose(shown["again"], shown["tiny, this run"], atol=1e-4)
    app = visitor(two_runs, monkeypatch)("growth")
    assert "No other training on these pictures is here." in written(app)
    assert "settings.toml --seed" in written(app)


def _traces(chart):
    def numbers(values):
        packed = isinstance(values, dict)
        return np.frombuffer(base64.b64decode(values["bdata"])) if packed else np.array(values)

    return {str(one.get("name")): numbers(one["y"]) for one in json.loads(chart.proto.spec)["data"]}


@pytest.mark.slow
def test_opinions_asked_beforehand_are_those_of_the_networks_and_of_the_pages_own_walk(
    again, tmp_path, monkeypatch, caches
):
    """The whole road: ask, keep, read back, show; where the networks are gone."""
    from core.evaluation.figures import Stamp
    from core.growth import agreement
    from core.growth.agreement import ask_all, kept, kept_opinions, write_told
    from core.growth.flips import score_near
    from core.growth.preference import Preferred

    alone = tmp_path / "runs"
    shutil.copytree(again.folder.parent / "tiny", alone / "tiny")
    run = Run.open(alone / "tiny")
    model = Model.open(run)
    score_of = score_near(run, model.node_score)
    told = ask_all(run, model, [(again, Model.open(again))], score_of=score_of, say=lambda _: None)
    assert [one.name for one in told.trainings] == ["tiny", "again"]
    assert kept(run) is None
    write_told(run, told, stamp=Stamp.now("x", seeds=(1, 1)))
    back = kept(run)
    assert back.trainings == told.trainings
    monkeypatch.setattr(agreement, "preferred", lambda _: Preferred("difference", "nothing"))
    assert kept(run) is None, "of a run that walks otherwise now the pictures were others"
    monkeypatch.undo()
    rows = back.pictures["row"].unique()
    assert set(run.rows["split"].iloc[rows]) == {"test"}
    app = at_row(visitor(alone, monkeypatch)("growth"), int(rows[0]))
    film, text = film_of(app), written(app)
    asked = np.array(film["asked"])
    assert kept_opinions(back, int(rows[0]), asked), "the page walks as was asked beforehand"
    assert not kept_opinions(back, int(rows[0]), asked + 0.2), "another walk is not answered"
    assert "Asked beforehand: 1 other training" in text
    (shown,) = [one for one in map(_traces, charts(app)) if "tiny, this run" in one]
    app.toggle(key="growth_closed").set_value(False).run()
    assert "about test patients alone" in written(app), "of an uncorrected walk nothing was asked"
    live = at_row(visitor(again.folder.parent, monkeypatch)("growth"), int(rows[0]))
    (same,) = [one for one in map(_traces, charts(live)) if "tiny, this run" in one]
    for name in ("tiny, this run", "again"):
        assert np.allclose(shown[name], same[name], atol=1e-4, equal_nan=True)


def at_row(app, row):
    app.session_state["row"] = row
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def test_agreement_counts_trainings_only_on_patients_they_were_not_trained_on():
    import pandas as pd

    from core.evaluation.figures import Stamp
    from core.growth.agreement import Told, Training, agreement_figures
    from core.growth.preference import Preferred

    def training(name):
        return Training(name, "demo", 1, 80, 0.5, name)

    def walk(row, patient, *, seen):
        up = np.array([0.1, 0.4, 0.6, 0.9])
        return pd.DataFrame(
            {
                "row": row, "patient_id": patient, "asked": [4.0, 5, 6, 7], "refused": False,
                "score_0": up, "trained_on_0": False,
                "score_1": up - 0.2, "trained_on_1": False,  # turns 1 mm later
                "score_2": 1 - up, "trained_on_2": seen,  # says the opposite
            }
        )  # fmt: skip

    pictures = pd.concat([walk(0, "a", seen=True), walk(1, "b", seen=False)])
    walked = Preferred("dimension", "surroundings")
    told = Told((training("own"), training("later"), training("against")), walked, 0, pictures)
    found = {
        one.id.removeprefix("growth.trainings_"): one
        for one in agreement_figures(told, Stamp.now("x", seeds=(1,)))
    }
    # a: the later one alone, 3 of 4 steps; b: that and the opposite one, 3 of 4 and none
    assert found["agree"].value == pytest.approx((0.75 + 0.375) / 2)
    assert found["turn"].value == pytest.approx(1.0)
    later_mm = float(np.interp(0.5, [0.4, 0.7], [6, 7])) - 5.5
    assert found["apart_mm"].value == pytest.approx((later_mm + later_mm / 2) / 2)
    gap = replace(told, pictures=pictures.assign(refused=pictures["asked"].isin([5, 6])))
    assert "apart_mm" not in {
        one.id.removeprefix("growth.trainings_")
        for one in agreement_figures(gap, Stamp.now("x", seeds=(1,)))
    }, "no call changes between steps of which one was refused"
    refused = replace(told, pictures=pictures.assign(refused=True))
    assert not agreement_figures(refused, Stamp.now("x", seeds=(1,)))


def test_a_damaged_record_is_refused_by_name_and_one_of_another_network_is_none(again, tmp_path):
    from core.errors import RunUnusable
    from core.growth.agreement import FOLDER, kept

    shutil.copytree(again.folder, tmp_path / "again")
    run = Run.open(tmp_path / "again")
    (run.folder / "added" / FOLDER).mkdir(parents=True)
    with pytest.raises(RunUnusable, match="growth_trainings"):
        kept(run)
    for said in ({"format": 2}, {"format": 1, "walked": {}, "passed_over": 0, "trainings": []}):
        text = json.dumps(said)
        (run.folder / "added" / FOLDER / "trainings.json").write_text(text, encoding="utf-8")
        with pytest.raises(RunUnusable, match="growth_trainings"):
            kept(run)


def test_other_cohorts_and_the_run_itself_are_refused_as_second_opinions(again, two_runs, capsys):
    from train import main

    place = str(again.folder.parent)
    for other in ("tiny", str(two_runs / "bare")):
        assert main(["growth", "--run", "tiny", "--out", place, "--trainings", other]) == 2
        assert "another training on the pictures of 'tiny'" in capsys.readouterr().err
    beside = ["growth", "--run", "tiny", "--out", place, "--trainings", "again", "--most", "4"]
    assert main(beside) == 2
