"""`python train.py evaluate --inflation COHORTS`: how far wrong protocols inflate an AUC.

Many cohorts of 168 are drawn from one pool of fresh synthetic patients, whom the run's
autoencoder (trained on other patients, and never touched here) has encoded. On each the same
small networks are trained; the honest protocol and every faulty one report their AUC, and the
honest one's models are asked about patients outside the cohort, which is the true value.

Cohorts of one pool share patients, so their spread says too little. Two means of m of n patients
correlate by m / n, and so the interval of a mean over K cohorts is taken as

    t * s * sqrt(1 / K + r / (1 - r)),  r = m / n

as for resampled test sets (Nadeau & Bengio, Mach. Learn. 2003; 52:239-281). A cohort's patients and
those outside it come from the same pool, so the honest AUC minus the true one must be about 0
(`optimism.honest`). The first 20 cohorts of the shipped run's pool lie .035 above it by chance: on
codes that stay as they are the gap was .057, .028, .016 and .006 (standard error .010) after 10,
20, 30 and 40 cohorts, with everybody outside asked, so take 30 or more.

`--inflation-inside COHORTS` does the same with nothing frozen: landmarks and autoencoder are
trained anew in every fold too, by the run's own settings for fewer epochs. It costs six trainings a
cohort, so few cohorts must do, and its intervals are wide.

Writes `added/inflation/` (or `inflation-inside/`): `inflation.csv`, one row a cohort and protocol,
and `metrics.json`.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from core.errors import RunUnusable
from core.evaluation.faults import Faults
from core.evaluation.figures import Figure, Stamp, read_metrics, rebuild_metrics, write_metrics
from core.evaluation.fresh import SEED, patients_for, refuse_own_seed
from core.evaluation.intervals import Interval
from core.evaluation.many_cohorts import draw
from core.evaluation.parts import PLAN, parts_of
from core.progress import Progress, silent
from core.run import Run
from core.side_by_side import side_by_side
from core.training.record import commit, write_table

FOLDER, FILE = "inflation", "inflation.csv"
INSIDE = "inflation-inside"
EPOCHS = 30  # of an autoencoder trained in a fold; six trainings of 650 patches a cohort
VERSION = 1
COHORTS, POOL, SIZE = 30, 1000, 168  # the paper has 168 patients
ALONE = {  # the figure of each fault, and what it is compared with
    "epoch": (Faults(epoch=True), Faults()),
    "configuration": (Faults(configuration=True), Faults()),
    "threshold": (Faults(threshold=True, calls=True), Faults(calls=True)),
    "calls": (Faults(calls=True), Faults()),
    "scaling": (Faults(scaling=True), Faults()),
    "t_stage": (Faults(t_stage=True), Faults()),
}
CHOSEN = Faults(epoch=True, configuration=True, threshold=True)
ALL_BUT_CALLS = Faults(epoch=True, configuration=True, threshold=True, scaling=True, t_stage=True)


@dataclass(frozen=True, eq=False)
class Inflation:
    """What every protocol reported on every cohort.

    Attributes:
        table: cohort, shuffled, the faults, auc, true_auc.
        size: Patients a cohort.
        pool: Patients the cohorts were drawn from.
    """

    table: pd.DataFrame
    size: int
    pool: int

    @cached_property
    def cohorts(self) -> int:
        """How many cohorts."""
        return int(self.table["cohort"].nunique())

    def reported(self, faults: Faults, *, shuffled: bool = False) -> Interval:
        """The AUC that a protocol reports, mean over cohorts."""
        return self._mean(self._own(faults, shuffled)["auc"].to_numpy())

    def true(self, *, shuffled: bool = False) -> Interval:
        """What the honest protocol's models are worth on patients outside their cohorts."""
        return self._mean(self._own(Faults(), shuffled)["true_auc"].to_numpy())

    def inflated(
        self, faults: Faults, than: Faults | None = None, *, shuffled: bool = False
    ) -> Interval:
        """A protocol's AUC minus another's (by default the honest one's), same cohorts."""
        both = (self._own(each, shuffled)["auc"].to_numpy() for each in (faults, than or Faults()))
        return self._mean(np.subtract(*both))

    def above_truth(self, faults: Faults, *, shuffled: bool = False) -> Interval:
        """A protocol's AUC minus the true value, same cohorts."""
        own, honest = self._own(faults, shuffled), self._own(Faults(), shuffled)
        return self._mean(own["auc"].to_numpy() - honest["true_auc"].to_numpy())

    def by_cohort(self, faults: Faults, *, shuffled: bool = False) -> np.ndarray:
        """The AUC that a protocol reports on each cohort, (cohort)."""
        return self._own(faults, shuffled)["auc"].to_numpy()

    def _own(self, faults: Faults, shuffled: bool) -> pd.DataFrame:
        # nobody's T stage says anything of outcomes that were dealt out anew
        asked = replace(faults, t_stage=False) if shuffled else faults
        chosen = self.table["shuffled"] == shuffled
        for name in Faults.names():
            chosen &= self.table[name] == getattr(asked, name)
        return self.table[chosen].sort_values("cohort")

    def _mean(self, values: np.ndarray) -> Interval:
        many, shared = len(values), self.size / self.pool
        value = float(values.mean())
        if many < 2:
            return Interval(value, value, value)
        spread = float(values.std(ddof=1)) * np.sqrt(1 / many + shared / (1 - shared))
        half = float(student.ppf(0.975, many - 1)) * float(spread)
        return Interval(value, value - half, value + half)


def evaluate_inflation(
    run: Run,
    cohorts: int = COHORTS,
    *,
    pool: int = POOL,
    size: int = SIZE,
    seed: int = SEED,
    inside: bool = False,
    place: Path = Path("cohorts"),
    progress: Progress = silent,
    report: Callable[[str], None] = lambda sentence: None,
) -> list[Figure]:
    """Judge every protocol on many cohorts, and write what came of it.

    Args:
        run: Finished, of a synthetic cohort.
        cohorts: How many, 2 or more.
        pool: Fresh patients they are drawn from.
        size: Patients a cohort.
        seed: Of the fresh patients; a training on the same seed is refused.
        inside: Train landmarks and autoencoder anew in every fold, for `EPOCHS` epochs.
        place: Folder in which fresh patients' small files are kept.
        progress: Told how far each step is.
        report: Told, in a sentence, what a person should know at once.

    Returns:
        The figures, also in the run's `metrics.json`.

    Raises:
        RunUnusable: The run's cohort is not synthetic, or drawn from that seed, or the run is
            damaged, or the pool is too small.
    """
    refuse_own_seed(run, seed)
    if cohorts < 2 or pool < 2 * size:
        raise RunUnusable(
            run.name,
            f"{cohorts} cohorts of {size} out of {pool} fresh patients",
            f"2 cohorts or more, and {2 * size} patients or more to draw them from",
        )
    from core.training.under_faults import judge_cohort, prepare_process

    plan = {"version": VERSION, "cohorts": cohorts, "pool": pool, "size": size, "seed": seed}
    folder, named = (INSIDE, "-inside") if inside else (FOLDER, "")
    if inside:
        plan["epochs"] = EPOCHS
    with parts_of(run, folder, plan) as parts:
        if parts.finished:
            report(f"Run {run.name} was asked so before; nothing was done.")
            return read_metrics(run.folder / "added" / folder)[0]
        tables = {number: parts.get(f"cohort-{number:03d}") for number in range(cohorts)}
        missing = [number for number, table in tables.items() if table is None]
        if missing:
            fresh = patients_for(run, pool, seed=seed, place=place, progress=progress)
            epochs = EPOCHS if inside else None
            drawn = draw(run, fresh, missing, size=size, epochs=epochs)
            progress("judging cohorts", cohorts - len(missing), cohorts)
            for one, table in side_by_side(judge_cohort, drawn, prepare=prepare_process):
                parts.put(f"cohort-{one.number:03d}", table)
                tables[one.number] = table
                done = sum(each is not None for each in tables.values())
                progress("judging cohorts", done, cohorts)
        whole = pd.concat([each for each in tables.values() if each is not None])
        found = Inflation(whole.reset_index(drop=True), size, pool)
        command = f"python train.py evaluate --run {run.name} --inflation{named} {cohorts}"
        stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
        write_table(parts.folder / FILE, found.table)
        figures = list(inflation_figures(found, stamp, suffix="_inside" if inside else ""))
        write_metrics(parts.folder, figures, weights_sha256=run.manifest.weights_sha256)
        parts.finish()
        rebuild_metrics(run.folder)
        return figures


def read_inflation(run: Run, *, inside: bool = False) -> Inflation | None:
    """What a run's protocols reported; None where nobody asked, or of other weights.

    Args:
        run: Whose.
        inside: Those with an autoencoder trained anew in every fold.

    Raises:
        RunUnusable: A file is damaged.
    """
    folder = INSIDE if inside else FOLDER
    place = run.folder / "added" / folder
    if not (place / FILE).is_file():
        return None
    try:
        plan = json.loads((place / PLAN).read_text(encoding="utf-8"))
        if plan.get("weights_sha256") != run.manifest.weights_sha256:
            return None
        table = pd.read_csv(place / FILE)
        wanted = {"cohort", "shuffled", "auc", "true_auc", *Faults.names()}
        if not wanted <= set(table) or table.empty:
            raise ValueError("columns are missing")
        return Inflation(table, int(plan["size"]), int(plan["pool"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"added/{folder}: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the files as they were written") from error


def inflation_figures(found: Inflation, stamp: Stamp, *, suffix: str = "") -> Iterator[Figure]:
    """How far each fault, and all together, move the reported AUC.

    Args:
        found: What every protocol reported.
        stamp: Of the figures.
        suffix: "_inside" where autoencoders were trained in the folds.
    """

    def made(name: str, value: Interval) -> Figure:
        said = f"{name}{suffix}"
        return stamp.figure(said, value, n=found.pool, unit_of_n="patient", data="fresh")

    yield made("optimism.auc", found.inflated(CHOSEN))
    for name, (faults, than) in ALONE.items():
        yield made(f"optimism.{name}", found.inflated(faults, than))
    yield made("optimism.all_but_calls", found.inflated(ALL_BUT_CALLS))
    yield made("optimism.honest", found.above_truth(Faults()))
    yield made("auc.honest", found.reported(Faults()))
    yield made("auc.true", found.true())
    yield made("auc.shuffled", found.reported(Faults(), shuffled=True))
    yield made("auc.shuffled_chosen", found.reported(CHOSEN, shuffled=True))
