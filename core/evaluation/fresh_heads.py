"""Heads fitted on fresh patients: what more of them would bring, and what their sets hold.

The run's autoencoder stays as it is; only the penalised logistic head with T stage, its penalty,
calibration and sets come from fresh patients, by the same nested code as every cross-validation.
They are read on other fresh patients. So a regret at 458 or 2,000 patients is that of a head with
so many, on codes learned from the run's own; the same head on 168 stands beside them, since the
run as it is served had fewer (it keeps patients back to test on).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.evaluation.compare import paired
from core.evaluation.contenders import contenders
from core.evaluation.figures import Figure, Stamp
from core.evaluation.folds import INNER, OuterFold, deal
from core.evaluation.intervals import Interval, percentiles
from core.evaluation.nested import judge_fold
from core.evaluation.people import People
from core.progress import Progress, silent

# the row of the table of models that the runs' default head is, and the one without a T stage
KEY, NO_T_STAGE = "logistic", "image"
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
    progress: Progress = silent,
) -> Iterator[Figure]:
    """How far heads with so many patients stay below the best possible.

    Args:
        learned: Fresh patients to fit on, encoded.
        asked: Other fresh patients, encoded.
        best: The best possible probability of each of those asked.
        stamp: Of the figures.
        numbers: How many are fitted on, each once.
        progress: Told the numbers done.
    """
    both = together(learned, asked)
    tested = len(learned) + np.arange(len(asked))
    for done, number in enumerate(numbers):
        chance = np.random.default_rng([number, 19])
        chosen = chance.permutation(len(learned))[:number]
        told = _judged(both, chosen, tested, chance)
        own = told["probability"].to_numpy().astype(np.float64)
        value: Interval = paired(asked.labels, best, own).difference
        # regret.168 is the run's own, as it is served
        name = f"regret.{number}" + ("_head" if number == OWN else "")
        yield stamp.figure(name, value, n=len(asked), unit_of_n="patient", data="fresh")
        progress("fitting heads on fresh patients", done + 1, len(numbers))


def together(first: People, second: People) -> People:
    """Two groups of patients as one, the first's numbers first."""
    return replace(
        first,
        patient_ids=(
            *(f"{who}-learned" for who in first.patient_ids),
            *(f"{who}-asked" for who in second.patient_ids),
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
    )


def _judged(
    people: People, train: np.ndarray, test: np.ndarray, chance: np.random.Generator
) -> pd.DataFrame:
    """The head fitted on some patients, and what it says of others."""
    fold = OuterFold(
        repeat=0,
        fold=0,
        train=train,
        test=test,
        inner=deal(people.labels[train], INNER, chance),
        seed=int(chance.integers(1 << 31)),
    )
    wanted = KEY if people.knows("t_stage") else NO_T_STAGE
    row = next(each for each in contenders(people) if each.key == wanted)
    return judge_fold(row, people, fold)
