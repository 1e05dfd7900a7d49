"""How well probabilities tell positive patients from negative ones.

The AUC is the chance that a positive patient scores above a negative one, ties counting half
(Mann-Whitney). Its interval resamples patients within each outcome, as pROC does, so that no
resample lacks a class. Everything is per patient and from probabilities, never from calls.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

from core.arrays import Labels, Values
from core.evaluation.intervals import RESAMPLES, Z95, Interval, percentiles, wilson

FEWEST_EVENTS = 20
_ENTRIES = 500_000  # draws of one outcome at once, 4 MB


def auc(labels: Labels, scores: Values) -> float:
    """Area under the ROC curve.

    Raises:
        ValueError: One of the two outcomes is missing.
    """
    positive = _positives(labels)
    n1, n0 = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def auc_interval(
    labels: Labels, scores: Values, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The AUC with its 95 % interval by bootstrap of patients.

    Where the scores separate the outcomes wholly every resample does too, and a bootstrap
    would claim certainty; there the interval is Newcombe's method 5 (Statist. Med. 2006;
    25:559-573), which keeps its width.
    """
    positive = _positives(labels)
    value = auc(labels, scores)
    n1, n0 = int(positive.sum()), int((~positive).sum())
    if value in (0.0, 1.0):
        return newcombe_auc(value, positives=n1, negatives=n0)
    order = np.argsort(scores, kind="stable")
    ordered = np.flatnonzero(positive[order]), np.flatnonzero(~positive[order])
    ties = np.flatnonzero(np.append(True, np.diff(scores[order]) != 0))  # first row of each
    rng = np.random.default_rng(seed)
    drawn = []
    piece = max(1, _ENTRIES // positive.size)
    for first in range(0, resamples, piece):
        size = min(piece, resamples - first)
        counts = np.zeros((2, size, positive.size))
        for outcome, rows in enumerate(ordered):
            n = rows.size
            counts[outcome][:, rows] = rng.multinomial(n, np.full(n, 1 / n), size=size)
        higher, lower = np.add.reduceat(counts, ties, axis=2)
        below = np.cumsum(lower, axis=1) - lower / 2
        drawn.append((higher * below).sum(1) / (n1 * n0))
    return percentiles(value, np.concatenate(drawn))


def newcombe_auc(value: float, *, positives: int, negatives: int) -> Interval:
    """An AUC's 95 % interval from its value and the two counts alone (Newcombe 2006)."""
    extra = (positives + negatives) / 2 - 1

    def width(theta: float) -> float:
        spread = 1 + extra * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return Z95 * float(np.sqrt(theta * (1 - theta) * spread / (positives * negatives)))

    low = 0.0 if value == 0 else brentq(lambda t: value - t - width(t), 0, value - 1e-9)
    high = 1.0 if value == 1 else brentq(lambda t: t - value - width(t), value + 1e-9, 1)
    return Interval(value, float(low), float(high))


@dataclass(frozen=True)
class Difference:
    """Two scores' AUCs on the same patients, first minus second, with DeLong's two-sided p."""

    difference: Interval
    p: float


def auc_difference(labels: Labels, first: Values, second: Values) -> Difference:
    """Compare two scores of the same patients (DeLong, DeLong & Clarke-Pearson 1988)."""
    positive = _positives(labels)
    n1, n0 = int(positive.sum()), int((~positive).sum())
    if min(n1, n0) < 2:
        raise ValueError("DeLong's variance needs two patients of each outcome")
    shares = [_shares_won(scores, positive) for scores in (first, second)]
    of_positives = np.cov([won for won, _ in shares])
    of_negatives = np.cov([won for _, won in shares])
    covariance = of_positives / n1 + of_negatives / n0
    value = float(shares[0][0].mean() - shares[1][0].mean())
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    sd = float(np.sqrt(max(variance, 0.0)))
    p = 1.0 if sd == 0 and value == 0 else float(2 * norm.sf(abs(value) / max(sd, 1e-12)))
    return Difference(Interval(value, value - Z95 * sd, value + Z95 * sd), p)


def threshold_for_sensitivity(
    labels: Labels, scores: Values, *, sensitivity: float = 0.85
) -> float:
    """The highest threshold that calls at least this share of the positives positive.

    A patient is called positive from the threshold upwards. It lies halfway to the next lower
    score, so that rounding a probability does not turn a call. Choose it on validation
    patients only.

    Raises:
        ValueError: No patient is positive, or `sensitivity` is outside (0, 1].
    """
    positive = np.asarray(labels).astype(bool)
    if not positive.any() or not 0 < sensitivity <= 1:
        raise ValueError("a threshold needs a positive patient and a sensitivity in (0, 1]")
    ordered = np.sort(scores[positive])[::-1]
    wanted = int(np.ceil(sensitivity * len(ordered) - 1e-9))
    kept = float(ordered[wanted - 1])
    lower = scores[scores < kept]
    return (kept + float(lower.max())) / 2 if lower.size else kept - 1e-6


@dataclass(frozen=True)
class Confusion:
    """Calls against outcomes at one threshold, patients counted."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int

    @property
    def positives(self) -> int:
        """Patients who have the outcome."""
        return self.true_positive + self.false_negative

    @property
    def negatives(self) -> int:
        """Patients who do not have the outcome."""
        return self.true_negative + self.false_positive

    @property
    def too_few_to_judge(self) -> bool:
        """Whether either outcome is rarer than 20 patients."""
        return min(self.positives, self.negatives) < FEWEST_EVENTS

    @property
    def sensitivity(self) -> Interval | None:
        """Share of the positives called positive, Wilson; None without positives."""
        return _share(self.true_positive, self.positives)

    @property
    def specificity(self) -> Interval | None:
        """Share of the negatives called negative, Wilson; None without negatives."""
        return _share(self.true_negative, self.negatives)

    @property
    def ppv(self) -> Interval | None:
        """Share of positives among those called positive, Wilson; None without such calls."""
        return _share(self.true_positive, self.true_positive + self.false_positive)

    @property
    def npv(self) -> Interval | None:
        """Share of negatives among those called negative, Wilson; None without such calls."""
        return _share(self.true_negative, self.true_negative + self.false_negative)


def confusion(labels: Labels, scores: Values, *, threshold: float) -> Confusion:
    """Count calls against outcomes; a score at the threshold is called positive."""
    truth, called = np.asarray(labels).astype(bool), np.asarray(scores) >= threshold
    return Confusion(
        true_positive=int((truth & called).sum()),
        false_positive=int((~truth & called).sum()),
        true_negative=int((~truth & ~called).sum()),
        false_negative=int((truth & ~called).sum()),
    )


def _positives(labels: Labels) -> np.ndarray:
    positive = np.asarray(labels).astype(bool)
    if positive.all() or not positive.any():
        raise ValueError("an AUC needs patients of both outcomes")
    return positive


def _shares_won(scores: Values, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the negatives below each positive, and of the positives above each negative."""
    ranks = rankdata(scores)
    inside, outside = scores[positive], scores[~positive]
    below = (ranks[positive] - rankdata(inside)) / outside.size
    above = 1 - (ranks[~positive] - rankdata(outside)) / inside.size
    return below, above


def _share(successes: int, n: int) -> Interval | None:
    return wilson(successes, n) if n else None
