"""How soon Growth shows a lesion's film: from opening its link to the first picture.

    python -m tests.benchmarks.first_picture --run assets/demo [--lesions 6] [--against TREE]

Each lesion is one that the server has not shown before; the first one, which also warms the
server, is left out. `--against` names another checkout: both serve, and the lesions are opened in
turns, so that a busy machine slows both alike. The first picture is there when the film under the
slider can be dragged; the last when the truth twin and the plain warp have come beside it.
"""

import argparse
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from core.run import Run
from tests.benchmarks.screenshots import FLAGS, WIDE
from tests.sessions import ROOT, Server

PATIENCE_MS = 240_000
WHOLE = """() => ![...document.querySelectorAll('*')].some(each =>
  each.shadowRoot?.querySelector('.film .waits:not([hidden])'))"""


def opened(page, link):
    """Seconds to the first picture and to the last of one lesion."""
    started = time.perf_counter()
    page.goto(link, timeout=PATIENCE_MS)
    page.locator(".film[data-ready]").first.wait_for(timeout=PATIENCE_MS)
    first = time.perf_counter() - started
    page.wait_for_function(WHOLE, timeout=PATIENCE_MS)
    last = time.perf_counter() - started
    # the rest of the page is computed before the next lesion is asked for
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=PATIENCE_MS)
    page.wait_for_timeout(1000)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=PATIENCE_MS)
    return first, last


def main():
    """Open, time, print."""
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--run", type=Path, required=True)
    asked.add_argument("--lesions", type=int, default=6)
    asked.add_argument("--against", type=Path, help="another checkout")
    asked = asked.parse_args()
    chromium = next(p for n in ("chromium", "chromium-browser") if (p := shutil.which(n)))
    rows = Run.open(asked.run).rows
    held_out = rows["key_slice"].astype(bool) & (rows["split"] == "test")
    chosen = [int(row) for row in rows.index[held_out]][: asked.lesions + 1]
    trees = {"here": ROOT} | ({"there": asked.against} if asked.against else {})
    with ExitStack() as stack:
        urls = {}
        for name, tree in trees.items():
            elsewhere = stack.enter_context(tempfile.TemporaryDirectory())
            runs = Path(elsewhere) / "runs"
            shutil.copytree(asked.run, runs / asked.run.name)
            server = Server(runs, cwd=elsewhere, run=asked.run.name, tree=tree)
            urls[name] = stack.enter_context(server).url
        play = stack.enter_context(sync_playwright())
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        size = {"width": WIDE[0], "height": WIDE[1]}
        pages = {name: browser.new_context(viewport=size).new_page() for name in trees}
        taken = {name: [] for name in trees}
        for at, row in enumerate(chosen):
            for name in list(trees)[:: 1 if at % 2 else -1]:
                link = f"{urls[name]}/growth?run={asked.run.name}&row={row}"
                taken[name].append(opened(pages[name], link))
                print(f"row {row} {name}: {taken[name][-1]}", flush=True)
        browser.close()
    for name, times in taken.items():
        first, last = np.median(np.array(times[1:]), axis=0)
        print(
            f"{name}: first picture {first:.2f} s, last {last:.2f} s (median of {len(times) - 1})"
        )


if __name__ == "__main__":
    main()
