"""What a cross-validation owes to its one autoencoder: other trainings, and one anew a fold.

    python train.py evaluate --run demo-seed-2 --light       (each training; the folds stay)
    python train.py evaluate --run demo-seed-2 --fresh 1000  (each)
    python train.py evaluate --run demo-seed-2 --vae-inside 1       (one: five trainings)
    python -m tests.benchmarks.retrained --out assets/docs/retrained.csv runs/demo-seed-2 ...

`seeds` trains such runs. One line a training: AUC over all folds and repeats with its interval by
patient, how much it lies above size, clinical features and measures alone, and what it reaches on
fresh patients. A run whose recipe
was also trained anew inside every fold has a second line: that AUC, beside the kept autoencoder's
over the same patients in the same folds (one repeat), and the paired difference. Printed as
Markdown. The shipped table is of the `demo` preset, 80 epochs, since five trainings of the
shipped run's 400 would take a day's work.
"""

import argparse
from pathlib import Path

import pandas as pd

from core.evaluation.compare import paired
from core.evaluation.roc import auc_interval
from core.evaluation.verdict import EVERYBODY, FOLDER, INSIDE, read_verdict
from core.run import Run

GAINS = ("gain.over_size", "gain.over_clinical", "gain.over_measures")
FRESH = {
    "auc.fresh": "AUC",
    "regret.168": "regret",
    "auc.node_truth": "AUC of nodes",
    "calib.ece": "calibration error",
    "r2.short_axis": "R² of the short axis",
    "r2.elongation": "of elongation",
    "r2.signal": "of signal",
    "r2.texture": "of texture",
    "r2.border": "of border",
}
KEPT, ANEW = "kept", "trained anew in every fold"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    lines = [line for place in asked.runs for line in lines_of(Run.open(place))]
    table = pd.DataFrame(lines)
    table.to_csv(asked.out, index=False, float_format="%.5g")
    print(markdown(pd.read_csv(asked.out)))


def lines_of(run):
    """One line, or two where everything was also trained anew in every fold."""
    training = run.settings.training
    of = {"preset": run.manifest.preset, "seed": run.manifest.seed, "epochs": training.epochs}
    found = run.metrics["auc.cv"]
    gains = gains_of(run)
    fresh = {name: run.metrics[name]["value"] for name in FRESH if name in run.metrics}
    plain = {"autoencoder": KEPT, "repeats": read_verdict(run).repeats}
    yield (
        of
        | plain
        | {"auc": found["value"], "low": found["low"], "high": found["high"]}
        | gains
        | fresh
    )
    if (run.folder / "added" / INSIDE / EVERYBODY).is_file():
        plain = {"autoencoder": ANEW, "repeats": read_verdict(run, folder=INSIDE).repeats}
        yield of | plain | anew(run) | gains_of(run, "_inside")


def gains_of(run, which=""):
    """How much the run's AUC lies above what knows no code, with intervals."""
    return {
        f"{name}{end}": run.metrics[f"{name}{which}"][key]
        for name in GAINS
        for end, key in (("", "value"), ("_low", "low"), ("_high", "high"))
    }


def anew(run):
    """The AUC with everything trained anew in every fold, and what the kept autoencoder adds."""
    kept, inside = (scores_of(run, folder) for folder in (FOLDER, INSIDE))
    if not kept.index.equals(inside.index):
        raise SystemExit(f"{run.name}: the folds differ; give both commands the same --seed")
    labels = kept["label"].to_numpy().astype(bool)
    own, other = (each["score"].to_numpy() for each in (inside, kept))
    auc, apart = auc_interval(labels, own), paired(labels, own, other).difference
    return {
        "auc": auc.value, "low": auc.low, "high": auc.high,
        "kept": auc_interval(labels, other).value,
        "minus_kept": apart.value, "minus_kept_low": apart.low, "minus_kept_high": apart.high,
    }  # fmt: skip


def scores_of(run, folder):
    """The model's first repeat: one score a patient, by patient and fold."""
    table = pd.read_parquet(run.folder / "added" / folder / EVERYBODY)
    own = table[(table["model"] == "model") & (table["repeat"] == 0)]
    return own.set_index(["patient_id", "fold"]).sort_index()


def markdown(table):
    """The table as the document has it."""
    kept = table[table["autoencoder"] == KEPT]
    rows = [
        "| `demo`, seed | AUC | above size | above clinical | above measures |",
        "|---" * 5 + "|",
    ]
    for line in kept.to_dict("records"):
        cells = [f"{line['auc']:.3f} ({line['low']:.3f} to {line['high']:.3f})"]
        cells += [_gain(line, name) for name in GAINS]
        rows.append(f"| {line['seed']} | {' | '.join(cells)} |")
    return "\n".join(rows)


def in_words(table):
    """What the table says of the autoencoder's part."""
    kept, inside = (table[table["autoencoder"] == of] for of in (KEPT, ANEW))
    low, high, epochs = kept["auc"].min(), kept["auc"].max(), kept["epochs"].iloc[0]
    said = (
        f"cross-validated in the same folds, {len(kept)} trainings of `demo` ({epochs} epochs) "
        f"reach an AUC of {low:.3f} to {high:.3f}"
    )
    if inside.empty:
        return said
    one = inside.iloc[0]
    apart = " to ".join(f"{one[f'minus_kept_{end}']:+.3f}" for end in ("low", "high"))
    return (
        f"{said}; with landmarks, autoencoder and head of seed {one['seed']} trained anew in "
        f"every fold (one repeat) it is {one['auc']:.3f} ({one['low']:.3f} to {one['high']:.3f}), "
        f"{one['minus_kept']:+.3f} ({apart}) against {one['kept']:.3f} with the autoencoder kept "
        f"in these folds, and above size by {_gain(one, GAINS[0])}, above clinical features by "
        f"{_gain(one, GAINS[1])}, above every lesion's measures by {_gain(one, GAINS[2])}"
    )


def on_fresh(table):
    """What the trainings reach on fresh patients: mean over them, and the least and the most."""
    kept = table[table["autoencoder"] == KEPT]
    if not set(FRESH) <= set(kept) or kept[list(FRESH)].isna().any(axis=None):
        return ""
    said = ", ".join(
        f"{words} {kept[name].mean():.2f} ({kept[name].min():.2f} to {kept[name].max():.2f})"
        for name, words in FRESH.items()
    )
    return f"Over these {len(kept)}, on 1,000 fresh patients, mean (least to most): {said}."


def _gain(line, name):
    return f"{line[name]:+.3f} ({line[f'{name}_low']:+.3f} to {line[f'{name}_high']:+.3f})"


if __name__ == "__main__":
    main()
