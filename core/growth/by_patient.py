"""What the trial's tables and figures have in common: a mean or a slope, and its interval.

Patients are resampled, not lesions: those of one patient look alike.
"""

import numpy as np
import pandas as pd

from core.arrays import Labels, Values
from core.evaluation.intervals import (
    Interval,
    mean_interval,
    patient_draws,
    patient_numbers,
    percentiles,
    sums_by_patient,
)

Counted = tuple[Interval, int]


def mean_of(values: "pd.Series[float]", who: "pd.Series[str]") -> Counted | None:
    """The mean with its interval and n; None where nothing could be read.

    Args:
        values: One a case; what could not be read is NaN, what has no end (the PSNR of a picture
            and itself) is left out.
        who: Whose each is, in the same order.
    """
    read_of = values.to_numpy(dtype=np.float64)
    known = np.isfinite(read_of)
    if not known.any():
        return None
    return mean_interval(read_of[known], who.to_numpy()[known]), int(known.sum())


def slope(asked: Values, gained: Values) -> float:
    """Of gained on asked millimetres, by least squares."""
    centred = asked - asked.mean()
    return float(centred @ gained / (centred @ centred))


def slope_of(cases: pd.DataFrame) -> Counted | None:
    """Slope of gained on asked millimetres, with its interval and how many lesions; None of one."""
    if cases["request_mm"].nunique() < 2:
        return None
    x, y = cases["request_mm"].to_numpy(), cases["gained_mm"].to_numpy()
    numbers, patients = patient_numbers(cases["patient_id"].to_numpy())
    table = np.stack([np.ones(len(x)), x, y, x * y, x * x], axis=1)
    sums = sums_by_patient(table, numbers, patients)
    drawn: list[Labels] = []
    for draws in patient_draws(patients):
        n, sx, sy, sxy, sxx = (draws @ sums).T
        drawn.append((sxy - sx * sy / n) / (sxx - sx * sx / n))
    return percentiles(slope(x, y), np.concatenate(drawn)), cases["row"].nunique()
