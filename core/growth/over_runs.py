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


def over_runs(runs: Sequence[Run], names: Sequence[str] = ()) -> pd.DataFrame:
    """One line a way and figure: mean over runs with its 95 % interval, and how many had it.

    Args:
        runs: Two or more, each with the table that `train.py growth` adds.
        names: What each run's network is called, where they are not trainings of the same: runs
            of one name are taken together and never with another's, and what no network takes
            part in stands there for each.

    Returns:
        Columns network, way, chosen_in (runs that chose it on their validation patients), figure,
        mean, low, high (NaN of one run alone), runs. Only ways that every run of the name tried
        take part.

    Raises:
        ValueError: Fewer than two runs, or names for some of them only.
        RunUnusable: A run has no such table.
    """
    if len(runs) < LEAST_RUNS:
        raise ValueError(f"runs: found {len(runs)}, wanted {LEAST_RUNS} or more")
    if names and len(names) != len(runs):
        raise ValueError(f"names: found {len(names)}, wanted {len(runs)}, one a run")
    called = names or ("",) * len(runs)
    several = [
        _together([run for run, own in zip(runs, called, strict=True) if own == name], name)
        for name in dict.fromkeys(called)
    ]
    return pd.concat(several, ignore_index=True)


def _together(runs: Sequence[Run], network: str) -> pd.DataFrame:
    """The lines of the runs of one network."""
    together = pd.concat([_table(run) for run in runs], ignore_index=True)
    least, lines = min(LEAST_RUNS, len(runs)), []
    for way, own in together.groupby("way", sort=False):
        if len(own) < len(runs):
            continue
        for name in own.columns.drop(list(KEYS)):
            known = own[name].replace([np.inf, -np.inf], np.nan).dropna().to_numpy(float)
            if len(known) < least:
                continue
            low, high = _interval(known)
            lines.append(
                {
                    "network": network, "way": way, "chosen_in": int(own["chosen"].sum()),
                    "figure": name, "mean": float(known.mean()), "low": low, "high": high,
                    "runs": len(known),
                }
            )  # fmt: skip
    columns = ["network", "way", "chosen_in", "figure", "mean", "low", "high", "runs"]
    return pd.DataFrame(lines, columns=columns)


def _interval(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, float]:
    """Student's 95 % interval of the mean over trainings; NaN of one alone."""
    if len(values) < LEAST_RUNS:
        return float("nan"), float("nan")
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / len(values) ** 0.5
    return float(values.mean()) - half, float(values.mean()) + half


def _table(run: Run) -> pd.DataFrame:
    path = run.folder / "added" / FOLDER / "table.csv"
    if not path.is_file():
        command = f"a table that `python train.py growth --run {run.name}` writes"
        raise RunUnusable(run.name, f"no added/{FOLDER}/table.csv", command)
    table = pd.read_csv(path)
    kept = [name for name in table if not str(name).endswith(("_low", "_high", "_n"))]
    return table[kept].assign(chosen=table["chosen"].astype(bool))
