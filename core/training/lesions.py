"""2.5-D: a lesion speaks once, by the mean of what is known of its slices.

Codes and features keep one line a row, so that row i is the same patch everywhere: every row of a
lesion is given the lesion's mean, and only its first row enters the bag. Taking the mean twice
changes nothing.
"""

from typing import overload

import numpy as np

from core.arrays import Codes, Features, Labels
from core.settings import Settings


def lesion_means(values: Features, lesion: Labels) -> Features:
    """The mean over each lesion's rows, given to every one of them, (row, column).

    Args:
        values: Codes or features, (row, column); what is not known (NaN) is left out of the mean,
            and stays NaN where no row of the lesion knows it.
        lesion: Number of each row's lesion, (row,), from 0.
    """
    known = np.isfinite(values)
    many = int(lesion.max()) + 1 if len(lesion) else 0
    total, count = (np.zeros((many, values.shape[1])) for _ in range(2))
    np.add.at(total, lesion, np.where(known, values, 0.0))
    np.add.at(count, lesion, known)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.asarray(mean[lesion], dtype=values.dtype)


def first_rows(lesion: Labels) -> Labels:
    """True for the first row of each lesion, in the rows' order, (row,)."""
    found: Labels = np.zeros(len(lesion), dtype=bool)
    found[np.unique(lesion, return_index=True)[1]] = True
    return found


@overload
def once_a_lesion(
    codes: Codes, features: Features, lesion: Labels, settings: Settings
) -> tuple[Codes, Features]: ...
@overload
def once_a_lesion(
    codes: Codes, features: None, lesion: Labels, settings: Settings
) -> tuple[Codes, None]: ...
def once_a_lesion(
    codes: Codes, features: Features | None, lesion: Labels, settings: Settings
) -> tuple[Codes, Features | None]:
    """Codes and features of rows as lesions' means, each given to all of a lesion's rows.

    What a head reads as differences between measured attributes and the code are means of the
    known attributes minus the mean code, as it was fitted.
    """
    means = lesion_means(np.asarray(codes, np.float32), lesion)
    if features is None:
        return means, None
    differ = len(settings.vae.attributes) if settings.reads_measures else 0
    told = np.array(features, np.float32)
    told[:, :differ] += np.asarray(codes)[:, :differ]
    told = lesion_means(told, lesion)
    told[:, :differ] -= means[:, :differ]
    return means, told
