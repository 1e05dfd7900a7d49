"""The one table of all ways to grow, of one run or over several trainings.

    python -m tests.benchmarks.growth --run assets/demo
    python -m tests.benchmarks.growth --run runs/seed-1 runs/seed-2 runs/seed-3

Read from what `python train.py growth --run NAME` added to each run. Of several runs every figure
is given as its mean with Student's 95 % interval over trainings.
"""

import argparse
from pathlib import Path

import pandas as pd

from core.growth.over_runs import over_runs
from core.growth.preference import FOLDER
from core.growth.summary import MEANINGS, as_text
from core.run import named_run

SHOWN = ("psnr", "ssim", "dice", "rim", "slope", "mae_2mm", "mae_4mm", "closed_mae",
         "leak_elongation", "leak_signal", "leak_texture", "leak_border", "background", "rises",
         "score_off", "outside", "refused", "told_apart", "reversed", "share")  # fmt: skip


def main():
    """Read, put together, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--run", nargs="+", required=True)
    asked.add_argument("--out", default="runs")
    asked = asked.parse_args()
    runs = [named_run(one, Path(asked.out)) for one in asked.run]
    if len(runs) == 1:
        print(as_text(pd.read_csv(runs[0].folder / "added" / FOLDER / "table.csv")))
        return
    found = over_runs(runs)
    found["said"] = [
        f"{one.mean:.3f} ({one.low:.3f} to {one.high:.3f})" for one in found.itertuples()
    ]
    print(f"{len(runs)} trainings; mean with 95 % interval over trainings")
    for way, own in found.groupby("way", sort=False):
        print(f"\n{way}: chosen in {own['chosen_in'].iloc[0]} of {len(runs)}")
        said = own.set_index("figure")["said"]
        for name in SHOWN:
            if name in said:
                print(f"  {name:18}{said[name]}")
    print(f"\n{MEANINGS}")


if __name__ == "__main__":
    main()
