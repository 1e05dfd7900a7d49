"""What runs on real images reach beside the simplest thing that could work.

    python -m tests.benchmarks.real_figures sts --data DIR runs/sts-1 ... runs/sts-5
    python -m tests.benchmarks.real_figures breastmnist --data DIR runs/patches-1

sts: the model's score of every patient while it was a test patient, pooled over the five folds of
`real_cohorts`, beside the tumour's volume alone on the same patients. breastmnist: the test split,
beside a logistic regression and a random forest on its pixels, fitted on the training split.
"""

import argparse
import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd

RESAMPLES = 2000
OURS = "VAE and node head"


def sts(data, runs):
    """Pooled out-of-fold scores against volume alone."""
    from core.evaluation.classification import auc_interval

    tested = pd.concat([run.predictions.query("split == 'test'") for run in runs])
    if tested["patient_id"].duplicated().any():
        raise SystemExit("a patient is tested twice: give each fold's run once")
    with (data / "sts" / "labels.csv").open(newline="") as file:
        volume = {row["patient"]: float(row["volume_ml"]) for row in csv.DictReader(file)}
    labels = tested["label"].to_numpy()
    # each fold has a model of its own: their scores are compared within the fold, as ranks
    rank = tested.assign(run=tested.groupby(_fold_of(runs))["probability"].rank(pct=True))["run"]
    rows = {
        "image (VAE-MLP), probabilities": tested["probability"].to_numpy(),
        "image (VAE-MLP), ranks within the fold": rank.to_numpy(),
        "volume alone": tested["patient_id"].map(volume).to_numpy(),
    }
    print(f"{len(labels)} patients, {labels.sum()} with lung metastasis, each tested once")
    for name, scores in rows.items():
        found = auc_interval(labels, scores)
        print(f"{name:42s} AUC {found.value:.3f} ({found.low:.3f} to {found.high:.3f})")
    paired(labels, rows["image (VAE-MLP), ranks within the fold"], rows["volume alone"])


def breastmnist(data, runs):
    """The test split, beside two classifiers of pixels."""
    from core.evaluation.classification import auc_interval

    (run,) = runs
    labels, rows = official_split(data, run)
    print(f"{len(labels)} test patches, {labels.sum()} malignant")
    for name, scores in rows.items():
        found = auc_interval(labels, scores)
        print(f"{name:42s} AUC {found.value:.3f} ({found.low:.3f} to {found.high:.3f})")
    for name in list(rows)[1:]:
        paired(labels, rows[OURS], rows[name], than=name)


def official_split(data, run):
    """Labels of the official test split, and every row's scores of it, the run's first.

    The classifiers of pixels are fitted on the official training split alone.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    tested = run.predictions.query("split == 'test'")
    with np.load(data / "breastmnist" / "breastmnist.npz", allow_pickle=False) as parts:
        images = {n: parts[f"{n}_images"] / 255 for n in NAMES}
        labels = {n: 1 - parts[f"{n}_labels"].ravel().astype(int) for n in NAMES}
    pixels = {n: found.reshape(len(found), -1) for n, found in images.items()}
    if not np.array_equal(labels["test"], tested["label"]):
        raise SystemExit("this run was not made from real_cohorts' breastmnist.npz")
    logistic = LogisticRegression(max_iter=5000).fit(pixels["train"], labels["train"])
    forest = RandomForestClassifier(500, random_state=1, n_jobs=2)
    forest.fit(pixels["train"], labels["train"])
    return labels["test"], {
        OURS: tested["probability"].to_numpy(),
        "logistic regression on pixels": logistic.predict_proba(pixels["test"])[:, 1],
        "random forest on pixels": forest.predict_proba(pixels["test"])[:, 1],
    }


def paired(labels, ours, theirs, *, than="volume alone"):
    """The difference of two AUCs on the same patients, with its interval by bootstrap."""
    from core.evaluation.classification import auc

    rng = np.random.default_rng(0)
    sides = [np.flatnonzero(labels == label) for label in (0, 1)]
    drawn = [
        auc(labels[i], ours[i]) - auc(labels[i], theirs[i])
        for _ in range(RESAMPLES)
        if (i := np.concatenate([rng.choice(side, len(side)) for side in sides])).size
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    value = auc(labels, ours) - auc(labels, theirs)
    print(f"difference to {than}: {value:+.3f} ({low:+.3f} to {high:+.3f})")


NAMES = ("train", "val", "test")


def _fold_of(runs):
    return np.concatenate(
        [np.full((run.predictions["split"] == "test").sum(), i) for i, run in enumerate(runs)]
    )


def main():
    """Print one table."""
    from core.run import Run

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", choices=("sts", "breastmnist"))
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("LYMPHOSCAPE_REAL_DATA"))
    options = parser.parse_args()
    table = {"sts": sts, "breastmnist": breastmnist}[options.cohort]
    table(options.data, [Run.open(folder) for folder in options.runs])


if __name__ == "__main__":
    main()
