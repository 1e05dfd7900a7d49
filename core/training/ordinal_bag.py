"""The penalised logistic head taught the order N0 < N1 < N2 and not only N0 against N+.

Proportional odds (McCullagh 1980, J. R. Statist. Soc. B 42:109-142): one logit a patient, as in
`core.training.logistic_bag`, and two cut-offs on it,

    P(N >= 1) = sigmoid(logit),    P(N >= 2) = sigmoid(logit - gap),    gap > 0,

so the same weights speak for both steps and only the gap is added. What comes back is the binary
head's own kind, whose logit is that of N >= 1: the two differ in what they were taught, and can
be held against each other. Both sides of N >= 1 weigh the same, as in the binary fit.
"""

import numpy as np
from scipy.optimize import brentq

from core.arrays import Features, Labels, PatientFeatures, Values
from core.training.logistic_bag import LogisticBag, Pool, balance, fit_bag, sigmoid

STAGES = (0, 1, 2)
# where a stage is missing from a fold the best gap is 0 or without end; e^-12 is nobody
LEAST_GAP, MOST_GAP = 1e-3, 12.0


def fit_ordinal_bag(
    rows: Features,
    of_row: Labels,
    stages: Labels,
    clinical: PatientFeatures,
    *,
    penalty: float,
    named: int | None = None,
    pool: Pool = "sum",
) -> LogisticBag:
    """Fit the head on some patients' stages; its logit is that of stage 1 or more.

    Args:
        rows: Standardised features of their rows, (row, feature).
        of_row: Number of each row's patient, into `stages`.
        stages: 0, 1 or 2, (patient).
        clinical: Standardised clinical features, (patient, clinical).
        penalty, named, pool: As for `core.training.logistic_bag.fit_logistic_bag`.

    Raises:
        ValueError: A stage is none of these, such as one that is not known.
    """
    found = np.asarray(stages)
    if not np.isin(found, STAGES).all():
        raise ValueError(f"stages: found {sorted(set(found.tolist()))}, wanted 0, 1 and 2 only")
    weigh = balance((found > 0).astype(np.float64))

    def missed(logit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # at the best gap the loss does not move with it, so its slope is the partial one
        return ordinal_loss(logit, found, weigh, gap=best_gap(logit, found, weigh))

    return fit_bag(missed, rows, of_row, clinical, penalty=penalty, named=named, pool=pool)


def ordinal_loss(
    logit: Values, stages: Labels, weigh: Values, *, gap: float
) -> tuple[np.ndarray, np.ndarray]:
    """Minus the weighted log-probability of each patient's stage, and its slope by the logit.

    Stage 1's is sigmoid(a) - sigmoid(a - gap) = sigmoid(a) sigmoid(gap - a) (1 - e^-gap), which
    loses no digits where both are near 0 or 1.
    """
    a, b = logit, logit - gap
    reached, passed = stages >= 1, stages >= 2
    first = np.where(reached, np.logaddexp(0, -a), np.logaddexp(0, a))
    second = np.where(passed, np.logaddexp(0, -b), np.logaddexp(0, b))
    between = -np.log(-np.expm1(-gap))
    middle = reached & ~passed
    # a stage 0 never comes to the second step, a stage 2 never back to the first
    loss = np.where(passed, second, first + middle * (second + between))
    slope = np.where(passed, sigmoid(b) - 1, sigmoid(a) - reached + middle * sigmoid(b))
    return weigh * loss, weigh * slope


def best_gap(logit: Values, stages: Labels, weigh: Values) -> float:
    """The gap at which stages are likeliest, given the logits; the loss is convex in it."""
    middle, last = stages == 1, stages == 2

    def slope(gap: float) -> float:
        shares = sigmoid(logit - gap)
        up = float((weigh[last] * (1 - shares[last])).sum())
        down = float((weigh[middle] * (shares[middle] + 1 / np.expm1(gap))).sum())
        return up - down

    if slope(LEAST_GAP) >= 0:
        return LEAST_GAP
    if slope(MOST_GAP) <= 0:
        return MOST_GAP
    return float(brentq(slope, LEAST_GAP, MOST_GAP, xtol=1e-10))
