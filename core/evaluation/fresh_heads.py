"""Heads fitted on fresh patients: what more of them would bring, and what their sets hold.

The run's autoencoder stays as it is, learned from the run's own patients whatever the number; a
head, its penalty, calibration and sets come from fresh patients, by the same nested code as every
cross-validation, and are read on other fresh patients. Three heads are asked: the penalised
logistic one that reads nothing but codes and T stage, so that every run can be held against every
other; the same on every lesion's measures, off outline and greys, without a code; and the run's
own, which may read both. What the learned code adds to those measures is the last's AUC minus the
second's, patient by patient. What more patients bring is told
by one kind at 168, 458 and 2,000, never by the run as it is served against the other kind; and
the run as served had fewer than 168 (it keeps patients back to test on).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.evaluation.compare import paired
from core.evaluation.contender import Contender, Fit
from core.evaluation.contenders import contenders
from core.evaluation.figures import Figure, Stamp
from core.evaluation.folds import INNER, OuterFold, deal
from core.evaluation.intervals import Interval, percentiles
from core.evaluation.nested import judge_fold
from core.evaluation.people import People
from core.progress import Progress, silent

LEARNED, ASKED = "-learned", "-asked"  # behind pseudonyms: two groups may share some
# the row of the table of models that reads codes and T stage, and the one without a T stage
KEY, NO_T_STAGE = "logistic", "image"
MEASURES = "measures"  # the row without a code
OWN = 168  # as many as the paper, and the runs, have in all
COHORTS, SIZE = 20, 168
ALPHA = 0.10


def coverage_figures(
    people: People,
    stamp: Stamp,
    *,
    cohorts: int = COHORTS,
    size: int = SIZE,
    progress: Progress = silent,
) -> Iterator[Figure]:
    """How often conformal sets hold the outcome, per class, over cohorts drawn from a pool.

    Args:
        people: Fresh patients, encoded; everyone outside a cohort is asked about.
        stamp: Of the figures.
        cohorts: How many.
        size: Patients a cohort.
        progress: Told the cohorts done.
    """
    held: list[tuple[float, float]] = []
    for number in range(cohorts):
        chance = np.random.default_rng([number, size, 17])
        order = chance.permutation(len(people))
        told = _judged(people, order[:size], order[size:], chance)
        truth = people.labels[order[size:]].astype(bool)
        positive, negative = told["p_positive"].to_numpy(), told["p_negative"].to_numpy()
        held.append(
            (float((positive[truth] > ALPHA).mean()), float((negative[~truth] > ALPHA).mean()))
        )
        progress("asking conformal sets", number + 1, cohorts)
    both = np.array(held)
    rng = np.random.default_rng(0)
    picks = rng.integers(0, cohorts, (2000, cohorts))
    for name, values in (
        ("conformal.coverage", both.mean(axis=1)),
        ("conformal.coverage_positive.cohorts", both[:, 0]),
        ("conformal.coverage_negative.cohorts", both[:, 1]),
    ):
        interval = percentiles(float(values.mean()), values[picks].mean(axis=1))
        yield stamp.figure(name, interval, n=len(people), unit_of_n="patient", data="fresh")


def regret_figures(
    learned: People,
    asked: People,
    best: np.ndarray,
    stamp: Stamp,
    *,
    numbers: Sequence[int],
    own: Fit | None = None,
    progress: Progress = silent,
) -> Iterator[Figure]:
    """How far heads with so many patients stay below the best possible.

    Args:
        learned: Fresh patients to fit on, encoded.
        asked: Other fresh patients, encoded.
        best: The best possible probability of each of those asked.
        stamp: Of the figures.
        numbers: How many are fitted on, each once.
        own: The run's own head, fitted on patients of `together(learned, asked)`; the figures
            that it gives are left out where it is None.
        progress: Told the numbers done.
    """
    both = together(learned, asked)
    tested = len(learned) + np.arange(len(asked))
    for done, number in enumerate(numbers):
        chance = np.random.default_rng([number, 19])
        chosen = chance.permutation(len(learned))[:number]
        fold = _fold(both, chosen, tested, chance)
        # regret.168 is the run as it is served
        rows = {f"regret.{number}" + ("_head" if number == OWN else ""): _code_head(both)}
        measured, served = f"regret.{number}_{MEASURES}", f"regret.{number}_own"
        if row := next((each for each in contenders(both) if each.key == MEASURES), None):
            rows[measured] = row
        if own:
            rows[served] = Contender("own", "The run's own head", "model", own)
        said = {
            name: judge_fold(row, both, fold)["probability"].to_numpy().astype(np.float64)
            for name, row in rows.items()
        }
        values: dict[str, Interval] = {
            name: paired(asked.labels, best, told).difference for name, told in said.items()
        }
        if measured in said and served in said:
            gain = paired(asked.labels, said[served], said[measured]).difference
            values[f"gain.over_measures_{number}"] = gain
        for name, value in values.items():
            yield stamp.figure(name, value, n=len(asked), unit_of_n="patient", data="fresh")
        progress("fitting heads on fresh patients", done + 1, len(numbers))


def together(first: People, second: People) -> People:
    """Two groups of patients as one, the first's numbers first."""
    return replace(
        first,
        patient_ids=(
            *(f"{who}{LEARNED}" for who in first.patient_ids),
            *(f"{who}{ASKED}" for who in second.patient_ids),
        ),
        labels=np.concatenate((first.labels, second.labels)),
        stages=np.concatenate((first.stages, second.stages)),
        of_row=np.concatenate((first.of_row, second.of_row + len(first))),
        codes=np.concatenate((first.codes, second.codes)),
        key=np.concatenate((first.key, second.key)),
        nodes=np.concatenate((first.nodes, second.nodes)),
        measured=np.concatenate((first.measured, second.measured)),
        tumour_mm=np.concatenate((first.tumour_mm, second.tumour_mm)),
        clinical=np.concatenate((first.clinical, second.clinical)),
        lesion=np.concatenate((first.lesion, second.lesion + first.lesion.max() + 1)),
        slice_mm=np.concatenate(
            [np.broadcast_to(each.slice_mm, len(each.of_row)) for each in (first, second)]
        ),
    )


def rows_together(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The rows of two groups of patients, named and ordered as `together` does."""
    return pd.concat(
        [
            rows.assign(patient_id=rows["patient_id"].astype(str) + suffix)
            for rows, suffix in ((first, LEARNED), (second, ASKED))
        ],
        ignore_index=True,
    )


def _judged(
    people: People, train: np.ndarray, test: np.ndarray, chance: np.random.Generator
) -> pd.DataFrame:
    """The code's head fitted on some patients, and what it says of others."""
    return judge_fold(_code_head(people), people, _fold(people, train, test, chance))


def _fold(
    people: People, train: np.ndarray, test: np.ndarray, chance: np.random.Generator
) -> OuterFold:
    return OuterFold(
        repeat=0,
        fold=0,
        train=train,
        test=test,
        inner=deal(people.labels[train], INNER, chance),
        seed=int(chance.integers(1 << 31)),
    )


def _code_head(people: People) -> Contender:
    """The row of the table of models that reads codes, and the T stage where it is known."""
    wanted = KEY if people.knows("t_stage") else NO_T_STAGE
    return next(each for each in contenders(people) if each.key == wanted)
