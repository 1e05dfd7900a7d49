"""What a session remembers, what stands in the link, and which run opens first."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def runs(tiny_run, tmp_path, monkeypatch):
    """Two finished runs, "newer" and "older", in a folder of their own."""
    for name, finished in (
        ("older", "2025-01-01T00:00:00+00:00"),
        ("newer", "2025-02-01T00:00:00+00:00"),
    ):
        shutil.copytree(tiny_run.folder, tmp_path / name)
        path = tmp_path / name / "run.json"
        said = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(said | {"name": name, "finished": finished}), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tmp_path)])
    for place in ("SHIPPED", "EXAMPLES"):
        monkeypatch.setattr(f"core.run.{place}", tmp_path / "not-there")
    return tmp_path


def started(**link):
    app = AppTest.from_file(str(FRAME), default_timeout=180)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def link(app):
    # AppTest gives back a list where the test itself put one value there
    found = dict(app.query_params)
    return {k: value if isinstance(value, str) else value[-1] for k, value in found.items()}


def test_the_newest_run_opens_where_nothing_was_chosen(runs):
    assert link(started())["run"] == "newer"


def test_a_chosen_run_opens_again_the_next_time(runs):
    app = started()
    app.selectbox("pick_run").set_value("older").run()
    assert link(app)["run"] == "older"
    st.cache_resource.clear()
    assert link(started())["run"] == "older"


def test_the_command_line_wins_over_the_last_choice(runs, monkeypatch):
    (runs / ".last-opened").write_text("older", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--run", "newer"])
    assert link(started())["run"] == "newer"


def test_a_run_asked_for_by_name_that_is_missing_names_those_there_are(runs, monkeypatch):
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--run", "lost"])
    app = started()
    assert "lost" in app.error[0].value
    assert "newer" in app.error[0].value


def test_a_link_opens_its_run_and_row(runs, tiny_run):
    last = len(tiny_run.rows) - 1
    app = started(run="older", row=str(last))
    assert link(app) == {"run": "older", "row": str(last)}
    app.switch_page("views/patients.py").run()
    assert app.selectbox("pick_patient").value == tiny_run.rows["patient_id"].iloc[last]
    assert link(app) == {"run": "older", "row": str(last)}


@pytest.mark.parametrize("row", ["-1", "1e9", "999999", "", "row"])
def test_a_row_that_is_not_there_falls_back_to_one_that_is(runs, tiny_run, row):
    app = started(run="newer", row=row)
    assert 0 <= int(link(app)["row"]) < len(tiny_run.rows)
    assert not app.error


def test_a_link_to_a_run_that_is_gone_says_so_and_shows_another(runs):
    app = started(run="gone", row="3")
    assert "'gone'" in app.info[0].value
    assert link(app)["run"] == "newer"


def test_links_never_name_a_patient(runs, tiny_run):
    app = started()
    for page in ("patients", "atlas"):
        app.switch_page(f"views/{page}.py").run()
        assert set(link(app)) == {"run", "row"}
        assert not any(patient in str(link(app)) for patient in tiny_run.rows["patient_id"])


def test_a_visitor_begins_with_a_held_out_positive_where_there_is_one(runs, tiny_run):
    row = int(link(started())["row"])
    held = tiny_run.rows[(tiny_run.rows["split"] == "test") & (tiny_run.rows["label"] == 1)]
    if len(held):
        assert row in held.index
        assert bool(tiny_run.rows["key_slice"].iloc[row])


def test_choosing_another_patient_chooses_their_largest_lesion(runs, tiny_run):
    app = started()
    app.switch_page("views/patients.py").run()
    patient = app.selectbox("pick_patient").options[-1].split(" · ")[0]
    app.selectbox("pick_patient").set_value(patient).run()
    own = tiny_run.rows[(tiny_run.rows["patient_id"] == patient) & tiny_run.rows["key_slice"]]
    assert int(link(app)["row"]) == int(own["short_axis_mm"].idxmax())


def test_without_any_run_the_page_says_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tmp_path / "none")])
    for place in ("SHIPPED", "EXAMPLES"):
        monkeypatch.setattr(f"core.run.{place}", tmp_path / "not-there")
    app = started()
    assert "python train.py" in app.code[0].value
    assert not app.error


def test_a_run_being_trained_is_announced_and_then_offered(runs):
    draft = runs / ".third.partial"
    draft.mkdir()
    app = started()
    assert any("third" in caption.value for caption in app.sidebar.caption)
    shutil.rmtree(draft)
    shutil.copytree(runs / "newer", runs / "third")
    said = json.loads((runs / "third" / "run.json").read_text(encoding="utf-8"))
    said |= {"name": "third", "finished": "2025-03-01T00:00:00+00:00"}
    (runs / "third" / "run.json").write_text(json.dumps(said), encoding="utf-8")
    app.run()
    assert "third" in app.sidebar.success[0].value
    app.sidebar.button("open_third").click().run()
    assert link(app)["run"] == "third"
    assert not app.sidebar.success


def test_an_abandoned_draft_is_not_called_training(runs):
    from core.run import drafts

    draft = runs / ".third.partial"
    draft.mkdir()
    assert drafts(runs) == ["third"]
    long_ago = time.time() - 3600
    os.utime(draft, (long_ago, long_ago))
    assert drafts(runs) == []


def test_a_visitor_begins_at_a_held_out_lesion_whose_map_passed_its_checks(tiny_run, monkeypatch):
    from dashboard import beginnings, state

    rows = tiny_run.rows
    held = rows[(rows["split"] == "test") & (rows["label"] == 1) & rows["key_slice"]]
    assert len(held) > 1
    monkeypatch.setattr(beginnings, "_rises", lambda of: np.zeros(len(rows)))
    monkeypatch.setattr(beginnings, "_shows", lambda of, row: True)
    beginnings.first_row.clear()
    plain = beginnings.first_row(*state.key(tiny_run))
    assert plain in held.index
    (other, *_) = [row for row in held.index if row != plain]
    monkeypatch.setattr(beginnings, "_sound", lambda of: [int(other)])
    beginnings.first_row.clear()
    assert beginnings.first_row(*state.key(tiny_run)) == other
    beginnings.first_row.clear()


def test_a_visitor_begins_at_a_held_out_lesion_whose_call_changes(tiny_run, monkeypatch):
    from dashboard import beginnings, state

    rows = tiny_run.rows
    held = rows.index[(rows["split"] == "test") & (rows["label"] == 1) & rows["key_slice"]]
    seen = rows.index[(rows["split"] == "train") & rows["key_slice"]]
    rises = np.zeros(len(rows))
    rises[seen[0]] = 0.9
    monkeypatch.setattr(beginnings, "_shows", lambda of, row: True)
    for lesion in held[:2]:
        changed = rises.copy()
        changed[lesion] = 0.2
        monkeypatch.setattr(beginnings, "_rises", lambda of, changed=changed: changed)
        beginnings.first_row.clear()
        assert beginnings.first_row(*state.key(tiny_run)) == lesion
    beginnings.first_row.clear()


def test_of_lesions_whose_call_changes_one_that_stands_out_is_shown():
    from dashboard.beginnings import most_telling

    rises = np.array([0.0, 0.5, 0.2, 0.3, 0.4])
    stand_out = np.array([0.9, 0.1, 0.8, 0.7, 0.2])
    ranked = most_telling(rises, stand_out).tolist()
    assert ranked[0] == 3, "the best riser of the clearer half"
    assert ranked == [3, 2, 1, 4], "then the rest of it, then the other half; who stays is left out"
    assert not most_telling(0 * rises, stand_out).size


def test_where_no_call_changes_the_middle_of_the_sizes_comes_first():
    from dashboard.beginnings import mid_size

    sizes = np.array([9.0, 3.0, 5.0, 99.0, 4.0, 7.0])
    ranked = mid_size(sizes, np.array([0, 1, 2, 4, 5])).tolist()
    assert ranked[0] == 2
    assert set(ranked[1:3]) == {4, 5}


def test_a_visitor_does_not_begin_at_a_lesion_that_cannot_be_shown(tiny_run, monkeypatch):
    from dashboard import beginnings, state

    monkeypatch.setattr(beginnings, "_ranked", lambda of: [5, 3, 4])
    for shown, begun in (({3, 4}, 3), ({4}, 4), (set(), 5)):
        monkeypatch.setattr(beginnings, "_shows", lambda of, row, shown=shown: row in shown)
        beginnings.first_row.clear()
        assert beginnings.first_row(*state.key(tiny_run)) == begun, "the best guess where none is"
    beginnings.first_row.clear()


def test_a_run_is_found_by_folder_by_name_and_where_it_is_shipped(runs, tmp_path, monkeypatch):
    import core.run
    from core.errors import RunNotFound
    from core.run import named_run

    monkeypatch.setattr(core.run, "SHIPPED", tmp_path / "shipped")
    assert named_run("newer", runs).folder == runs / "newer"
    assert named_run(str(runs / "newer"), tmp_path).folder == runs / "newer"
    with pytest.raises(RunNotFound, match="'demo'"):
        named_run("demo", runs)
    for name in ("shipped", "demo"):
        place = tmp_path / "shipped" if name == "shipped" else runs / "demo"
        shutil.copytree(runs / "newer", place)
        said = json.loads((place / "run.json").read_text(encoding="utf-8")) | {"name": "demo"}
        (place / "run.json").write_text(json.dumps(said), encoding="utf-8")
        assert named_run("demo", runs).folder == place, "one of one's own before the shipped one"
