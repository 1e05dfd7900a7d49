"""What only a second run can say of maps: a planted cause, another training on the same cohort.

Each is a folder of its own under `added/`, written whole, so that a second run that is trained
later adds to what is known and nothing that was judged before is judged again.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import RunUnusable
from core.evaluation.figures import Figure, Stamp, write_metrics
from core.evaluation.intervals import mean_interval
from core.explain import tables
from core.explain.explanation import DEFAULT, QUICK, VARIANTS
from core.explain.faithfulness.checks import sensitivity
from core.explain.faithfulness.ground import DRAWS
from core.explain.faithfulness.held import Held, lesions, some_patients
from core.explain.faithfulness.ignorant import compared, ignorant
from core.explain.faithfulness.measure import (
    between_methods,
    mirrored,
    retrained,
    under_randomisation,
)
from core.explain.faithfulness.on_planted import on_planted
from core.explain.faithfulness.planted import spots_in
from core.progress import Progress
from core.run import Run
from core.same_pictures import same_pictures

SOME_LESIONS = 72  # about 10 patients
PLANTED, RETRAINED = "explain_planted", "explain_retrained"


def refuse_unfit(run: Run, planted: Run | None, other: Run | None) -> None:
    """Refuse second runs that cannot say anything, before the long work.

    Raises:
        RunUnusable: `planted` was not trained on a planted cohort, or that is gone; `other` was
            trained on another cohort, or is the run itself.
    """
    if planted is not None:
        spots_in(planted, lesions(planted)[:1])
    if other is None:
        return
    wanted = f"another training on the cohort of {run.name!r}"
    if not same_pictures(run, other):
        raise RunUnusable(other.name, f"the cohort {other.manifest.cohort!r}", wanted)
    if other.manifest.weights_sha256 == run.manifest.weights_sha256:
        raise RunUnusable(other.name, "the same weights", wanted)


def on_a_planted_cause(
    run: Run, planted: Run, stamp: Stamp, *, device: str, progress: Progress
) -> list[Figure]:
    """Where maps of a run trained on a planted cohort lie, added to the run that is judged.

    Args:
        run: Gets the table (`planted.parquet`, one line a lesion and method) and the figures.
        planted: Whose maps.
        stamp: Of the figures; their seed is the planted run's.
        device: cpu, cuda, mps or auto.
        progress: Told after each method.
    """
    from core.model import Model

    held = Held(planted, Model.open(planted, device=device), lesions(planted))
    few = some_patients(held, at_most=SOME_LESIONS)
    rest = [variant for variant in VARIANTS if variant != DEFAULT]
    table = pd.concat(
        [
            on_planted(held, (DEFAULT,), progress=progress),
            on_planted(few, rest, progress=progress),
            on_planted(held, (DEFAULT,), moved=True, progress=progress),
        ],
        ignore_index=True,
    )
    own = replace(stamp, seeds=(planted.manifest.seed,))
    figures = [*tables.of_planted(table, own), *_compared_maps(held, few, own, progress)]
    _put(run, PLANTED, "planted.parquet", table, figures)
    return figures


def _compared_maps(held: Held, few: Held, stamp: Stamp, progress: Progress) -> list[Figure]:
    """What the default maps of the planted run reach in the comparisons of the run's own."""
    drawn = held.maps(held.patches)
    change = sensitivity(held, DEFAULT, drawn, seed=0, draws=DRAWS)
    shaken = pd.DataFrame({"row": held.rows, "patient": held.who, "change": change})
    maps = [(variant.key, few.maps(few.patches, variant)) for variant in VARIANTS]
    free = ignorant(np.random.default_rng(6))
    maps += [(of, [draw(patch) for patch in few.patches]) for of, draw in free.items()]
    said = tables.PLANTED
    return [
        *tables.of_agreement(between_methods(few, maps, progress=progress), stamp, told=said),
        *tables.of_ignorant(compared(held, progress=progress), few, stamp, told=said),
        *tables.of_random_weights(under_randomisation(held, progress=progress), stamp, told=said),
        *tables.of_change(shaken, stamp, told=said),
        tables.of_rows(f"{said}flip_ssim", mean_interval(mirrored(few), few.who), few, stamp),
    ]


def of_two_trainings(
    run: Run, other: Run, stamp: Stamp, *, device: str, progress: Progress
) -> list[Figure]:
    """How alike the maps of two trainings on one cohort are, added to the run that is judged.

    Args:
        run: One training; gets the table (`retrained.parquet`, one line a lesion and method).
        other: The other.
        stamp: Of the figures; their seeds are both trainings'.
        device: cpu, cuda, mps or auto.
        progress: Told after each method.
    """
    from core.model import Model

    held = Held(run, Model.open(run, device=device), lesions(run))
    few = some_patients(held, at_most=SOME_LESIONS)
    again, parts = Held(other, Model.open(other, device=device), few.rows), []
    for number, variant in enumerate((DEFAULT, QUICK)):
        alike = retrained(few, again, variant)
        parts.append(
            pd.DataFrame(
                {"row": few.rows, "patient": few.who, "variant": variant.key, "ssim": alike}
            )
        )
        progress("comparing two trainings", number + 1, 2)
    table = pd.concat(parts, ignore_index=True)
    own = table.loc[table["variant"] == DEFAULT.key, "ssim"].to_numpy(dtype=float)
    both = replace(stamp, seeds=(run.manifest.seed, other.manifest.seed))
    figures = list(tables.of_retrained(own, compared(few), few, both))
    _put(run, RETRAINED, "retrained.parquet", table, figures)
    return figures


def _put(run: Run, folder: str, name: str, table: pd.DataFrame, figures: Sequence[Figure]) -> None:
    """Write a folder under `added/` whole; the old one stands until then."""
    target: Path = run.folder / "added" / folder
    whole = target.with_name(f".{folder}-whole")
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir(parents=True)
    table.to_parquet(whole / name)
    write_metrics(whole, figures, weights_sha256=run.manifest.weights_sha256)
    shutil.rmtree(target, ignore_errors=True)
    os.rename(whole, target)
