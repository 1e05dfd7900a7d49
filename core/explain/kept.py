"""What `train.py explain` added to a run, kept small and read again: checks and slow maps.

A map is kept as signed bytes, its largest magnitude at 127 (`maps.npy`), with that magnitude, the
row and the variant in `maps.parquet`: 1 KB a map, exact to 0.4 % of its largest value.
"""

from collections.abc import Sequence
from dataclasses import MISSING, fields
from pathlib import Path

import numpy as np
import pandas as pd

from core.arrays import Map2D
from core.errors import RunUnusable
from core.evaluation.figures import read_metrics
from core.explain.explanation import Variant
from core.explain.faithfulness.checked import Checked
from core.explain.faithfulness.held import Held, Rows
from core.progress import Progress
from core.run import Run

FOLDER = "explain"  # under the run's `added/`
FULL = 127  # the largest signed byte
PIECE = 32  # rows drawn at once, so that progress shows


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
        # an older run's table lacks what was added since
        names = [
            field.name
            for field in fields(Checked)
            if field.name in table or field.default is MISSING
        ]
        return {
            # a cell's type is its column's, which the type checker cannot see
            int(line["row"]): Checked(**{name: _plain(line[name]) for name in names})  # type: ignore[arg-type]  # read back as written
            for line in own.to_dict("records")
        }
    except (OSError, ValueError, KeyError) as error:
        found = f"added/{FOLDER}/checks.parquet: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the table as it was written") from error


def keep_maps(folder: Path, held: Held, variants: Sequence[Variant], *, progress: Progress) -> None:
    """Keep some methods' maps of these rows, so that a page shows them at once."""
    drawn, lines = [], []
    for variant in variants:
        for first in range(0, len(held.rows), PIECE):
            part = held.part(first, first + PIECE)
            for row, one in zip(part.rows, part.maps(part.patches, variant), strict=True):
                full = float(np.abs(one).max())
                lines.append({"variant": variant.key, "row": int(row), "full": full})
                drawn.append(np.round(one * (FULL / full if full else 0)).astype(np.int8))
            progress(
                f"keeping maps of {variant.name}",
                min(first + PIECE, len(held.rows)),
                len(held.rows),
            )
    side = held.run.patches.shape[1:]
    pd.DataFrame(lines, columns=["variant", "row", "full"]).to_parquet(folder / "maps.parquet")
    # last: where it is, the step is done
    np.save(folder / "maps.npy", np.array(drawn, np.int8).reshape(-1, *side), allow_pickle=False)


def kept_maps(run: Run, variant: Variant, rows: Sequence[int]) -> list[Map2D] | None:
    """The slow maps that were kept, in the order of the rows; None unless all of them were."""
    folder = run.folder / "added" / FOLDER
    if not (folder / "maps.npy").is_file() or not _of_these_weights(run):
        return None
    return kept_in(folder, variant, rows)


def kept_in(folder: Path, variant: Variant, rows: Sequence[int] | Rows) -> list[Map2D] | None:
    """The same from a folder that `keep_maps` wrote to."""
    lines = pd.read_parquet(folder / "maps.parquet")
    own = lines.index[lines["variant"] == variant.key]
    place = dict(zip(lines.loc[own, "row"].tolist(), own.tolist(), strict=True))
    if not all(int(row) in place for row in rows):
        return None
    maps = np.load(folder / "maps.npy", allow_pickle=False, mmap_mode="r")
    full = lines["full"].to_numpy()
    found = []
    for row in rows:
        at = place[int(row)]
        found.append(np.asarray(maps[at] * np.float32(full[at] / FULL), np.float32))
    return found


def _of_these_weights(run: Run) -> bool:
    folder = run.folder / "added" / FOLDER
    if not (folder / "metrics.json").is_file():
        return False
    return read_metrics(folder)[1] == run.manifest.weights_sha256


def _plain(value: object) -> object:
    return None if value is None or value != value else value
