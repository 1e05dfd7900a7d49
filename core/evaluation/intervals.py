"""Intervals: how far a figure may be off, given that patients and not patches were drawn.

Shares of independent patients get Wilson's interval (Wilson 1927). Everything else gets the
percentile bootstrap of patients: a resample draws whole patients, so two patches of one
patient never count as two pieces of evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Labels, Values

RESAMPLES = 2000
_ENTRIES = 2_000_000  # numbers in one piece of resampling, 16 MB
Z95 = 1.959963984540054  # 97.5th percentile of the standard normal


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(successes: int, n: int) -> Interval:
    """The share of `successes` among `n` independent patients, with Wilson's 95 % interval.

    Raises:
        ValueError: `n` is 0 or `successes` does not lie in 0..n.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"a share needs 0 <= successes <= n and n > 0, got {successes} of {n}")
    share, z2 = successes / n, Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if successes == 0 else float(middle - half)
    high = 1.0 if successes == n else float(middle + half)
    return Interval(share, low, high)


def exact(successes: int, n: int) -> Interval:
    """The share of `successes` among `n` independent draws, with its exact 95 % interval.

    Clopper and Pearson (1934): never too narrow, also where all agree, and there wider than 0.

    Raises:
        ValueError: `n` is 0 or `successes` does not lie in 0..n.
    """
    from scipy.stats import beta

    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"a share needs 0 <= successes <= n and n > 0, got {successes} of {n}")
    low = float(beta.ppf(0.025, successes, n - successes + 1)) if successes else 0.0
    high = float(beta.ppf(0.975, successes + 1, n - successes)) if successes < n else 1.0
    return Interval(successes / n, low, high)


def share_interval(passed: Values, patient_ids: Labels | Sequence[str]) -> Interval:
    """The share of rows that pass, with an interval that knows of patients.

    A bootstrap of patients; where all rows agree, no resample differs, so the exact interval of so
    many patients stands, as if each had been asked once.

    Args:
        passed: 1 where a row passes, else 0.
        patient_ids: Whose row it is.
    """
    if np.ptp(passed) == 0:
        patients = patient_numbers(patient_ids)[1]
        return exact(patients if passed[0] else 0, patients)
    return mean_interval(passed, patient_ids)


def percentiles(value: float, resampled: np.ndarray) -> Interval:
    """A value with the central 95 % of what its resamples gave; non-finite ones are left out."""
    finite = resampled[np.isfinite(resampled)]
    if finite.size == 0:
        raise ValueError("no resample gave a finite value")
    low, high = np.percentile(finite, [2.5, 97.5])
    return Interval(float(value), float(low), float(high))


def reflected(value: float, resampled: np.ndarray) -> Interval:
    """A mean gap with its basic (reflected) 95 % interval, cut at 0.

    A gap is never negative and every resample adds some of its own, so percentiles of resamples
    lie too high and may leave the value out; reflected about the value they do not, and where the
    value is near 0 the interval is widened to hold it.
    """
    low, high = np.percentile(resampled, [2.5, 97.5])
    ends = (max(0.0, 2 * value - float(high)), max(0.0, 2 * value - float(low)))
    return Interval(float(value), min(value, ends[0]), max(value, ends[1]))


def mean_of(found: Sequence[Interval]) -> Interval:
    """Mean of several measures of the same patients; as wide as they are in the mean."""
    ends = np.array([(each.value, each.low, each.high) for each in found]).mean(axis=0)
    return Interval(*map(float, ends))


def patient_numbers(patient_ids: Labels | Sequence[str]) -> tuple[np.ndarray, int]:
    """Number the patients 0..P-1; returns each row's patient number and P."""
    names, numbers = np.unique(np.asarray(patient_ids), return_inverse=True)
    return numbers, len(names)


def patient_draws(
    patients: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> Iterator[np.ndarray]:
    """How often each resample draws each patient, piece by piece.

    Pieces are (resample, patient) with rows summing to the number of patients; together they
    have `resamples` rows. Pieces keep a cohort of 20,000 in a few tens of MB.
    """
    rng = np.random.default_rng(seed)
    piece = max(1, _ENTRIES // patients)
    for first in range(0, resamples, piece):
        size = min(piece, resamples - first)
        yield rng.multinomial(patients, np.full(patients, 1 / patients), size=size)


def sums_by_patient(values: np.ndarray, numbers: np.ndarray, patients: int) -> np.ndarray:
    """Sums of a table's columns (row, column) over each patient's rows, (patient, column)."""
    found = np.zeros((patients, values.shape[1]))
    np.add.at(found, numbers, values)
    return found


def mean_interval(
    values: Values,
    patient_ids: Labels | Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The mean over rows, with the interval that a bootstrap of their patients gives.

    Args:
        values: One value a row (patch, node or patient).
        patient_ids: Whose row it is.
        resamples: How many bootstrap resamples.
        seed: Seed of the resampling.
    """
    numbers, patients = patient_numbers(patient_ids)
    sums = np.bincount(numbers, weights=values, minlength=patients)
    counts = np.bincount(numbers, minlength=patients)
    drawn = [
        (draws @ sums) / (draws @ counts)
        for draws in patient_draws(patients, resamples=resamples, seed=seed)
    ]
    return percentiles(float(np.mean(values)), np.concatenate(drawn))


def quotient_interval(
    over: Values, under: Values, patient_ids: Labels | Sequence[str], *, seed: int = 0
) -> Interval:
    """One column's mean over another's, with the interval that a bootstrap of patients gives.

    Args:
        over: One value a row; NaN where it has none, which leaves it out of its own mean alone.
        under: Likewise; its mean is not 0.
        patient_ids: Whose, (row).
        seed: Of the resamples.
    """
    numbers, patients = patient_numbers(patient_ids)
    both = np.stack([over, under], axis=1).astype(np.float64)
    there = np.isfinite(both)
    sums = sums_by_patient(np.where(there, both, 0.0), numbers, patients)
    counts = sums_by_patient(there.astype(np.float64), numbers, patients)
    drawn = []
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may miss all such rows
        for draws in patient_draws(patients, seed=seed):
            means = (draws @ sums) / (draws @ counts)
            drawn.append(means[:, 0] / means[:, 1])
    top, bottom = np.nanmean(both, axis=0)
    return percentiles(float(top / bottom), np.concatenate(drawn))


def median_interval(
    values: Values, patient_ids: Labels | Sequence[str], *, resamples: int = 500, seed: int = 0
) -> Interval:
    """The median over rows with the 95 % interval that a bootstrap of the patients gives.

    Args:
        values: One a row.
        patient_ids: Whose, (row).
        resamples: How many; each sorts the rows anew.
        seed: Of the resamples.
    """
    numbers, patients = patient_numbers(patient_ids)
    order = np.argsort(values, kind="stable")
    ordered, whose = np.asarray(values, dtype=np.float64)[order], numbers[order]
    drawn = []
    for draws in patient_draws(patients, resamples=resamples, seed=seed):
        reached = draws[:, whose].cumsum(axis=1)
        drawn.append(ordered[(reached < reached[:, -1:] / 2).sum(axis=1)])
    return percentiles(float(np.median(values)), np.concatenate(drawn))
