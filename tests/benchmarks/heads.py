"""Which head does best on a run's codes: writes the table of `core/networks/README.md`.

    python -m tests.benchmarks.heads --run assets/demo [--write]

Every number is read from the run's `added/evaluate/` (`python train.py evaluate --run RUN`).
"""

import argparse
from pathlib import Path

from core.evaluation.gaps import gap
from core.evaluation.verdict import read_verdict
from core.run import Run

DOCUMENT = Path(__file__).parents[2] / "core" / "networks" / "README.md"
HEAD = "| head | AUC | repeats | logistic minus this, paired |"
BASE = "logistic"
ROWS = {
    BASE: "logistic",
    "head_additive": "additive, small network",
    "head_mean": "mean pooling, small network",
    "head_max": "max pooling, small network",
    "head_attention": "gated attention",
    "head_paper": "the paper's",
    "logistic_mean": "logistic, mean over rows",
    "key_slices": "logistic, key slices alone",
    "slices_pooled": "logistic, 2.5-D: mean code of a lesion's slices",
    "distance": "logistic, with the distance to the tumour",
    "ordinal": "logistic, taught N0 / N1 / N2",
    "clinical": "size, shape and T stage, no code",
    "measures": "logistic on every lesion's measures (outline and greys) and T stage, no code",
    "model": "logistic on codes and these measures (the shipped run's)",
}


def markdown(run):
    """The table, one line a head."""
    verdict = read_verdict(run)
    lines = [HEAD, "|---|---|---|---|"]
    for key, title in ROWS.items():
        one = verdict.by_key[key]
        less = "" if key == BASE else spelt(gap(run, verdict, BASE, key).difference, "+")
        lines.append(f"| {title} | {spelt(one.auc)} | {one.repeats} | {less} |")
    return "\n".join(lines)


def beaten(run):
    """The titles of the rows that the logistic head leaves behind beyond chance."""
    verdict = read_verdict(run)
    rest = [key for key in ROWS if key != BASE]
    return [ROWS[key] for key in rest if gap(run, verdict, BASE, key).difference.low > 0]


def spelt(value, sign=""):
    """A value with its interval."""
    return f"{value.value:{sign}.3f} ({value.low:{sign}.3f} to {value.high:{sign}.3f})"


def main():
    """Print the table; put it into the document where asked."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--run", type=Path, required=True)
    asked.add_argument("--write", action="store_true")
    asked = asked.parse_args()
    run = Run.open(asked.run)
    table = markdown(run)
    print(table, "\nbeaten:", beaten(run))
    if asked.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, _, rest = text.partition(HEAD)
        DOCUMENT.write_text(before + table + "\n\n" + rest.partition("\n\n")[2], encoding="utf-8")


if __name__ == "__main__":
    main()
