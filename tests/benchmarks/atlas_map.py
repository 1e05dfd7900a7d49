"""How fast the map is: drawing, panning, and a lasso's way to the page, in headless Chromium.

    python -m tests.benchmarks.atlas_map --run assets/demo --rows 37000 100000

Makes a run of so many patches from a finished one (its patients again and again under new names,
places and codes a little moved), opens the Atlas on it without a GPU and prints: milliseconds of
drawing all points and of one frame of a pan, frames a second while a pan is under way, from
letting go of a box around about 5,000 points to their count on the map and to their line on the
page (through Python), and the memory of the page's scripts and of the server.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from core.run import Run
from tests.benchmarks.screenshots import FLAGS, settle
from tests.sessions import Server

MEMORY = ("--enable-precise-memory-info",)
WANTED = 5000  # points in the box
WATCH = """() => { window.lassoed = new Promise((done) => {
  const look = () => [...document.querySelectorAll("[data-testid=stCaptionContainer] p")]
    .map((one) => /^A · ([\\d,]+) patches/.exec(one.innerText)).find(Boolean);
  addEventListener("pointerup", () => {
    const began = performance.now();
    const watch = new MutationObserver(() => {
      const seen = look();
      if (!seen) return;
      watch.disconnect();
      done([performance.now() - began, Number(seen[1].replaceAll(",", ""))]);
    });
    watch.observe(document.body, { childList: true, subtree: true, characterData: true });
  }, { once: true, capture: true });
  setTimeout(() => done([NaN, 0]), 90000);
}); }"""
COUNTED = """() => { window.counted = new Promise((done) => {
  const count = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean)
    .concat([document]).map((one) => one.querySelector("[name=a] span")).find(Boolean);
  addEventListener("pointerup", () => {
    const began = performance.now();
    new MutationObserver(() => done(performance.now() - began)).observe(count,
      { childList: true, characterData: true, subtree: true });
  }, { once: true, capture: true });
}); }"""
# a drag of two seconds, one event a frame, as a person's mouse sends them
PAN = """async (canvas) => {
  const box = canvas.getBoundingClientRect(), root = canvas.closest(".map");
  const send = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind,
    { clientX: box.x + x, clientY: box.y + y, pointerId: 1, bubbles: true, isPrimary: true }));
  canvas.setPointerCapture = () => {};
  send("pointerdown", 200, 200);
  const before = Number(root.dataset.drawn), took = [], began = performance.now();
  let step = 0;
  while (performance.now() - began < 2000) {
    send("pointermove", 200 + (step % 90), 200 + (step++ % 60));
    await new Promise(requestAnimationFrame);
    took.push(Number(root.dataset.drawMs));
  }
  const seconds = (performance.now() - began) / 1000;
  send("pointerup", 260, 240);
  took.sort((a, b) => a - b);
  return [took[took.length >> 1], (Number(root.dataset.drawn) - before) / seconds];
}"""


def main(arguments=None):
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--run", type=Path, required=True)
    options.add_argument("--rows", type=int, nargs="+", default=[37_000, 100_000])
    asked = options.parse_args(arguments)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    heads = ("rows", "draw ms", "pan ms", "pan fps", "lassoed", "count ms", "page ms")
    print("".join(f"{head:>10}" for head in (*heads, "page MB", "server MB")))
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as place:
            folder = enlarged(asked.run, Path(place) / "runs" / "large", rows)
            found = measured(folder, Path(place), rows)
            print(f"{rows:10d}" + "".join(f"{one:10.1f}" for one in found), flush=True)


def enlarged(source, target, rows):
    """A run of so many patches, made of another's."""
    run, random = Run.open(source), np.random.default_rng(0)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("slices", "added", "snapshots"))
    again = np.resize(np.arange(len(run.rows)), rows)
    for name in ("patches", "masks"):
        np.save(target / f"{name}.npy", getattr(run, name)[again])
    moved = run.codes[again] + 0.05 * random.normal(size=(rows, run.codes.shape[1]))
    np.save(target / "codes.npy", moved.astype(np.float32))
    for name in ("rows", "map", "grid"):
        table = getattr(run, name).iloc[again].reset_index(drop=True)
        if "row" in table:
            table["row"] = np.arange(rows)
        if name == "rows":
            times = np.arange(rows) // len(run.rows)
            table["patient_id"] = [
                f"{who}-{time}" for who, time in zip(table["patient_id"], times, strict=True)
            ]
        if name == "map":
            axes = [one for one in table if one[-2:] in ("_x", "_y", "_z")]
            table[axes] += (
                0.3 * random.normal(size=(rows, len(axes))) * table[axes].std().to_numpy() / 5
            )
        table.to_parquet(target / f"{name}.parquet", index=False)
    manifest = json.loads((target / "run.json").read_text(encoding="utf-8"))
    manifest["name"] = target.name
    (target / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    return target


def measured(folder, elsewhere, rows):
    """Milliseconds of drawing and panning, frames a second, points caught, ways to map and page."""
    from playwright.sync_api import sync_playwright

    chromium = next(p for n in ("chromium", "chromium-browser") if (p := shutil.which(n)))
    with Server(folder.parent, cwd=elsewhere, run="large") as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=[*FLAGS, *MEMORY])
        page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        settle(page, f"{server.url}/atlas?run=large&row=0")
        root, canvas = page.locator(".map"), page.locator("canvas.above")
        page.wait_for_function("document.readyState === 'complete'")
        redraws = []
        for _ in range(9):
            page.get_by_role("button", name="Reset").click()
            page.wait_for_timeout(250)
            redraws.append(float(root.get_attribute("data-draw-ms")))
        pan, fps = canvas.evaluate(PAN)
        page.get_by_role("button", name="Reset").click()
        caught, to_map, to_page = lassoed(page, canvas, folder, rows)
        heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
        resident = int(status.split("VmRSS:")[1].split()[0]) / 1000
        browser.close()
    return statistics.median(redraws), pan, fps, caught, to_map, to_page, heap, resident


def lassoed(page, canvas, folder, rows):
    """A box around about 5,000 points, and how long their count takes to the page."""
    from dashboard.figures.points import places

    at = places(pd.read_parquet(folder / "map.parquet")[["umap_x", "umap_y"]].to_numpy(np.float32))
    inside = np.sort(np.abs(at).max(1))
    reach = float(inside[min(WANTED, rows) - 1]) if rows > WANTED else 1.1
    page.get_by_role("button", name="Box", exact=True).click()
    box = canvas.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    across, down = 0.44 * box["width"] * reach, 0.42 * box["height"] * reach
    page.mouse.move(middle[0] - across, middle[1] - down)
    page.mouse.down()
    page.mouse.move(middle[0] + across, middle[1] + down, steps=3)
    page.evaluate(WATCH)
    page.evaluate(COUNTED)
    page.mouse.up()
    to_page, caught = page.evaluate("window.lassoed")
    return caught, page.evaluate("window.counted"), to_page


if __name__ == "__main__":
    main()
