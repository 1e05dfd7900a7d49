"""Start, Patients and Atlas through the frame: each shows its things and answers once."""

import io
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.paging import open_page

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"
SIZES = (
    "short_axis_mm",
    "long_axis_mm",
    "elongation",
    "compactness",
    "convexity",
    "irregularity",
    "area_mm2",
)


@pytest.fixture(scope="module")
def folder(tiny_run, tmp_path_factory):
    """The tiny run, and a cohort of bare patches with words of its own and a warning."""
    place = tmp_path_factory.mktemp("frame")
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
    said |= {"warnings": ["The code has collapsed."], "excluded": []}
    (bare / "run.json").write_text(json.dumps(said), encoding="utf-8")
    rows = pd.read_parquet(bare / "rows.parquet")
    rows[[*SIZES, "heterogeneity", "contrast"]] = np.nan
    rows["n_stage"] = np.nan
    rows.to_parquet(bare / "rows.parquet")
    np.save(bare / "masks.npy", np.zeros_like(tiny_run.masks))
    shutil.rmtree(bare / "slices")
    return place


@pytest.fixture
def visit(folder, monkeypatch, caches):
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(folder)])

    def opened(page, run="tiny", link=None, **session):
        app = AppTest.from_file(str(FRAME), default_timeout=180)
        app.session_state["run_name"] = run
        for name, value in (link or {}).items():
            app.query_params[name] = value
        for name, value in session.items():
            app.session_state[name] = value
        open_page(app, page)
        healthy(app)
        return app

    return opened


def healthy(app):
    assert not app.exception, app.exception[0].message
    assert not app.error, app.error[0].value
    assert app.title or said(app), "nothing was rendered"


def said(app):
    """All text on the page that is not a widget's."""
    html = " ".join(element.proto.body for element in app.get("html"))
    spoken = [*app.markdown, *app.caption, *app.warning]
    return " ".join([html, *(element.value for element in spoken)])


def mounted(app):
    """The ids of our components on the page, as "<name>" counts."""
    found = [element.proto.component_name for element in app.get("bidi_component")]
    return {name.removeprefix("lymphoscape_"): found.count(name) for name in set(found)}


@pytest.mark.parametrize("page", ["start", "patients", "atlas"])
@pytest.mark.parametrize("run", ["tiny", "bare"])
def test_every_page_says_what_it_is_and_that_it_is_not_for_diagnosis(visit, page, run):
    app = visit(page, run=run)
    text = said(app)
    assert "<h1>" in text
    assert "not for diagnosis" in text
    assert {"What do these words mean?", "This view in Python"} <= {e.label for e in app.expander}
    assert any("Run.open" in code.value for code in app.code)


@pytest.mark.parametrize("page", ["start", "patients", "atlas"])
def test_pages_speak_the_cohorts_own_words(visit, page):
    text = said(visit(page, run="bare")).replace("Lymphoscape", "").lower()
    assert "tumour" in text
    assert "lymph" not in text
    assert "n+" not in text
    assert "synthetic" not in text


def test_a_runs_warnings_stand_on_every_page(visit):
    for page in ("start", "patients", "atlas"):
        assert visit(page, run="bare").warning[0].value.startswith("The code has collapsed.")


def test_start_shows_a_film_three_doors_and_the_score(visit, tiny_run):
    app = visit("start")
    assert mounted(app) == {"film_slider": 1}
    text = said(app)
    assert all(door in text for door in ("Explore", "Demonstrate", "Teach"))
    assert "Synthetic data" in text
    if "auc.test" in tiny_run.metrics:
        assert f"AUC {tiny_run.metrics['auc.test']['value']:.2f}" in text
        assert "too few to judge" in text


def test_patients_counts_labels_and_shows_tiles_slices_and_lesions(visit, tiny_run):
    app = visit("patients")
    labels = tiny_run.rows.groupby("patient_id")["label"].first()
    assert f"{labels.sum()} of {len(labels)} had spread" in said(app)
    assert mounted(app) == {"tiles": 1, "slice_viewer": 1, "picture_row": 1}


def test_every_patient_has_one_tile_and_filters_share_them_out(visit, folder, tiny_run):
    from dashboard import album

    visit("patients")
    key = (str(folder / "tiny"), tiny_run.manifest.weights_sha256)
    shown = {
        who: [tile.patient for group in album.tile_groups(*key, who) for tile in group.tiles]
        for who in ("everybody", "held out", "seen in training")
    }
    assert sorted(shown["everybody"]) == sorted(tiny_run.rows["patient_id"].unique())
    assert sorted(shown["held out"] + shown["seen in training"]) == sorted(shown["everybody"])
    trained = set(tiny_run.rows.loc[tiny_run.rows["split"] == "train", "patient_id"])
    assert set(shown["seen in training"]) == trained


def test_larger_lesions_have_larger_tiles(visit, folder, tiny_run):
    from dashboard import album

    visit("patients")
    key = (str(folder / "tiny"), tiny_run.manifest.weights_sha256)
    largest = tiny_run.rows.groupby("patient_id")["short_axis_mm"].max()
    tiles = [tile for group in album.tile_groups(*key, "everybody") for tile in group.tiles]
    by_size = sorted(tiles, key=lambda tile: largest[tile.patient])
    sides = [tile.side_px for tile in by_size]
    assert sides == sorted(sides)
    assert sides[0] < sides[-1]


def test_slices_carry_every_lesion_of_the_patient(visit, folder, tiny_run):
    from dashboard import album

    app = visit("patients")
    patient = app.selectbox("pick_patient").value
    key = (str(folder / "tiny"), tiny_run.manifest.weights_sha256)
    slices = album.slices_of(*key, patient)
    drawn = {outline.node for one in slices for outline in one.outlines}
    wanted = set(tiny_run.rows.loc[tiny_run.rows["patient_id"] == patient, "node"])
    assert wanted <= drawn
    assert all(one.picture.startswith("data:image/webp") for one in slices)


def test_picking_a_lesion_changes_the_row_in_the_link(visit, tiny_run):
    several = tiny_run.rows[tiny_run.rows["key_slice"]].groupby("patient_id").size()
    patient = several.idxmax()
    app = visit("patients")
    app.selectbox("pick_patient").set_value(patient).run()
    nodes = app.selectbox("pick_node")
    assert len(nodes.options) == several.max()
    smallest = tiny_run.rows[
        (tiny_run.rows["patient_id"] == patient) & tiny_run.rows["key_slice"]
    ].sort_values("short_axis_mm")
    nodes.set_value(int(smallest["node"].iloc[0])).run()
    healthy(app)
    assert int("".join(app.query_params["row"])) == int(smallest.index[0])


def test_what_was_left_out_is_counted_and_named(visit, tiny_run):
    app = visit("patients")
    wanted = "Left out" if tiny_run.manifest.excluded else "Nothing left out"
    assert any(expander.label.startswith(wanted) for expander in app.expander)
    for who, why in tiny_run.manifest.excluded:
        assert who in said(app)
        assert why in said(app)


def test_atlas_shows_map_neighbours_and_a_card_for_every_group(visit, tiny_run):
    app = visit("atlas")
    groups = tiny_run.settings.map.clusters
    assert mounted(app) == {"atlas_map": 1, "picture_row": 1 + 2 * groups}
    text = said(app)
    assert "Big gaps and directions mean little" in text
    assert all(f"Group {number}" in text for number in range(1, groups + 1))
    assert "has not been looked at yet" in text
    assert any("train.py clusters" in code.value for code in app.code)


def test_another_k_makes_as_many_groups(visit):
    app = visit("atlas")
    app.number_input("atlas_k").set_value(5).run()
    healthy(app)
    assert mounted(app)["picture_row"] == 11
    assert "Five groups" in said(app)


def of_map(app):
    """What the page tells its map."""
    found = [e.proto for e in app.get("bidi_component") if "atlas_map" in e.proto.component_name]
    assert len(found) == 1
    return json.loads(found[0].json)


@pytest.mark.parametrize("layout", ["UMAP, named dimensions", "UMAP", "UMAP 3-D", "PCA", "PCA 3-D"])
def test_every_layout_draws(visit, layout):
    links = of_map(visit("atlas", atlas_layout=layout))["links"]
    asked = urlencode({"layout": layout})
    assert all(asked in links[name] for name in ("places", "between"))
    assert bool(links["grid"]) == ("3-D" not in layout)  # places between points mean nothing there


def test_every_column_can_colour_the_map(visit, folder, tiny_run):
    from dashboard import atlas_packs, cartography
    from dashboard.figures import points

    app = visit("atlas")
    key = (str(folder / "tiny"), tiny_run.manifest.weights_sha256)
    names, packs = points.colour_names(tiny_run), set()
    assert {"label", "node_score", "cluster", "split", "age", "sex", "trustworthiness"} <= {*names}
    for name in ("label", "cluster", "trustworthiness"):
        app.selectbox("atlas_colour").set_value(name).run()
        healthy(app)
        assert urlencode({"by": name}) in of_map(app)["links"]["colours"]
    for name in names:
        asked = cartography.Grouped("kmeans", "all", 4)
        content = atlas_packs.colours(*key, name, points.WHOLE, asked)
        long = int.from_bytes(content[:4], "little")
        header = json.loads(content[4 : 4 + long])
        assert header["columns"]["rgb"][2] == 3 * len(tiny_run.rows)
        assert header["stops"] or len(header["names"]) > 1
        packs.add(content)
    assert len(packs) == len(names)


def test_a_map_that_is_taken_away_says_what_it_is(visit):
    assert of_map(visit("atlas"))["notice"] == (
        "Synthetic. Research and teaching only, not for diagnosis"
    )
    assert of_map(visit("atlas", run="bare"))["notice"].startswith("Research and teaching only")


def test_groups_stand_on_the_map_by_name_where_it_is_coloured_by_them(visit, tiny_run):
    from core.latent.space import LatentSpace

    assert of_map(visit("atlas"))["names"] == []
    app = visit("atlas", atlas_colour="cluster")
    app.text_input[0].set_value("large and round").run()
    clusters = LatentSpace.open(tiny_run).clusters(tiny_run.settings.map.clusters)
    shown = of_map(app)["names"]
    assert [one["row"] for one in shown] == list(clusters.medoids)
    assert shown[0]["name"] == "large and round"
    assert shown[1]["name"] == "Group 2"


def test_groups_neighbours_and_patients_can_be_taken_as_a_and_b(visit, tiny_run):
    from core.latent.space import LatentSpace

    app = visit("atlas")
    app.button("take_a_group_0").click().run()
    healthy(app)
    labels = LatentSpace.open(tiny_run).clusters(tiny_run.settings.map.clusters).labels
    first = tuple(np.flatnonzero(labels == 0).tolist())
    assert app.session_state["selection_a"] == first
    assert app.session_state["atlas_ask"] == "groups"  # B can be taken from another card
    app.button("take_b_near").click().run()
    healthy(app)
    a, b = (app.session_state[f"selection_{which}"] for which in "ab")
    assert len(b) == 8
    assert set(a) == set(first) - set(b)
    assert app.session_state["atlas_ask"] == "selections"
    assert "What sets B apart from A" in said(app)
    app.button("take_a_patient").click().run()
    row = int("".join(app.query_params["row"]))
    patients = tiny_run.rows["patient_id"]
    own = np.flatnonzero(patients == patients.iloc[row])
    assert app.session_state["selection_a"] == tuple(own.tolist())


def test_a_cut_along_named_dimensions_does_not_sell_their_differences_as_findings(visit):
    assert "is how they were made and no finding" in said(visit("atlas"))
    assert "no finding of its own" in said(visit("atlas", atlas_over="all"))
    assert "no finding" not in said(visit("atlas", run="bare"))


def test_a_link_restores_the_question_and_the_switches(visit):
    link = {
        "atlas_ask": "How far can this map be trusted?", "atlas_layout": "PCA",
        "atlas_forming": "true", "atlas_place": "true", "atlas_others": "false",
    }  # fmt: skip
    app = visit("atlas", link=link)
    assert "How far this map can be trusted" in said(app)
    assert of_map(app)["links"]["forming"]
    assert len(of_map(app)["halos"]) == 1
    assert app.session_state["atlas_others"] is False


def test_a_lasso_is_listed_compared_and_saved(visit, tiny_run):
    caught = tuple(range(5, 35))
    app = visit("atlas", selection_a=caught, atlas_ask="selections")
    text = said(app)
    assert f"30 patches of {len(tiny_run.rows):,}" in text
    assert "The first 16 of 30" in text
    assert "The page's link restores both selections" in text
    # list, pictures, patches as NIfTI; means with their difference, effects
    assert len(app.get("download_button")) == 5


def test_the_map_forms_on_principal_axes_at_once(visit):
    app = visit("atlas", atlas_layout="PCA", atlas_forming=True)
    assert "laid out while the dashboard is served" not in said(app)
    app.segmented_control("atlas_layout").set_value("UMAP").run()
    healthy(app)
    assert "laid out while the dashboard is served" in said(app)


def test_every_layout_says_what_it_is_for(visit):
    assert "The groups below are looked for in the same" in said(visit("atlas"))
    assert "in the whole code instead" in said(visit("atlas", atlas_over="all"))
    assert "near patches near" in said(visit("atlas", atlas_layout="UMAP"))
    assert "plain shadow" in said(visit("atlas", atlas_layout="PCA"))


def test_a_placed_lesion_says_how_sure_its_place_is(visit):
    text = said(visit("atlas", atlas_ask="trust", atlas_place=True))
    assert "Placed as a new lymph node" in text
    assert "have a narrower one" in text
    assert "lie among the 15 beside the place" in text
    assert "laid out with this patient's codes too" in text


def test_two_selections_are_held_against_each_other(visit):
    both = {"selection_a": tuple(range(40)), "selection_b": tuple(range(60, 110))}
    app = visit("atlas", atlas_ask="selections", **both)
    text = said(app)
    assert "What sets B apart from A" in text
    assert "orange brighter, purple darker" in text
    app.button("make_direction").click().run()
    healthy(app)
    assert app.session_state["own_direction"].startswith("a-to-b:")


def test_the_way_to_growth_is_open_from_a_layout_that_stands_in_the_link(visit):
    both = {"selection_a": tuple(range(40)), "selection_b": tuple(range(60, 110))}
    app = visit("atlas", link={"atlas_layout": "PCA"}, atlas_ask="selections", **both)
    assert "PCA" in "".join(app.query_params["atlas_layout"])
    app.button("make_direction").click().run()
    healthy(app)
    assert app.session_state["own_direction"].startswith("a-to-b:")
    assert app.session_state["growth_own"] == app.session_state["own_direction"]


def test_a_link_restores_layout_colour_split_method_and_k(visit):
    from dashboard.controls import split_name

    link = {"atlas_layout": "PCA", "atlas_colour": "nonsense", "atlas_split": split_name("test"),
            "atlas_method": "Gaussian mixture", "atlas_k": "5"}  # fmt: skip
    app = visit("atlas", link=link)
    assert app.session_state["atlas_layout"] == "PCA"
    assert app.session_state["atlas_colour"] == "short_axis_mm"  # what is no colour is passed over
    assert app.session_state["atlas_split"] == "test"
    assert "Five groups" in said(app)
    assert "Gaussian mixture, K = 5" in said(app)


def test_a_link_whose_selections_overlap_says_so_and_leaves_b_without(visit, tiny_run):
    from core.latent.selection import write_rows

    count = len(tiny_run.rows)
    app = visit("atlas", link={"a": write_rows((1, 2, 3), count), "b": write_rows((3, 4), count)})
    assert "1 patch in A and in B at once" in said(app)
    assert app.session_state["selection_b"] == (4,)


def test_a_selection_is_kept_under_its_name_and_taken_up_again(visit):
    app = visit("atlas", selection_a=(1, 2, 3), atlas_ask="selections")
    app.text_input("selection_name").set_value("three").run()
    next(one for one in app.button if one.label == "Keep it in this session").click().run()
    app.session_state["selection_a"] = (9,)
    app.button("restore-three").click().run()
    healthy(app)
    assert app.session_state["selection_a"] == (1, 2, 3)


def test_the_map_says_how_far_it_can_be_trusted(visit):
    app = visit("atlas", atlas_ask="trust")
    assert "15 true neighbours in the named dimensions" in said(app)
    own = {"UMAP, named dimensions", "UMAP", "PCA", "UMAP 3-D", "PCA 3-D"}
    assert set(app.dataframe[0].value["layout"]) == own


def test_the_whole_code_s_map_is_judged_by_the_whole_code(visit):
    app = visit("atlas", atlas_ask="trust", atlas_layout="UMAP")
    assert "15 true neighbours in the whole code" in said(app)


def test_the_map_stands_as_a_table_for_who_cannot_see_it(visit, tiny_run):
    app = visit("atlas", atlas_table=True)
    found = app.dataframe[0].value
    assert len(found) == len(tiny_run.rows)
    assert {"x", "y", "group"} <= set(found)
    assert found["group"].min() == 1


def test_who_is_in_no_dense_region_stands_so_in_the_table(visit, tiny_run):
    from dashboard import atlas_links

    visit("atlas")
    labels = np.arange(len(tiny_run.rows)) % 4 - 1
    found = atlas_links.table(tiny_run, "UMAP", labels)["group"]
    assert set(found) == {"in none", "1", "2", "3"}
    assert list(found[:3]) == ["in none", "1", "2"]


def test_evidence_for_groups_is_drawn_only_when_asked(visit, tiny_run, tmp_path, monkeypatch):
    from core.latent.kept import kept_folder, write_study
    from core.latent.space import LatentSpace
    from core.latent.support import study

    monkeypatch.setenv("LYMPHOSCAPE_CACHE", str(tmp_path))
    made = study(LatentSpace.open(tiny_run), ks=(2, 3, 4), nulls=3, resamples=3)
    sha = tiny_run.manifest.weights_sha256
    write_study(kept_folder(tiny_run), made, weights_sha256=sha)
    closed = visit("atlas")
    assert "has not been looked at yet" not in said(closed)
    verdict = "No number of groups is supported" if made.offered is None else "groups are supported"
    assert verdict in said(closed)
    assert not closed.get("plotly_chart")
    opened = visit("atlas", how_many_groups=True)
    assert len(opened.get("plotly_chart")) == 3
    assert len(opened.dataframe[0].value) == 3
    own = LatentSpace.open(tiny_run).study()
    assert own == made
    assert "when patients are drawn again" in said(opened)


def test_a_group_keeps_the_name_it_is_given(visit):
    app = visit("atlas")
    app.text_input[0].set_value("large and round").run()
    healthy(app)
    assert "large and round" in said(app)


def test_names_that_were_kept_on_the_server_greet_another_visitor(visit, tmp_path, monkeypatch):
    monkeypatch.setenv("LYMPHOSCAPE_CACHE", str(tmp_path))
    app = visit("atlas")
    app.text_input[0].set_value("large and round").run()
    assert "large and round" not in said(visit("atlas"))  # names stay with the session
    app.button("keep_names").click().run()
    healthy(app)
    assert "large and round" in said(visit("atlas"))
    app.number_input("atlas_k").set_value(5).run()
    assert "large and round" not in said(app)  # other groups have other names


def test_a_selection_too_long_for_a_link_is_kept_when_asked_and_read_back(
    visit, tmp_path, monkeypatch
):
    from dashboard import selections

    monkeypatch.setenv("LYMPHOSCAPE_CACHE", str(tmp_path))
    monkeypatch.setattr(selections, "LONGEST_LINK", 20)
    caught = tuple(range(0, 90, 7))
    app = visit("atlas", selection_a=caught, atlas_ask="selections")
    assert "too long for a link" in said(app)
    assert "a" not in app.query_params
    app.button("keep_for_link").click().run()
    healthy(app)
    link = "".join(app.query_params["a"])
    assert link.startswith("~")
    assert visit("atlas", link={"a": link}).session_state["selection_a"] == caught


def test_members_are_followed_from_the_grouping_that_was_left(visit, tiny_run):
    app = visit("atlas", atlas_method="mixture")
    app.number_input("atlas_k").set_value(5).run()
    healthy(app)
    assert len(app.get("plotly_chart")) == 1  # opened by the change
    own = tiny_run.settings.map.clusters
    (start,) = [box for box in app.selectbox if box.label == "From"]
    assert start.value.method == "mixture"
    assert start.value.k == own
    assert "Left: Gaussian mixture" in said(app)


@dataclass(frozen=True)
class LargeRun:
    """As much of a run as legends and tables look at."""

    rows: object
    words: object


def test_colours_keep_the_order_of_rows_and_names_their_own(folder, tiny_run):
    from dashboard.figures import points, theme

    made = points.coloured(tiny_run.rows["label"], "label", tiny_run)
    for row in (0, len(tiny_run.rows) - 1):
        label = int(tiny_run.rows["label"].iloc[row])
        assert tuple(made.colours[row]) == points.rgb(theme.label_colour(label))
        name, _ = made.legend.names[made.named[row]]
        assert name == (tiny_run.words.outcome if label else tiny_run.words.no_outcome)


def test_a_ramp_of_sizes_rises_with_size(tiny_run):
    from dashboard.figures import points

    sizes = tiny_run.rows["short_axis_mm"]
    found = points.coloured(sizes, "short_axis_mm", tiny_run)
    order = np.argsort(sizes.to_numpy())
    greens = found.colours[order, 1].astype(int)
    assert (np.diff(greens) >= 0).all()  # viridis grows lighter
    assert found.legend.title == "short axis (mm)"


def test_a_ramp_says_where_it_is_clipped_and_from_where_a_lesion_is_called(tiny_run):
    from dashboard.figures import points

    scores = tiny_run.rows["node_score"]
    legend = points.coloured(scores, "node_score", tiny_run).legend
    assert legend.note == f"called suspicious from {tiny_run.preprocessing['node_threshold']:.2g}"
    low, high = np.percentile(scores, points.RAMPED)
    assert legend.ends[0] == ("≤ " if scores.min() < low else "") + f"{low:.3g}"
    assert legend.ends[1] == f"≥ {high:.3g}"
    assert scores.max() > high
    flat = np.full(len(scores), 0.25)
    flat[: len(flat) // 2] = 0.75
    ends = points.coloured(pd.Series(flat), "node_score", tiny_run).legend.ends
    assert not any(end[0] in "≤≥" for end in ends)  # nothing lies beyond


def test_two_drawn_groups_say_who_is_in_both_and_what_they_cannot_show(tiny_run):
    from dashboard.figures import pair

    patients = tiny_run.rows["patient_id"]
    first, second = (np.flatnonzero(patients == name).tolist() for name in patients.unique()[:2])
    apart = pair.drawn_words(tiny_run.rows, first, second, "A", "B")
    assert "both sides" not in apart
    shared = pair.drawn_words(tiny_run.rows, first[:1], [*first[1:], *second], "A", "B")
    assert shared.startswith("1 patient of 2 has pictures on both sides. ")
    assert "no finding" in shared


def test_a_cohort_of_large_lesions_reads_cm_in_the_legend_the_table_and_the_effects(tiny_run):
    from core.latent.contrast import Effect
    from dashboard import atlas_links
    from dashboard.figures import pair, points

    rows = tiny_run.rows.assign(short_axis_mm=tiny_run.rows["short_axis_mm"] * 8)
    large = LargeRun(rows, tiny_run.words)
    small, found = (
        points.coloured(run.rows["short_axis_mm"], "short_axis_mm", run)
        for run in (tiny_run, large)
    )
    assert found.legend.title == "short axis (cm)"
    assert np.allclose(found.numbers, 0.8 * small.numbers, rtol=1e-5)
    assert np.array_equal(found.colours, small.colours)  # a unit changes no colour
    for end, before in zip(found.legend.ends, small.legend.ends, strict=True):
        assert end[0] in "≤≥" if before[0] in "≤≥" else end[0] not in "≤≥"
        mm, tenths = (float(one.lstrip("≤≥ ")) for one in (before, end))
        assert tenths == pytest.approx(0.8 * mm, rel=0.02)
    assert points.colour_title("area_mm2", large) == "area (cm²)"
    assert points.colour_title("contrast", large) == points.colour_title("contrast", tiny_run)
    shown = atlas_links.spoken(large)
    assert set(shown["outcome"]) == {tiny_run.words.outcome, tiny_run.words.no_outcome}
    assert list(shown[tiny_run.words.lesion]) == list(rows["node"])
    assert np.allclose(shown["short axis (cm)"], rows["short_axis_mm"] / 10, atol=0.006)
    (mark,) = pair.effects([Effect("short_axis_mm", 60.0, 40.0, 1, 0, 2, 0.01)], rows).data
    assert mark.y == ("short axis (cm)",)
    assert list(mark.customdata[0][:2]) == [6.0, 4.0]


def test_the_sheet_holds_row_i_at_place_i(visit, folder, tiny_run):
    from dashboard import album

    visit("atlas")
    key = (str(folder / "tiny"), tiny_run.manifest.weights_sha256)
    content, _ = album.sheet(*key, tuple(range(len(tiny_run.rows))))
    whole = np.asarray(Image.open(io.BytesIO(content)).convert("L"), float)
    side, columns = tiny_run.patches.shape[1], album.COLUMNS
    low, high = album.display_window(*key)
    for row in (0, columns - 1, columns, len(tiny_run.rows) - 1):
        top, left = row // columns * side, row % columns * side
        shown = whole[top : top + side, left : left + side] / 255
        wanted = np.clip((tiny_run.patches[row] - low) / (high - low), 0, 1)
        assert np.abs(shown - wanted).mean() < 0.03  # WebP is lossy


def test_neighbours_of_other_patients_leave_out_the_patients_own(visit, folder, tiny_run):
    from dashboard import cartography

    visit("atlas")
    key = (str(folder / "tiny"), tiny_run.manifest.weights_sha256)
    patients = tiny_run.rows["patient_id"].to_numpy()
    near = cartography.neighbours(*key, 0, 8, others_only=True)
    everyone = cartography.neighbours(*key, 0, len(patients), others_only=False)
    assert len(near) == 8
    assert all(patients[row] != patients[0] for row, _ in near)
    assert [far for _, far in near] == sorted(far for _, far in near)
    assert sorted(row for row, _ in everyone) == list(range(1, len(patients)))
    named = tiny_run.codes[:, : len(tiny_run.settings.vae.attributes)]
    apart = np.linalg.norm(named - named[0], axis=1)
    shown = cartography.neighbours(*key, 0, 5, others_only=False, over="attributes")
    assert [far for _, far in shown] == pytest.approx(np.sort(apart)[1:6].tolist())


def test_every_page_but_the_first_is_answered_at_its_own_address():
    from dashboard import page_address

    views = Path(page_address.__file__).parent / "views"
    names = {path.stem.replace("_", "-") for path in views.glob("[a-z]*.py")}
    assert names - {"start"} == set(page_address.PAGES)
    told = page_address._told()
    assert told.count("BACKEND_BASE_URL") == 1
    assert told.index("BACKEND_BASE_URL") < told.index('type="module"')
