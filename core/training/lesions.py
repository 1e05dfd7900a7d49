"""2.5-D: a lesion speaks once, by the mean of what is known of its slices.

Codes and features keep one line a row, so that row i is the same patch everywhere: every row of a
lesion is given the lesion's mean, and only its first row enters the bag. Taking the mean twice
changes nothing.
"""

import numpy as np

from core.arrays import Codes, Features, Labels


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


def once_a_lesion(
    codes: Codes, features: Features | None, lesion: Labels
) -> tuple[tuple[Codes, Features | None], Labels]:
    """Codes and features of rows as lesions' means, and which rows speak for their lesions."""
    means = None if features is None else lesion_means(features, lesion)
    return (lesion_means(np.asarray(codes, np.float32), lesion), means), first_rows(lesion)
