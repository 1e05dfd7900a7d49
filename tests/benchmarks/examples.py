"""Makes the examples for class anew: runs that went wrong on purpose, small enough to ship.

    python -m tests.benchmarks.examples --out assets/examples

Trains each by its preset in a folder of its own (the synthetic cohort is drawn on first use) and
copies it without where its cohort lay; slice pictures are kept at a lower quality. An example
that is there already stays, unless it is removed first. Prints the bytes of each.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

PRESETS = ("collapsed", "size-only")
QUALITY = 8  # WebP; keeps each example under 2.5 MB
LEFT_OUT = shutil.ignore_patterns("local.json", ".*")


def main(arguments=None):
    """Train and ship every example that is missing."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, required=True, help="where the examples lie")
    options.add_argument("--runs", type=Path, help="where they are trained, or lie trained")
    asked = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as elsewhere:
        runs = asked.runs or Path(elsewhere)
        for name in PRESETS:
            if not (asked.out / name).is_dir():
                words = ["train.py", "--settings", name, "--name", name, "--out", str(runs)]
                subprocess.run([sys.executable, *words], check=True)
                ship(runs / name, asked.out / name)
            files = [path for path in (asked.out / name).rglob("*") if path.is_file()]
            print(f"{sum(path.stat().st_size for path in files):10,} bytes  {asked.out / name}")


def ship(run, place):
    """A small copy of a finished run, whole or not at all."""
    draft = place.with_name(f".{place.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(run, draft, ignore=LEFT_OUT)
    for path in (draft / "slices").glob("*.webp"):
        held = io.BytesIO()
        with Image.open(path) as picture:
            picture.convert("L").save(held, format="WEBP", quality=QUALITY, method=6)
        path.write_bytes(held.getvalue())
    draft.rename(place)


if __name__ == "__main__":
    main()
