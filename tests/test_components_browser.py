"""Our own components in a real browser: a click, a lasso and a key do what they say."""

import re

import pytest

from tests.browsing import (
    ALL,
    LEFT,
    PATIENCE_MS,
    card_shown,
    counted,
    drag,
    ink,
    place_of,
    row,
    settle,
    totals,
)

pytestmark = pytest.mark.browser


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


def test_a_box_around_everything_lists_everything_and_the_link_restores_it(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.get_by_role("button", name="Box").click()
    drag(page, *ALL)
    page.get_by_text("What sets A and B apart?").wait_for(timeout=PATIENCE_MS)
    settle(page)
    everything = f"{len(tiny_run.rows):,}"
    listed = f"{everything} patches of {everything}"
    page.get_by_text(listed).wait_for(timeout=PATIENCE_MS)
    link = page.url
    assert "a=" in link
    page.goto("about:blank")
    page.goto(link)
    page.get_by_text(listed).wait_for(timeout=PATIENCE_MS)


@pytest.mark.slow
def test_shift_adds_alt_takes_away_and_undo_goes_back(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.get_by_role("button", name="Box").click()
    drag(page, *LEFT)
    settle(page)
    (left, _) = totals(page)
    assert 0 < left < len(tiny_run.rows)
    drag(page, (0.5, 0.01), (0.99, 0.99), key="Shift")
    counted(page, (len(tiny_run.rows), 0))
    drag(page, *LEFT, key="Alt")
    counted(page, (len(tiny_run.rows) - left, 0))
    page.locator(".map .stage").focus()
    page.keyboard.press("Control+z")
    counted(page, (len(tiny_run.rows), 0))
    page.keyboard.press("Control+z")
    counted(page, (left, 0))
    page.keyboard.press("Control+Shift+z")
    counted(page, (len(tiny_run.rows), 0))
    page.get_by_role("button", name="B", exact=True).click()
    drag(page, *LEFT)
    counted(page, (len(tiny_run.rows) - left, left))


@pytest.mark.slow
def test_patients_of_other_splits_are_out_of_reach_and_ctrl_takes_away(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.locator(".st-key-atlas_split input").first.fill("test")
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("button", name="Box").click()
    drag(page, *ALL)
    counted(page, (int((tiny_run.rows["split"] == "test").sum()), 0))
    page.get_by_text("Are there groups?").click()
    settle(page)
    drag(page, *ALL, key="Control")
    counted(page, (0, 0))
    assert page.locator(".st-key-atlas_grouping").count() == 1  # nothing drawn, no jump


def test_what_is_selected_is_counted_beside_its_letter_and_beneath_the_map(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.get_by_role("button", name="Box").click()
    drag(page, *ALL)
    everything = f"{len(tiny_run.rows):,}"
    assert page.locator(".map [name=a] span").inner_text() == everything
    page.get_by_text(f"A · {everything} patches").wait_for(timeout=PATIENCE_MS)


def test_the_map_forms_under_the_slider_and_ends_as_it_was(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.get_by_role("radio", name="PCA", exact=True).click()
    settle(page)
    before = page.locator("canvas.points").evaluate("(c) => c.toDataURL()")
    page.get_by_text("Watch the map form during training").click()
    slider = page.locator("[name=moment]")
    slider.wait_for(timeout=PATIENCE_MS)
    slider.focus()
    page.keyboard.press("Home")
    page.locator(".forming output", has_text="epoch 1:").wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(200)
    assert page.locator("canvas.points").evaluate("(c) => c.toDataURL()") != before
    page.locator(".map [name=box]").click()
    drag(page, *ALL)
    assert totals(page)[0] <= int(tiny_run.rows["key_slice"].sum())
    slider.focus()
    page.keyboard.press("End")
    page.locator(".forming output", has_text="finished model").wait_for(timeout=PATIENCE_MS)


LATE = """() => {
    const ask = window.fetch;
    const wait = () => new Promise((go) => setTimeout(go, 1500));
    window.fetch = async (link, ...rest) => {
        if (/places.*PCA/.test(link)) await wait();
        return ask(link, ...rest);
    };
}"""


@pytest.mark.slow
def test_places_that_come_late_do_not_undo_the_slider(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.evaluate(LATE)
    page.get_by_role("radio", name="PCA", exact=True).click()
    settle(page)
    page.get_by_text("Watch the map form during training").click()
    slider = page.locator("[name=moment]")
    slider.wait_for(timeout=PATIENCE_MS)
    slider.focus()
    page.keyboard.press("Home")
    page.locator(".forming output", has_text="epoch 1:").wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(2600)  # the places' 1.5 s and the 0.9 s that points glide
    page.locator(".map [name=box]").click()
    drag(page, *ALL)
    assert 0 < totals(page)[0] <= int(tiny_run.rows["key_slice"].sum())


def test_a_name_in_the_legend_shows_its_points_alone(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.locator(".st-key-atlas_colour input").first.fill("N+ or N0")
    page.keyboard.press("Enter")
    settle(page)
    name = page.locator(".map .legend button").first
    name.wait_for(timeout=PATIENCE_MS)
    name.click()
    page.get_by_role("button", name="Box").click()
    drag(page, *ALL)
    label = 0 if name.inner_text() == tiny_run.words.no_outcome else 1
    assert totals(page) == (int((tiny_run.rows["label"] == label).sum()), 0)


def test_between_the_points_the_model_draws_and_says_that_nobody_is_there(visit):
    page = visit("atlas", "canvas.above")
    box = page.locator("canvas.above").bounding_box()
    page.locator(".map .stage").focus()
    for x in range(20, int(box["width"]) - 20, 23):
        page.mouse.move(box["x"] + x, box["y"] + 14)
        if page.locator(".card p").inner_text().startswith("Not a patient"):
            break
    page.locator(".card .level", has_text="a guess for this place").wait_for(timeout=PATIENCE_MS)
    assert ink(page, ".card .drawn canvas") > 0.9


@pytest.mark.slow
def test_nothing_on_the_atlas_asks_another_server(browser, server):
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{server.url}/atlas")
    page.wait_for_selector("canvas.above", timeout=PATIENCE_MS)
    settle(page)
    place_of(page, card_shown)
    page.locator(".card .level", has_text="drawn from its code").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Box").click()
    drag(page, *LEFT)
    page.locator(".lines .of-a").wait_for(timeout=PATIENCE_MS)
    with page.expect_download():
        page.get_by_role("button", name="Save the map as PNG").click()
    settle(page)
    context.close()
    for route in ("/rows", "/places", "/colours", "/lines", "/between"):
        assert any(route in url for url in asked), f"nothing asked {route}"
    own = re.compile(rf"(https?|wss?)://127\.0\.0\.1:{server.port}/|(data|blob):")
    assert [url for url in asked if not own.match(url)] == []


def test_a_neighbour_clicked_becomes_the_chosen_one(visit, tiny_run):
    page = visit("atlas", ".st-key-neighbours button")
    first = page.locator(".st-key-neighbours button").first
    patient = first.inner_text().split("\n")[0]
    before = row(page)
    first.click()
    settle(page)
    assert row(page) != before
    assert tiny_run.rows["patient_id"].iloc[row(page)] == patient


def test_a_stroke_of_the_mouse_moves_score_map_readings_and_place(visit, tiny_run):
    page = visit("why", ".brush[data-at]")
    brush, paint = page.locator(".brush"), page.locator(".brush canvas.paint")
    paint.scroll_into_view_if_needed()
    settle(page)

    def told():
        return {
            "at": brush.get_attribute("data-at"),
            "readings": page.locator(".readings").inner_text(),
            "heat": page.locator("canvas.heat").evaluate("(c) => c.toDataURL()"),
            "map": page.locator("canvas.map").evaluate("(c) => c.toDataURL()"),
        }

    before = told()
    assert page.locator(".readings .needle").count() >= 1
    assert "HiResCAM, layer 16 × 16" in page.locator(".brush .made").inner_text()
    scale = page.locator(".brush .scale").inner_text().split("\n")
    assert float(scale[1]) == -float(scale[2]) < 0
    assert "unpainted" in scale[-1]
    page.locator(".brush .tones button", has_text="bright").click()
    page.locator(".brush input.width").fill("6")
    box = paint.bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    answers = []
    page.on("response", lambda one: "/painted/" in one.url and answers.append(one))
    page.mouse.down()
    for step in range(1, 7):
        across = 0.2 + 0.1 * step
        page.mouse.move(box["x"] + across * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.up()
    page.wait_for_function(
        "(was) => document.querySelector('.brush')?.dataset.at !== was"
        " || [...document.querySelectorAll('*')].some((one) =>"
        " one.shadowRoot?.querySelector('.brush[data-at]')?.dataset.at !== was"
        " && one.shadowRoot?.querySelector('.brush[data-at]'))",
        arg=before["at"],
        timeout=PATIENCE_MS,
    )
    settle(page)
    after = told()
    assert [name for name in before if before[name] == after[name]] == []
    # a small network's score may move by less than a tenth of a point: what is said of it must fit
    assert page.locator(".brush .scale").inner_text().split("\n") == scale  # the colours stay
    asked, score = row(page), answers[-1].json()["score"]
    change = 100 * (score - float(tiny_run.rows["node_score"].iloc[asked]))
    assert change
    said = "0.0" if abs(change) < 0.05 else f"{change:+.1f}"
    assert f"Change: {said} points" in page.locator(".brush .change").inner_text()
    page.locator(".brush .presets button", has_text="As it was").click()
    page.wait_for_timeout(800)
    assert told()["at"] == before["at"]
    assert told()["readings"] == before["readings"]
