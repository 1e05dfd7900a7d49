"""Two scores of the same patients: is one better, and how sure is that?

The difference of AUCs has a bootstrap interval (patients drawn within each outcome, both scores
of a patient together), DeLong's p, and a permutation p that swaps the two scores' ranks within
patients (Bandos, Rockette & Gur, Statist. Med. 2005; 24:2873-2893). Out-of-fold scores share
training patients, so all three are a little too sure; none of them is a spread over five folds.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from core.arrays import Labels, Values
from core.evaluation.classification import auc, auc_difference
from core.evaluation.intervals import RESAMPLES, Interval, percentiles


@dataclass(frozen=True)
class Paired:
    """First score's AUC minus the second's, on the same patients.

    Attributes:
        difference: With its 95 % bootstrap interval.
        p_delong: Two-sided.
        p_permutation: Two-sided.
    """

    difference: Interval
    p_delong: float
    p_permutation: float


def paired(
    labels: Labels, first: Values, second: Values, *, resamples: int = RESAMPLES, seed: int = 0
) -> Paired:
    """Compare two scores' AUCs on the same patients.

    Raises:
        ValueError: An outcome has fewer than two patients.
    """
    truth = np.asarray(labels).astype(bool)
    apart = wins(truth, first) - wins(truth, second)
    return Paired(
        _resampled(apart, resamples, seed),
        auc_difference(truth, first, second).p,
        swapped_p(truth, first, second, resamples=resamples, seed=seed),
    )


def drops_apart(
    labels: Labels,
    first: tuple[Values, Values],
    second: tuple[Values, Values],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """How much more the first loses than the second, each from its one score to its other.

    Args:
        labels: Outcomes, (patient).
        first: Two scores of the same patients, before and after.
        second: Two others of the same patients.
        resamples: How many bootstrap resamples, drawn within each outcome.
        seed: Of the resampling.

    Raises:
        ValueError: An outcome has fewer than two patients.
    """
    truth = np.asarray(labels).astype(bool)
    before, after, rival_before, rival_after = (wins(truth, each) for each in (*first, *second))
    return _resampled((before - after) - (rival_before - rival_after), resamples, seed)


def swapped_p(
    labels: Labels, first: Values, second: Values, *, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """Two-sided p of the difference where the two scores' ranks may be swapped in any patient."""
    truth = np.asarray(labels).astype(bool)
    ranks = np.stack([rankdata(first), rankdata(second)])
    observed = abs(auc(truth, first) - auc(truth, second))
    rng = np.random.default_rng(seed)
    as_extreme = 1
    for start in range(0, resamples, 250):
        size = min(250, resamples - start)
        swap = rng.random((size, truth.size)) < 0.5
        one = np.where(swap, ranks[1], ranks[0])
        other = np.where(swap, ranks[0], ranks[1])
        apart = areas(truth, one) - areas(truth, other)
        as_extreme += int((np.abs(apart) >= observed - 1e-12).sum())
    return as_extreme / (resamples + 1)


def shuffled_p(
    labels: Labels, scores: Values, *, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """One-sided p of an AUC above 0.5, with the outcomes dealt out anew among the patients."""
    truth = np.asarray(labels).astype(bool)
    ranks, n1 = rankdata(scores), int(truth.sum())
    rng = np.random.default_rng(seed)
    order = rng.random((resamples, truth.size)).argsort(axis=1)[:, :n1]
    least = ranks[truth].sum() - 1e-9
    return float((1 + (ranks[order].sum(axis=1) >= least).sum()) / (resamples + 1))


def _resampled(apart: np.ndarray, resamples: int, seed: int) -> Interval:
    """Mean over pairs of a positive and a negative, (positive, negative), with its interval."""
    n1, n0 = apart.shape
    if min(n1, n0) < 2:
        raise ValueError(f"found {n1} and {n0} patients of the outcomes, wanted 2 or more of each")
    rng = np.random.default_rng(seed)
    ones = rng.multinomial(n1, np.full(n1, 1 / n1), size=resamples)
    zeros = rng.multinomial(n0, np.full(n0, 1 / n0), size=resamples)
    drawn = ((ones @ apart) * zeros).sum(axis=1) / (n1 * n0)
    return percentiles(float(apart.mean()), drawn)


def wins(truth: np.ndarray, score: Values) -> np.ndarray:
    """Whether each positive scores above each negative, a tie half, (positive, negative)."""
    inside, outside = np.asarray(score)[truth][:, None], np.asarray(score)[~truth][None]
    return np.asarray((inside > outside) + 0.5 * (inside == outside))


def areas(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """AUCs of many scores of the same patients, (score,), from (score, patient)."""
    n1, n0 = int(truth.sum()), int((~truth).sum())
    ranks = rankdata(scores, axis=1)
    return np.asarray((ranks[:, truth].sum(axis=1) - n1 * (n1 + 1) / 2) / (n1 * n0))
