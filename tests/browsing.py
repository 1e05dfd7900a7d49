"""What the browser tests do on a page: wait, point, drag, count."""

import re

import numpy as np

SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE_MS = 90_000
ALL = ((0.01, 0.01), (0.99, 0.99))
LEFT = ((0.01, 0.01), (0.5, 0.99))


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
            if said and not said.startswith("Not a patient"):
                return box["x"] + x, box["y"] + y, said
    raise AssertionError("no point was found under the pointer")


def card_shown(page):
    return page.locator(".card").evaluate("(card) => card.style.display") == "block"


def drag(page, start, end, *, key=None):
    """Drag over the map from one share of it to another, a modifier held down or none."""
    page.locator("canvas.above").scroll_into_view_if_needed()
    box = page.locator("canvas.above").bounding_box()
    if key:
        page.keyboard.down(key)
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=4)
    page.mouse.up()
    if key:
        page.keyboard.up(key)


def totals(page):
    """How many points are in A and in B, as a screen reader is told."""
    said = page.locator(".map .read").inner_text()
    return tuple(int(number) for number in re.findall(r"(\d+) points", said))


def counted(page, wanted):
    """Wait until so many points are in A and in B; the page behind may be running meanwhile."""
    for _ in range(100):
        if totals(page) == wanted:
            settle(page)
            return
        page.wait_for_timeout(100)
    assert totals(page) == wanted


def on_screen(page, run, axes):
    """Where every patch lies on the screen while the map was not moved, (row, 2)."""
    from dashboard.figures.points import places

    page.locator("canvas.above").scroll_into_view_if_needed()
    box = page.locator("canvas.above").bounding_box()
    at = places(run.map[list(axes)].to_numpy(np.float32))
    x = box["x"] + box["width"] * (0.5 + 0.44 * at[:, 0])
    y = box["y"] + box["height"] * (0.5 - 0.42 * at[:, 1])
    return np.stack([x, y], axis=1)


def said_of(run, row):
    """How the card of a row begins."""
    found = run.rows.iloc[row]
    return f"{found['patient_id']}, {run.words.lesion} {found['node']}"


def alone(at):
    """The point that lies farthest from all others, away from the edge."""
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    middle = np.abs(at - (at.min(0) + at.max(0)) / 2) < 0.4 * np.ptp(at, axis=0)
    return int(np.where(middle.all(1), apart.min(1), -1).argmax())
