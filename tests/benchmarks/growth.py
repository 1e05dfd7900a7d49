"""The one table of all ways to grow, of one run or over several trainings.

    python -m tests.benchmarks.growth --run assets/demo [--intervals]
    python -m tests.benchmarks.growth --run runs/seed-1 runs/seed-2 runs/seed-3
    python -m tests.benchmarks.growth --run demo=equivariant named-1=regularised paper-1=paper

Read from what `python train.py growth --run NAME` added to each run. Of several runs every figure
is given as its mean with Student's 95 % interval over trainings. Runs of different networks get
a name each behind `=`: they are never averaged, and each has its own rows. `--write` keeps the
table as CSV; `assets/docs/growth_networks.csv` was made of three trainings of 40 epochs, by

    python train.py --settings demo --training.epochs 40 --training.minutes 0 --name equivariant-40
    python train.py --settings demo --training.epochs 40 --training.minutes 0 \\
        --objective.equivariance 0 --name regularised-40
    python train.py --settings paper --training.epochs 40 --training.copies 1 --training.batch 32 \\
        --name paper-40
    python train.py growth --run NAME --most 40  # each
    python -m tests.benchmarks.growth --run equivariant-40=equivariant \\
        regularised-40=regularised paper-40=paper --write assets/docs/growth_networks.csv

and `assets/docs/growth_seeds.csv`, whose part the README shows, of five trainings of `demo`, by

    python train.py --settings demo --seed 2 --name demo-seed-2  # and 3, 4, 5, 6
    python train.py growth --run demo-seed-2 --most 20           # each
    python -m tests.benchmarks.growth --run demo-seed-2 demo-seed-3 demo-seed-4 demo-seed-5 \
        demo-seed-6 --write assets/docs/growth_seeds.csv
"""

import argparse
from pathlib import Path

import pandas as pd

from core.growth.over_runs import over_runs
from core.growth.preference import FOLDER
from core.growth.summary import MEANINGS, as_text
from core.run import named_run

SHOWN = ("psnr", "ssim", "dice", "rim", "inside", "slope", "mae_2mm", "mae_4mm", "closed_mae",
         "leak_elongation", "leak_signal", "leak_texture", "leak_border", "background", "rises",
         "score_off", "outside", "refused", "told_apart", "reversed", "redrawn",
         "share")  # fmt: skip


def main():
    """Read, put together, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--run", nargs="+", required=True)
    asked.add_argument("--out", default="runs")
    asked.add_argument("--intervals", action="store_true", help="of one run, by patient")
    asked.add_argument("--write", type=Path, help="keep the table of several runs as CSV too")
    asked = asked.parse_args()
    places, names = zip(*(one.partition("=")[::2] for one in asked.run), strict=True)
    runs = [named_run(one, Path(asked.out)) for one in places]
    if len(runs) == 1:
        table = pd.read_csv(runs[0].folder / "added" / FOLDER / "table.csv")
        print(one_by_one(table) if asked.intervals else as_text(table))
        return
    found = over_runs(runs, names)
    if asked.write:
        found.to_csv(asked.write, index=False, float_format="%.5g")
    print(told(found, counted={name: names.count(name) for name in names}))
    print(f"\n{MEANINGS}")


WAYS = (
    "do nothing",
    "plain warp",
    "warp, surroundings kept",
    "dimension, keeps nothing",
    "dimension, keeps residual",
    "dimension, keeps surroundings",
    "dimension, blended with the warp",
    "orthogonalised, keeps surroundings",
    "orthogonalised, blended with the warp",
    "difference, keeps nothing",
    "difference, keeps surroundings",
    "difference, blended with the warp",
    "re-rendering",
)
COLUMNS = {
    "refused": ("refused", "{:.0%}"),
    "closed_mae": ("mm off, corrected", "{:.2f}"),
    "dice": ("overlap of outlines", "{:.2f}"),
    "psnr": ("dB", "{:.1f}"),
    "told_apart": ("told apart, AUC", "{:.2f}"),
}


def markdown(found):
    """The table of several trainings of one network, for the README: mean with its interval.

    Args:
        found: From `over_runs`, or its CSV.
    """
    by = found.set_index(["way", "figure"])
    titles = [title for title, _ in COLUMNS.values()]
    lines = ["| way | chosen in | " + " | ".join(titles) + " |", "|---" * (2 + len(titles)) + "|"]
    for way in WAYS:
        own = [f"{by.loc[way]['chosen_in'].iloc[0]}"]
        for name, (_, form) in COLUMNS.items():
            if (way, name) not in by.index:
                own.append("")
                continue
            one = by.loc[(way, name)]
            value, low, high = (form.format(one[part]) for part in ("mean", "low", "high"))
            own.append(value if low == high else f"{value} ({low} to {high})")
        lines.append(f"| {way} | " + " | ".join(own) + " |")
    return "\n".join(lines)


def one_by_one(table):
    """Every way of one run, each figure with its interval over patients."""
    lines = []
    for _, line in table.iterrows():
        lines.append(f"\n{line['way']}{' *' * bool(line['chosen'])}")
        for name in [name for name in SHOWN if name in table and pd.notna(line[name])]:
            low, high = line.get(f"{name}_low"), line.get(f"{name}_high")
            within = f" ({low:.3f} to {high:.3f})" if pd.notna(low) and pd.notna(high) else ""
            lines.append(f"  {name:18}{line[name]:.3f}{within}")
    return "\n".join([*lines, "", MEANINGS])


def told(found, *, counted):
    """Every way's figures as text, network after network.

    Args:
        found: From `over_runs`.
        counted: How many runs each network has.
    """
    lines = []
    for network, of in found.groupby("network", sort=False):
        many, name = counted[network], f"{network}: " if network else ""
        lines.append(f"\n{name}{many} training" + ("s, mean with 95 % interval" * (many > 1)))
        for way, own in of.groupby("way", sort=False):
            lines.append(f"\n{name}{way}: chosen in {own['chosen_in'].iloc[0]} of {many}")
            by_name = own.set_index("figure")
            for figure in [figure for figure in SHOWN if figure in by_name.index]:
                one = by_name.loc[figure]
                within = f" ({one['low']:.3f} to {one['high']:.3f})" if many > 1 else ""
                lines.append(f"  {figure:18}{one['mean']:.3f}{within}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
