"""The presenter view in a real browser: no side bar for a moment, marked nodes by key."""

import pytest

from tests.browsing import settle

pytestmark = pytest.mark.browser

# asked at every frame of the screen, from before the page's own scripts
WATCH = """
window.bars = 0;
const look = () => {
  const bar = document.querySelector('[data-testid=stSidebar]');
  if (bar && bar.checkVisibility() && bar.getBoundingClientRect().width > 0) window.bars += 1;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def keys_of(run):
    return [int(row) for row in run.rows.index[run.rows["key_slice"].astype(bool)]]


def row_of(page):
    return page.evaluate("new URL(location.href).searchParams.get('row')")


@pytest.mark.slow
def test_opened_afresh_a_room_never_sees_the_side_bar_and_n_and_p_go_round(
    browser, server, tiny_run
):
    first, second, third = keys_of(tiny_run)[:3]
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    link = f"run={tiny_run.name}&row={first}&marked={first}-{second}-{third}"
    page.goto(f"{server.url}/growth?{link}&growth_present=true")
    page.wait_for_selector(".film[data-ready]", timeout=120_000)
    settle(page)
    assert page.evaluate("window.bars") == 0
    assert not page.get_by_test_id("stSelectbox").first.is_visible()
    assert page.locator("[data-testid=stButtonGroup] button:visible").count() >= 3
    for key, row in (("n", second), ("n", third), ("n", first), ("p", third)):
        page.keyboard.press(key)
        page.wait_for_function(
            "row => new URL(location.href).searchParams.get('row') === row", arg=str(row),
            timeout=90_000,
        )  # fmt: skip
        page.wait_for_selector(".film[data-ready]", timeout=90_000)
        settle(page)
    page.get_by_text("Presenter view").click()
    page.get_by_test_id("stSidebar").wait_for(state="visible", timeout=60_000)
    settle(page)
    page.keyboard.press("n")
    settle(page)
    assert row_of(page) == str(third), "outside the presenter view N is a letter"
    context.close()
