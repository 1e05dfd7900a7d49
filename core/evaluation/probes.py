"""What the codes know of the truth, and what the ruler knows of it: R² on unseen patients.

A ridge regression learns a true factor from the codes of training patients and is read on fresh
ones. Beside it the same from one measured attribute alone: what a mask and a ruler know. Of the
largest section of each lesion, since that is what the true factors describe.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Features, Labels, Values
from core.evaluation.intervals import (
    RESAMPLES,
    Interval,
    patient_draws,
    patient_numbers,
    percentiles,
    sums_by_patient,
)

FACTORS = {  # figure's name: true factor, and the measured column that stands for it
    "short_axis": ("short_axis_mm", "short_axis_mm"),
    "elongation": ("elongation", "elongation"),
    "signal": ("signal", "contrast"),
    "texture": ("heterogeneity", "heterogeneity"),
    "border": ("border", "irregularity"),
}


@dataclass(frozen=True)
class Known:
    """Lesions as a probe sees them, one row each.

    Attributes:
        codes: (row, latent).
        measured: Measured columns, (row, measured).
        truth: True factors, (row, factor).
        patient_ids: Whose, (row).
    """

    codes: Features
    measured: np.ndarray
    truth: np.ndarray
    patient_ids: Labels


def ridge_r2(
    fit: Features, fit_values: np.ndarray, judge: Features, judge_values: Values, whose: Labels
) -> Interval:
    """R² on unseen patients of a ridge probe, its penalty by leave-one-out inside the fit.

    Args:
        fit, fit_values: What it learns from.
        judge, judge_values: What it is read on.
        whose: Patients of the latter, drawn by the bootstrap.

    Raises:
        ValueError: Under 3 rows on either side, or the value does not vary.
    """
    from sklearn.linear_model import RidgeCV

    if len(fit) < 3 or len(judge) < 3 or np.ptp(judge_values) == 0:
        raise ValueError("a probe needs 3 rows on either side and a value that varies")
    mean, sd = fit.mean(axis=0), fit.std(axis=0)
    sd = np.where(sd > 0, sd, 1)
    probe = RidgeCV(alphas=np.logspace(-3, 4, 15)).fit((fit - mean) / sd, fit_values)
    return r2_interval(judge_values, probe.predict((judge - mean) / sd), whose)


def r2_interval(
    values: Values,
    predicted: Values,
    patient_ids: Labels,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """R² of predictions with the interval that a bootstrap of the patients gives."""
    truth = np.asarray(values, dtype=np.float64)
    residual = np.square(truth - predicted)
    numbers, patients = patient_numbers(patient_ids)
    parts = np.column_stack((residual, truth, truth**2, np.ones_like(truth)))
    sums = sums_by_patient(parts, numbers, patients)

    def share(total: np.ndarray) -> np.ndarray:
        missed, first, second, n = total.T
        return np.asarray(1 - missed / np.maximum(second - first**2 / n, 1e-12))

    drawn = [
        share(draws @ sums) for draws in patient_draws(patients, resamples=resamples, seed=seed)
    ]
    return percentiles(float(share(sums.sum(axis=0)[None])[0]), np.concatenate(drawn))


def clustered_auc(
    labels: Labels,
    scores: Values,
    patient_ids: Labels,
    *,
    resamples: int = 500,
    seed: int = 0,
) -> Interval:
    """An AUC over lesions with the interval that a bootstrap of their patients gives."""
    truth = np.asarray(labels).astype(bool)
    numbers, patients = patient_numbers(patient_ids)
    inside, outside = np.asarray(scores)[truth], np.sort(np.asarray(scores)[~truth])
    order = np.argsort(np.asarray(scores)[~truth], kind="stable")
    below = np.searchsorted(outside, inside, side="left")
    upto = np.searchsorted(outside, inside, side="right")

    def area(weights: np.ndarray) -> float:
        of_positive, of_negative = weights[numbers[truth]], weights[numbers[~truth]][order]
        reached = np.append(0, np.cumsum(of_negative))
        won = of_positive @ (reached[below] + reached[upto]) / 2
        return float(won / max(of_positive.sum() * reached[-1], 1e-12))

    drawn = [
        area(weights.astype(np.float64))
        for draws in patient_draws(patients, resamples=resamples, seed=seed)
        for weights in draws
    ]
    return percentiles(area(np.ones(patients)), np.array(drawn))
