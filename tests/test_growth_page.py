"""Growth through the frame: the film, its other walks, its link, and what it owns up to."""

import json
import re
import sys

import numpy as np
import pytest

from tests.paging import charts, film_of, later_of, visitor, written


@pytest.fixture
def visit(two_runs, monkeypatch, caches):
    """Open a page of a run as a visitor would."""
    return visitor(two_runs, monkeypatch)


def test_growth_shows_a_film_to_drag_and_its_files(visit):
    app = visit("growth")
    data = film_of(app)
    pictures, said = parts_of(app)[1:]
    assert pictures["film"] == said["film"] == data["key"], "one film, and what it awaits"
    found = re.match(r".* score at (\d) of (\d) sizes", said["said"])
    assert f"**{found[1]} of {found[2]}** sizes" in written(app), "the same as in the section"
    assert data["words"]["held"].startswith("Being held against")
    assert data["unit"] == "mm"
    assert len(data["asked"]) == len(data["measured"]) == len(data["score"]) == 26
    assert data["asked"] == sorted(data["asked"])
    assert data["sprite"].startswith("data:image/png;base64,")
    saved = downloads(app)
    assert {"Film (GIF)", "Film (MP4)", "Strip (PNG)", "Stack (NIfTI)"} <= set(saved)
    assert saved.count("Numbers (CSV)") >= 3, (
        "of the walk, of observed ones, of what turns the call"
    )
    assert {"Pictures (PNG)", "This step, side by side (PNG)"} <= set(saved)
    flipped = "more than its size may change" in written(app)
    assert flipped == ("The patient's call" in written(app)), "a fact of its own"
    assert "simulated change of appearance at a requested size" in written(app)
    assert "Never a prediction" in written(app)


def test_growth_offers_the_way_that_was_made_on_the_atlas(visit, two_runs):
    from core.latent.selection import direction_name
    from core.run import Run
    from dashboard import state

    run, app = Run.open(two_runs / "tiny"), visit("growth")
    app.session_state["own_direction"] = direction_name(range(20), range(30, 60), len(run.rows))
    app.session_state["own_direction_of"] = state.key(run)
    app.run()
    assert not app.exception, app.exception[0].message
    box = app.selectbox(key="growth_direction")
    assert box.value.startswith("a-to-b:")
    assert "From A to B" in box.options
    film = film_of(app)
    assert film["unit"] == "× the way"
    assert (film["asked"][0], film["asked"][-1]) == (0, 1), "as it is, and the whole way"
    assert ("steps are refused" in written(app)) is any(film["notes"])
    box.set_value("short_axis_mm").run()
    assert film_of(app)["unit"] == "mm", "it is offered, and not forced upon a visitor"
    count = len(run.rows)
    app.session_state["own_direction"] = direction_name(range(20), range(20, count), count)
    app.run()
    assert "From A to the rest" in app.selectbox(key="growth_direction").options[-1]


def test_a_link_holds_the_way_from_a_to_b_while_it_is_walked(visit, two_runs, monkeypatch):
    from core.latent.selection import direction_name, write_rows
    from core.run import Run
    from dashboard import selections

    count = len(Run.open(two_runs / "tiny").rows)
    app = visit("start")
    link = {"run": "tiny", "row": 3, "step": 7}
    link |= {"a": write_rows(range(20), count), "b": write_rows(range(30, 60), count)}
    for name, value in link.items():
        app.query_params[name] = str(value)
    app.switch_page("views/growth.py").run()
    assert not app.exception, app.exception[0].message
    own = direction_name(range(20), range(30, 60), count)
    assert app.selectbox(key="growth_direction").value == own
    assert film_of(app)["at"] == 7
    assert [linked(app, which) for which in "ab"] == [link["a"], link["b"]]
    app.selectbox(key="growth_direction").set_value("short_axis_mm").run()
    assert not {"a", "b"} & set(app.query_params), "another walk is another link"
    # sets that no link can hold are named there once they are kept, and the page says so before
    monkeypatch.setattr(selections, "LONGEST_LINK", 10)
    app.selectbox(key="growth_direction").set_value(own).run()
    assert "cannot carry this walk" in written(app)
    assert not {"a", "b"} & set(app.query_params)
    next(one for one in app.button if one.label.startswith("Keep A and B")).click().run()
    assert "cannot carry this walk" not in written(app)
    assert all(linked(app, which).startswith("~") for which in "ab")


def test_a_broken_link_of_a_way_says_so_and_shows_another_walk(visit):
    app = visit("start")
    app.query_params["run"], app.query_params["a"] = "tiny", "no-such-text"
    app.switch_page("views/growth.py").run()
    assert not app.exception, app.exception[0].message
    assert "cannot be read" in written(app)
    assert film_of(app)["unit"] == "mm"


def test_a_link_that_names_the_way_without_its_sets_says_what_is_missing(visit):
    app = visit("start")
    app.query_params["run"], app.query_params["growth_direction"] = "tiny", "From A to B"
    app.switch_page("views/growth.py").run()
    assert not app.exception, app.exception[0].message
    assert "is not in it, so another one is shown" in written(app)
    assert film_of(app)["unit"] == "mm"


def test_a_slice_that_is_not_the_key_slice_is_named_beside_its_own_size(visit, two_runs):
    from core.run import Run
    from dashboard import words

    rows = Run.open(two_runs / "tiny").rows
    other = next(row for row in rows.index if not rows["key_slice"][row])
    app = visit("start")
    app.session_state["row"] = int(other)
    app.switch_page("views/growth.py").run()
    assert not app.exception, app.exception[0].message
    size = words.mm(float(rows["short_axis_mm"][other]))
    boxed = [one for one in app.selectbox(key="pick_node").options if " in slice " in one]
    assert len(boxed) == 1
    assert f"{size} in slice {int(rows['slice_k'][other])}" in boxed[0]
    assert "; in its key slice (" in written(app)


def test_what_is_called_the_same_is_the_same_quantity(visit):
    from dashboard.panels.lively import TITLES

    app = visit("growth")
    assert {knob["title"] for knob in film_of(app)["live"]["knobs"]} <= {
        title for title, _ in TITLES.values()
    }
    changed = written(app).split("What else changed on the picture?")[-1]
    for name in ("elongation", "contrast", "heterogeneity", "irregularity"):
        title = TITLES[name][0]
        assert title in changed, "as the dial is called"
    assert "Signal itself" in changed


def test_growth_has_days_only_through_a_doubling_time_of_the_visitors_own(visit):
    app = visit("growth")
    assert film_of(app)["doubling_days"] is None
    assert "doubled every" not in written(app)
    app.number_input(key="growth_doubling").set_value(120).run()
    assert not app.exception, app.exception[0].message
    assert film_of(app)["doubling_days"] == 120
    assert "Arithmetic on that number, not a prediction" in written(app)


def test_growth_says_every_size_by_what_read_it(visit):
    app = visit("growth")
    film = film_of(app)
    assert film["words"]["measured"] == "by ruler, on the picture"
    assert film["badges"]["twin"] == "SYNTHETIC TRUTH"
    later = later_of(app)
    if later["has_twin"]:
        assert len(later["twins_mm"]) == len(film["asked"])
    text = written(app)
    assert f"{film['outline_mm']:.1f} mm by outline, {film['original_mm']:.1f} mm by ruler" in text


def test_growth_changes_what_it_asks_and_walks_to_another_one(visit):
    app = visit("growth")
    before = json.loads(app.main.get("bidi_component")[0].proto.json)["id"]
    app.selectbox(key="growth_direction").set_value("elongation").run()
    changed = json.loads(app.main.get("bidi_component")[0].proto.json)
    assert changed["id"] != before
    assert changed["unit"] != "mm"
    app.segmented_control(key="growth_kind").set_value("To another").run()
    assert not app.exception
    walked = json.loads(app.main.get("bidi_component")[0].proto.json)
    assert walked["unit"] == "%"
    assert walked["asked"][0] == 0
    assert walked["asked"][-1] == 100


def test_growth_says_what_would_turn_the_call_and_holds_the_walk_against_what_was_seen(visit):
    body = written(visit("growth"))
    assert "What would turn this call?" in body
    assert "a fact about the model, and not about lymph nodes" in body
    assert "threshold" in body.split("What would turn this call?")[1]
    assert "Does this hold in what was seen?" in body


def linked(app, name):
    """What the page's link says of a name; the test gives back words or lists of them."""
    said = app.query_params[name]
    return said if isinstance(said, str) else said[0]


def parts_of(app):
    """What each component of the page was sent, in order."""
    return [json.loads(each.proto.json) for each in app.main.get("bidi_component")]


def test_a_walk_goes_through_real_neighbours_who_are_shown_in_order(visit, two_runs):
    from core.growth.paths import stations
    from core.growth.walked import other_lesions
    from core.run import Run

    app = visit("growth")
    app.segmented_control(key="growth_kind").set_value("To another").run()
    app.segmented_control(key="growth_mode").set_value("neighbours").run()
    assert not app.exception
    row = app.session_state["row"]
    end, run = app.selectbox(key=f"growth_end_{row}").value, Run.open(two_runs / "tiny")
    others = other_lesions(run, row, end)
    passed = others[stations(run.codes[row], run.codes[end], run.codes[others])]
    shown = [item["row"] for item in parts_of(app)[-1]["items"]] if len(passed) else []
    assert shown == passed.tolist()
    assert (f"Through **{len(passed)}** observed" in written(app)) is bool(len(passed))
    assert len(charts(app)) == 1


def test_the_presenter_view_shows_the_film_alone_and_jumps_between_marked_ones(visit):
    app = visit("growth")
    first = app.session_state["row"]
    app.button(key="growth_mark").click().run()
    app.session_state["row"] = second = 0 if first else 1
    app.run()
    app.button(key="growth_mark").click().run()
    assert str(app.query_params["marked"]) == f"{first}-{second}"
    app.toggle(key="growth_present").set_value(True).run()
    assert not app.exception
    data = film_of(app)
    assert data["present"]
    body = written(app)
    assert "What would turn this call?" not in body
    assert not app.main.get("download_button")
    app.segmented_control(key=f"growth_jump_{second}_2").set_value(first).run()
    assert app.session_state["row"] == first
    assert film_of(app)["live"]["row"] == first
    app.segmented_control(key="growth_kind").set_value("To another").run()
    assert film_of(app)["present"], "the walk to another one is shown to a room too"
    assert film_of(app)["unit"] == "%"


def test_marks_are_of_one_run_and_a_links_marks_are_its_own_runs(visit):
    app = visit("growth")
    app.button(key="growth_mark").click().run()
    assert "marked" in app.query_params
    app.selectbox(key="pick_run").set_value("bare").run()
    assert not app.exception
    assert "marked" not in app.query_params
    assert app.session_state["growth_marked"] == []


def test_a_link_opens_the_very_step_of_the_very_walk(visit, two_runs, monkeypatch):
    from core.run import Run

    run = Run.open(two_runs / "tiny")
    keys = [int(row) for row in run.rows.index[run.rows["key_slice"].astype(bool)]]
    app = visit("start")
    link = {"run": "tiny", "row": keys[0], "marked": f"{keys[1]}-{keys[2]}-999999"}
    link |= {"growth_kind": "To another", "end": keys[3], "step": 3}
    for name, value in link.items():
        app.query_params[name] = str(value)
    app.switch_page("views/growth.py").run()
    assert not app.exception, app.exception[0].message
    film = film_of(app)
    assert (film["unit"], film["at"], film["live"]["row"]) == ("%", 3, keys[0])
    assert app.selectbox(key=f"growth_end_{keys[0]}").value == keys[3]
    assert app.session_state["growth_marked"] == keys[1:3]
    ids = run.rows["patient_id"].unique()
    assert not [one for one in ids if one in str(dict(app.query_params))]


def test_between_two_lesions_lengths_are_said_as_in_the_choices_above_it(visit, monkeypatch):
    from dashboard.panels import growth_to

    app = visit("growth")
    app.segmented_control(key="growth_kind").set_value("To another").run()
    assert not film_of(app)["cm"]
    monkeypatch.setattr(growth_to, "CM_FROM_MM", 1.0)  # as if these were tumours of centimetres
    app.run()
    assert film_of(app)["cm"]


@pytest.fixture
def unruled(nothing_kept, monkeypatch):
    """A run of which the ruler holds, and one lesion of which it does not."""
    from dashboard import ruled

    monkeypatch.setattr(ruled, "agrees_on", lambda *_: False)


def test_where_the_ruler_is_not_asked_of_a_lesion_both_walks_are_shown(visit, unruled):
    app = visit("growth")
    app.number_input(key="growth_doubling").set_value(90).run()
    film, body = film_of(app), written(app)
    assert (film["unit"], film["original_mm"], film["doubling_days"]) == ("mm", None, 90)
    assert "warp" not in film["later"]
    assert "Arithmetic on that number" in body, "days are counted from the outline"
    assert "measured sizes and the plain warp, because the ruler cannot be asked" in body
    app.segmented_control(key="growth_kind").set_value("To another").run()
    assert not app.exception, app.exception[0].message
    film = film_of(app)
    assert film["spacing_mm"] > 0
    assert film["measured"] == [None] * len(film["measured"])
    assert "Not offered here" in written(app)


def test_the_plain_warp_follows_the_slider_beside_the_walk(visit):
    app = visit("growth")
    film = film_of(app)
    assert later_of(app)["has_warp"] is (film["original_mm"] is not None)
    assert film["badges"]["warp"] == "SIMULATED"


def test_bare_patches_say_all_that_they_cannot_offer(visit):
    body = written(visit("growth", run="bare")).split("Not offered here")[1]
    for part in ("truth twin", "millimetres", "the slice", "days by a doubling time",
                 "observed ones of each size", "in a reader's words"):  # fmt: skip
        assert part in body


def test_a_blind_pair_is_told_after_the_answer_and_counts_the_first_one(visit, monkeypatch):
    from dashboard import twins

    app = visit("growth")
    app.toggle(key="growth_twin").set_value(False).run()
    assert "twin" not in film_of(app)["later"]
    assert not later_of(app)["has_twin"]
    app.button(key="blind_more").click().run()
    assert not app.exception, app.exception[0].message
    assert downloads(app).count("Pictures (PNG)") == 1, "not before the answer: it names the truth"
    (asked,) = [one for one in app.segmented_control if "truly drawn" in one.label]
    asked.set_value("Left").run()
    body = written(app)
    right = "**Right**" in body
    assert right is not ("**Wrong**" in body)
    assert f"So far {int(right)} of 1 right" in body
    assert downloads(app).count("Pictures (PNG)") == 2, "the pair beside what turns the call"
    (asked,) = [one for one in app.segmented_control if "truly drawn" in one.label]
    asked.set_value("Right").run()
    assert f"So far {int(right)} of 1 right" in written(app), "the first answer counts"

    def clipped(*asked):
        found = drawn(*asked)
        return found and twins.Twins(found.pictures, found.sizes_mm, (False,) * len(found.whole))

    drawn = twins.twins
    monkeypatch.setattr(twins, "twins", clipped)
    app.button(key="blind_more").click().run()
    assert "can be shown both ways" in written(app), "a twin that met its bounds is no truth"


def downloads(app):
    """The labels of the page's buttons that save something."""
    return [one.proto.label for one in app.main.get("download_button")]


def test_the_lines_of_python_walk_what_the_page_walks(visit, two_runs, monkeypatch, tmp_path):
    app = visit("growth")
    app.toggle(key="growth_closed").set_value(False).run()
    code = next(one.value for one in app.code if "from core.run import" in one.value)
    told = {}
    monkeypatch.chdir(tmp_path)
    (tmp_path / two_runs.name).symlink_to(two_runs)
    exec(compile(code, "growth", "exec"), told)
    film = film_of(app)
    assert told["row"] == film["live"]["row"]
    assert told["walk"].asked_mm == pytest.approx(film["asked"], abs=1e-4)
    read = np.array([np.nan if one is None else one for one in film["measured"]])
    assert told["walk"].measured_mm == pytest.approx(read, abs=1e-3, nan_ok=True)
    assert "closed=False" in code


def test_the_truth_twin_is_the_same_lesion_or_nothing(two_runs, monkeypatch):
    from core.run import Run
    from dashboard import state, twins

    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(two_runs)])
    run = Run.open(two_runs / "tiny")
    keys = run.rows.index[run.rows["key_slice"].astype(bool)]
    row = int(keys[len(keys) // 2])
    found = twins.twins(*state.key(run), row, (0.0, 2.0))
    assert found is not None
    assert np.abs(found.pictures[0] - run.patches[row]).mean() < 0.01
    assert np.abs(found.pictures[1] - found.pictures[0]).max() > 0.05
    assert len(found.sizes_mm) == 2
    assert twins.twins(*state.key(Run.open(two_runs / "bare")), row, (0.0,)) is None
