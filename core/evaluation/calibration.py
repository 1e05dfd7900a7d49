"""Whether a probability means what it says: of those told 30 %, do 30 in 100 have it?"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.classification import Confusion
from core.evaluation.intervals import Z95, Interval, reflected, wilson

BINS = 10
_FEWEST_A_BIN = 5


def brier(labels: Labels, probabilities: Values) -> Values:
    """Squared difference of probability and outcome, one a patient; the mean is the score."""
    return np.asarray(np.square(probabilities - np.asarray(labels).astype(float)))


@dataclass(frozen=True)
class CalibrationBin:
    """Patients of similar probability, and how many of them had the outcome.

    Attributes:
        lowest: Smallest probability in the bin.
        highest: Largest probability in the bin.
        predicted: Mean probability.
        observed: Share with the outcome, Wilson.
        n: Patients in the bin.
    """

    lowest: float
    highest: float
    predicted: float
    observed: Interval
    n: int


def calibration_bins(
    labels: Labels, probabilities: Values, *, bins: int = BINS
) -> tuple[CalibrationBin, ...]:
    """Patients in bins of equal count by probability; fewer bins where under 5 would share one.

    Raises:
        ValueError: There are no patients.
    """
    if len(probabilities) == 0:
        raise ValueError("calibration needs patients")
    order = np.argsort(probabilities, kind="stable")
    truth = np.asarray(labels).astype(bool)
    number = max(1, min(bins, len(order) // _FEWEST_A_BIN))
    return tuple(
        CalibrationBin(
            lowest=float(probabilities[rows].min()),
            highest=float(probabilities[rows].max()),
            predicted=float(probabilities[rows].mean()),
            observed=wilson(int(truth[rows].sum()), len(rows)),
            n=len(rows),
        )
        for rows in np.array_split(order, number)
    )


def expected_error(bins: tuple[CalibrationBin, ...]) -> float:
    """Mean absolute gap of predicted and observed share, bins weighted by their patients."""
    gaps = [abs(each.predicted - each.observed.value) * each.n for each in bins]
    return sum(gaps) / sum(each.n for each in bins)


def expected_error_interval(
    labels: Labels, probabilities: Values, *, resamples: int = 500, seed: int = 0
) -> Interval:
    """The expected error with a 95 % interval by bootstrap of patients, each resample binned anew.

    The interval is `intervals.reflected`, since resamples add gaps of their own.
    """
    value = expected_error(calibration_bins(labels, probabilities))
    n, rng = len(probabilities), np.random.default_rng(seed)
    truth = np.asarray(labels)
    drawn = []
    for _ in range(resamples):
        who = rng.integers(0, n, n)
        drawn.append(expected_error(calibration_bins(truth[who], probabilities[who])))
    return reflected(value, np.array(drawn))


@dataclass(frozen=True)
class CalibrationLine:
    """The outcome's logit as a line of the predicted logit; ideal is slope 1, intercept 0.

    A slope under 1 means probabilities too extreme, an intercept above 0 too low ones.
    """

    slope: Interval
    intercept: Interval


def calibration_line(labels: Labels, probabilities: Values) -> CalibrationLine | None:
    """Fit the calibration line (Cox 1958), with Wald's 95 % intervals.

    Newton's method without penalty; None where no finite line exists because the logits
    separate the outcomes or are all equal.
    """
    clipped = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    logits = np.log(clipped / (1 - clipped))
    truth = np.asarray(labels).astype(float)
    inside, outside = logits[truth == 1], logits[truth == 0]
    if inside.size == 0 or outside.size == 0 or np.ptp(logits) < 1e-9:
        return None
    if inside.min() >= outside.max() or outside.min() >= inside.max():
        return None
    design = np.column_stack([logits, np.ones_like(logits)])
    line = np.zeros(2)
    for _ in range(100):
        fitted = 1 / (1 + np.exp(-design @ line))
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.solve(curvature, design.T @ (truth - fitted))
        line += step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9 * (1 + np.abs(line).max()):
            spread = Z95 * np.sqrt(np.diag(np.linalg.inv(curvature)))
            slope, intercept = (
                Interval(float(at), float(at - half), float(at + half))
                for at, half in zip(line, spread, strict=True)
            )
            return CalibrationLine(slope, intercept)
    return None


@dataclass(frozen=True)
class Predictive:
    """What a call is worth where a given share of patients has the outcome."""

    prevalence: float
    ppv: Interval
    npv: Interval


def at_prevalence(counts: Confusion, prevalence: float) -> Predictive:
    """PPV and NPV at a chosen prevalence, from the counts' sensitivity and specificity.

    Bayes' rule; intervals on the logit scale with adjusted shares (Mercaldo, Lau & Zhou,
    Statist. Med. 2007; 26:2170-2183), widened where needed so that they hold the value.

    Raises:
        ValueError: An outcome is missing or the prevalence lies outside (0, 1).
    """
    sensitivity, specificity = counts.sensitivity, counts.specificity
    if sensitivity is None or specificity is None or not 0 < prevalence < 1:
        raise ValueError("predictive values need both outcomes and a prevalence in (0, 1)")
    n1, n0 = counts.positives + Z95**2, counts.negatives + Z95**2
    sens = (counts.true_positive + Z95**2 / 2) / n1
    spec = (counts.true_negative + Z95**2 / 2) / n0
    odds = prevalence / (1 - prevalence)
    spread_ppv = np.sqrt((1 - sens) / sens / n1 + spec / (1 - spec) / n0)
    spread_npv = np.sqrt(sens / (1 - sens) / n1 + (1 - spec) / spec / n0)
    return Predictive(
        prevalence,
        _around(
            _bayes(sensitivity.value * odds, 1 - specificity.value),
            float(np.log(sens * odds / (1 - spec))),
            float(spread_ppv),
        ),
        _around(
            _bayes(specificity.value, (1 - sensitivity.value) * odds),
            float(np.log(spec / ((1 - sens) * odds))),
            float(spread_npv),
        ),
    )


def _bayes(right: float, wrong: float) -> float:
    """Share of right calls; the value no information gives, 1/2, where nobody is called."""
    return right / (right + wrong) if right + wrong > 0 else 0.5


def _around(value: float, logit: float, spread: float) -> Interval:
    low, high = (1 / (1 + np.exp(-(logit + sign * Z95 * spread))) for sign in (-1, 1))
    return Interval(value, min(value, float(low)), max(value, float(high)))
