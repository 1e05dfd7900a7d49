"""The ROC curve with a band: sensitivity against false calls, and how far it may be off."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.classification import auc_interval
from core.evaluation.intervals import RESAMPLES, Interval


@dataclass(frozen=True)
class RocCurve:
    """One ROC curve and its pointwise 95 % band.

    Attributes:
        false_positive_rate: From 0 to 1, with shape (point).
        sensitivity: At each of them, with shape (point).
        thresholds: Scores from here upwards are called positive, (point); the first is inf.
        band_rate: Grid of false positive rates of the band, with shape (101).
        band_low: Lower end of the sensitivity there, with shape (101).
        band_high: Upper end of the sensitivity there, with shape (101).
        auc: The area with its interval.
    """

    false_positive_rate: np.ndarray
    sensitivity: np.ndarray
    thresholds: np.ndarray
    band_rate: np.ndarray
    band_low: np.ndarray
    band_high: np.ndarray
    auc: Interval


def roc_curve(
    labels: Labels, scores: Values, *, resamples: int = RESAMPLES, seed: int = 0
) -> RocCurve:
    """Draw the ROC curve of scores, with a band by bootstrap of patients within each outcome.

    Raises:
        ValueError: One of the two outcomes is missing.
    """
    area = auc_interval(labels, scores, resamples=resamples, seed=seed)
    order = np.argsort(-scores, kind="stable")
    ordered, positive = scores[order], np.asarray(labels).astype(bool)[order]
    ends = np.flatnonzero(np.append(np.diff(ordered) != 0, True))  # last row of each tie
    rng = np.random.default_rng(seed)
    grid = np.linspace(0, 1, 101)
    rates = _cumulative(positive[None].astype(float), ends)[0]
    false = _cumulative((~positive)[None].astype(float), ends)[0]
    band = np.empty((resamples, grid.size))
    n1, n0 = int(positive.sum()), int((~positive).sum())
    for number in range(resamples):
        weights = np.zeros((2, positive.size))
        weights[0, positive] = rng.multinomial(n1, np.full(n1, 1 / n1))
        weights[1, ~positive] = rng.multinomial(n0, np.full(n0, 1 / n0))
        drawn, drawn_false = _cumulative(weights, ends)
        band[number] = np.interp(grid, drawn_false, drawn)
    low, high = np.percentile(band, [2.5, 97.5], axis=0)
    thresholds = np.append(np.inf, ordered[ends])
    return RocCurve(false, rates, thresholds, grid, low, high, area)


def _cumulative(weights: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Shares of each row's weight reached at the end of each tie, from 0."""
    reached = np.cumsum(weights, axis=1)[:, ends] / weights.sum(1, keepdims=True)
    return np.concatenate([np.zeros((len(weights), 1)), reached], axis=1)
