"""The map at 100,000 patches in a real browser: neighbours fetched one by one, a pan, a lasso."""

import numpy as np
import pytest

from core.run import Run
from tests.benchmarks.atlas_map import enlarged
from tests.browsing import PATIENCE_MS, on_screen, said_of, settle, totals

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROWS = 100_000
LONG_MS = 4 * PATIENCE_MS
# where the points are drawn, (down, across), every fourth pixel, without what moved to the edges
INKED = """(canvas) => {
  const { width, height } = canvas, out = [];
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  for (let y = 80; y < height - 80; y += 4)
    for (let x = 80; x < width - 80; x += 4) out.push(data[4 * (y * width + x) + 3] > 0 ? 1 : 0);
  return out;
}"""
# one step of a drag by the hand, and what stands on the canvas at the frame after it
STEP = f"""async (canvas) => {{
  const box = canvas.getBoundingClientRect(), root = canvas.closest(".map");
  const send = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind,
    {{ clientX: box.x + x, clientY: box.y + y, pointerId: 1, bubbles: true, isPrimary: true }}));
  canvas.setPointerCapture = () => {{}};
  const points = root.querySelector("canvas.points"), before = Number(root.dataset.moved ?? 0);
  send("pointerdown", 200, 200);
  send("pointermove", 206, 206);
  send("pointermove", 240, 224);
  await new Promise(requestAnimationFrame);
  await new Promise((done) => setTimeout(done, 0));
  const moving = ({INKED})(points), moved = Number(root.dataset.moved ?? 0) - before;
  await new Promise((done) => setTimeout(done, 600));
  const rest = ({INKED})(points);
  send("pointerup", 240, 224);
  return [moving, rest, moved];
}}"""


@pytest.fixture(scope="module")
def large(tiny_run, tmp_path_factory):
    place = tmp_path_factory.mktemp("large") / "runs" / "large"
    return Run.open(enlarged(tiny_run.folder, place, ROWS))


@pytest.fixture(scope="module")
def page(large, browser, tmp_path_factory):
    from tests.sessions import Server

    place = tmp_path_factory.mktemp("server")
    with Server(large.folder.parent, cwd=place, run=large.name) as server:
        page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        page.set_default_timeout(LONG_MS)
        page.goto(f"{server.url}/atlas?run={large.name}&row=0")
        page.wait_for_selector("canvas.above")
        page.locator(".map[data-drawn]").wait_for(state="attached")
        settle(page)
        yield page
        page.context.close()


def test_neighbours_of_the_point_one_looks_at_are_fetched_and_walked(large, page):
    asked = []
    page.on("request", lambda request: "/near/" in request.url and asked.append(request.url))
    at = on_screen(page, large, ("named_x", "named_y"))
    lonely = alone_of_many(at)
    page.mouse.move(*at[lonely].tolist())
    page.wait_for_timeout(2500)
    assert page.locator(".card p").inner_text().startswith(said_of(large, lonely))
    assert any(f"/near/{lonely}?" in url for url in asked)
    page.locator(".map .stage").focus()
    page.keyboard.press("n")
    dims = len(large.settings.vae.attributes)
    named = large.codes[:, :dims]
    apart = np.linalg.norm(named - named[lonely], axis=1)
    apart[lonely] = np.inf
    said = page.locator(".map .read").inner_text()
    assert said.startswith("1 of 8 nearest in the named dimensions. ")
    assert said_of(large, int(apart.argmin())) in said


def alone_of_many(at):
    """The point of some thousands, away from the edge, that lies farthest from all others."""
    from scipy.spatial import cKDTree

    apart = cKDTree(at).query(at, k=2)[0][:, 1]
    middle = np.abs(at - (at.min(0) + at.max(0)) / 2) < 0.4 * np.ptp(at, axis=0)
    return int(np.where(middle.all(1), apart, -1).argmax())


def test_while_a_hand_moves_the_map_the_last_drawing_stands_where_the_points_will(page):
    page.get_by_role("button", name="Reset").click()
    page.wait_for_timeout(500)
    moving, rest, moved = page.locator("canvas.above").evaluate(STEP)
    assert moved >= 1  # a drawing was moved, and the points not drawn anew
    moving, rest = np.array(moving, bool), np.array(rest, bool)
    assert rest.any()
    assert (moving & rest).sum() / (moving | rest).sum() > 0.95


def test_a_box_counts_every_point_within_it(large, page):
    from dashboard.figures.points import places

    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Box", exact=True).click()
    canvas = page.locator("canvas.above")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    reach = np.array([0.46 * box["width"], 0.45 * box["height"]])  # points lie within .44 and .42
    page.mouse.move(*(middle - reach).tolist())
    page.mouse.down()
    page.mouse.move(*(middle + reach).tolist(), steps=3)
    page.mouse.up()
    page.wait_for_timeout(3000)
    at = np.abs(places(large.map[["named_x", "named_y"]].to_numpy(np.float32)))
    within = (0.44 * at[:, 0] <= 0.46) & (0.42 * at[:, 1] <= 0.45)
    assert within.mean() > 0.99
    assert totals(page)[1] == 0
    assert abs(totals(page)[0] - within.sum()) <= 5  # a pixel's rounding at the box's edge
