"""How much of a measured attribute the clusters explain."""

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
