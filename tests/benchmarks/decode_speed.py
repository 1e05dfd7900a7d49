"""How long a picture takes to be drawn from its code, one alone and a thousand at once.

    python -m tests.benchmarks.decode_speed --run runs/full-1 [--write]

Wall time on 2 threads of the CPU through `Model.decode`, numpy in and numpy out, with codes of
the run's test patches; wanted: 2 ms for one, 0.5 s for 1,000 (GOALS.md, section 4).
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from core.evaluation.figures import Stamp, rebuild_metrics, write_metrics
from core.evaluation.intervals import percentiles
from core.model import Model
from core.run import Run
from core.training.record import commit


def seconds(work, *, repeats):
    """The wall time of each of so many repeats, after three that do not count."""
    for _ in range(3):
        work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return np.array(taken)


def median_interval(taken):
    """The median with the interval that resampling the repeats gives."""
    rng = np.random.default_rng(0)
    drawn = np.median(rng.choice(taken, size=(2000, taken.size)), axis=1)
    return percentiles(float(np.median(taken)), drawn)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="add the figures to the run")
    asked = parser.parse_args()
    torch.set_num_threads(2)
    run = Run.open(asked.run)
    model = Model.open(run, device="cpu")
    codes = np.array(run.codes[(run.rows["split"] == "test").to_numpy()])
    many = codes[np.arange(1000) % len(codes)]
    one = median_interval(1e3 * seconds(lambda: model.decode(codes[:1]), repeats=300))
    thousand = median_interval(seconds(lambda: model.decode(many), repeats=11))
    print(
        f"{run.name}: {model.settings.vae.architecture} network, latent {model.latent}, 2 threads"
    )
    print(f"one code      {one.value:7.2f} ms ({one.low:.2f} to {one.high:.2f})  wanted 2")
    print(
        f"1,000 codes   {thousand.value:7.3f} s  ({thousand.low:.3f} to {thousand.high:.3f})  "
        "wanted 0.5"
    )
    if asked.write:
        command = f"python -m tests.benchmarks.decode_speed --run {asked.run.name} --write"
        stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
        figures = [
            stamp.figure("speed.decode_one_ms", one, n=1, unit_of_n="patch", data="test"),
            stamp.figure("speed.decode_1000_s", thousand, n=1000, unit_of_n="patch", data="test"),
        ]
        sha = run.manifest.weights_sha256
        write_metrics(run.folder / "added" / "decode_speed", figures, weights_sha256=sha)
        rebuild_metrics(run.folder)


if __name__ == "__main__":
    main()
