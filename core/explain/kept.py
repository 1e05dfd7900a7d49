"""What `train.py explain` added to a run, read again: checks of maps, and the slow maps."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from core.arrays import Map2D
from core.errors import RunUnusable
from core.evaluation.figures import read_metrics
from core.explain.explanation import Variant
from core.explain.faithfulness.checked import Checked
from core.run import Run

FOLDER = "explain"  # under the run's `added/`


def kept_checks(run: Run, variant: Variant) -> dict[int, Checked]:
    """What each tested row's map passes, by row; empty where nothing was tested.

    Raises:
        RunUnusable: The table is damaged.
    """
    path = run.folder / "added" / FOLDER / "checks.parquet"
    if not _of_these_weights(run):
        return {}
    try:
        table = pd.read_parquet(path)
        own = table[table["variant"] == variant.key]
        names = [field.name for field in fields(Checked)]
        return {
            int(line["row"]): Checked(**{name: _plain(line[name]) for name in names})  # type: ignore[arg-type]
            for line in own.to_dict("records")
        }
    except (OSError, ValueError, KeyError) as error:
        found = f"added/{FOLDER}/checks.parquet: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the table as it was written") from error


def kept_maps(run: Run, variant: Variant, rows: Sequence[int]) -> list[Map2D] | None:
    """The slow maps that were kept, in the order of the rows; None unless all of them were."""
    folder = run.folder / "added" / FOLDER
    if not (folder / "maps.npy").is_file() or not _of_these_weights(run):
        return None
    lines = pd.read_parquet(folder / "maps.parquet")
    own = lines.index[lines["variant"] == variant.key]
    place = dict(zip(lines.loc[own, "row"].tolist(), own.tolist(), strict=True))
    if not all(row in place for row in rows):
        return None
    maps = np.load(folder / "maps.npy", allow_pickle=False, mmap_mode="r")
    return [np.asarray(maps[place[row]], np.float32) for row in rows]


def _of_these_weights(run: Run) -> bool:
    folder = run.folder / "added" / FOLDER
    if not (folder / "metrics.json").is_file():
        return False
    return read_metrics(folder)[1] == run.manifest.weights_sha256


def _plain(value: object) -> object:
    return None if value is None or value != value else value
