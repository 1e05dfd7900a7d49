"""The map in a real browser with real mouse and keys: lasso, wheel, layouts, A to B, the link."""

import re

import numpy as np
import pytest

from tests.browsing import (
    PATIENCE_MS,
    alone,
    card_shown,
    counted,
    drag,
    on_screen,
    row,
    said_of,
    settle,
    totals,
)

pytestmark = pytest.mark.browser

RIGHT = ((0.52, 0.01), (0.99, 0.99))
LEFT = ((0.01, 0.01), (0.48, 0.99))


def test_a_lasso_catches_what_its_line_goes_round(visit, tiny_run):
    from skimage.measure import points_in_poly

    page = visit("atlas", "canvas.above")
    at = on_screen(page, tiny_run, ("named_x", "named_y"))
    page.get_by_role("button", name="Lasso").click()
    low, high = np.percentile(at, [20, 80], axis=0)
    corners = np.array([[low[0], low[1]], [high[0], (low[1] + high[1]) / 2], [low[0], high[1]]])
    page.mouse.move(*corners[0].tolist())
    page.mouse.down()
    for corner in (*corners[1:], corners[0]):
        page.mouse.move(*corner.tolist(), steps=5)
    page.mouse.up()
    middle = corners.mean(0)
    surely, perhaps = (
        int(points_in_poly(at, middle + share * (corners - middle)).sum()) for share in (0.95, 1.05)
    )
    assert surely > 0
    caught, rest = totals(page)
    assert surely <= caught <= perhaps
    assert rest == 0
    # what it holds stands beneath the map before the page behind says it
    line = page.locator(".lines .of-a")
    line.wait_for(timeout=PATIENCE_MS)
    assert line.inner_text().startswith(f"A · {caught:,} patches · ")
    assert page.locator(".lines .of-b").is_hidden()


def test_the_wheel_zooms_about_the_pointer_once_the_map_was_clicked(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    at = on_screen(page, tiny_run, ("named_x", "named_y"))
    lonely = alone(at)
    drawn = page.locator("canvas.points")
    before = drawn.evaluate("(c) => c.toDataURL()")
    page.mouse.move(*at[lonely].tolist())
    page.mouse.wheel(0, 0)
    assert page.locator(".card p").inner_text().startswith(said_of(tiny_run, lonely))
    page.locator(".map .stage").focus()
    page.mouse.wheel(0, -500)
    page.wait_for_timeout(300)
    assert drawn.evaluate("(c) => c.toDataURL()") != before
    page.mouse.move(*(at[lonely] + 1).tolist())
    assert page.locator(".card p").inner_text().startswith(said_of(tiny_run, lonely))
    page.get_by_role("button", name="Reset").click()
    page.wait_for_timeout(300)
    assert drawn.evaluate("(c) => c.toDataURL()") == before


def test_without_the_keyboards_focus_the_wheel_scrolls_the_page(visit):
    page = visit("atlas", "canvas.above")
    drawn = page.locator("canvas.points")
    before = drawn.evaluate("(c) => c.toDataURL()")
    box = page.locator("canvas.above").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.wheel(0, 200)
    page.wait_for_function(
        "document.querySelector('[data-testid=stMain]').scrollTop > 0", timeout=PATIENCE_MS
    )
    assert drawn.evaluate("(c) => c.toDataURL()") == before


@pytest.mark.slow
def test_points_glide_from_one_layout_to_another_and_keep_their_selection(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.get_by_role("button", name="Box").click()
    drag(page, *LEFT)
    caught = totals(page)
    assert caught[0] > 0
    settle(page)
    page.get_by_role("button", name="Clear").click()
    settle(page)
    frames = int(page.locator(".map").get_attribute("data-drawn"))
    page.get_by_role("radio", name="PCA", exact=True).click()
    settle(page)
    page.wait_for_timeout(1000)
    assert int(page.locator(".map").get_attribute("data-drawn")) > frames + 3
    at = on_screen(page, tiny_run, ("pca_x", "pca_y"))
    lonely = alone(at)
    page.mouse.move(*at[lonely].tolist())
    assert page.locator(".card p").inner_text().startswith(said_of(tiny_run, lonely))
    page.get_by_role("button", name="Undo the last selection").click()
    counted(page, caught)  # the same patches, wherever they lie now


def test_n_visits_the_true_neighbours_of_the_chosen_one(visit, tiny_run):
    from core.latent.space import LatentSpace

    page = visit("atlas", "canvas.above")
    chosen, space = row(page), LatentSpace.open(tiny_run)
    named = tiny_run.codes[:, : len(space.attributes)]
    apart = np.linalg.norm(named - named[chosen], axis=1)
    apart[chosen] = np.inf
    near = np.argsort(apart, kind="stable")
    page.locator(".map .stage").focus()
    for number, wanted in enumerate(near[:2], 1):
        page.keyboard.press("n")
        said = page.locator(".map .read").inner_text()
        assert said.startswith(f"{number} of 8 nearest in the named dimensions. ")
        assert said_of(tiny_run, wanted) in said
    assert card_shown(page)


@pytest.mark.slow
def test_a_and_b_become_a_direction_on_the_growth_page_and_stand_in_the_link(visit, tiny_run):
    page = visit("atlas", "canvas.above")
    page.get_by_role("button", name="Box").click()
    drag(page, *LEFT)
    page.get_by_role("button", name="B", exact=True).click()
    drag(page, *RIGHT)
    caught = totals(page)
    assert min(caught) > 5
    page.get_by_text("What sets B apart from A").wait_for(timeout=PATIENCE_MS)
    settle(page)
    link = page.url
    page.get_by_role("button", name="Use this way on the Growth page").click()
    page.wait_for_url(re.compile(r"/growth"), timeout=PATIENCE_MS)
    page.get_by_text("asked change: from A to B").first.wait_for(timeout=PATIENCE_MS)
    settle(page)
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator(".film canvas").count() > 0
    page.get_by_role("slider", name="Requested").press("End")
    page.wait_for_url(re.compile("step=25"), timeout=PATIENCE_MS)
    settle(page)
    assert "sub-" not in page.url
    score = page.locator(".tile.score b").inner_text()
    # a colleague who was not there opens the link
    context = page.context.browser.new_context(viewport={"width": 1440, "height": 1000})
    fresh = context.new_page()
    fresh.goto(page.url)
    fresh.wait_for_selector(".film[data-ready]", timeout=PATIENCE_MS)
    settle(fresh)
    fresh.get_by_text("asked change: from A to B").first.wait_for(timeout=PATIENCE_MS)
    assert fresh.locator(".tile.score b").inner_text() == score
    assert "1.0 × the way" in fresh.locator(".tile.asked b").inner_text()
    context.close()
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("canvas.above", timeout=PATIENCE_MS)
    settle(page)
    for which, count in zip("ab", caught, strict=True):
        assert page.locator(f".map [name={which}] span").inner_text() == f"{count:,}"
