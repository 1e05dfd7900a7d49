"""How good a grouping is: what it explains, how often it comes back, whether there is any."""

from collections.abc import Sequence

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.intervals import (
    RESAMPLES,
    Interval,
    patient_draws,
    patient_numbers,
    percentiles,
    sums_by_patient,
)

SHUFFLES = 499  # of the patients; the smallest p is 1 in 500


def eta_squared(values: Values, groups: Labels) -> float:
    """Share of a value's variance that lies between groups, 0 to 1.

    Raises:
        ValueError: The value does not vary.
    """
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    total = float(np.square(centred).sum())
    if total == 0:
        raise ValueError("eta squared needs a value that varies")
    _, numbers = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(numbers, weights=centred), np.bincount(numbers)
    return float((sums**2 / counts).sum() / total)


def eta_interval(
    values: Values,
    groups: Labels,
    patient_ids: Labels | Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Eta squared with the interval that a bootstrap of the patients gives.

    Raises:
        ValueError: The value does not vary.
    """
    value = eta_squared(values, groups)
    numbers, patients = patient_numbers(patient_ids)
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    member = np.unique(groups)[None, :] == np.asarray(groups)[:, None]
    counts = sums_by_patient(member.astype(np.float64), numbers, patients)
    sums = sums_by_patient(member * centred[:, None], numbers, patients)
    squares = sums_by_patient(centred[:, None] ** 2, numbers, patients)
    drawn = []
    for draws in patient_draws(patients, resamples=resamples, seed=seed):
        n, total = draws @ counts, draws @ sums
        mean_part = total.sum(1) ** 2 / n.sum(1)
        between = (total**2 / np.maximum(n, 1)).sum(1) - mean_part
        whole = (draws @ squares)[:, 0] - mean_part
        drawn.append(np.where(whole > 1e-12, between / np.maximum(whole, 1e-12), np.nan))
    return percentiles(value, np.concatenate(drawn))


def patient_shuffles(
    patient_ids: Labels | Sequence[str], *, shuffles: int = SHUFFLES, seed: int = 0
) -> np.ndarray:
    """Rows in other orders of patients, (shuffle, row): values[found[s]] is one shuffle.

    The rows of a patient stay together, turned round by a random step: shuffling patches would
    take two patches of a patient for two witnesses (Winkler et al. 2015 on exchangeable blocks).
    """
    numbers, patients = patient_numbers(patient_ids)
    order = np.argsort(numbers, kind="stable")
    counts = np.bincount(numbers, minlength=patients)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    random = np.random.default_rng(seed)
    found = np.empty((shuffles, len(numbers)), dtype=np.int32)
    for line in found:
        drawn = random.permutation(patients)
        sizes = counts[drawn]
        owner = np.repeat(drawn, sizes)
        within = np.arange(len(numbers)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        turned = (within + random.integers(0, counts)[owner]) % counts[owner]
        line[order] = order[starts[owner] + turned]
    return found


def eta_permutation_p(values: Values, groups: Labels, orders: np.ndarray) -> float:
    """How often eta squared is as large when patients are shuffled, (b + 1) / (shuffles + 1).

    Args:
        values: The attribute, one a row.
        groups: Each row's group.
        orders: From `patient_shuffles` for the same rows.

    Raises:
        ValueError: The value does not vary.
    """
    observed = eta_squared(values, groups)
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    _, numbers = np.unique(groups, return_inverse=True)
    member = np.eye(numbers.max() + 1)[numbers]
    sums = centred[orders] @ member
    shuffled = (sums**2 / member.sum(0)).sum(1) / float(np.square(centred).sum())
    return (int((shuffled >= observed - 1e-12).sum()) + 1) / (len(orders) + 1)


def jaccard_by_group(reference: Labels, other: Labels, k: int) -> np.ndarray:
    """The best match of each group of one grouping among another's, (k,) in 0..1.

    Hennig (2007): below .75 a group is not to be taken for one, below .6 not to be trusted at
    all. A group without members is NaN.
    """
    groups = int(max(other.max(initial=0), 0)) + 1
    found = np.full(k, np.nan)
    sizes = np.bincount(other[other >= 0], minlength=groups)
    for number in range(k):
        own = reference == number
        if own.any():
            both = np.bincount(other[own & (other >= 0)], minlength=groups)
            found[number] = float((both / np.maximum(own.sum() + sizes - both, 1)).max())
    return found


def gap_answer(gaps: Sequence[float], errors: Sequence[float], ks: Sequence[int]) -> int:
    """The K that the gap statistic answers (Tibshirani, Walther & Hastie 2001); may be 1.

    The smallest K whose gap is no less than the next one's minus that one's standard error;
    the last K where none is.
    """
    for number in range(len(ks) - 1):
        if gaps[number] >= gaps[number + 1] - errors[number + 1]:
            return ks[number]
    return ks[-1]
