"""Net benefit: what acting on a model is worth, in true positives a patient.

    net benefit at t = true positives / n - false positives / n * t / (1 - t)

where t is the probability from which somebody would act: it says how many needless actions one
missed patient is worth (Vickers & Elkin, Med. Decis. Making 2006; 26:565-574). Acting on
everybody and on nobody are the strategies to beat.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.intervals import RESAMPLES, Interval, mean_interval, patient_draws

ACT_FROM = 0.2  # one missed patient weighs as much as four needless actions
THRESHOLDS = np.round(np.arange(0.02, 0.605, 0.01), 2)


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit over thresholds, (threshold) each.

    Attributes:
        thresholds: Probabilities from which somebody would act.
        value: Of the model.
        low, high: Its pointwise 95 % band by bootstrap of patients.
        treat_all: Of acting on everybody; on nobody it is 0.
        rule: Of the size rule, or None without sizes.
    """

    thresholds: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    treat_all: np.ndarray
    rule: np.ndarray | None


def decision_curve(
    labels: Labels,
    probabilities: Values,
    *,
    rule: Labels | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> DecisionCurve:
    """The net benefit of probabilities beside acting on all, on none, and on a rule's calls."""
    truth = np.asarray(labels).astype(bool)
    called = np.asarray(probabilities)[:, None] >= THRESHOLDS
    gains = _gains(truth, called)
    drawn = [
        (draws @ gains) / truth.size
        for draws in patient_draws(truth.size, resamples=resamples, seed=seed)
    ]
    low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5], axis=0)
    of_rule = None
    if rule is not None:
        repeated = np.repeat(np.asarray(rule).astype(bool)[:, None], len(THRESHOLDS), axis=1)
        of_rule = _gains(truth, repeated).mean(axis=0)
    return DecisionCurve(
        THRESHOLDS,
        gains.mean(axis=0),
        low,
        high,
        _gains(truth, np.ones_like(called)).mean(axis=0),
        of_rule,
    )


def net_benefit_gain(labels: Labels, probabilities: Values, rule: Labels) -> Interval:
    """The model's net benefit minus a rule's at `ACT_FROM`, the same patients drawn for both."""
    truth = np.asarray(labels).astype(bool)
    worth = np.where(truth, 1.0, -ACT_FROM / (1 - ACT_FROM))
    called = np.asarray(probabilities) >= ACT_FROM
    apart = (called.astype(np.float64) - np.asarray(rule).astype(bool)) * worth
    return mean_interval(apart, np.arange(len(truth)))


def _gains(truth: np.ndarray, called: np.ndarray) -> np.ndarray:
    """What each patient adds at each threshold, (patient, threshold)."""
    cost = THRESHOLDS / (1 - THRESHOLDS)
    return np.asarray(called * np.where(truth[:, None], 1.0, -cost))
