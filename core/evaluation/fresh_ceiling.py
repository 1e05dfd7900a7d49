"""What pixels alone tell of the true factors, read on fresh patients: the ceiling of every code.

A network that reads less than the run's own code has no business being called a ceiling; where it
does, what it read stands under another name (`r2.*_pixels`) and the factor has no ceiling.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.fresh import FreshPatients
from core.cohort.phantom.truth import draw_truth, truth_table
from core.cohort.source import PHANTOM
from core.evaluation.figures import Figure, Stamp
from core.evaluation.fresh_figures import KEYS, of_fresh
from core.evaluation.probes import FACTORS, r2_interval
from core.progress import Progress, silent
from core.run import Run

# what a slice shows less of than the largest section does: true factor to measured column
OF_A_SLICE = {"short_axis": "short_axis_mm", "elongation": "elongation"}


def ceiling_figures(
    run: Run,
    fresh: FreshPatients,
    known: Sequence[Figure],
    stamp: Stamp,
    *,
    progress: Progress = silent,
) -> Iterator[Figure]:
    """R² of each true factor from the pixels alone, by a network the run's patients taught.

    Args:
        run: Whose patients teach it, and choose when it stops.
        fresh: Who is read.
        known: Figures that hold what the run's code knows, `r2.*`.
        stamp: Of the figures.
        progress: Told the epochs done.
    """
    from core.training.ceiling import Shown, read_from_pixels

    drawn = PHANTOM.fullmatch(Path(run.settings.cohort.path).name)
    if drawn is None:
        return
    truth = of_slices(run.rows, truth_table(draw_truth(int(drawn.group(1)), int(drawn.group(2)))))
    there, key = np.isfinite(truth).all(axis=1), run.rows["key_slice"].to_numpy().astype(bool)

    def shown(split: str, *, largest: bool) -> Shown:
        own = there & (run.rows["split"] == split).to_numpy() & (key if largest else True)
        return Shown(run.patches[own], run.masks[own], truth[own])

    asked = of_fresh(fresh, fresh.patches.reshape(len(fresh.rows), -1))
    names = list(FACTORS)
    held = shown("validation", largest=True)
    read = read_from_pixels(
        shown("train", largest=False),
        held if len(held.truth) else shown("train", largest=True),
        fresh.patches[fresh.rows["key_slice"].to_numpy().astype(bool)],
        size=names.index("short_axis"),
        elongation=names.index("elongation"),
        seed=run.manifest.seed,
        progress=progress,
    )
    codes = {figure.id: figure.value for figure in known}
    for place, name in enumerate(names):
        value = r2_interval(asked.truth[:, place], read[:, place], asked.patient_ids)
        kind = "ceiling" if value.value >= codes.get(f"r2.{name}", -np.inf) else "pixels"
        yield stamp.figure(f"r2.{name}_{kind}", value, n=len(read), unit_of_n="node", data="fresh")


def of_slices(rows: pd.DataFrame, true: pd.DataFrame) -> np.ndarray:
    """True factors of every row, (row, factor); those of a smaller slice follow its measures.

    A lesion's true short axis and elongation are those of its largest section. On another slice
    they are taken times the slice's measured value over the largest section's.
    """
    columns = [factor for factor, _ in FACTORS.values()]
    renamed = true[[*KEYS, *columns]].rename(columns={name: f"{name}_true" for name in columns})
    key = rows.loc[rows["key_slice"].astype(bool), [*KEYS, *OF_A_SLICE.values()]]
    key = key.rename(columns={name: f"{name}_key" for name in OF_A_SLICE.values()})
    both = rows[[*KEYS, *OF_A_SLICE.values()]].merge(renamed, on=KEYS, how="left")
    both = both.merge(key, on=KEYS, how="left")
    found = both[[f"{name}_true" for name in columns]].to_numpy(dtype=np.float64, copy=True)
    for place, name in enumerate(FACTORS):
        if name in OF_A_SLICE:
            measured = OF_A_SLICE[name]
            share = both[measured].to_numpy(float) / both[f"{measured}_key"].to_numpy(float)
            found[:, place] *= share
    return found
