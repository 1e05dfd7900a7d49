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
20, 30 and 40 cohorts, with everybody outside asked, so take 30 or more. Writes
`added/inflation/`: `inflation.csv`, one row a cohort and protocol, and `metrics.json`.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import t as student

from core.cohort.fresh import FreshPatients
from core.errors import RunUnusable
from core.evaluation.faults import Faults
from core.evaluation.figures import Figure, Stamp, rebuild_metrics, write_metrics
from core.evaluation.fresh import SEED, patients_for, refuse_own_seed
from core.evaluation.intervals import Interval
from core.evaluation.parts import PLAN, parts_of
from core.evaluation.people import People
from core.progress import Progress, silent
from core.run import Run
from core.side_by_side import side_by_side
from core.training.record import commit, write_table

if TYPE_CHECKING:
    from core.training.under_faults import Drawn

FOLDER, FILE = "inflation", "inflation.csv"
VERSION = 1
COHORTS, POOL, SIZE = 30, 1000, 168  # the paper has 168 patients
OUTSIDE = 150  # patients outside each cohort, whose pictures are encoded for every fold
MISREAD = 0.3  # assumed: share of tumours that MRI puts one T stage too high or too low
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
    with parts_of(run, FOLDER, plan) as parts:
        if parts.finished:
            report(f"Run {run.name} was asked so before; nothing was done.")
            return _own(rebuild_metrics(run.folder))
        tables = {number: parts.get(f"cohort-{number:03d}") for number in range(cohorts)}
        missing = [number for number, table in tables.items() if table is None]
        if missing:
            fresh = patients_for(run, pool, seed=seed, place=place, progress=progress)
            drawn = draw(run, fresh, missing, size=size)
            progress("judging cohorts", cohorts - len(missing), cohorts)
            for one, table in side_by_side(judge_cohort, drawn, prepare=prepare_process):
                parts.put(f"cohort-{one.number:03d}", table)
                tables[one.number] = table
                done = sum(each is not None for each in tables.values())
                progress("judging cohorts", done, cohorts)
        whole = pd.concat([each for each in tables.values() if each is not None])
        found = Inflation(whole.reset_index(drop=True), size, pool)
        command = f"python train.py evaluate --run {run.name} --inflation {cohorts}"
        stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
        write_table(parts.folder / FILE, found.table)
        figures = list(inflation_figures(found, stamp))
        write_metrics(parts.folder, figures, weights_sha256=run.manifest.weights_sha256)
        parts.finish()
        rebuild_metrics(run.folder)
        return figures


def read_inflation(run: Run) -> Inflation | None:
    """What a run's protocols reported; None where nobody asked, or of other weights.

    Raises:
        RunUnusable: A file is damaged.
    """
    place = run.folder / "added" / FOLDER
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
        found = f"added/{FOLDER}: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the files as they were written") from error


def inflation_figures(found: Inflation, stamp: Stamp) -> Iterator[Figure]:
    """How far each fault, and all together, move the reported AUC."""

    def made(name: str, value: Interval) -> Figure:
        return stamp.figure(name, value, n=found.pool, unit_of_n="patient", data="fresh")

    yield made("optimism.auc", found.inflated(CHOSEN))
    for name, (faults, than) in ALONE.items():
        yield made(f"optimism.{name}", found.inflated(faults, than))
    yield made("optimism.all_but_calls", found.inflated(ALL_BUT_CALLS))
    yield made("optimism.honest", found.above_truth(Faults()))
    yield made("auc.honest", found.reported(Faults()))
    yield made("auc.true", found.true())
    yield made("auc.shuffled", found.reported(Faults(), shuffled=True))
    yield made("auc.shuffled_chosen", found.reported(CHOSEN, shuffled=True))


def draw(run: Run, fresh: FreshPatients, numbers: list[int], *, size: int) -> list["Drawn"]:
    """Cohorts out of the pool, each with both outcomes in the pool's shares; patients of one
    cohort are drawn without replacement, and others may hold them too."""
    from core.training.under_faults import Drawn

    key = np.flatnonzero(fresh.rows["key_slice"].to_numpy().astype(bool))
    people = People.from_rows(fresh.rows.iloc[key], np.zeros((len(key), 1), np.float32), named=0)
    stages = people.clinical[:, 0].astype(np.int64)
    read = misread(stages, np.random.default_rng([len(people), size, 11]))
    found = []
    for number in numbers:
        chance = np.random.default_rng([number, size, 13])
        who = _both(people.labels, size, min(OUTSIDE, len(people) - size), chance)
        rows, of_row = people.rows_of(who)
        found.append(
            Drawn(
                number=number,
                run=run.folder,
                patches=fresh.patches[key[rows]],
                of_row=of_row,
                labels=people.labels[who],
                t_stage=stages[who],
                read_t_stage=read[who],
                size=size,
                histograms=tuple(fresh.histograms[people.patient_ids[one]] for one in who[:size]),
                landmarks=fresh.landmarks,
            )
        )
    return found


def misread(stages: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """T stages as read before surgery: `MISREAD` of them one stage too high or too low."""
    step = np.where(chance.random(len(stages)) < 0.5, -1, 1)
    step = np.where(stages + step < 1, 1, np.where(stages + step > 4, -1, step))
    return np.asarray(stages + step * (chance.random(len(stages)) < MISREAD))


def _both(labels: np.ndarray, inside: int, outside: int, chance: np.random.Generator) -> np.ndarray:
    """Patients of a cohort, then others, each part with the outcome's share of all."""
    share = labels.mean()
    positive, negative = (
        chance.permutation(np.flatnonzero(labels == outcome)) for outcome in (1, 0)
    )
    one, other = round(inside * share), round(outside * share)
    first = np.concatenate((positive[:one], negative[: inside - one]))
    rest = (positive[one : one + other], negative[inside - one : inside - one + outside - other])
    return np.concatenate((chance.permutation(first), chance.permutation(np.concatenate(rest))))


def _own(figures: list[Figure]) -> list[Figure]:
    names = ("optimism.", "auc.honest", "auc.true", "auc.shuffled")
    return [figure for figure in figures if figure.id.startswith(names)]
