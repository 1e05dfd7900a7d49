"""Two trainings of the shipped run's recipe: what hangs on the one that is shipped.

    python train.py --settings full --seed 2 --name full-2
    python train.py evaluate --run full-2 --light        (the folds stay)
    python train.py evaluate --run full-2 --fresh 1000
    python -m tests.benchmarks.trained_twice --out assets/docs/trained_twice.csv \
        assets/demo runs/full-2

One line a figure and training, with its interval. Cross-validated and fresh patients are the same
for both, likeness and dimensions are of each run's own test patients. The second deals
its patients anew, so threshold, sets and autoencoder were learned from other ones of the 168. The
sentence that it prints stands in `knowing_limits.md`.
"""

import argparse
from pathlib import Path

import pandas as pd

from core.run import Run

NAMED = {
    "auc.cv": "AUC, cross-validated",
    "auc.fresh": "AUC, fresh patients",
    "regret.168": "regret",
    "sensitivity.fresh": "sensitivity as served",
    "specificity.fresh": "specificity as served",
    "conformal.referred.fresh": "share given no answer",
    "calib.ece": "calibration error",
    "auc.node_truth": "AUC of nodes",
    "recon.ssim": "SSIM",
    "interp.score": "R² of an attribute on its best dimension",
    "r2.elongation": "R² of elongation",
    "r2.texture": "R² of texture",
    "r2.border": "R² of border",
}


def main():
    """Write the table and print what it says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs=2)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    table = pd.DataFrame([line for place in asked.runs for line in lines(Run.open(place))])
    table.to_csv(asked.out, index=False, float_format="%.5g")
    print(in_words(pd.read_csv(asked.out)))


def lines(run):
    """One line a figure of a run."""
    of = {"preset": run.manifest.preset, "seed": run.manifest.seed}
    of["epochs"] = run.settings.training.epochs
    for name in NAMED:
        one = run.metrics[name]
        yield of | {"figure": name} | {end: one[end] for end in ("value", "low", "high", "n")}


def in_words(table):
    """Every figure of both trainings, the shipped one first."""
    seeds = list(dict.fromkeys(table["seed"]))
    own, other = (table[table["seed"] == seed].set_index("figure") for seed in seeds)
    said = "; ".join(
        f"{words} {_spelt(own.loc[name])} and {_spelt(other.loc[name])}"
        for name, words in NAMED.items()
        if name in own.index
    )
    return (
        f"Of `{table['preset'].iloc[0]}` ({table['epochs'].iloc[0]} epochs), seeds {seeds[0]} "
        f"(shipped) and {seeds[1]}: {said}."
    )


def twice(place):
    """The paragraph of `knowing_limits.md`, from the table that lies there."""
    return (
        "**Another training of the same recipe** ([trained_twice.csv](trained_twice.csv), "
        f"`tests/benchmarks/trained_twice.py`). {in_words(pd.read_csv(place))} Ranking stays; "
        "where the threshold lies and how often the model is silent hang on the patients that one "
        "training's head and sets were learned from."
    )


def _spelt(line):
    return f"{line['value']:.3f} ({line['low']:.3f} to {line['high']:.3f})"


if __name__ == "__main__":
    main()
