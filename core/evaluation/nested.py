"""Nested cross-validation: everything is fitted and chosen inside the outer training part.

In each outer fold the training patients fall into inner folds. A contender is fitted once an
inner fold on the others: its scores of the patients held out there choose its setting, the
calibration, the threshold for sensitivity 0.85 and the conformal sets, and the test patients
are scored by all these members together (the mean of their scores). No member and no choice
ever sees a test patient's outcome: those labels are blanked before a contender gets them.

The sets are class-conditional and cross-conformal (Vovk 2015, Ann. Math. Artif. Intell. 74):
an outcome's p-value counts the training patients who have it and were, by the member that did
not see them, at least as strange as the test patient is to that same member.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.arrays import Values
from core.evaluation.classification import threshold_for_sensitivity
from core.evaluation.contender import HIDDEN, Contender, Fit, Inside
from core.evaluation.folds import OuterFold
from core.evaluation.people import People
from core.training.calibrate import SENSITIVITY, fit_calibration, probabilities
from core.training.logistic_bag import log_loss


def judge_fold(contender: Contender, people: People, fold: OuterFold) -> pd.DataFrame:
    """One contender on one outer fold's test patients.

    Returns:
        One row a test patient: patient_id, repeat, fold, label, score (mean of the members),
        probability, called (0 or 1), p_positive and p_negative (conformal), threshold, option.
    """
    hidden, stages = people.labels.copy(), people.stages.copy()
    hidden[fold.test] = stages[fold.test] = HIDDEN
    inside = contender.fit(replace(people, labels=hidden, stages=stages), fold)
    known = hidden[fold.train]
    line = fit_calibration(inside.held, known, prevalence=float(known.mean()))
    held = probabilities(inside.held, line)
    members = np.stack([probabilities(scores, line) for scores in inside.members])
    score = inside.members.mean(axis=0)
    chance = probabilities(score, line)
    threshold = threshold_for_sensitivity(known, held, sensitivity=SENSITIVITY)
    called = score > 0 if contender.calls_only else chance >= threshold
    return pd.DataFrame(
        {
            "patient_id": [people.patient_ids[number] for number in fold.test],
            "repeat": fold.repeat,
            "fold": fold.fold,
            "label": people.labels[fold.test],
            "score": score,
            "probability": chance,
            "called": called.astype(np.int64),
            "p_positive": p_values(held[known == 1], fold.inner[known == 1], members),
            "p_negative": p_values(-held[known == 0], fold.inner[known == 0], -members),
            "threshold": threshold,
            "option": inside.option,
        }
    )


def p_values(held: Values, inner: np.ndarray, members: np.ndarray) -> np.ndarray:
    """How ordinary each test patient would be for an outcome, (test), in (0, 1].

    Args:
        held: How well each training patient with the outcome fits it, higher is better.
        inner: Inner fold of each of them.
        members: How well each test patient fits it by each member, (inner, test).
    """
    stranger = held[:, None] <= members[inner] + 1e-12
    return np.asarray((stranger.sum(axis=0) + 1) / (len(held) + 1))


Scorer = Callable[[np.ndarray], np.ndarray]
"""Patients' numbers to their scores on the logit's scale."""


def tuned(
    fit: Callable[[People, np.ndarray, float], Scorer],
    options: Sequence[float],
    *,
    called: str = "",
) -> Fit:
    """A contender that is fitted anew for each option and inner fold.

    Args:
        fit: From people, the patients fitted on and an option, to a scorer.
        options: What may be chosen; the least loss on patients held out inside wins, the
            earlier one where two tie.
        called: What the option is called in the table.
    """

    def inside(people: People, fold: OuterFold) -> Inside:
        best: tuple[float, Inside] | None = None
        for option in options:
            held = np.empty(len(fold.train))
            members = []
            for number, (fitted, watched) in enumerate(fold.parts()):
                scorer = fit(people, fitted, option)
                held[fold.inner == number] = scorer(watched)
                members.append(scorer(fold.test))
            miss = log_loss(held, people.labels[fold.train])
            said = f"{called} {option:g}".strip() if len(options) > 1 else ""
            if best is None or miss < best[0] - 1e-12:
                best = miss, Inside(held, np.stack(members), said)
        if best is None:
            raise ValueError("a contender needs an option")
        return best[1]

    return inside
