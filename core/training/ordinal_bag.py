"""The penalised logistic head taught the order N0 < N1 < N2 and not only N0 against N+.

Proportional odds (McCullagh 1980, J. R. Statist. Soc. B 42:109-142): one logit a patient, as in
`core.training.logistic_bag`, and two cut-offs on it,

    P(N >= 1) = sigmoid(logit),    P(N >= 2) = sigmoid(logit - gap),    gap > 0,

so the same weights speak for both steps and only the gap is added. What comes back is the binary
head's own kind, whose logit is that of N >= 1: the two differ in what they were taught, and can
be held against each other. Both sides of N >= 1 weigh the same, as in the binary fit.
"""

import numpy as np

from core.arrays import Features, Labels, PatientFeatures, PatientLabels
from core.training.logistic_bag import LogisticBag, Pool, balance, fit_bag, sigmoid

STAGES = (0, 1, 2)
# of the log of the gap: where a stage is missing from a fold the best gap is 0 or without end
LOG_GAP = (-3.0, 3.0)


def fit_ordinal_bag(
    rows: Features,
    of_row: Labels,
    stages: PatientLabels,
    clinical: PatientFeatures,
    *,
    penalty: float,
    named: int | None = None,
    pool: Pool = "sum",
) -> tuple[LogisticBag, float]:
    """Fit the head on some patients' stages: its logit is that of stage 1 or more; and the gap.

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

    def missed(logit: np.ndarray, log_gap: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        gap = float(np.exp(log_gap[0]))
        loss, slope, by_gap = ordinal_loss(logit, found, weigh, gap=gap)
        return loss, slope, np.array([by_gap * gap])

    bag, log_gap = fit_bag(
        missed,
        rows,
        of_row,
        clinical,
        penalty=penalty,
        named=named,
        pool=pool,
        bounds=(LOG_GAP,),
    )
    return bag, float(np.exp(log_gap[0]))


def ordinal_loss(
    logit: np.ndarray, stages: np.ndarray, weigh: np.ndarray, *, gap: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Minus the weighted log-probability of each patient's stage, (patient).

    Stage 1's is sigmoid(a) - sigmoid(a - gap) = sigmoid(a) sigmoid(gap - a) (1 - e^-gap), which
    loses no digits where both are near 0 or 1.

    Returns:
        The loss, its slope by the logit, and the slope of its sum by the gap.
    """
    a, b = logit, logit - gap
    reached, last = stages >= 1, stages >= 2
    middle = reached & ~last
    past = sigmoid(b)
    first = np.where(reached, np.logaddexp(0, -a), np.logaddexp(0, a))
    between = -np.log(-np.expm1(-gap))
    loss = np.where(last, np.logaddexp(0, -b), first + middle * (np.logaddexp(0, b) + between))
    slope = np.where(last, past - 1, sigmoid(a) - reached + middle * past)
    by_gap = np.where(last, 1 - past, np.where(middle, -past - 1 / np.expm1(gap), 0))
    return weigh * loss, weigh * slope, float((weigh * by_gap).sum())
