"""Pictures of every page, for the README and for looking at what was built.

    python -m tests.benchmarks.screenshots --run runs/full-1 --out assets/docs
    python -m tests.benchmarks.screenshots --run DIR --out DIR --both --whole

Starts the dashboard on a free port, opens each page in a headless Chromium, waits until it has
settled and saves one picture a page (WebP, or PNG with --png). `--both` adds the dark theme and a
narrow window, `--whole` takes the page from top to bottom instead of the first screen.
"""

import argparse
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from core.run import Run
from tests.sessions import Server

PAGES = ("start", "patients", "atlas", "growth", "dials", "why", "how-good", "inflated")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
WIDE, NARROW = (1440, 900), (800, 1000)
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
QUALITY = 86
LONGEST_PX = 16_000  # WebP ends at 16,383


def main(arguments):
    """Take the pictures; returns the exit code."""
    options = _options().parse_args(arguments)
    chromium = next((p for n in ("chromium", "chromium-browser") if (p := shutil.which(n))), None)
    if not chromium:
        print("No Chromium on this machine (apt-get install chromium).", file=sys.stderr)
        return 2
    if not (options.run / "run.json").is_file():
        print(f"{options.run.name} is no finished run.", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as elsewhere:
        runs = Path(elsewhere) / "runs"
        shutil.copytree(options.run, runs / options.run.name)
        with Server(runs, cwd=elsewhere, run=Run.open(options.run).name) as server:
            for path in pictures(server.url, chromium, options):
                print(f"{path.stat().st_size / 1024:7.0f} kB  {path.name}")
    return 0


def pictures(url, chromium, options):
    """Every picture asked for, as it is saved."""
    from playwright.sync_api import sync_playwright

    themes = ("light", "dark") if options.both else (options.theme,)
    sizes = (WIDE, NARROW) if options.both else (WIDE,)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for theme in themes:
            for size in sizes:
                viewport = {"width": size[0], "height": size[1]}
                context = browser.new_context(
                    viewport=viewport, color_scheme=theme, reduced_motion="reduce"
                )
                page = context.new_page()
                for name in options.pages:
                    settle(page, f"{url}/{'' if name == 'start' else name}")
                    ending = f"-{theme}-{size[0]}" if options.both else ""
                    kind = "png" if options.png else "webp"
                    path = options.out / f"page-{name}{ending}.{kind}"
                    save(shot(page, viewport, whole=options.whole), path)
                    yield path
                context.close()
        browser.close()


def settle(page, url):
    """Open a page and wait until nothing is computed, drawn or loaded any more."""
    page.goto(url, timeout=180_000)
    page.wait_for_selector("h1", timeout=120_000)
    quiet = 0
    while quiet < 4:  # a script run may start another; two seconds of rest end it
        page.wait_for_selector(SETTLED, timeout=180_000)
        page.wait_for_timeout(500)
        busy = (
            page.locator(f"{SETTLED}").count() == 0
            or page.locator("[data-testid=stSpinner], [data-testid=stSkeleton]").count()
        )
        quiet = 0 if busy else quiet + 1
    page.wait_for_function("document.fonts.status === 'loaded'")


def shot(page, viewport, *, whole):
    """The first screen as PNG, or the page from top to bottom."""
    if not whole:
        return page.screenshot()
    high = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({**viewport, "height": min(int(high) + 20, LONGEST_PX)})
    page.wait_for_timeout(1500)
    taken = page.screenshot()
    page.set_viewport_size(viewport)
    return taken


def save(content, path):
    """Write a screenshot in the kind its name asks for."""
    if path.suffix == ".png":
        path.write_bytes(content)
    else:
        Image.open(BytesIO(content)).convert("RGB").save(path, quality=QUALITY, method=6)


def _options():
    options = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.screenshots", description=__doc__.split("\n")[0]
    )
    options.add_argument("--run", type=Path, required=True, help="a finished run's folder")
    options.add_argument("--out", type=Path, required=True, help="where the pictures go")
    options.add_argument("--pages", nargs="+", default=PAGES, choices=PAGES)
    options.add_argument("--theme", default="light", choices=("light", "dark"))
    options.add_argument("--both", action="store_true", help="both themes and both widths")
    options.add_argument("--whole", action="store_true", help="whole pages, not first screens")
    options.add_argument("--png", action="store_true", help="PNG instead of WebP")
    return options


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
