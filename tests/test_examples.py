"""The examples for class: two runs that went wrong on purpose, and how pages speak of them."""

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from sklearn.linear_model import RidgeCV
from streamlit.testing.v1 import AppTest

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"
NAMES = ("collapsed", "size-only")
LARGEST_BYTES = 2_500_000


@pytest.fixture(scope="module")
def examples():
    from core.run import named_run

    return {name: named_run(name, Path("not-there")) for name in NAMES}


@pytest.fixture
def own(tiny_run, tmp_path, monkeypatch, caches):
    """A folder of one's own with one run in it."""
    shutil.copytree(tiny_run.folder, tmp_path / "mine" / "tiny")
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tmp_path / "mine")])
    return tmp_path / "mine"


def started(run=None, page=None):
    app = AppTest.from_file(str(FRAME), default_timeout=180)
    if run:
        app.session_state["run_name"] = run
    app.run()
    if page:
        app.switch_page(f"views/{page}.py").run()
    assert not app.exception, app.exception[0].message
    assert not app.error, app.error[0].value
    return app


def held_out(run, attribute):
    """R² on test patients of a ridge probe from the code, fitted on training patients."""
    train, test = ((run.rows["split"] == name).to_numpy() for name in ("train", "test"))
    truth = run.rows[attribute].to_numpy(float)
    probe = RidgeCV(np.logspace(-3, 3, 13)).fit(run.codes[train], truth[train])
    return probe.score(run.codes[test], truth[test])


def heading(app):
    return " ".join(element.proto.body for element in app.main.get("html"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_small_run_made_by_its_preset(examples, name):
    run = examples[name]
    files = [path for path in run.folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST_BYTES
    assert run.manifest.synthetic
    commands = {figure["command"] for figure in run.metrics.values()}
    assert commands == {f"python train.py --settings {name}"}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_what_its_preset_asks_for_today(examples, name):
    from core.settings import Settings

    assert examples[name].settings == Settings.preset(name)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_names_no_folder_of_a_machine(examples, name):
    files = [path for path in examples[name].folder.rglob("*") if path.is_file()]
    assert not [path.name for path in files if path.name.startswith((".", "local"))]
    texts = [path.read_text("utf-8") for path in files if path.suffix in (".json", ".toml", ".csv")]
    assert texts
    assert not [text for text in texts if re.search(r'["\s=](/|~/|[A-Z]:\\)\w', text)]


def test_the_collapsed_example_has_next_to_no_active_dimension(examples):
    run = examples["collapsed"]
    assert (run.codes.var(0) > 0.01).sum() <= 2
    assert run.metrics["latent.active_units"]["value"] <= 2
    assert run.metrics["latent.kl"]["value"] < 1


def test_the_collapsed_example_draws_every_patch_alike(examples):
    from core.model import Model

    run = examples["collapsed"]
    drawn = Model.open(run).decode(run.codes)
    assert drawn.std(0).max() < 0.1 * run.patches.std(0).min()


def test_the_code_of_the_size_only_example_tells_size_and_not_elongation(examples):
    run = examples["size-only"]
    assert run.manifest.warnings == ()
    assert held_out(run, "short_axis_mm") > 0.6
    for attribute in ("elongation", "contrast", "heterogeneity", "irregularity"):
        assert held_out(run, attribute) < 0.25, attribute
    assert held_out(examples["collapsed"], "short_axis_mm") < 0.25


@pytest.mark.parametrize("page", ["start", "atlas", "dials", "how_good"])
def test_pages_of_the_collapsed_example_say_what_to_look_at(own, page):
    from dashboard.classroom import COLLAPSED

    app = started("collapsed", page)
    (warning,) = [one.value for one in app.warning if "collapsed" in one.value]
    assert "of 16 dimensions are in use" in warning
    assert "Made to go wrong" in warning
    assert COLLAPSED.get(page.replace("_", "-"), COLLAPSED[""]) in warning
    assert "Example for class" in heading(app)
    assert "<h1>" in heading(app)


@pytest.mark.parametrize("page", ["start", "atlas", "dials", "how_good"])
def test_pages_of_the_size_only_example_say_what_to_look_at(own, page):
    app = started("size-only", page)
    assert not [one.value for one in app.warning if "collapsed" in one.value]
    assert any("two numbers" in one.value for one in app.info)
    assert "Example for class" in heading(app)
    assert "<h1>" in heading(app)


def test_the_only_dial_of_the_size_only_example_is_size(own):
    (film,) = started("size-only", "dials").main.get("bidi_component")
    (knob,) = json.loads(film.proto.json)["live"]["knobs"]
    assert "short axis" in knob["title"]


def test_a_run_that_did_not_collapse_is_told_nothing_of_it(own, examples):
    from core.run import SHIPPED, Run
    from dashboard import classroom

    assert classroom.to_see(Run.open(SHIPPED), "dials") == ()
    assert classroom.intended(Run.open(SHIPPED)) == ()
    assert not [one for one in started("demo").warning if "collapsed" in one.value]


def test_a_collapsed_run_of_ones_own_is_told_what_to_look_at_too(own, examples):
    from core.run import Run
    from dashboard import classroom

    shutil.copytree(examples["collapsed"].folder, own / "mine-1")
    run = Run.open(own / "mine-1")
    assert classroom.to_see(run, "dials") == (classroom.COLLAPSED["dials"],)
    assert classroom.intended(run) == (), "nobody made it so on purpose"


def test_examples_come_after_ones_own_runs_and_the_demo_and_are_marked(own):
    box = started().selectbox("pick_run")
    marked = ["tiny", "demo (shipped)", "collapsed (example)", "size-only (example)"]
    assert box.options == marked
    assert box.value == "demo", "the shipped demo stays what opens first"


def test_an_example_is_not_what_the_next_visitor_begins_with(own):
    app = started()
    app.selectbox("pick_run").set_value("collapsed").run()
    assert dict(app.query_params)["run"] in ("collapsed", ["collapsed"])
    st.cache_resource.clear()
    assert started().selectbox("pick_run").value == "demo"


def test_an_example_opens_by_its_name_on_the_command_line(own, monkeypatch):
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--run", "collapsed"])
    assert started().selectbox("pick_run").value == "collapsed"


def test_a_run_of_ones_own_hides_an_example_of_the_same_name(own, examples):
    from core.run import named_run

    shutil.copytree(examples["collapsed"].folder, own / "collapsed")
    assert named_run("collapsed", own).folder == own / "collapsed"
    options = started().selectbox("pick_run").options
    assert sorted(options[:2]) == ["collapsed", "tiny"]
    assert options[2:] == ["demo (shipped)", "size-only (example)"]


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_of_python_on_a_page_open_the_example(own, name):
    (code,) = [block.value for block in started(name, "dials").code if "Run.open" in block.value]
    assert f'Run.open(EXAMPLES / "{name}")' in code
    held = {}
    exec(compile(code, "dials", "exec"), held)
    assert held["run"].name == name
    assert held["picture"].shape == (32, 32)


@pytest.mark.parametrize(
    ("active", "kl_nats", "how"),
    [(0, 5.0, "wholly"), (8, 0.9, "wholly"), (3, 5.0, "partly"), (4, 5.0, ""), (8, 1.0, "")],
)
def test_a_code_collapses_wholly_without_a_nat_and_partly_with_few_dimensions(active, kl_nats, how):
    from core.latent.collapse import how_collapsed

    assert how_collapsed(active, 8, kl_nats=kl_nats) == how
