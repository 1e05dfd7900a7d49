"""Inflated results through the frame: the page without results, its switches, its thermometer."""

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.evaluation.parts import parts_of
from core.run import Run
from dashboard import inflating
from tests.test_inflation import protocols

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def runs(tiny_run, tmp_path_factory):
    """The tiny run with what made-up protocols reported, and the same without."""
    place = tmp_path_factory.mktemp("inflated")
    for name in ("tiny", "plain"):
        shutil.copytree(tiny_run.folder, place / name)
    said = (place / "plain" / "run.json").read_text().replace('"tiny"', '"plain"')
    (place / "plain" / "run.json").write_text(said)
    found = protocols(np.random.default_rng(20))
    with parts_of(Run.open(place / "tiny"), "inflation", {"size": 168, "pool": 1000}) as parts:
        found.table.to_csv(parts.folder / "inflation.csv", index=False)
        parts.finish()
    return place


def opened(runs, monkeypatch, run):
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(runs)])
    app = AppTest.from_file(str(FRAME), default_timeout=300)
    app.session_state["run_name"] = run
    app.run()
    app.switch_page("views/inflated.py").run()
    assert not app.exception, app.exception[0].message
    assert not app.error, app.error[0].value
    return app


def written(app):
    kinds = ("html", "markdown", "caption", "code")
    return "\n".join(
        str(getattr(each.proto, "body", "") or getattr(each, "value", ""))
        for kind in kinds
        for each in app.main.get(kind)
    )


def reading(app):
    """Reported and true value, as the thermometer tells them."""
    said = re.search(r"reported AUC ([\d.]+), true value ([\d.]+)", written(app))
    return tuple(map(float, said.groups()))


def test_without_results_the_page_says_the_command(runs, monkeypatch):
    body = written(opened(runs, monkeypatch, "plain"))
    assert "evaluate --run plain --inflation 30" in body
    assert "read_inflation" in body
    assert "thermometer" not in body


def test_the_honest_report_stands_at_the_truth_and_a_switch_lifts_it(runs, monkeypatch):
    app = opened(runs, monkeypatch, "tiny")
    honest, true = reading(app)
    assert true == pytest.approx(0.7, abs=0.006)
    assert len(app.toggle) == 7
    assert not any(one.value for one in app.toggle)
    app.toggle(key="inflated_epoch").set_value(True).run()
    assert not app.exception
    lifted, still = reading(app)
    assert lifted == pytest.approx(honest + 0.04, abs=0.011)
    assert still == true
    assert "too high" in written(app) or "Chance can explain the difference" in written(app)


def test_all_off_brings_the_mercury_back(runs, monkeypatch):
    app = opened(runs, monkeypatch, "tiny")
    honest = reading(app)
    for key in ("epoch", "configuration", "t_stage"):
        app.toggle(key=f"inflated_{key}").set_value(True).run()
    assert reading(app)[0] > honest[0] + 0.07
    next(one for one in app.button if one.label == "All off").click().run()
    assert reading(app) == honest


def test_outcomes_dealt_out_anew_leave_nothing_to_find(runs, monkeypatch):
    app = opened(runs, monkeypatch, "tiny")
    app.toggle(key="inflated_shuffled").set_value(True).run()
    assert reading(app) == (0.5, 0.5)
    app.toggle(key="inflated_t_stage").set_value(True).run()
    assert not app.exception
    assert reading(app) == (0.5, 0.5)


def test_the_second_design_is_named_where_it_is_missing_and_shown_where_it_is_there(
    runs, monkeypatch
):
    app = opened(runs, monkeypatch, "tiny")
    assert "evaluate --run tiny --inflation-inside 3" in written(app)
    found = protocols(np.random.default_rng(21), cohorts=3)
    found.table["auc"] -= 0.1
    shutil.copytree(runs / "tiny", runs / "both")
    said = (runs / "both" / "run.json").read_text().replace('"tiny"', '"both"')
    (runs / "both" / "run.json").write_text(said)
    with parts_of(
        Run.open(runs / "both"), "inflation-inside", {"size": 168, "pool": 1000}
    ) as parts:
        found.table.to_csv(parts.folder / "inflation.csv", index=False)
        parts.finish()
    app = opened(runs, monkeypatch, "both")
    frozen = reading(app)[0]
    app.session_state["inflated_design"] = "anew"
    app.run()
    assert not app.exception
    assert reading(app)[0] < frozen - 0.05
    assert "3 synthetic cohorts" in written(app)
    assert "trained anew in every fold" in written(app)


def test_all_faults_adding_less_than_some_is_explained_by_what_calls_lose():
    found = protocols(np.random.default_rng(22))
    said = inflating.all_words(found)
    assert "“All six” adds less than “all but calls”, -0.050" in said
    assert "by itself this mistake changes the AUC by -0.050" in said
    found.table.loc[found.table["calls"].astype(bool), "auc"] += 0.10
    assert "adds less" not in inflating.all_words(found)


def test_each_fault_alone_is_drawn_and_every_cohort_can_be_saved(runs, monkeypatch):
    app = opened(runs, monkeypatch, "tiny")
    assert len(app.main.get("plotly_chart")) == 2
    assert len(app.main.get("download_button")) == 1
    body = written(app)
    assert "cohorts of 168 patients out of 1,000" in body
    assert "What do these words mean" not in body or "True value" in body
    assert "“Pathological T stage” has no row here" in body
    for word in ("regret", "optimism", "Bayes"):
        assert word not in body
