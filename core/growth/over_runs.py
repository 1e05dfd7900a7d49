"""The trial's table over several trainings: what one run found may be that training's chance.

Every run was held against the truth by `train.py growth` already; here its table is read, never
measured anew. Intervals are Student's over trainings, on top of each run's own by patient.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import RunUnusable
from core.growth.preference import FOLDER
from core.run import Run

KEYS = ("way", "chosen")
LEAST_RUNS = 2


def over_runs(runs: Sequence[Run]) -> pd.DataFrame:
    """One line a way and figure: mean over runs with its 95 % interval, and how many had it.

    Args:
        runs: Two or more, each with the table that `train.py growth` adds.

    Returns:
        Columns way, chosen_in (runs that chose it on their validation patients), figure, mean,
        low, high, runs. Only ways that every run tried take part.

    Raises:
        ValueError: Fewer than two runs.
        RunUnusable: A run has no such table.
    """
    if len(runs) < LEAST_RUNS:
        raise ValueError(f"runs: found {len(runs)}, wanted {LEAST_RUNS} or more")
    together = pd.concat([_table(run) for run in runs], ignore_index=True)
    lines = []
    for way, own in together.groupby("way", sort=False):
        if len(own) < len(runs):
            continue
        for name in own.columns.drop(list(KEYS)):
            known = own[name].replace([np.inf, -np.inf], np.nan).dropna().to_numpy(float)
            if len(known) < LEAST_RUNS:
                continue
            low, high = _interval(known)
            lines.append(
                {
                    "way": way, "chosen_in": int(own["chosen"].sum()), "figure": name,
                    "mean": float(known.mean()), "low": low, "high": high, "runs": len(known),
                }
            )  # fmt: skip
    columns = ["way", "chosen_in", "figure", "mean", "low", "high", "runs"]
    return pd.DataFrame(lines, columns=columns)


def _interval(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, float]:
    """Student's 95 % interval of the mean over trainings."""
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / len(values) ** 0.5
    return float(values.mean()) - half, float(values.mean()) + half


def _table(run: Run) -> pd.DataFrame:
    path = run.folder / "added" / FOLDER / "table.csv"
    if not path.is_file():
        command = f"a table that `python train.py growth --run {run.name}` writes"
        raise RunUnusable(run.name, f"no added/{FOLDER}/table.csv", command)
    table = pd.read_csv(path)
    kept = [name for name in table if not str(name).endswith(("_low", "_high"))]
    return table[kept].assign(chosen=table["chosen"].astype(bool))
