"""`train.py explain`: judge a run's maps and add what was found to the run.

`RUN/added/explain/` holds `metrics.json` and the tables behind it: `ground.parquet` (what maps
that know nothing are worth), `judged.parquet` (where maps lie, and `variants.parquet` where the
other methods' do), `checks.parquet` (what each lesion's map passes, one line a row and variant),
`agreement.parquet`, `randomised.parquet`, `shuffled.parquet`, `ignorant.parquet` (what maps that
know nothing reach in such comparisons); and the maps of the slow methods (`maps.npy` with
`maps.parquet`). Steps that are done are kept in a sibling folder, so the same command goes on
from there. What a second run says is added beside it, see `core.explain.other_runs`.

The methods on pixels cost up to 100 passes a map. So only the default's maps are checked for every
lesion; what compares methods or trainings is taken on the lesions of some patients
(`SOME_LESIONS`), and how many stands beside each figure.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from core.arrays import Map2D
from core.evaluation.figures import Figure, Stamp, rebuild_metrics, write_metrics
from core.evaluation.intervals import mean_interval
from core.explain import tables
from core.explain.explanation import DEFAULT, QUICK, VARIANTS, Variant
from core.explain.faithfulness.checked import CHECKS, Checked
from core.explain.faithfulness.checks import check
from core.explain.faithfulness.ground import DRAWS, Ground, ground, shifted_ground
from core.explain.faithfulness.held import Held, lesions, some_patients
from core.explain.faithfulness.ignorant import IGNORANT, ignorant
from core.explain.faithfulness.ignorant import compared as compared_ignorant
from core.explain.faithfulness.measure import (
    between_methods,
    mirrored,
    of_variants,
    on_shifted,
    on_shuffled,
    under_randomisation,
)
from core.explain.kept import FOLDER, keep_maps, kept_in
from core.explain.other_runs import (
    SOME_LESIONS,
    of_two_trainings,
    on_a_planted_cause,
    refuse_unfit,
)
from core.progress import Progress
from core.run import Run
from core.training.record import commit

PIECE = 16  # rows judged at once, so that progress shows


def explain_run(
    run: Run,
    *,
    command: str,
    planted: Run | None = None,
    other: Run | None = None,
    only_others: bool = False,
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
        RunUnusable: A second run cannot say anything, see `refuse_unfit`.
    """
    refuse_unfit(run, planted, other)
    stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
    figures = [] if only_others else _own_maps(run, stamp, device, progress)
    if planted is not None:
        figures += on_a_planted_cause(run, planted, stamp, device=device, progress=progress)
    if other is not None:
        figures += of_two_trainings(run, other, stamp, device=device, progress=progress)
    rebuild_metrics(run.folder)
    return figures


def _own_maps(run: Run, stamp: Stamp, device: str, progress: Progress) -> list[Figure]:
    """Judge the run's own maps, whatever other runs say."""
    from core.model import Model

    added = run.folder / "added"
    draft = added / f".{FOLDER}-{run.manifest.weights_sha256[:12]}"
    draft.mkdir(parents=True, exist_ok=True)
    held = Held(run, Model.open(run, device=device), lesions(run))
    few = some_patients(held, at_most=SOME_LESIONS)
    known = _kept(draft / "ground.parquet", lambda: ground(held, progress=progress).table)

    @cache
    def moved() -> Ground:
        return shifted_ground(held, known)

    judged = _kept(draft / "judged.parquet", lambda: on_shifted(held, progress=progress))
    rest = [variant for variant in VARIANTS if variant != DEFAULT]
    _kept(draft / "variants.parquet", lambda: of_variants(few, rest, progress=progress))
    slow = [variant for variant in VARIANTS if variant.layer is None]
    if not (draft / "maps.npy").is_file():
        keep_maps(draft, held, slow, progress=progress)
    checks = [
        _kept(
            draft / f"checks-{variant.key}.parquet",
            partial(_checked, held if variant == DEFAULT else few, variant, moved, draft, progress),
        )
        for variant in VARIANTS
    ]
    free = _kept(draft / "ignorant.parquet", lambda: compared_ignorant(held, progress=progress))
    compared = _kept(draft / "agreement.parquet", partial(_agreement, held, slow, draft, progress))
    random = _kept(
        draft / "randomised.parquet", lambda: under_randomisation(held, progress=progress)
    )
    shuffled = _kept(draft / "shuffled.parquet", lambda: on_shuffled(few, progress=progress))
    default = next(table for table in checks if table["variant"].iloc[0] == DEFAULT.key)
    figures = [
        *tables.of_place(judged, stamp),
        *tables.of_worth(default, known, stamp),
        *tables.of_agreement(compared, stamp),
        *tables.of_ignorant(free, few, stamp),
        *tables.of_random_weights(random, stamp),
        *tables.of_shuffled_labels(shuffled, stamp),
        tables.of_rows("explain.flip_ssim", mean_interval(mirrored(few), few.who), few, stamp),
    ]
    _finish(draft, added / FOLDER, pd.concat(checks, ignore_index=True), figures, run)
    return figures


def _checked(
    held: Held, variant: Variant, moved: Callable[[], Ground], draft: Path, progress: Progress
) -> pd.DataFrame:
    found: list[Checked] = []
    own = kept_in(draft, variant, held.rows) if variant.layer is None else None
    for first in range(0, len(held.rows), PIECE):
        part = held.part(first, first + PIECE)
        found += check(
            part,
            variant,
            moved().of(part.rows),
            own=own[first : first + PIECE] if own else None,
            draws=DRAWS,
        )
        progress(f"checking {variant.name}", min(first + PIECE, len(held.rows)), len(held.rows))
    table = pd.DataFrame([asdict(one) for one in found])
    for name in CHECKS:
        table[name] = pd.Series([getattr(one, name) for one in found], dtype="boolean")
    table["passed"] = [one.passed for one in found]
    table["taken"] = [len(one.taken) for one in found]
    table.insert(0, "variant", variant.key)
    table.insert(2, "patient", held.who)
    return table


def _agreement(
    held: Held, slow: Sequence[Variant], draft: Path, progress: Progress
) -> pd.DataFrame:
    """How far the quick method and those on pixels agree, and maps that know nothing."""
    patches = held.patches
    maps: list[tuple[str, Sequence[Map2D]]] = [(QUICK.key, held.maps(patches, QUICK))]
    maps += [(variant.key, kept_in(draft, variant, held.rows) or []) for variant in slow]
    free = ignorant(np.random.default_rng(6))
    maps += [(of, [drawn(patch) for patch in patches]) for of, drawn in free.items()]
    found = between_methods(held, maps, progress=progress)
    unknowing = found["one"].isin(IGNORANT) | found["other"].isin(IGNORANT)
    default = (found["one"] == DEFAULT.key) | (found["other"] == DEFAULT.key)
    # how far a spot agrees with the edges is no news
    return found[default | ~unknowing].reset_index(drop=True)


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
        if not path.name.startswith("checks-") and path.suffix != ".tmp":
            shutil.copyfile(path, whole / path.name)
    checks.to_parquet(whole / "checks.parquet")
    write_metrics(whole, figures, weights_sha256=run.manifest.weights_sha256)
    shutil.rmtree(target, ignore_errors=True)
    os.rename(whole, target)
    shutil.rmtree(draft, ignore_errors=True)
