"""Crossed: one contender's out-of-fold answers, (repeat, patient), and what they come to."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from core.evaluation.bands import majority
from core.evaluation.calibration import CalibrationLine, brier, calibration_line
from core.evaluation.calibration_curve import calibration_curve
from core.evaluation.classification import Confusion, auc, auc_interval, confusion
from core.evaluation.compare import Paired, paired, shuffled_p
from core.evaluation.contender import Contender, Group, answers, holds
from core.evaluation.intervals import Interval, mean_interval, mean_of
from core.evaluation.net_benefit import net_benefit_gain


@dataclass(frozen=True, eq=False)
class Crossed:
    """Out-of-fold answers of one contender; patients in the run's order.

    Attributes:
        key, title, group, calls_only, varies: As the contender's.
        labels: 1 with the outcome, (patient).
        fold: Which fold judged the patient, (repeat, patient).
        probability: Calibrated inside, (repeat, patient).
        called: Whether called positive, (repeat, patient).
        answers: "N+", "N0" or "no answer", (repeat, patient).
        held: Whether the conformal set holds the patient's outcome, (repeat, patient).
    """

    key: str
    title: str
    group: Group
    calls_only: bool
    labels: np.ndarray
    fold: np.ndarray
    probability: np.ndarray
    called: np.ndarray
    answers: np.ndarray
    held: np.ndarray
    varies: str = ""

    @classmethod
    def of(cls, contender: Contender, table: pd.DataFrame, patient_ids: tuple[str, ...]) -> Self:
        """Lay a contender's rows (those of `judge_fold`, all folds) out by repeat and patient."""
        who = table["patient_id"].astype(str)
        told = table.assign(answer=answers(table), held=holds(table), patient_id=who)

        def wide(column: str) -> np.ndarray:
            grid = told.pivot(index="repeat", columns="patient_id", values=column)
            return np.asarray(grid[list(patient_ids)].to_numpy())

        return cls(
            contender.key,
            contender.title,
            contender.group,
            contender.calls_only,
            labels=wide("label")[0].astype(np.int64),
            fold=wide("fold").astype(np.int64),
            probability=wide("probability").astype(np.float64),
            called=wide("called").astype(bool),
            answers=wide("answer").astype("<U9"),
            held=wide("held").astype(bool),
            varies=contender.varies,
        )

    @property
    def repeats(self) -> int:
        """How often every patient was judged."""
        return len(self.probability)

    @property
    def averaged(self) -> np.ndarray:
        """Each patient's probability, averaged over repeats, (patient)."""
        return np.asarray(self.probability.mean(axis=0))

    @property
    def counts(self) -> Confusion:
        """Each patient's call in at least half of the repeats against the outcome."""
        said = majority(self.called).astype(np.float64)
        return confusion(self.labels, said, threshold=0.5)

    @property
    def line(self) -> CalibrationLine | None:
        """The calibration line, mean over repeats; None where a repeat's cannot be fitted.

        Not the line of averaged probabilities: averaging draws them to the middle, which lifts the
        slope. Intervals are as wide as one repeat's, since all have the same patients.
        """
        lines = [calibration_line(self.labels, each) for each in self.probability]
        found = [each for each in lines if each]
        if len(found) < len(lines):
            return None
        return CalibrationLine(
            mean_of([each.slope for each in found]), mean_of([each.intercept for each in found])
        )

    def fold_areas(self) -> list[list[float]]:
        """The AUC within each fold of each repeat."""
        return [
            [auc(self.labels[fold == number], chance[fold == number]) for number in np.unique(fold)]
            for fold, chance in zip(self.fold, self.probability, strict=True)
        ]


@dataclass(frozen=True)
class Standing:
    """One row of the table of models.

    Attributes:
        key, title, group, calls_only: As the contender's.
        repeats: How many repeats it was judged in.
        auc: Of repeat-averaged probabilities, interval by bootstrap; None for a rule.
        auc_pooled: Mean over repeats of the AUC of all patients; None for a rule.
        auc_fold_mean: Mean over repeats of the folds' mean AUC; None for a rule.
        fold_areas: Of each repeat, its folds' AUCs; empty for a rule.
        p_chance: One-sided p of an AUC above 0.5; None for a rule.
        sensitivity, specificity, ppv, npv: Of the calls of at least half of the repeats, Wilson;
            PPV and NPV None where nobody is called so.
        brier: Mean squared gap of averaged probability and outcome.
        slope, intercept: Of the calibration line, mean over repeats; None where it cannot be
            fitted.
        ici: Integrated calibration index of averaged probabilities; None where it cannot be fitted.
        against: The model's AUC minus this one's, paired; None for the model and for rules.
        options: How often each setting was chosen inside, the commonest first.
        varies: Key of the row of which it is a variation; "" for the others.
        change: This one's AUC minus that row's, paired; None for the others.
        benefit: Of a rule: the model's net benefit at `net_benefit.ACT_FROM` minus its own, paired.
        flagged: How many patients at least half of the repeats call positive; 0 in files of before.
    """

    key: str
    title: str
    group: Group
    calls_only: bool
    repeats: int
    auc: Interval | None
    auc_pooled: float | None
    auc_fold_mean: float | None
    fold_areas: list[list[float]]
    p_chance: float | None
    sensitivity: Interval | None
    specificity: Interval | None
    ppv: Interval | None
    npv: Interval | None
    brier: Interval
    slope: Interval | None
    intercept: Interval | None
    ici: Interval | None
    against: Paired | None
    options: dict[str, float]
    varies: str = ""
    change: Paired | None = None
    benefit: Interval | None = None
    flagged: int = 0


def standing(
    own: Crossed, model: Crossed, *, options: dict[str, float], plain: Crossed | None = None
) -> Standing:
    """A row of the table; differences are taken over the repeats that both were judged in.

    Args:
        own: The row's answers.
        model: The model's.
        options: How often each setting was chosen inside.
        plain: The answers of the row that it varies, where it is a variation.
    """
    truth, chance, counts = own.labels, own.averaged, own.counts
    areas = [] if own.calls_only else own.fold_areas()
    line = own.line
    curve = None if own.calls_only else calibration_curve(truth, chance)
    rival = own.key != model.key and not own.calls_only
    return Standing(
        key=own.key,
        title=own.title,
        group=own.group,
        calls_only=own.calls_only,
        repeats=own.repeats,
        auc=None if own.calls_only else auc_interval(truth, chance),
        auc_pooled=None
        if own.calls_only
        else float(np.mean([auc(truth, each) for each in own.probability])),
        auc_fold_mean=float(np.mean([np.mean(each) for each in areas])) if areas else None,
        fold_areas=areas,
        p_chance=None if own.calls_only else shuffled_p(truth, chance),
        sensitivity=counts.sensitivity,
        specificity=counts.specificity,
        ppv=counts.ppv,
        npv=counts.npv,
        brier=mean_interval(brier(truth, chance), np.arange(len(truth))),
        slope=line.slope if line else None,
        intercept=line.intercept if line else None,
        ici=curve.ici if curve else None,
        against=compared(model, own) if rival else None,
        options=options,
        varies=own.varies,
        change=compared(own, plain) if plain else None,
        benefit=net_benefit_gain(truth, model.averaged, majority(own.called))
        if own.calls_only
        else None,
        flagged=counts.true_positive + counts.false_positive,
    )


def compared(first: Crossed, second: Crossed) -> Paired:
    """The first's AUC minus the second's, over the repeats that both were judged in."""
    both = min(first.repeats, second.repeats)
    pair = (each.probability[:both].mean(axis=0) for each in (first, second))
    return paired(first.labels, *pair)
