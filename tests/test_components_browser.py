"""Our own components in a real browser: a click, a lasso and a key do what they say."""

import re

import pytest

from tests.sessions import Server

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE_MS = 90_000

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tiny_run, tmp_path_factory):
    place = tmp_path_factory.mktemp("server")
    with Server(tiny_run.folder.parent, cwd=place, run=tiny_run.name) as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser, server):
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def opened(place, wanted):
        page.goto(f"{server.url}/{place}")
        page.wait_for_selector(wanted, timeout=PATIENCE_MS)
        settle(page)
        return page

    yield opened
    assert not complaints
    context.close()


def settle(page):
    page.wait_for_timeout(400)
    page.wait_for_selector(SETTLED, timeout=PATIENCE_MS)
    page.wait_for_timeout(400)


def row(page):
    return int(re.search(r"row=(\d+)", page.url)[1])


def ink(page, selector):
    """Share of a canvas that something was drawn on."""
    return page.locator(selector).first.evaluate(
        """(canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let drawn = 0;
            for (let i = 3; i < data.length; i += 4) drawn += data[i] > 0;
            return drawn / (data.length / 4);
        }"""
    )


def place_of(page, shown):
    """Where some point lies on the screen, and what its card says."""
    box = page.locator("canvas.above").bounding_box()
    for x in range(12, int(box["width"]) - 12, 9):
        for y in range(60, int(box["height"]) - 12, 9):
            page.mouse.move(box["x"] + x, box["y"] + y)
            said = page.locator(".card p").inner_text() if shown(page) else ""
            if said:
                return box["x"] + x, box["y"] + y, said
    raise AssertionError("no point was found under the pointer")


def card_shown(page):
    return page.locator(".card").evaluate("(card) => card.style.display") == "block"


def test_a_tile_chooses_its_patient(visit, tiny_run):
    page = visit("patients", ".tiles button")
    tiles = page.locator(".tiles button")
    assert tiles.count() == tiny_run.rows["patient_id"].nunique()
    other = page.locator(".tiles button[aria-pressed=false]").first
    patient = other.get_attribute("aria-label").split(" · ")[0]
    other.click()
    page.wait_for_timeout(300)
    settle(page)
    assert tiny_run.rows["patient_id"].iloc[row(page)] == patient
    assert page.locator(".tiles button[aria-pressed=true]").count() == 1


def test_slices_are_drawn_with_outlines_and_answer_to_window_and_keys(visit):
    page = visit("patients", ".viewer canvas")
    assert ink(page, ".viewer canvas") > 0.99
    assert page.locator(".viewer g.node").count() >= 1
    before = page.locator(".viewer canvas").evaluate("(c) => c.toDataURL()")
    page.locator(".viewer [name=level]").evaluate(
        "(range) => { range.value = 30; range.dispatchEvent(new Event('input')); }"
    )
    page.wait_for_timeout(200)
    assert page.locator(".viewer canvas").evaluate("(c) => c.toDataURL()") != before
    page.locator(".viewer [name=outlines]").uncheck()
    assert page.locator(".viewer g.node").count() == 0
    written = page.locator(".viewer svg text").all_text_contents()
    assert {"R", "L", "A", "P"} <= set(written)
    assert any(text.endswith(" mm") for text in written)


def test_the_map_shows_the_patch_under_the_pointer_and_a_click_chooses_it(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    assert ink(page, "canvas.points") > 0.01
    x, y, said = place_of(page, card_shown)
    page.mouse.click(x, y)
    settle(page)
    chosen = tiny_run.rows.iloc[row(page)]
    assert said.startswith(f"{chosen['patient_id']}, {tiny_run.words.lesion} {chosen['node']}")


def test_arrow_keys_walk_and_enter_chooses(visit):
    page = visit("atlas", "canvas.above")
    before = row(page)
    page.locator(".map .stage").focus()
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        if card_shown(page):
            break
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    settle(page)
    assert row(page) != before


def test_a_box_around_everything_lists_everything(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.get_by_role("button", name="Box").click()
    box = page.locator("canvas.above").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4, steps=4)
    page.mouse.up()
    page.get_by_text("What the lasso caught").wait_for(timeout=PATIENCE_MS)
    settle(page)
    everything = f"{len(tiny_run.rows):,}"
    assert f"{everything} patches of {everything}" in page.inner_text("body")


def test_a_neighbour_clicked_becomes_the_chosen_one(visit, tiny_run):
    page = visit("atlas", ".st-key-neighbours button")
    first = page.locator(".st-key-neighbours button").first
    patient = first.inner_text().split("\n")[0]
    before = row(page)
    first.click()
    settle(page)
    assert row(page) != before
    assert tiny_run.rows["patient_id"].iloc[row(page)] == patient
