"""Growth, Dials, Why and How good through the frame: each shows its things and answers once."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"


@pytest.fixture(autouse=True)
def fresh_caches():
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(scope="session")
def two_runs(tiny_run, tmp_path_factory):
    """The tiny run, and the same as a cohort of bare patches with words of its own."""
    place = tmp_path_factory.mktemp("two")
    shutil.copytree(tiny_run.folder, place / "tiny")
    bare = place / "bare"
    shutil.copytree(tiny_run.folder, bare)
    said = json.loads((bare / "run.json").read_text(encoding="utf-8"))
    words = {
        "lesion": "tumour",
        "outcome": "metastasis",
        "no_outcome": "no metastasis",
        "modality": "T1w MRI",
    }
    said |= {"name": "bare", "has_masks": False, "synthetic": False, "words": words}
    said |= {"cohort": "sarcoma", "finished": "2020-01-01T00:00:00+00:00"}
    (bare / "run.json").write_text(json.dumps(said), encoding="utf-8")
    rows = pd.read_parquet(bare / "rows.parquet")
    sizes = [
        "short_axis_mm",
        "long_axis_mm",
        "elongation",
        "compactness",
        "convexity",
        "irregularity",
    ]
    rows[[*sizes, "heterogeneity", "contrast", "area_mm2"]] = np.nan
    rows.to_parquet(bare / "rows.parquet")
    np.save(bare / "masks.npy", np.zeros_like(tiny_run.masks))
    return place


@pytest.fixture
def visit(two_runs, monkeypatch):
    """Open a page of a run as a visitor would; fails where the page raises."""
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(two_runs)])

    def opened(page, run="tiny"):
        app = AppTest.from_file(str(FRAME), default_timeout=180)
        app.session_state["run_name"] = run
        app.run()
        app.switch_page(f"views/{page}.py").run()
        assert not app.exception, app.exception[0].message
        assert not app.error, app.error[0].value
        return app

    return opened


def written(app):
    """Everything a reader can read in the page's own body."""
    kinds = ("html", "markdown", "caption", "code", "info", "warning", "subheader")
    return "\n".join(
        str(getattr(each.proto, "body", "") or getattr(each, "value", ""))
        for kind in kinds
        for each in app.main.get(kind)
    )


def charts(app):
    return app.main.get("plotly_chart")


def test_growth_shows_a_film_to_drag_and_its_files(visit):
    app = visit("growth")
    films = app.main.get("bidi_component")
    assert len(films) == 1
    data = json.loads(films[0].proto.json)
    assert data["unit"] == "mm"
    assert len(data["asked"]) == len(data["measured"]) == len(data["score"]) == 26
    assert data["asked"] == sorted(data["asked"])
    assert data["sprite"].startswith("data:image/png;base64,")
    assert len(app.main.get("download_button")) >= 5
    assert "simulated change of appearance at a requested size" in written(app)
    assert "Never a prediction" in written(app)


def film_of(app):
    return json.loads(app.main.get("bidi_component")[0].proto.json)


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
    assert "From A to B, as chosen on the Atlas" in box.options
    assert film_of(app)["unit"] == "× the way"
    box.set_value("short_axis_mm").run()
    assert film_of(app)["unit"] == "mm", "it is offered, and not forced upon a visitor"
    count = len(run.rows)
    app.session_state["own_direction"] = direction_name(range(20), range(20, count), count)
    app.run()
    assert "From a selection to the rest" in app.selectbox(key="growth_direction").options[-1]


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
    if film["has_twin"]:
        assert len(film["twins_mm"]) == len(film["asked"])
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


def dials(app):
    return json.loads(app.main.get("bidi_component")[0].proto.json)["live"]["knobs"]


def test_dials_offer_five_knobs_in_clinical_units_with_their_pictures_beforehand(visit):
    knobs = dials(visit("dials"))
    assert [knob["title"].split(":")[0] for knob in knobs] == [
        "Size", "Roundness", "Signal against its surroundings", "Texture", "Border",
    ]  # fmt: skip
    assert knobs[0]["unit"] == "mm"
    assert knobs[1]["reciprocal"]
    for knob in knobs:
        assert knob["low"] <= knob["own"] <= knob["high"]
        assert knob["strip"] == 9
        assert "how well the model knows this" in knob["note"]


def test_raw_dimensions_get_a_knob_each(visit):
    app = visit("dials")
    app.multiselect(key="dials_raw").set_value([0, 3]).run()
    assert [knob["title"].split(":")[0] for knob in dials(app)[5:]] == [
        "Dimension 0",
        "Dimension 3",
    ]
    assert len(charts(app)) == 2


def test_growth_says_what_would_turn_the_call_and_holds_the_walk_against_what_was_seen(visit):
    body = written(visit("growth"))
    assert "What would turn this call?" in body
    assert "a fact about the model, and not about lymph nodes" in body
    assert "threshold" in body.split("What would turn this call?")[1]
    assert "Does this hold in what was seen?" in body


def test_a_walk_goes_through_real_neighbours_with_its_step_sizes(visit):
    app = visit("growth")
    app.segmented_control(key="growth_kind").set_value("To another").run()
    app.segmented_control(key="growth_mode").set_value("neighbours").run()
    assert not app.exception
    assert len(charts(app)) == 1


def test_the_presenter_view_shows_the_film_alone_and_jumps_between_marked_ones(visit):
    app = visit("growth")
    app.button(key="growth_mark").click().run()
    app.toggle(key="growth_present").set_value(True).run()
    assert not app.exception
    data = json.loads(app.main.get("bidi_component")[0].proto.json)
    assert data["present"]
    assert "What would turn this call?" not in written(app)
    assert not app.main.get("download_button")


def test_chance_is_drawn_again_when_asked(visit):
    app = visit("dials")

    def sheet():
        return next(body for body in written(app).split("\n") if "Simulated patch 24" in body)

    before = sheet()
    app.button(key="dials_others").click().run()
    assert sheet() != before


def test_why_shows_a_map_for_every_lesion_with_its_checks(visit, two_runs):
    from core.run import Run

    app = visit("why")
    for toggle in app.toggle:
        if toggle.key == "why_all":
            toggle.set_value(True)
    app.run()
    body = written(app)
    rows = Run.open(two_runs / "tiny").rows
    own = rows[rows["patient_id"] == app.selectbox(key="pick_patient").value]
    cards = next(part for part in body.split("\n") if "one scale for all" in part)
    maps = cards.split('<p class="heat-checks">')[1:]
    assert len(maps) == own["node"].nunique()
    for said in maps:
        for wanted in (
            "Integrated gradients, on the pixels",
            "raw maximum",
            "used, not where disease is.",
        ):
            assert wanted in said.split("</p>")[0]
    assert body.count("Left out, the patient") == len(maps)
    assert body.count("one scale for all") == 1
    scores = [
        float(said.split("<b>")[1].split("</b>")[0]) for said in cards.split('"heat-score')[1:]
    ]
    assert len(scores) == len(maps)
    assert scores == sorted(scores, reverse=True)
    assert len(charts(app)) == 3


def test_why_follows_method_and_layer(visit):
    app = visit("why")
    before = written(app)
    assert "Integrated gradients, on the pixels" in first_map(before)
    assert app.selectbox(key="why_layer").disabled
    app.selectbox(key="why_method").set_value("grad_cam").run()
    app.selectbox(key="why_layer").set_value(8).run()
    assert not app.exception
    assert "Grad-CAM, layer 8 × 8" in first_map(written(app))
    app.selectbox(key="why_method").set_value("occlusion").run()
    assert app.selectbox(key="why_layer").disabled
    assert "Occlusion, on the pixels" in first_map(written(app))


def first_map(body):
    """The line beside the first map."""
    return body.split('<p class="heat-checks">')[1].split("</p>")[0]


def test_why_explains_the_score_that_was_asked_for(visit):
    app = visit("why")
    asked = app.selectbox(key="why_question")
    assert "Its suspicion score" in asked.options
    assert "The patient's model score" in asked.options
    assert any("group 1" in option for option in asked.options)
    app.selectbox(key="why_question").set_value("patient").run()
    assert not app.exception
    assert "explains the patient&#x27;s logit" in first_map(written(app))
    assert "Not tested: checks are taken for the suspicion score only" in written(app)
    groups = [key for key in app.selectbox(key="why_question").options if " group " in key]
    assert "rather than the next" in groups[1]
    app.selectbox(key="why_question").select(groups[0]).run()
    assert "explains nearness to group" in first_map(written(app))
    app.selectbox(key="why_question").select(groups[1]).run()
    assert "explains the model&#x27;s reading of how far it lies inside" in first_map(written(app))


def test_maps_are_untested_until_somebody_tests_them_and_then_carry_their_badge(visit):
    app = visit("why")
    assert "Not tested yet" in written(app)
    app.button(key="why_test").click().run()
    assert not app.exception
    cards = next(part for part in written(app).split("\n") if "one scale for all" in part)
    assert "Not tested yet" not in cards
    assert "checks</b>: how far the map follows the model, not whether" in cards


def test_random_weights_dissolve_the_maps_and_moved_pictures_beat_the_blob(visit):
    app = visit("why")
    assert "likeness to the true map 1.00" in written(app)
    app.select_slider(key="why_stage").set_value("layer 16").run()
    assert not app.exception
    assert "likeness to the true map 1.00" not in written(app)
    app.select_slider(key="why_shuffled").set_value(1).run()
    assert not app.exception
    assert "% as strong" in written(app)
    before = next(each.value for each in app.markdown if "blob drawn in the middle" in each.value)
    app.toggle(key="why_moved").set_value(True).run()
    after = next(each.value for each in app.markdown if "blob drawn in the middle" in each.value)

    def hits_of_the_blob(said):
        return int(said.split("hits **")[1].split("**")[0])

    assert hits_of_the_blob(after) < hits_of_the_blob(before)


def test_how_good_says_the_sentence_first_with_its_doubts(visit):
    app = visit("how_good")
    body = written(app)
    assert "of 100 patients with spread it flags" in body.lower()
    assert "Too few to judge" in body
    assert "test patients that no choice has seen" in body
    assert len(charts(app)) >= 8
    for figure in ("AUC", "SSIM", "PSNR", "active units"):
        assert figure in body


def test_a_flag_is_worth_less_and_its_absence_more_where_the_outcome_is_rare(visit):
    app = visit("how_good")

    def worth(percent):
        app.slider(key="prevalence").set_value(percent).run()
        said = next(each.value for each in app.markdown if "of 100 flags" in each.value)
        flag, none = (int(part.split()[0]) for part in said.split("**")[1::2])
        return flag, none

    common, rare = worth(60), worth(3)
    assert rare[0] <= common[0]
    assert rare[1] >= common[1]
    # a run that makes no mistake in its few test patients is right wherever it is used
    assert rare != common or common == (100, 100)


def test_two_runs_stand_side_by_side(visit):
    app = visit("how_good")
    before = len(charts(app))
    app.selectbox(key="how_good_other").set_value("bare").run()
    assert not app.exception
    assert len(charts(app)) == before + 2


@pytest.mark.parametrize("page", ["growth", "dials", "why", "how_good"])
def test_every_page_ends_with_its_terms_and_itself_in_python(visit, page):
    app = visit(page)
    labels = [each.label for each in app.expander]
    assert "What do these words mean?" in labels
    assert "This view in Python" in labels
    code = app.code[-1].value
    assert "Run.open(" in code
    compile(code, page, "exec")


@pytest.mark.parametrize("page", ["growth", "dials", "why", "how_good"])
def test_bare_patches_keep_every_page_and_the_cohorts_own_words(visit, page):
    app = visit(page, run="bare")
    body = written(app)
    assert "lymph node" not in body.lower()
    assert len(body) > 400
    if page == "growth":
        assert "Sizes are not known" in body
        assert len(app.main.get("bidi_component")) == 1
    if page == "dials":
        assert "No named dials" in body
        assert app.multiselect(key="dials_raw")
    if page == "why":
        assert "has no outlines" in body
    if page == "how_good":
        assert "nothing can be said by size" in body


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
