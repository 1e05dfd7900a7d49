"""Tell an evaluation's figures anew from the answers it kept; nothing is fitted.

    python -m tests.benchmarks.retold --run assets/demo [--beside runs/paper-1]

For a change of what is told (an interval, a title): writes `evaluation.json`, `table.csv` and the
figures. Rows that the evaluation did not have stay out; `python train.py evaluate` fits those.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from core.evaluation.evaluate import VERSION, _rows
from core.evaluation.figures import Stamp, read_metrics, rebuild_metrics
from core.evaluation.people import People
from core.evaluation.telling import Plan, kept_answers, tell, write_told
from core.evaluation.verdict import FOLDER, read_verdict
from core.run import Run
from core.training.record import commit


def retold(run, beside=None):
    """Write what is told of a run's kept answers; returns the verdict before and now."""
    folder, before = run.folder / "added" / FOLDER, read_verdict(run)
    kept, people = kept_answers(folder), People.of(run)
    rows = [each for each in _rows(run, people, "cpu", beside) if (each.key, 0, 0) in kept]
    tables = {
        each.key: pd.concat(
            [table for (key, *_), table in kept.items() if key == each.key], ignore_index=True
        )
        for each in rows
    }
    made = read_metrics(folder)[0][0].command
    if ("beside", 0, 0) in kept and beside is None:
        raise SystemExit("--beside: found none, wanted the run that stood beside it")
    plan = Plan(FOLDER, before.mode, VERSION, before.folds, before.repeats, before.seed, made)
    now = tell(run, people, rows, tables, plan, heads=before.heads)
    stamp = Stamp.now(made, seeds=(run.manifest.seed,), commit=commit())
    write_told(run, folder, now, stamp)
    rebuild_metrics(run.folder)
    return before, now


def main(arguments):
    """Tell what changed; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished run")
    parser.add_argument("--beside", type=Path, help="the run whose row stands beside its own")
    asked = parser.parse_args(arguments)
    beside = Run.open(asked.beside) if asked.beside else None
    before, now = retold(Run.open(asked.run), beside)
    for key, row in now.by_key.items():
        old = before.by_key[key]
        print(f"{row.title}: AUC {old.auc and old.auc.value} to {row.auc and row.auc.value}")
        print(f"  slope {old.slope} to {row.slope}\n  ICI {old.ici} to {row.ici}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
