"""Whether maps made by many threads on one served model are the maps that one thread makes (XA9).

    python -m tests.benchmarks.map_threads --run assets/demo [--calls 500] [--threads 8]

Every thread asks one shared model for the maps of single test patches, method after method. Each
answer must equal the sequential one to the bit. Exit code 1 where one differs or raises.
"""

import argparse
import sys
import threading
from pathlib import Path

import numpy as np
import torch

from core.explain.explanation import VARIANTS, Variant
from core.model import Model
from core.run import Run

PATCHES = 16
SLOW_SHARE = 50  # the methods on pixels cost 24 to 100 passes: one call of theirs for so many


def drawn(model: Model, run: Run, row: int, variant: Variant) -> np.ndarray:
    """One map as a page asks for it."""
    patch = np.array(run.patches[row : row + 1])
    return model.explain(patch, method=variant.method, layer=variant.layer or 8)[0].map


def compared(model: Model, run: Run, rows: np.ndarray, variant: Variant, *, threads, calls):
    """How many of all calls gave another map than one thread got, and how many raised."""
    wanted = {int(row): drawn(model, run, int(row), variant) for row in rows}
    wrong, errors = [], []

    def work(number: int) -> None:
        for turn in range(calls):
            row = int(rows[(7 * number + turn) % len(rows)])
            try:
                wrong.append(not np.array_equal(drawn(model, run, row, variant), wanted[row]))
            except Exception as error:  # whatever a race raises is what is looked for
                errors.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(wrong), sum(wrong), len(errors)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--calls", type=int, default=500, help="a thread, of each quick method")
    asked = parser.parse_args()
    torch.set_num_threads(1)  # the threads under test are ours
    run = Run.open(asked.run)
    model = Model.open(run, device="cpu")
    rows = np.flatnonzero((run.rows["split"] == "test").to_numpy())[:PATCHES]
    print(f"{run.name}: {asked.threads} threads on one model, {len(rows)} patches")
    print(f"{'method':24s} {'calls':>6s} {'wrong':>6s} {'errors':>6s}")
    bad = 0
    for variant in VARIANTS:
        calls = asked.calls if variant.layer else max(1, asked.calls // SLOW_SHARE)
        made, wrong, errors = compared(
            model, run, rows, variant, threads=asked.threads, calls=calls
        )
        print(f"{variant.name:24s} {made:6d} {wrong:6d} {errors:6d}", flush=True)
        bad += wrong + errors
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
