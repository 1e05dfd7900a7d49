"""How time and memory grow with the number of patches: reading, encoding, mapping, clustering.

    python -m tests.benchmarks.scale --run assets/demo --cohort cohorts/phantom-168-1 \
        --rows 1000 10000 100000

Each step is a process of its own, so that its memory is its own: seconds of wall and processor
time after start-up, and the most memory it held. Reading takes the cohort's patients again and
again; the other steps take a made-up run of so many patches (`tests.benchmarks.atlas_map`, which
also measures drawing). `--steps` leaves some out.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.run import Run
from tests.benchmarks.atlas_map import enlarged

STEPS = ("reading", "encoding", "mapping", "clustering", "grouping-mixture", "grouping-hdbscan")


def main(arguments=None):
    """Print the table, or, in a process of its own, take one step."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--run", type=Path, required=True)
    options.add_argument("--cohort", type=Path, help="needed for reading")
    options.add_argument("--rows", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options.add_argument("--steps", nargs="+", default=STEPS, choices=STEPS)
    options.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--limit-s", type=int, default=1800, help="longest one step may take")
    asked = options.parse_args(arguments)
    if asked.one:
        take(asked.steps[0], asked.run, asked.cohort, asked.rows[0])
        return
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'step':>18} {'rows':>8} {'wall s':>8} {'cpu s':>8} {'us a row':>9} {'peak MB':>8}")
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as place:
            large = enlarged(asked.run, Path(place) / "large", rows)
            for step in asked.steps:
                if step == "reading" and asked.cohort is None:
                    continue
                print(line(step, large, asked, rows), flush=True)


def line(step, large, asked, rows):
    """One step in a process of its own, as a line of the table."""
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--one", "--run", str(large)]
    command += ["--steps", step, "--rows", str(rows)]
    command += ["--cohort", str(asked.cohort)] if asked.cohort else []
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=asked.limit_s, check=True
        )
    except subprocess.TimeoutExpired:
        return f"{step:>18} {rows:8d}   not done in {asked.limit_s} s"
    except subprocess.CalledProcessError as error:
        return f"{step:>18} {rows:8d}   failed: {error.stderr.strip().splitlines()[-1]}"
    wall, cpu, peak = (float(one) for one in done.stdout.split()[-3:])
    return f"{step:>18} {rows:8d} {wall:8.2f} {cpu:8.2f} {1e6 * cpu / rows:9.0f} {peak:8.0f}"


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
