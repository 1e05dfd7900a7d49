"""How time and memory grow with the number of patches: reading to drawing, step by step.

    python -m tests.benchmarks.scale --run assets/demo --cohort cohorts/phantom-168-1 \
        --rows 1000 10000 100000 --out assets/docs/scale.csv

Each step is a process of its own, so that its memory is its own: seconds of wall and processor
time after start-up, the most memory it held, and how busy the machine was. On a shared machine
only processor seconds compare, so they stand in the table. Reading takes the cohort's patients
again and again; the other steps take a made-up run of so many patches
(`tests.benchmarks.atlas_map`), which the browser draws, too: its row holds the median time of
drawing all points and the memory of the page's scripts. Rows that the file has already are not
measured again; `--steps` leaves some out, `--write` adds what the file says of the largest run
to `--run` as figures `scale.*`.
"""

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics
from core.run import Run
from core.training.record import commit
from tests.benchmarks.atlas_map import enlarged, measured

FIGURES = ("reading", "encoding", "mapping", "clustering", "drawing")
STEPS = (*FIGURES, "grouping-mixture", "grouping-hdbscan")
COLUMNS = ["step", "rows", "wall_s", "cpu_s", "peak_mb", "load", "cores"]


def main(arguments=None):
    """Measure what the file lacks and print the table; or, in a process of its own, one step."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--run", type=Path, required=True)
    options.add_argument("--cohort", type=Path, help="needed for reading")
    options.add_argument("--rows", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options.add_argument("--steps", nargs="+", default=STEPS, choices=STEPS)
    options.add_argument("--out", type=Path, help="a CSV file that goes on where it ends")
    options.add_argument("--write", action="store_true", help="add the figures to the run")
    options.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--limit-s", type=int, default=1800, help="longest one step may take")
    asked = options.parse_args(arguments)
    if asked.one:
        take(asked.steps[0], asked.run, asked.cohort, asked.rows[0])
        return
    known = asked.out is not None and asked.out.is_file()
    done = pd.read_csv(asked.out) if known else pd.DataFrame(columns=COLUMNS)
    for rows in asked.rows:
        there = set(done["step"][done["rows"] == rows])
        left = [step for step in asked.steps if step not in there]
        left = [step for step in left if step != "reading" or asked.cohort is not None]
        with tempfile.TemporaryDirectory() as place:
            large = enlarged(asked.run, Path(place) / "runs" / "large", rows) if left else None
            for step in left:
                found = taken(step, large, asked, rows)
                print(found, flush=True)
                if isinstance(found, dict):
                    done = pd.concat([done, pd.DataFrame([found])], ignore_index=True)
                if asked.out is not None and len(done):
                    done.to_csv(asked.out, index=False, float_format="%.4g")
    print(markdown(done))
    if asked.write:
        write(asked.run, done)


def taken(step, large, asked, rows):
    """One step as a row of the table, or the sentence that says why there is none."""
    found = {"step": step, "rows": rows}
    busy = {"load": os.getloadavg()[0], "cores": os.cpu_count()}
    if step == "drawing":
        (drawn,) = measured(large, large.parent.parent, rows)
        seconds = drawn.draw_ms / 1e3  # the page's script draws on one core, waiting for nothing
        return {**found, "wall_s": seconds, "cpu_s": seconds, "peak_mb": drawn.page_mb, **busy}
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--one", "--run", str(large)]
    command += ["--steps", step, "--rows", str(rows)]
    command += ["--cohort", str(asked.cohort)] if asked.cohort else []
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=asked.limit_s, check=True
        )
    except subprocess.TimeoutExpired:
        return f"{step}, {rows:,} patches: not done in {asked.limit_s} s"
    except subprocess.CalledProcessError as error:
        return f"{step}, {rows:,} patches failed: {error.stderr.strip().splitlines()[-1]}"
    wall, cpu, peak = (float(one) for one in done.stdout.split()[-3:])
    return {**found, "wall_s": wall, "cpu_s": cpu, "peak_mb": peak, **busy}


def markdown(done):
    """Processor seconds and megabytes, a line a step and a column a number of patches."""
    sizes = sorted(done["rows"].unique())
    lines = ["| step | " + " | ".join(f"{rows:,}" for rows in sizes) + " | grows as |"]
    lines.append("| --- " * (len(sizes) + 2) + "|")
    for step in (one for one in STEPS if one in set(done["step"])):
        own = done[done["step"] == step].set_index("rows")
        cells = [
            f"{own.cpu_s[rows]:.3g} s, {own.peak_mb[rows]:,.0f} MB" if rows in own.index else ""
            for rows in sizes
        ]
        power = exponent(own)
        cells.append("" if power is None else f"n^{power:.2f}")
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def exponent(own):
    """The power of the number of patches that time grows with, between the two largest."""
    if len(own) < 2:
        return None
    (few, short), (many, long) = own["cpu_s"].sort_index().iloc[-2:].items()
    return math.log(long / short) / math.log(many / few)


def write(folder, done):
    """Add the largest run's seconds and megabytes, and how they grow, to a run."""
    run = Run.open(folder)
    stamp = Stamp.now(
        "python -m tests.benchmarks.scale", seeds=(run.manifest.seed,), commit=commit()
    )
    figures = []
    for step in FIGURES:
        own = done[done["step"] == step].set_index("rows")
        power, largest = exponent(own), max(own.index, default=0)
        if largest < 100_000 or power is None:
            continue
        values = {"s": own.cpu_s[largest], "mb": own.peak_mb[largest], "exponent": power}
        figures += [
            stamp.figure(
                f"scale.{step}_{name}", float(value), n=int(largest), unit_of_n="patch", data="test"
            )
            for name, value in values.items()
        ]
    write_metrics(folder / "added" / "scale", figures, weights_sha256=run.manifest.weights_sha256)
    rebuild_metrics(folder)


def take(step, folder, cohort, rows):
    """Take one step and print wall seconds, processor seconds and the most memory held."""
    ready = prepared(step, Run.open(folder), cohort, rows)
    wall, cpu = time.perf_counter(), time.process_time()
    ready()
    took = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"{took[0]:.3f} {took[1]:.3f} {peak:.1f}")


def prepared(step, run, cohort, rows):
    """The step as a function without arguments, with libraries loaded and compiled."""
    if step == "reading":
        return reading(run, cohort, rows)
    if step == "encoding":
        from core.model import Model

        model = Model.open(run)
        model.encode(run.patches[:64])
        return lambda: model.encode(np.asarray(run.patches))
    if step == "mapping":
        from core.latent.projection import umap_layout

        some = {"settings": run.settings.map, "dimensions": 2, "seed": 1}
        umap_layout(run.codes[:500], **some)
        return lambda: umap_layout(run.codes, **some)
    from core.latent.space import LatentSpace

    space = LatentSpace.open(run)
    method = {"grouping-mixture": "mixture", "grouping-hdbscan": "hdbscan"}.get(step, "kmeans")
    return lambda: space.clusters(6, method=method).cards


def reading(run, cohort, rows):
    """Cut so many patches out of a cohort whose patients come again and again."""
    from core.cohort.cohort import open_cohort
    from core.cohort.patch import cut_patches

    opened = open_cohort(cohort, run.settings.cohort)
    each = len(run.rows) / run.rows["patient_id"].nunique()
    wanted = max(2, round(rows / each))
    patients = tuple(
        replace(opened.patients[at % len(opened.patients)], patient_id=f"sub-{at}")
        for at in range(wanted)
    )
    many = replace(opened, patients=patients)
    splits = {one.patient_id: "train" for one in patients}
    return lambda: cut_patches(many, splits, settings=run.settings.patch)


if __name__ == "__main__":
    main()
