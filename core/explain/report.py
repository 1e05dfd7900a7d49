"""`train.py explain`: judge a run's maps and add what was found to the run.

`RUN/added/explain/` holds `metrics.json`, `checks.parquet` (what each lesion's map passes, one
line a row and variant), `judged.parquet`, `randomised.parquet`, `planted.parquet` and the maps of
the slow methods (`maps.npy` with `maps.parquet`). Steps that are done are kept in a sibling
folder, so the same command goes on from there.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.evaluation.figures import Figure, Stamp, rebuild_metrics, write_metrics
from core.evaluation.intervals import Interval, mean_interval
from core.explain.explanation import DEFAULT, VARIANTS, Variant
from core.explain.faithfulness.checked import CHECKS, Checked
from core.explain.faithfulness.checks import check, features_of
from core.explain.faithfulness.measure import (
    Held,
    lesions,
    mirrored,
    on_planted,
    on_shifted,
    retrained,
    under_randomisation,
)
from core.explain.faithfulness.planted import spots_in
from core.explain.kept import FOLDER
from core.progress import Progress
from core.run import Run

if TYPE_CHECKING:
    from core.model import Model

PIECE = 16  # rows judged at once, so that progress shows
DRAWS, SLOW_DRAWS = 8, 2  # noisy copies for `steady`
FROM_THE_MEAN_ON = ("posterior mean", "trunk", "layer 8", "layer 16")


def explain_run(
    run: Run,
    *,
    command: str,
    planted: Run | None = None,
    other: Run | None = None,
    device: str = "auto",
    progress: Progress,
) -> list[Figure]:
    """Judge the maps of a run's test patients and write `added/explain`.

    Args:
        run: Whose maps.
        command: What was typed, for the figures.
        planted: A run trained on a cohort with a planted cause; without it nothing is said of
            planted causes.
        other: Another training on the same cohort; without it nothing is said of two trainings.
        device: cpu, cuda, mps or auto.
        progress: Told how far each step is.

    Returns:
        The figures, as they now stand in the run's `metrics.json` too.

    Raises:
        RunUnusable: `planted` was not trained on a planted cohort, or that is gone.
    """
    from core.model import Model

    if planted is not None:
        spots_in(planted, lesions(planted)[:1])  # refuses a run without any, before the long work
    added = run.folder / "added"
    draft = added / f".{FOLDER}-{run.manifest.weights_sha256[:12]}"
    draft.mkdir(parents=True, exist_ok=True)
    held = Held(run, Model.open(run, device=device), lesions(run))
    judged = _kept(draft / "judged.parquet", lambda: on_shifted(held, progress=progress))
    random = _kept(
        draft / "randomised.parquet", lambda: under_randomisation(held, progress=progress)
    )
    checks = [
        _kept(
            draft / f"checks-{variant.key}.parquet",
            partial(_checked, held, variant, progress),
        )
        for variant in VARIANTS
    ]
    _keep_maps(held, draft, progress)
    stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=run.manifest.commit)
    figures = [*_judged(judged, stamp), *_randomised(random, held, stamp)]
    default = next(table for table in checks if table["variant"].iloc[0] == DEFAULT.key)
    figures.append(_p95(default, stamp))
    if planted is not None:
        figures += _planted(planted, draft, stamp, device, progress)
    if other is not None:
        figures.append(_retrained(held, Model.open(other, device=device), stamp))
    _finish(draft, added / FOLDER, pd.concat(checks, ignore_index=True), figures, run)
    rebuild_metrics(run.folder)
    return figures


def _checked(held: Held, variant: Variant, progress: Progress) -> pd.DataFrame:
    found: list[Checked] = []
    rows = held.rows
    draws = DRAWS if variant.layer else SLOW_DRAWS
    for first in range(0, len(rows), PIECE):
        found += check(
            held.run, held.model, rows[first : first + PIECE].tolist(), variant, draws=draws
        )
        progress(f"checking {variant.name}", min(first + PIECE, len(rows)), len(rows))
    table = pd.DataFrame([asdict(one) for one in found])
    for name in CHECKS:
        table[name] = pd.Series([getattr(one, name) for one in found], dtype="boolean")
    table["passed"] = [one.passed for one in found]
    table["taken"] = [len(one.taken) for one in found]
    table.insert(0, "variant", variant.key)
    table.insert(2, "patient_id", held.who)
    return table


def _keep_maps(held: Held, draft: Path, progress: Progress) -> None:
    """The slow methods' maps of these rows, so that a page shows them at once."""
    path = draft / "maps.npy"
    slow = [variant for variant in VARIANTS if variant.layer is None]
    if path.is_file():
        return
    features, drawn, lines = features_of(held.run, held.rows), [], []
    for number, variant in enumerate(slow):
        given = held.model.explain(held.patches, features=features, method=variant.method)
        for row, one in zip(held.rows.tolist(), given, strict=True):
            lines.append(
                {"variant": variant.key, "row": row, "score": one.score, "raw_max": one.raw_max}
            )
            drawn.append(one.map.astype(np.float16))
        progress("keeping the slow methods' maps", number + 1, len(slow))
    pd.DataFrame(lines).to_parquet(draft / "maps.parquet")
    np.save(path, np.stack(drawn), allow_pickle=False)


def _judged(table: pd.DataFrame, stamp: Stamp) -> list[Figure]:
    by = {name: part for name, part in table.groupby("of")}
    found = []
    wanted = (
        ("explain.pointing", "map", "pointing"),
        ("explain.pointing_blob", "blob", "pointing"),
        ("explain.pointing_edge", "edge", "pointing"),
        ("explain.mass", "map", "mass"),
        ("explain.mass_blob", "blob", "mass"),
        ("explain.node_area", "map", "area"),
        ("explain.insertion_minus_deletion", "map", "worth"),
        ("explain.insertion_minus_deletion_blob", "blob", "worth"),
        ("explain.insertion_minus_deletion_chance", "chance", "worth"),
    )
    for figure_id, of, column in wanted:
        part = by[of].dropna(subset=[column])
        if len(part):
            value = _mean(part, column)
            n = part["row"].nunique()
            found.append(stamp.figure(figure_id, value, n=n, unit_of_n="node", data="test"))
    return found


def _randomised(table: pd.DataFrame, held: Held, stamp: Stamp) -> list[Figure]:
    n = len(held.rows)
    stages = [table[table["stage"] == stage] for stage in FROM_THE_MEAN_ON]
    worst = max(stages, key=lambda part: float(part["ssim"].mean()))
    ordered = max(stages, key=lambda part: float(part["spearman"].mean()))
    between = table[table["stage"] == "other lesion"]
    found = [
        stamp.figure(
            "explain.randomised_ssim", _mean(worst, "ssim"), n=n, unit_of_n="node", data="test"
        ),
        stamp.figure(
            "explain.randomised_spearman",
            _mean(ordered, "spearman"),
            n=n,
            unit_of_n="node",
            data="test",
        ),
        stamp.figure(
            "explain.flip_ssim",
            mean_interval(mirrored(held), held.who),
            n=n,
            unit_of_n="node",
            data="test",
        ),
    ]
    if len(between):
        value = _mean(between, "ssim")
        found.append(
            stamp.figure(
                "explain.between_nodes_ssim", value, n=len(between), unit_of_n="node", data="test"
            )
        )
    return found


def _p95(checks: pd.DataFrame, stamp: Stamp) -> Figure:
    value = float(np.quantile(checks["change"], 0.95))
    n = len(checks)
    return stamp.figure("explain.sensitivity_p95", value, n=n, unit_of_n="node", data="test")


def _planted(run: Run, draft: Path, stamp: Stamp, device: str, progress: Progress) -> list[Figure]:
    from core.model import Model

    def measured() -> pd.DataFrame:
        rows = np.concatenate([lesions(run, "validation"), lesions(run, "test")])
        held = Held(run, Model.open(run, device=device), rows)
        return on_planted(held, VARIANTS, progress=progress)

    table = _kept(draft / f"planted-{run.manifest.weights_sha256[:12]}.parquet", measured)
    own = table[table["variant"] == DEFAULT.key]
    found = []
    for figure_id, column in (
        ("explain.planted_mass", "mass"),
        ("explain.planted_mass_blob", "mass_blob"),
        ("explain.planted_area", "area"),
        ("explain.decoy_mass", "decoy"),
    ):
        part = own.dropna(subset=[column])
        if len(part):
            value = _mean(part, column)
            found.append(stamp.figure(figure_id, value, n=len(part), unit_of_n="node", data="test"))
    return found


def _retrained(held: Held, other: "Model", stamp: Stamp) -> Figure:
    value = mean_interval(retrained(held, other), held.who)
    n = len(held.rows)
    return stamp.figure("explain.retrained_ssim", value, n=n, unit_of_n="node", data="test")


def _mean(table: pd.DataFrame, column: str) -> Interval:
    who = table["patient"].to_numpy(dtype=str)
    return mean_interval(table[column].to_numpy(dtype=float), who)


def _kept(path: Path, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """What a step found, from the draft where it is done already."""
    if not path.is_file():
        temporary = path.with_suffix(".tmp")
        make().to_parquet(temporary)
        os.replace(temporary, path)
    return pd.read_parquet(path)


def _finish(
    draft: Path, target: Path, checks: pd.DataFrame, figures: Sequence[Figure], run: Run
) -> None:
    """Give the folder its name in one step; the old one stands until then."""
    whole = target.with_name(f".{target.name}-whole")
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    for path in draft.glob("*"):
        name = "planted.parquet" if path.name.startswith("planted-") else path.name
        if not name.startswith("checks-") and path.suffix != ".tmp":
            shutil.copyfile(path, whole / name)
    checks.to_parquet(whole / "checks.parquet")
    write_metrics(whole, figures, weights_sha256=run.manifest.weights_sha256)
    shutil.rmtree(target, ignore_errors=True)
    os.rename(whole, target)
    shutil.rmtree(draft, ignore_errors=True)
