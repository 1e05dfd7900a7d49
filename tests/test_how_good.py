"""How good with a cross-validation behind it: the page, its sentence, its charts."""

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.evaluation.classification import auc
from core.evaluation.gaps import Gap, picture_adds
from core.evaluation.intervals import Interval
from core.evaluation.verdict import read_verdict
from core.run import Run

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"
ROWS = ("model", "image", "clinical", "both", "short_axis", "rule_5mm")


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def evaluated(tiny_run, tmp_path_factory):
    """A folder of runs with the tiny one, cross-validated beside a few rows."""
    from core.evaluation import evaluate as road
    from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics

    runs = tmp_path_factory.mktemp("evaluated")
    shutil.copytree(tiny_run.folder, runs / "tiny")
    run = Run.open(runs / "tiny")
    every = road._rows
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            road,
            "_rows",
            lambda *asked, **more: [e for e in every(*asked, **more) if e.key in ROWS],
        )
        road.evaluate(run, folds=3, repeats=2)
    stamp = Stamp.now("python train.py evaluate --fresh 40", seeds=(1,))
    figures = [
        stamp.figure(name, Interval(0.8, 0.7, 0.9), n=40, unit_of_n=unit, data="fresh")
        for name, unit in (
            ("auc.fresh", "patient"),
            ("auc.fresh_best", "patient"),
            ("r2.short_axis", "node"),
            ("r2.short_axis_ruler", "node"),
        )
    ]
    sha = run.manifest.weights_sha256
    write_metrics(run.folder / "added" / "fresh", figures, weights_sha256=sha)
    rebuild_metrics(run.folder)
    return runs


@pytest.fixture
def page(evaluated, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(evaluated)])
    app = AppTest.from_file(str(FRAME), default_timeout=300)
    app.session_state["run_name"] = "tiny"
    app.run()
    app.switch_page("views/how_good.py").run()
    assert not app.exception, app.exception[0].message
    assert not app.error, app.error[0].value
    return app


def written(app):
    kinds = ("html", "markdown", "caption", "warning")
    return "\n".join(
        str(getattr(each.proto, "body", "") or getattr(each, "value", ""))
        for kind in kinds
        for each in app.main.get(kind)
    )


def drawn(app, key):
    """What a chart of the page shows, by the key it was given."""
    charts = [each.proto for each in app.main.get("plotly_chart")]
    specs = [json.loads(each.spec) for each in charts if each.id.endswith(f"-{key}")]
    assert len(specs) == 1
    return specs[0]["data"]


def test_the_sentence_is_of_all_patients_and_says_how_it_was_made(page):
    body = written(page)
    assert "it flags" in body
    assert "Cross-validated: 16 patients" in body
    assert "never an outcome" in body
    assert "were not cross-validated" not in body


def test_image_clinical_and_both_stand_beside_the_model_with_their_folds(page):
    bars = [trace for trace in drawn(page, "areas") if trace["type"] == "bar"]
    assert len(bars) == 4
    dots = [trace for trace in drawn(page, "areas") if trace["type"] == "scatter"]
    assert all(len(trace["x"]) == 6 for trace in dots)  # 3 folds, 2 repeats


def test_what_the_picture_adds_is_the_difference_of_the_rows_with_and_without_it(page, evaluated):
    run = Run.open(evaluated / "tiny")
    found = picture_adds(run, read_verdict(run))
    told = pd.read_parquet(run.folder / "added" / "evaluate" / "contenders.parquet")
    mean = told.groupby(["model", "patient_id"])[["label", "probability"]].mean()
    both, clinical = (auc(*mean.loc[key].to_numpy().T) for key in ("both", "clinical"))
    assert found.difference.value == pytest.approx(both - clinical)
    assert (found.title, found.repeats) == ("Image and clinical together", 2)
    assert found.in_words in written(page)


def test_a_difference_is_sure_only_where_its_interval_leaves_out_none():
    def said(low, high):
        return Gap("this", "that", Interval((low + high) / 2, low, high), 1).in_words

    assert said(0.01, 0.09).startswith("Yes: AUC +0.050")
    assert said(-0.09, -0.01).startswith("No, it does worse: AUC -0.050")
    assert said(-0.01, 0.05).startswith("Not shown: AUC +0.020")


def test_every_rival_has_its_paired_difference(page):
    assert len(drawn(page, "differences")) == 4  # all rows with a score but the model itself
    assert "does better" in written(page)


def test_literature_points_are_off_until_asked_for_and_then_marked(page):
    before = drawn(page, "roc")
    assert not any("literature" in str(trace.get("name")) for trace in before)
    page.toggle(key="readers").set_value(True).run()
    assert not page.exception
    after = [trace for trace in drawn(page, "roc") if "literature" in str(trace.get("name"))]
    assert len(after) == 5
    assert "compare nothing" in written(page)


def test_calls_can_be_seen_by_size_and_by_number(page):
    def patients():
        bars = drawn(page, "bands")
        return sum(float(value) for trace in bars for value in _plain(trace["y"]))

    assert patients() == 16
    page.segmented_control(key="bands_by").set_value("number").run()
    assert not page.exception
    assert patients() == 16


def test_those_without_an_answer_are_listed_with_a_link_that_names_no_patient(page):
    links = next(
        each.proto.body for each in page.main.get("html") if "ls-links" in str(each.proto.body)
    )
    assert "./why?run=tiny&row=" in links.replace("&amp;", "&")
    assert all("sub-" not in part.split('"')[0] for part in links.split('href="')[1:])


def test_fresh_patients_stand_beside_the_best_possible(page):
    body = written(page)
    assert "best possible on this synthetic cohort" in body
    assert "Bayes" not in body
    assert "Patients never seen" in body
    assert "--fresh 1000" not in body


def test_a_run_that_was_not_evaluated_says_which_command_makes_it(tiny_run, monkeypatch, tmp_path):
    shutil.copytree(tiny_run.folder, tmp_path / "tiny")
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tmp_path)])
    app = AppTest.from_file(str(FRAME), default_timeout=300)
    app.session_state["run_name"] = "tiny"
    app.run()
    app.switch_page("views/how_good.py").run()
    said = [each.value for each in app.code]
    assert "python train.py evaluate --run tiny" in said
    assert "python train.py evaluate --run tiny --fresh 1000" in said
    assert "python train.py evaluate --run tiny --fresh 300 --scanner other" in said


def _plain(values):
    """A trace's numbers: Plotly packs arrays as base64 of their bytes."""
    import base64

    import numpy as np

    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def test_dots_and_sentence_are_told_apart(page):
    body = written(page)
    assert "A dot is what most of the 2 repeats said of one patient" in body
    assert "averages over the repeats" in body


def test_false_calls_are_pictures_that_lead_to_why(page):
    body = written(page)
    assert "wrongly flagged**, the most suspicious" in body
    assert "missed**, the largest" in body
    if "0 patients wrongly flagged" not in body:
        assert 'href="./why?run=tiny&row=' in body


def test_lesions_of_one_size_are_lined_up_by_a_slider(page):
    slider = page.slider(key="same_size_mm")
    assert slider.step == 0.5
    before = written(page)
    assert "of validation and test patients within 0.5 mm" in before
    other = slider.min if slider.value != slider.min else slider.min + 1
    slider.set_value(other).run()
    assert not page.exception
    assert written(page) != before


def test_checklists_are_filled_and_can_be_saved(page):
    body = written(page)
    assert "**TRIPOD+AI**:" in body
    assert "**CLAIM**:" in body
    assert "of 44 items say something from this run" in body
