"""What a latent space holds: how many dimensions carry something, and what can be read off.

Active units are dimensions whose posterior mean varies by more than 0.01 over patches (Burda,
Grosse & Salakhutdinov 2016). Rate and distortion go together: KL stands beside SSIM.
"""

from collections.abc import Sequence

import numpy as np

from core.arrays import Codes, Labels, Values
from core.evaluation.intervals import (
    RESAMPLES,
    Interval,
    patient_draws,
    patient_numbers,
    percentiles,
    sums_by_patient,
)

ACTIVE_ABOVE = 0.01


def active_units(codes: Codes) -> int:
    """How many dimensions of the posterior means vary by more than 0.01."""
    return int((codes.var(axis=0) > ACTIVE_ABOVE).sum())


def active_units_interval(
    codes: Codes,
    patient_ids: Labels | Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Active units with the interval that a bootstrap of the patients gives."""
    numbers, patients = patient_numbers(patient_ids)
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    counts = np.bincount(numbers, minlength=patients)
    sums = sums_by_patient(centred, numbers, patients)
    squares = sums_by_patient(centred**2, numbers, patients)
    drawn = []
    for draws in patient_draws(patients, resamples=resamples, seed=seed):
        n = (draws @ counts)[:, None]
        variance = (draws @ squares) / n - ((draws @ sums) / n) ** 2
        drawn.append((variance > ACTIVE_ABOVE).sum(axis=1))
    return percentiles(float(active_units(codes)), np.concatenate(drawn))


def probe_r2(codes: Codes, values: Values, *, train: Labels, test: Labels) -> float:
    """How much of an attribute a linear probe reads off the codes of unseen patients.

    A ridge regression on z-scored codes; its penalty is chosen inside the training rows by
    leave-one-out (scikit-learn's RidgeCV). Rows where the attribute is not finite are left out.

    Args:
        codes: Posterior means.
        values: The attribute, one a row.
        train: Rows the probe is fitted on, bool with shape (row).
        test: Rows of other patients that R² is measured on, bool with shape (row).

    Raises:
        ValueError: Under 3 rows on either side, or the attribute does not vary in test.
    """
    from sklearn.linear_model import RidgeCV

    known = np.isfinite(values)
    fit, judge = known & np.asarray(train), known & np.asarray(test)
    if fit.sum() < 3 or judge.sum() < 3 or np.ptp(values[judge]) == 0:
        raise ValueError("a probe needs 3 rows on either side and an attribute that varies")
    mean, std = codes[fit].mean(axis=0), codes[fit].std(axis=0)
    scaled = (codes - mean) / np.where(std > 0, std, 1)
    probe = RidgeCV(alphas=np.logspace(-3, 4, 15)).fit(scaled[fit], values[fit])
    residual = values[judge] - probe.predict(scaled[judge])
    return float(
        1 - np.square(residual).sum() / np.square(values[judge] - values[judge].mean()).sum()
    )
