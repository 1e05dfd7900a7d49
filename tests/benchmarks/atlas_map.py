"""How fast the map is: drawing, panning, and a lasso's way to the page, in headless Chromium.

    python -m tests.benchmarks.atlas_map --run assets/demo --rows 37000 100000 [--write]

Makes a run of so many patches from a finished one (its patients again and again under new names,
places and codes a little moved), opens the Atlas on it without a GPU and prints: milliseconds of
drawing all points and of one frame of a pan, frames a second while a pan is under way, from
letting go of a box around about 5,000 points to their count on the map and to their line beneath
it (which the map's own route answers, without a run of the page's script; the first time and the
median of the later ones, each of other points, drawn once the last comparison is there), and the
memory of the page's scripts and of the server.
`--beside TREE` does the same with another checkout's server in turns, so that before and after
share the machine's moods; `--write` adds the figures for 37,000 points to the run.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics
from core.run import Run
from core.training.record import commit
from tests.benchmarks.screenshots import FLAGS, SETTLED, settle
from tests.sessions import ROOT, Server

STATED = 37_000  # points that the goals are stated for
MEMORY = ("--enable-precise-memory-info",)
WANTED = 5000  # points in the box
LASSOS = 7
PATIENCE_MS = 240_000  # a busy machine opens pages slowly
# From the pointer's release to the line that names as many as the map counts, beneath the map or,
# in older checkouts, on the page. textContent: innerText would lay the page out at every change.
WATCH = """() => { window.lassoed = new Promise((done) => {
  const roots = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
  const find = (what) =>
    roots.concat([document]).map((one) => one.querySelector(what)).find(Boolean);
  const count = find("[name=a] span"), own = find(".lines .of-a");
  const lines = () => own ? [own] : document.querySelectorAll("[data-testid=stCaptionContainer] p");
  const look = () =>
    [...lines()].map((one) => /^A · ([\\d,]+) patches/.exec(one.textContent)).find(Boolean);
  addEventListener("pointerup", () => {
    const began = performance.now(), before = count.textContent;
    let counted = NaN;
    const changes = { childList: true, characterData: true, subtree: true };
    const watch = new MutationObserver(() => {
      if (count.textContent === before) return;
      if (Number.isNaN(counted)) counted = performance.now() - began;
      const seen = look();
      if (!seen || seen[1] !== count.textContent) return;
      watch.disconnect();
      done([Number(seen[1].replaceAll(",", "")), counted, performance.now() - began]);
    });
    watch.observe(count, changes);
    watch.observe(own ?? document.body, changes);
  }, { once: true, capture: true });
  setTimeout(() => done([0, NaN, NaN]), 120000);
}); }"""
WAITING = "s so far. Go on meanwhile"  # a comparison that is being made
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


HEADS = ("draw ms", "pan ms", "pan fps", "lassoed", "count ms", "first ms", "page ms", "page MB")


@dataclass(frozen=True)
class Found:
    """What was measured on one number of points, in the order of `HEADS`; server MB last."""

    draw_ms: float
    pan_ms: float
    pan_fps: float
    lassoed: float
    count_ms: float
    first_ms: float
    page_ms: float
    page_mb: float
    server_mb: float


def main(arguments=None):
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--run", type=Path, required=True)
    options.add_argument("--rows", type=int, nargs="+", default=[37_000, 100_000])
    options.add_argument("--beside", type=Path, help="another checkout, measured in turns")
    options.add_argument("--write", action="store_true", help="add the figures to the run")
    asked = options.parse_args(arguments)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("".join(f"{head:>10}" for head in ("rows", *HEADS, "server MB")))
    trees = [tree for tree in (asked.beside, ROOT) if tree]
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as place:
            folder = enlarged(asked.run, Path(place) / "runs" / "large", rows)
            for tree, found in zip(trees, measured(folder, Path(place), rows, trees), strict=True):
                line = "".join(f"{one:10.1f}" for one in astuple(found))
                print(f"{rows:10d}{line}  {tree.name if asked.beside else ''}", flush=True)
        if asked.write and rows == STATED:
            write(asked.run, found)


def write(folder, found):
    """Add the figures that goals are stated for to a run."""
    run = Run.open(folder)
    stamp = Stamp.now(
        f"python -m tests.benchmarks.atlas_map --rows {STATED} --write",
        seeds=(run.manifest.seed,),
        commit=commit(),
    )
    values = {"draw_ms": found.draw_ms, "lasso_ms": found.page_ms, "pan_fps": found.pan_fps}
    figures = [
        stamp.figure(f"speed.map_{name}", value, n=STATED, unit_of_n="patch", data="test")
        for name, value in values.items()
    ]
    added = run.folder / "added" / "atlas_map"
    write_metrics(added, figures, weights_sha256=run.manifest.weights_sha256)
    rebuild_metrics(run.folder)


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


def measured(folder, elsewhere, rows, trees=(ROOT,)):
    """What each tree's server and page need for a run of so many patches, tree after tree."""
    from playwright.sync_api import sync_playwright

    chromium = next(p for n in ("chromium", "chromium-browser") if (p := shutil.which(n)))
    with ExitStack() as held:
        servers = [
            held.enter_context(Server(folder.parent, cwd=elsewhere, run=folder.name, tree=tree))
            for tree in trees
        ]
        play = held.enter_context(sync_playwright())
        browser = play.chromium.launch(executable_path=chromium, args=[*FLAGS, *MEMORY])
        pages = [
            browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
            for _ in servers
        ]
        for page, server in zip(pages, servers, strict=True):
            page.set_default_timeout(PATIENCE_MS)
            settle(page, f"{server.url}/atlas?run={folder.name}&row=0")
        drawn = [drawing(page) for page in pages]
        times = [[] for _ in pages]
        for number in range(LASSOS):
            for page, own in zip(pages, times, strict=True):
                own.append(lassoed(page, folder, rows, WANTED - 100 * number))
        weights = [memory(page, server) for page, server in zip(pages, servers, strict=True)]
        browser.close()
    return [
        Found(*one, *summed(own), *weight)
        for one, own, weight in zip(drawn, times, weights, strict=True)
    ]


def drawing(page):
    """Milliseconds of drawing all points and of a frame of a pan, and frames a second of it."""
    page.bring_to_front()
    root, redraws = page.locator(".map"), []
    for _ in range(9):
        page.get_by_role("button", name="Reset").click()
        page.wait_for_timeout(250)
        redraws.append(float(root.get_attribute("data-draw-ms")))
    pan, fps = page.locator("canvas.above").evaluate(PAN)
    page.get_by_role("button", name="Reset").click()
    return statistics.median(redraws), pan, fps


def lassoed(page, folder, rows, wanted):
    """A box around about so many points: how many, and ms to their count and to the page."""
    from dashboard.figures.points import places

    axes = pd.read_parquet(folder / "map.parquet")
    shown = ["named_x", "named_y"] if "named_x" in axes else ["umap_x", "umap_y"]
    at = places(axes[shown].to_numpy(np.float32))
    inside = np.sort(np.abs(at).max(1))
    reach = float(inside[min(wanted, rows) - 1]) if rows > wanted else wanted / WANTED
    page.bring_to_front()
    page.wait_for_selector(SETTLED, timeout=180_000)
    page.wait_for_timeout(600)  # as a person, who looks at the answer before drawing again
    page.wait_for_function(
        f"() => !document.body.textContent.includes({WAITING!r})", timeout=PATIENCE_MS
    )
    page.wait_for_selector(SETTLED, timeout=180_000)
    page.get_by_role("button", name="Box", exact=True).click()
    canvas = page.locator("canvas.above")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    across, down = 0.44 * box["width"] * reach, 0.42 * box["height"] * reach
    page.mouse.move(middle[0] - across, middle[1] - down)
    page.mouse.down()
    page.mouse.move(middle[0] + across, middle[1] + down, steps=3)
    page.evaluate(WATCH)
    page.mouse.up()
    return page.evaluate("window.lassoed")


def summed(times):
    """How many were caught, their count's median, the page's first time and later median."""
    caught, counted, told = np.array(times, float).T
    later = told[1:] if len(told) > 1 else told
    return np.median(caught), np.median(counted), told[0], np.median(later)


def memory(page, server):
    """MB of the page's scripts and of the server."""
    heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return heap, int(status.split("VmRSS:")[1].split()[0]) / 1000


if __name__ == "__main__":
    main()
