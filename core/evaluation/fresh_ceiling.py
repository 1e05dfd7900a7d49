"""What pixels alone tell of the true factors, read on fresh patients: the ceiling of every code.

Two readers: a network taught by the run's patients, and the ruler that finds the outline in the
picture (`core.growth.measure`), which needs no patients to see a shape; a line on the run's
training patients brings its readings to the true factors. The better one of a factor is its
ceiling. Where both read less than the run's own code they have no business being called one: what
the better one read stands under another name (`r2.*_pixels`) and the factor has no ceiling.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.arrays import Features, Patches
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
    """R² of each true factor from the pixels alone, by a network and by the ruler.

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
    names, largest = list(FACTORS), fresh.rows["key_slice"].to_numpy().astype(bool)
    held = shown("validation", largest=True)
    read = read_from_pixels(
        shown("train", largest=False),
        held if len(held.truth) else shown("train", largest=True),
        fresh.patches[largest],
        size=names.index("short_axis"),
        elongation=names.index("elongation"),
        seed=run.manifest.seed,
        progress=progress,
    )
    own = shown("train", largest=True)
    ruled = read_by_ruler(
        own.patches, own.truth, fresh.patches[largest], spacing_mm=run.settings.patch.spacing_mm[:2]
    )
    codes = {figure.id: figure.value for figure in known}
    for place, name in enumerate(names):
        found = [
            r2_interval(asked.truth[:, place], each[:, place], asked.patient_ids)
            for each in (read, ruled)
        ]
        value = max(found, key=lambda one: one.value)
        kind = "ceiling" if value.value >= codes.get(f"r2.{name}", -np.inf) else "pixels"
        yield stamp.figure(f"r2.{name}_{kind}", value, n=len(read), unit_of_n="node", data="fresh")


def read_by_ruler(
    patches: Patches,
    truth: Features,
    asked: np.ndarray,
    *,
    spacing_mm: tuple[float, float],
) -> np.ndarray:
    """True factors of pictures from what the ruler reads in them, (picture asked, factor).

    Args:
        patches: Largest sections whose truth is known, (row, height, width).
        truth: Their true factors, (row, factor).
        asked: Pictures to read, (picture, height, width).
        spacing_mm: Of a pixel, (down, across).

    Returns:
        By a line on the readings and on whether the ruler failed; where it did, the readings'
        mean.
    """
    readings, wanted = (_readings(each, spacing_mm) for each in (patches, asked))
    seen = np.isfinite(readings).all(axis=1)
    if not seen.any():
        return np.tile(truth.mean(axis=0), (len(asked), 1))
    mean, sd = readings[seen].mean(axis=0), readings[seen].std(axis=0)

    def told(values: np.ndarray) -> np.ndarray:
        failed = ~np.isfinite(values).all(axis=1)
        z = np.where(failed[:, None], 0.0, (values - mean) / np.maximum(sd, 1e-9))
        return np.column_stack((np.ones(len(z)), failed, z))

    line, *_ = np.linalg.lstsq(told(readings), truth, rcond=None)
    return np.asarray(told(wanted) @ line)


def _readings(patches: Patches, spacing_mm: tuple[float, float]) -> np.ndarray:
    """What the ruler reads of each picture, (picture, 5); NaN where it failed."""
    from core.growth.measure import measure_all

    return np.array(
        [
            (one.short_axis_mm, one.elongation, one.contrast, one.texture, one.border)
            if one
            else (np.nan,) * 5
            for one in measure_all(patches, spacing_mm=spacing_mm)
        ]
    ).reshape(-1, 5)


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
