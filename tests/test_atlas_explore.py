"""The Atlas explored in a real browser: a patch as cut and as drawn, empty places, pans, names."""

import io
import re
from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from dashboard.atlas_packs import GRID
from tests.browsing import (
    PATIENCE_MS,
    alone,
    card_shown,
    counted,
    ink,
    on_screen,
    place_of,
    row,
    said_of,
    settle,
    totals,
)
from tests.test_atlas_routes import unpack

pytestmark = pytest.mark.browser

NAMED = ("named_x", "named_y")
DRAWN = ".card .drawn canvas"
# every text that is written into a canvas from now on
WRITTEN = """() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    window.written.push(text);
    return write.call(this, text, ...rest);
  };
}"""


def drawn_grey(page):
    """The drawn picture as the card shows it, at the patch's own size, (32, 32)."""
    link = page.locator(DRAWN).evaluate("(c) => c.toDataURL()")
    held = Image.open(io.BytesIO(b64decode(link.split(",")[1]))).convert("L")
    return np.asarray(held.resize((32, 32), Image.Resampling.BOX), float)


def card_text(page):
    return page.locator(".card p").inner_text()


def hovered(page, tiny_run):
    """Point at the patch that lies most alone; its row."""
    at = on_screen(page, tiny_run, NAMED)
    lonely = alone(at)
    page.mouse.move(*at[lonely].tolist())
    page.locator(".card .drawn .level", has_text="drawn from its code").wait_for(
        timeout=PATIENCE_MS
    )
    return lonely


def test_beside_a_patch_as_it_was_cut_stands_the_same_drawn_from_its_code(visit, tiny_run):
    from core.model import Model

    page = visit("atlas", "canvas.above")
    lonely = hovered(page, tiny_run)
    assert page.locator(".card p").inner_text().startswith(said_of(tiny_run, lonely))
    assert page.locator(".card .cut .level").inner_text() == "as cut out"
    low, high = np.percentile(tiny_run.patches, [1, 99])  # about the window that pages show
    redrawn = Model.open(tiny_run).decode(tiny_run.codes[lonely : lonely + 1])[0]
    cut, drawn = (
        255 * np.clip((one - low) / (high - low), 0, 1)
        for one in (tiny_run.patches[lonely], redrawn)
    )
    apart = np.abs(drawn_grey(page) - drawn).mean()
    assert apart < 20  # the window is not quite this one
    assert apart < np.abs(cut - drawn).mean() / 2  # and it is not the patch as cut again
    answered = page.locator(".map").get_attribute("data-exact")
    page.mouse.move(5, 5)
    assert hovered(page, tiny_run) == lonely
    assert page.locator(".map").get_attribute("data-exact") == answered  # kept, not asked again


@pytest.mark.slow
def test_where_the_map_has_depth_a_patch_is_drawn_too_and_no_place_between(visit):
    page = visit("atlas?atlas_layout=PCA+3-D", "canvas.above")
    assert page.get_by_role("radio", name="PCA 3-D").is_checked()
    place_of(page, lambda it: it.locator(".card").evaluate("(c) => c.classList.contains('two')"))
    page.locator(".card .drawn .level", has_text="drawn from its code").wait_for(
        timeout=PATIENCE_MS
    )
    assert ink(page, DRAWN) > 0.9
    box = page.locator("canvas.above").bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    assert page.locator(".card").evaluate("(c) => c.style.display") == "none"


def test_far_from_every_patch_the_picture_fades_is_hatched_and_says_that_it_is_empty(visit):
    page = visit("atlas", "canvas.above")
    box = page.locator("canvas.above").bounding_box()
    page.mouse.move(box["x"] + 0.03 * box["width"], box["y"] + 0.05 * box["height"])
    page.locator(".card .drawn .level", has_text="a guess for this place").wait_for(
        timeout=PATIENCE_MS
    )
    assert "Empty here" in page.locator(".card p").inner_text()
    amber = page.locator(DRAWN).evaluate(
        """(canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, 320, 320);
            let found = 0;
            for (let i = 0; i < data.length; i += 4) found += data[i] - data[i + 2] > 60;
            return found / (320 * 320);
        }"""
    )
    assert 0.03 < amber < 0.5


@pytest.mark.slow
def test_where_the_map_tears_neighbours_apart_the_card_says_so(visit):
    def tear(route):  # the right half of what the server sent, as no small run is torn
        found = route.fetch()
        content = bytearray(found.body())
        header, columns = unpack(bytes(content))
        torn = columns["torn"].reshape(GRID, GRID).copy()
        torn[:, GRID // 2 :] = 2.5
        at = bytes(content).index(columns["torn"].tobytes())
        content[at : at + torn.nbytes] = torn.tobytes()
        assert unpack(bytes(content))[0] == header
        route.fulfill(response=found, body=bytes(content))

    page = visit("patients", ".tiles button")
    page.route("**/places?*", tear)
    page.route_web_socket(re.compile("/between"), lambda socket: None)  # no exact answer comes
    visit("atlas", "canvas.above")
    box = page.locator("canvas.above").bounding_box()
    said = {}
    for share in (0.04, 0.96):  # at the edges no point is beside the pointer
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.04 * box["height"])
        said[share] = card_text(page)
        assert said[share].startswith("Not a patient")
    assert "Torn here: the 8 mixed are 2.5 × as unlike as usual neighbours" in said[0.96]
    assert "Torn here" not in said[0.04]


def test_a_link_restores_how_near_one_looked_and_whose_points_stood_alone(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.locator(".st-key-atlas_colour input").first.fill("N+ or N0")
    page.keyboard.press("Enter")
    settle(page)
    assert "atlas_view" not in page.url
    lonely = alone(on_screen(page, tiny_run, NAMED))
    alone_name = tiny_run.words.no_outcome if tiny_run.rows["label"].iloc[lonely] == 0 else None
    names = page.locator(".map .legend button")
    name = names.filter(has_text=alone_name or tiny_run.words.outcome).first
    name.click()
    at = on_screen(page, tiny_run, NAMED)[lonely].tolist()
    page.mouse.move(*at)
    page.locator(".map .stage").focus()
    page.mouse.wheel(0, -300)  # about the point, which stays under the pointer
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Put this view into the page's link").click()
    settle(page)
    assert re.search(r"atlas_view=2\.\d+_", page.url)
    asked = name.inner_text()
    other = visit(page.url[page.url.index("atlas?") :], "canvas.above")
    assert other.locator(".map .legend button[aria-pressed=true]").all_inner_texts() == [asked]
    other.mouse.move(*on_screen(other, tiny_run, NAMED)[lonely].tolist())
    assert card_text(other).startswith(said_of(tiny_run, lonely))
    word = parse_qs(urlsplit(other.url).query)["atlas_view"][0]
    other.get_by_role("button", name="Put this view into the page's link").click()
    settle(other)
    again = parse_qs(urlsplit(other.url).query)["atlas_view"][0]
    scale, wanted = (one.split("_")[0] for one in (again, word))
    assert float(scale) == pytest.approx(float(wanted), abs=0.002)
    assert again.split("_")[5] == word.split("_")[5] != ""


@pytest.mark.slow
def test_a_view_that_is_none_shows_the_whole_map(visit):
    usual = visit("atlas", "canvas.above").locator("canvas.points")
    before = usual.evaluate("(c) => c.toDataURL()")
    for word in ("9_9", "1_0_0_0_0_<b>", "1e9_0_0_0_0_", "NaN_0_0_0_0_"):
        asked = visit(f"atlas?atlas_view={word}", "canvas.above").locator("canvas.points")
        assert asked.evaluate("(c) => c.toDataURL()") == before, word


def test_a_drag_moves_every_point_with_the_hand(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    at = on_screen(page, tiny_run, NAMED)
    lonely, box = alone(at), page.locator("canvas.above").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"] - 40, box["y"] + 42, steps=6)
    page.mouse.up()
    page.wait_for_timeout(300)
    page.mouse.move(*(at[lonely] + [-40, 30]).tolist())
    assert page.locator(".card p").inner_text().startswith(said_of(tiny_run, lonely))
    assert totals(page) in ((), (0, 0))  # nothing was selected by it


def test_a_map_that_is_saved_says_synthetic_and_not_for_diagnosis(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.evaluate(WRITTEN)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the map as PNG").click()
    written = page.evaluate("window.written")
    assert any(text.startswith("Synthetic. Research and teaching only") for text in written)
    assert saved.value.suggested_filename == f"{tiny_run.name}-map.png"
    picture = np.asarray(Image.open(saved.value.path()).convert("RGB"))
    high = page.locator("canvas.points").evaluate("(c) => c.height")
    assert picture.shape[0] > high + 40  # legend and notice below the map
    assert np.ptp(picture[high:].astype(int)) > 100  # and something is written there


def test_what_the_page_selects_can_be_undone_on_the_map(visit):
    page = visit("atlas", "canvas.above")
    page.locator(".st-key-take_a_near button").first.click()
    page.locator(".map [name=a] span", has_text="8").wait_for(timeout=PATIENCE_MS)
    settle(page)
    page.get_by_role("button", name="Undo the last selection").click()
    counted(page, (0, 0))
    page.get_by_role("button", name="Redo the selection").click()
    counted(page, (8, 0))


def test_group_names_stand_on_a_map_that_is_coloured_by_groups(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    assert page.locator(".map").get_attribute("data-named") == "0"
    page.evaluate(WRITTEN)
    page.locator(".st-key-atlas_colour input").first.fill("group")
    page.keyboard.press("Enter")
    settle(page)
    count = tiny_run.settings.map.clusters
    assert page.locator(".map").get_attribute("data-named") == str(count)
    written = set(page.evaluate("window.written"))
    assert {f"Group {number}" for number in range(1, count + 1)} <= written


def test_an_arrow_key_walks_its_own_way_and_enter_chooses(visit, tiny_run):
    at = tiny_run.map[["named_x", "named_y"]].to_numpy()
    low, high = np.percentile(at, [15, 85], axis=0)
    middle = np.flatnonzero(((at > low) & (at < high)).all(1))[0]  # points lie to all its sides
    page = visit(f"atlas?row={middle}", "canvas.above")
    assert row(page) == middle
    for key, axis, way in (
        ("ArrowLeft", 0, -1), ("ArrowRight", 0, 1), ("ArrowUp", 1, -1), ("ArrowDown", 1, 1),
    ):  # fmt: skip
        begun = row(page)
        page.locator(".map .stage").focus()
        page.keyboard.press(key)
        assert card_shown(page)
        page.keyboard.press("Enter")
        settle(page)
        screen = on_screen(page, tiny_run, NAMED)
        moved = screen[row(page)] - screen[begun]
        assert way * moved[axis] > 0, key
        ahead = way * (screen[:, axis] - screen[begun, axis]) > 0.5
        aside = np.abs(screen[:, 1 - axis] - screen[begun, 1 - axis])
        cost = way * (screen[:, axis] - screen[begun, axis]) + 2.5 * aside
        assert cost[row(page)] <= 1.05 * cost[ahead].min(), key  # to the next one there
