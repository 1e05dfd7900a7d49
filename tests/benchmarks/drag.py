"""How soon a dragged slider shows a newly decoded picture, and how many people it serves.

    python -m tests.benchmarks.drag --run runs/full-1 [--page growth] [--seconds 8] [--write]

In the browser: a slider is dragged to and fro in headless Chromium with 60 moves a second; the
time runs from the input event that asked to the frame of the screen that holds the new pixels,
with no script run between. Server, browser and visitors share two cores. The moves are input
events of the browser's own debugging protocol: `page.mouse.move` of playwright runs a script in
the page before and after every move with a button down, 16 ms of the thread that is timed here.
At the server: 30 visitors send a code ten times a second each; the time runs from sending to the
picture's arrival, on the same machine, of the codes that were answered: a code that a newer one
overtakes while it waits has no picture. The first second, in which thirty lesions are opened, is
not counted. Wanted: 50 ms, 30 pictures a second, 30 ms (GOALS.md).
"""

import argparse
import asyncio
import os
import shutil
import struct
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics
from core.run import Run
from core.training.record import commit
from tests.benchmarks.screenshots import FLAGS, WIDE, settle
from tests.sessions import Server

CLIENTS, RATE_HZ, CORES = 30, 10.0, 2
OPENING = 2**32 - 1
ALONE_HZ = 28.0  # about as often as a dragged slider asks
OF_PAGE = {"growth": "drag", "dials": "dials"}  # what each page's figures are called
HELD = {"button": "left", "buttons": 1}
MEASURES = """() => performance.getEntriesByName('live picture').map(one => [
  one.startTime, one.startTime + one.duration])"""


def dragged(url, page_name, *, seconds, shot):
    """Start and end of every live picture while a slider is dragged, (picture, 2) in ms."""
    from playwright.sync_api import sync_playwright

    chromium = next(p for n in ("chromium", "chromium-browser") if (p := shutil.which(n)))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
        settle(page, f"{url}/{page_name}")
        page.get_by_text("Decoded live while you drag.").first.wait_for(timeout=60_000)
        slider = page.get_by_role("slider").first
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        height = box["y"] + min(36, box["height"] / 2)
        page.mouse.move(box["x"] + 0.5 * box["width"], height)
        page.mouse.down()
        hand = page.context.new_cdp_session(page)
        page.evaluate("performance.clearMeasures()")
        started, moves = time.perf_counter(), 0
        while (now := time.perf_counter() - started) < seconds:
            share = 0.5 + 0.35 * np.sin(2 * np.pi * now / 3)
            place = {"x": box["x"] + share * box["width"], "y": height}
            hand.send("Input.dispatchMouseEvent", {"type": "mouseMoved", **HELD, **place})
            moves += 1
            time.sleep(max(0.0, moves / 60 - (time.perf_counter() - started)))
        found = np.array(page.evaluate(MEASURES)).reshape(-1, 2)
        if shot:
            page.screenshot(path=str(shot))
        page.mouse.up()
        browser.close()
    return found, moves / seconds


async def crowd(url, run, *, seconds, keep, visitors=CLIENTS, hz=RATE_HZ):
    """Milliseconds from sending a code to its picture, of all visitors together."""
    from websockets.asyncio.client import connect

    address = urlsplit(url)
    key = np.flatnonzero(run.rows["key_slice"].to_numpy(bool))
    taken = []

    async def visit(number):
        row = int(key[number % len(key)])
        place = f"ws://{address.netloc}/lymphoscape/live/{run.name}/{row}/{keep}"
        async with connect(place, origin=f"http://{address.netloc}") as socket:
            sent = {}

            async def listen():
                async for answer in socket:
                    number, kind = struct.unpack("<II", answer[:8])
                    if kind == 1 and number in sent:
                        taken.append(1e3 * (time.perf_counter() - sent[number]))

            listening = asyncio.create_task(listen())
            await asyncio.sleep(number / visitors / hz)
            for beat in range(-round(hz), round(seconds * hz)):
                code = run.codes[row] + np.float32(0.3 * np.sin(beat / 5))
                # numbers are unsigned, and those of the first second have no time to be counted by
                number = beat if beat >= 0 else OPENING
                if beat >= 0:
                    sent[beat] = time.perf_counter()
                await socket.send(struct.pack("<If", number, 1.0) + code.astype("<f4").tobytes())
                await asyncio.sleep(1 / hz)
            await asyncio.sleep(0.5)
            listening.cancel()

    await asyncio.gather(*(visit(number) for number in range(visitors)))
    return np.array(taken)


def main():
    """Drag, send, print; add the figures where asked."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--run", type=Path, required=True)
    asked.add_argument("--page", default="growth", choices=("growth", "dials"))
    asked.add_argument("--seconds", type=float, default=8.0)
    asked.add_argument("--keep", default="surroundings", help="what the 30 visitors keep")
    asked.add_argument("--shot", type=Path, help="a picture of the page in the middle of a drag")
    asked.add_argument("--write", action="store_true", help="add the figures to the run")
    asked = asked.parse_args()
    # what the goals are stated for; the server and the browser inherit it
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as elsewhere:
        runs = Path(elsewhere) / "runs"
        shutil.copytree(asked.run, runs / asked.run.name)
        run = Run.open(runs / asked.run.name)
        with Server(runs, cwd=elsewhere, run=run.name) as server:
            found, moves = dragged(server.url, asked.page, seconds=asked.seconds, shot=asked.shot)
            named = {"seconds": asked.seconds, "keep": asked.keep}
            taken = asyncio.run(crowd(server.url, run, **named))
            alone = asyncio.run(crowd(server.url, run, visitors=1, hz=ALONE_HZ, **named))
        run.rows, run.manifest  # noqa: B018  read before the folder goes
    late = found[:, 1] - found[:, 0]
    fps = (len(found) - 1) / (np.ptp(found[:, 1]) / 1e3)
    of = OF_PAGE[asked.page]
    values = {
        f"speed.{of}_p95_ms": (float(np.percentile(late, 95)), len(late)),
        f"speed.{of}_fps": (float(fps), len(late)),
    }
    if asked.page == "growth":  # the visitors are the same for either page
        values["speed.clients30_p95_ms"] = (float(np.percentile(taken, 95)), len(taken))
    print(f"{asked.page}: {moves:.0f} moves a second, {len(late)} pictures, {fps:.1f} a second")
    print("from move to new pixels, ms: " + spread(late))
    print(crowded(taken, seconds=asked.seconds))
    print(f"1 visitor at {ALONE_HZ:g} Hz, ms: {spread(alone)}")
    if asked.write:
        home, command = Run.open(asked.run), f"python -m tests.benchmarks.drag --page {asked.page}"
        stamp = Stamp.now(command, seeds=(home.manifest.seed,), commit=commit())
        figures = [
            stamp.figure(name, value, n=n, unit_of_n="patch", data="test")
            for name, (value, n) in values.items()
        ]
        write_metrics(
            home.folder / "added" / of, figures, weights_sha256=home.manifest.weights_sha256
        )
        rebuild_metrics(home.folder)


def crowded(taken, *, seconds):
    """How soon visitors had their pictures, and how many codes had none.

    Of a visitor's codes that wait the newest alone is drawn, so that an overtaken one is no fault;
    the times are of those that were answered.
    """
    sent = CLIENTS * round(seconds * RATE_HZ)
    return (
        f"{CLIENTS} visitors at {RATE_HZ:g} Hz: {len(taken):,} of {sent:,} codes answered, the "
        f"others overtaken by newer ones; of the answered, ms: {spread(taken)}"
    )


def spread(taken):
    """Median, 95th percentile and largest."""
    return (
        f"median {np.median(taken):.1f}, p95 {np.percentile(taken, 95):.1f}, max {taken.max():.1f}"
    )


if __name__ == "__main__":
    main()
