"""A smooth calibration curve, and the integrated calibration index read off it.

The outcome's logit is fitted as a restricted cubic spline of the predicted logit with three
knots (10th, 50th and 90th percentile; Harrell 2015). The ICI is the mean absolute gap between
that curve and the probabilities told (Austin & Steyerberg, Statist. Med. 2019; 38:4051-4065).
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.intervals import Interval, patient_draws, reflected

RIDGE = 1e-2  # keeps resamples that separate the outcomes finite; data outweigh it elsewhere
RESAMPLES = 500  # each is a fit
KNOTS = (10, 50, 90)


@dataclass(frozen=True)
class CalibrationCurve:
    """What was observed where so much was told.

    Attributes:
        told: Probabilities, from the 1st to the 99th percentile of those told, (point).
        observed: The fitted share there, (point).
        low, high: Pointwise 95 % band by bootstrap of patients, (point).
        ici: Mean absolute gap over the patients; interval as `intervals.reflected`, since every
            resample bends the curve a little further.
    """

    told: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ici: Interval


def calibration_curve(
    labels: Labels, probabilities: Values, *, resamples: int = RESAMPLES, seed: int = 0
) -> CalibrationCurve | None:
    """Fit the curve; None where an outcome is missing or all probabilities are alike."""
    truth = np.asarray(labels).astype(np.float64)
    logits = _logit(probabilities)
    if not 0 < truth.sum() < len(truth) or np.ptp(logits) < 1e-6:
        return None
    knots = np.percentile(logits, KNOTS)
    design = _basis(logits, knots)
    first, last = np.percentile(probabilities, [1, 99])
    at = np.linspace(first, last, 60)
    grid = _basis(_logit(at), knots)
    line = _fit(design, truth, np.ones(len(truth)))
    gaps, drawn = [], []
    for draws in patient_draws(len(truth), resamples=resamples, seed=seed):
        for weights in draws:
            again = _fit(design, truth, weights.astype(np.float64), start=line)
            drawn.append(_share(grid, again))
            gaps.append(np.abs(_share(design, again) - probabilities) @ weights / weights.sum())
    low, high = np.percentile(np.stack(drawn), [2.5, 97.5], axis=0)
    ici = float(np.abs(_share(design, line) - probabilities).mean())
    return CalibrationCurve(at, _share(grid, line), low, high, reflected(ici, np.array(gaps)))


def _logit(probabilities: Values) -> np.ndarray:
    inside = np.clip(np.asarray(probabilities, dtype=np.float64), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(inside / (1 - inside)))


def _basis(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Constant, line, and the one bent term of a three-knot restricted cubic spline."""
    first, middle, last = knots
    if last - first < 1e-9 or last - middle < 1e-9:
        return np.column_stack((np.ones_like(x), x))

    def cubed(from_: float) -> np.ndarray:
        return np.asarray(np.maximum(x - from_, 0) ** 3)

    bent = cubed(first) - (cubed(middle) * (last - first) - cubed(last) * (middle - first)) / (
        last - middle
    )
    return np.column_stack((np.ones_like(x), x, bent / (last - first) ** 2))


def _fit(
    design: np.ndarray, truth: np.ndarray, weights: np.ndarray, *, start: np.ndarray | None = None
) -> np.ndarray:
    """Penalised weighted logistic regression by Newton's steps, drawn towards "told is true"."""
    rest = np.zeros(design.shape[1])
    rest[1] = 1.0
    line = rest.copy() if start is None else start.copy()
    for _ in range(30):
        share = _share(design, line)
        curvature = (design * (weights * share * (1 - share))[:, None]).T @ design
        curvature += RIDGE * np.eye(len(line))
        slope = design.T @ (weights * (truth - share)) - RIDGE * (line - rest)
        step = np.linalg.solve(curvature, slope)
        line = line + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-7:
            break
    return line


def _share(design: np.ndarray, line: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(design @ line, -60, 60))))
