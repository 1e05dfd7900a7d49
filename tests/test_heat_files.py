"""Laws of exported heat maps: the file warns of what the page warns of."""

import dataclasses
from html import escape
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from core.explain.explanation import Explanation
from dashboard.figures import heat, heat_files, heat_line, heat_written, sheet
from dashboard.figures.heat_badge import (
    ELSEWHERE,
    NO_BETTER,
    OTHER_WEIGHTS,
    UNTESTED,
    HeatCard,
)
from tests.test_heat_trust import checked

SIDE = heat.SIDE_PX


def card(*, checks=None, empty=False, untestable=""):
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(32, 32)).astype(np.float32)
    mask = np.zeros((32, 32), bool)
    mask[10:20, 12:22] = True
    found = Explanation(
        row=5, patch=rng.uniform(0.2, 0.8, (32, 32)).astype(np.float32),
        map=-np.abs(drawn) if empty else drawn, score=0.4, layer=16, method="hires_cam",
        raw_max=0.0 if empty else 2.0, mass_inside=0.3, area_share=0.1,
    )  # fmt: skip
    return HeatCard(
        title="Node 3", explanation=found, mask=mask, score=0.4, threshold=0.5, left_out=None,
        spacing_mm=None, checked=checks, untestable=untestable,
    )  # fmt: skip


def drawn(one, **options):
    png = heat_files.png([one], scale=2.0, **options)
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)[:SIDE, :SIDE]


def coloured(picture):
    return bool((np.ptp(picture, axis=2) > 8).any())


@pytest.fixture
def printed(monkeypatch):
    """All that is written on a picture, as one text."""
    said, write = [], ImageDraw.ImageDraw.text

    def text(self, at, what, *rest, **named):
        said.append(str(what))
        return write(self, at, what, *rest, **named)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    return lambda: " ".join(said)


def test_the_picture_prints_what_its_map_passes(printed):
    heat_files.png([card(checks=checked(change=0.9))], scale=2.0)
    assert "Passed 4 of 5 checks" in printed()
    assert "a little noise hardly changes it (changes by 0.90" in printed()
    assert "passes up to 0.50; the goal is 0.05" in printed()
    assert "not for diagnosis" in printed()


@pytest.mark.parametrize(
    ("worth", "which"),
    [
        ({"blob": 1.0}, ("blob",)),
        ({"chance": 1.0}, ("chance",)),
        ({"worth": -1.0}, ("blob", "chance")),
    ],
)
def test_a_map_no_better_than_a_blob_or_chance_is_grey_on_the_page_and_in_the_file(
    printed, worth, which
):
    assert coloured(drawn(card(checks=checked())))
    assert not any(said in printed() for said in NO_BETTER.values())
    one = card(checks=checked(**worth))
    assert not coloured(drawn(one))
    assert NO_BETTER[which] in printed()
    page = heat.cards_html([one], scale=2.0)
    assert NO_BETTER[which] in page
    assert "heat-card heat-dim" in page


def test_a_map_with_no_more_on_the_lesion_than_a_spot_is_warned_of_and_keeps_its_colours(printed):
    said = ELSEWHERE.format(lesion="lesion")
    for mass, warned in ((None, False), (0.5, False), (0.2, True)):  # the spot has 0.2
        one = card(checks=checked(mass=mass))
        assert coloured(drawn(one))
        assert (said in printed()) == warned
        assert (escape(said) in heat.cards_html([one], scale=2.0)) == warned


def test_an_empty_map_and_an_untested_one_are_told_in_words(printed):
    drawn(card(empty=True))
    assert heat_line.NOTHING in printed()
    assert UNTESTED in printed()


def test_a_map_without_evidence_for_still_stands_beside_the_outlines_share():
    found = dataclasses.replace(card(empty=True).explanation, mass_inside=None)
    assert "inside the outline, which covers 10% of the picture" in heat_line.checks(found)


def test_what_is_known_of_a_method_stands_beside_its_map_whatever_that_passes(printed):
    said = "Whatever this map passes: its method misses what decides."
    one = dataclasses.replace(card(checks=checked()), caution=said)
    drawn(one)
    assert said in printed()
    assert said in heat.methods_html([one])


def test_evidence_against_is_placed_where_there_is_more_of_it(rng):
    one = card()
    mask = one.mask
    signed = np.where(mask, -1.0, 0.0).astype(np.float32)
    signed[0, :3] = 0.5
    found = dataclasses.replace(one.explanation, map=signed, raw_max=0.5, mass_inside=0.0)
    said = heat_line.checks(found, mask=mask)
    assert "raw maximum 0.5, strongest against -1" in said
    assert "0% of the evidence for and 100% of that against, of which there is more" in said
    turned = heat_line.checks(dataclasses.replace(found, map=-signed, raw_max=1.0), mask=mask)
    assert "against" not in turned


def test_a_map_of_another_model_is_not_called_tested(printed):
    drawn(card(checks=checked(worth=-1.0), untestable=OTHER_WEIGHTS))
    assert OTHER_WEIGHTS in printed()
    assert "Passed" not in printed()


def test_the_picture_takes_the_pages_opacity_and_outlines():
    full, faint = drawn(card(), opacity=1.0), drawn(card(), opacity=0.0)
    assert coloured(full)
    assert not coloured(faint)
    without = drawn(card(), opacity=0.0, outlines=False)
    edge = int(10 * SIDE / 32)  # the outline's upper edge
    row = slice(edge - 1, edge + 2), slice(int(13 * SIDE / 32), int(20 * SIDE / 32))
    assert (faint[row] == 255).any()
    assert not (without[row] == 255).any()


def test_the_numbers_say_what_the_page_says():
    text = heat_files.csv([card(checks=checked(worth=-1.0)), card(empty=True)]).decode()
    head, _, body = text.partition("\n")
    assert "not for diagnosis" in head
    table = pd.read_csv(BytesIO(body.encode()))
    assert table["greyed_out"].tolist() == [True, False]
    assert table["tested"].tolist() == [True, False]
    assert table["empty"].tolist() == [False, True]
    assert table["worth"].iloc[0] == -1.0
    assert np.isnan(table["worth"].iloc[1])


def test_a_files_name_says_method_layer_and_question():
    named = heat_files.file_name("demo", card().explanation, "sub-01", "along short_axis_mm")
    assert named == "why-demo-sub-01-hires-cam-16-along-short-axis-mm"


def plain(tested, *, blob=False):
    from dashboard.figures.heat import Plain

    one = card()
    return Plain(
        maps=[one.explanation], titles=["Node 3"], lines=["likeness 0.12"], scale=None,
        window=(0.0, 1.0), masks=[one.mask], tested=[tested], lesion="node", spacing_mm=0.5,
        blob=blob,
    )  # fmt: skip


def test_a_lessons_picture_prints_its_line_why_it_is_not_tested_and_the_sides(printed):
    png = heat_files.plain_png(plain(OTHER_WEIGHTS))
    for said in (
        "Node 3: likeness 0.12",
        OTHER_WEIGHTS,
        "each its own colour scale",
        "5 mm",
        " R ",
    ):
        assert said in f" {printed()} ", said
    assert "not for diagnosis" in printed()
    assert "0.40" not in printed()  # the card's score is no part of a lesson
    ringed = heat_files.plain_png(plain(OTHER_WEIGHTS, blob=True))
    assert ringed != png


def test_a_lessons_map_that_must_not_be_read_is_grey_in_its_file_too():
    def picture(tested):
        png = heat_files.plain_png(plain(tested))
        shown = np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)
        return shown[60:-300, 60 : SIDE - 60][: SIDE - 120]

    assert coloured(picture(checked()))
    assert not coloured(picture(checked(worth=-1.0)))


def test_lessons_and_cards_show_sides_and_a_scale_bar_where_these_are_known():
    from dataclasses import replace
    from urllib.parse import unquote

    known = plain(checked())
    html = unquote(heat.plain_html(known))
    assert "each map on its own scale" in html
    assert "Full colour from 2.5." in html
    shared = unquote(heat.plain_html(replace(known, scale=4.0)))
    assert "one scale for all pictures here" in shared
    assert "Full colour from" not in shared
    bare = unquote(heat.plain_html(replace(known, spacing_mm=None)))
    assert len(html) > len(bare)
    for mark in ("R", "L", "A", "P", "5 mm"):
        assert f">{mark}</text>" in svg_of(html), mark
        assert f">{mark}</text>" not in svg_of(bare), mark


def svg_of(html):
    from base64 import b64decode

    _, _, packed = html.partition("data:image/svg+xml;base64,")
    return b64decode(packed.partition('"')[0]).decode()


def test_the_drawn_attributes_are_saved_with_what_stands_beside_them(printed):
    rng = np.random.default_rng(1)
    patch, still = rng.uniform(0.2, 0.8, (32, 32)), np.zeros((32, 32))
    brighter = still.copy()
    brighter[4:8, 20:24] = 0.3
    told = heat_written.Written(
        patch=patch.astype(np.float32), drawn=patch.astype(np.float32),
        changes=(heat_written.Change("Short axis", brighter, 1.0),
                 heat_written.Change("Elongation", still, 1.0)),
    )  # fmt: skip
    png = heat_written.written_png(
        told, window=(0, 1), mask=None, lesion="lymph node", spacing_mm=0.573
    )
    shown = np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)
    short, long = shown[:SIDE, :SIDE], shown[:SIDE, SIDE + 8 : 2 * SIDE + 8]
    cells = slice(50, 70), slice(210, 230)
    assert (short[cells][..., 0] > short[cells][..., 2] + 40).all(), "orange where it is brighter"
    assert not coloured(long)
    said = printed()
    for wanted in (
        "SIMULATED", "RECONSTRUCTION", "Short axis", "changes nothing", "5 mm", "R",
        "root mean square", "not measurements", sheet.NOTICE,
    ):  # fmt: skip
        assert wanted in said, wanted


def test_the_file_of_maps_is_named_after_the_grid_that_it_has():
    from core.cohort.grid import Grid
    from core.cohort.scanned import Scan
    from core.settings import PatchSettings

    def told(mm):
        scan = Scan.of(Grid((64, 64, 20), np.diag([mm, mm, 3.3, 1.0])), PatchSettings())
        return heat_files.where_nifti_lies(scan, 0.573)

    gone, same, finer = heat_files.where_nifti_lies(None, 0.573), told(0.573), told(0.3)
    assert (gone[0], same[0], finer[0]) == ("cut-grid", "scan-grid", "scan-grid")
    assert "does not lie here" in gone[1]
    assert "value for value" in same[1]
    assert "resampled" in finer[1]
