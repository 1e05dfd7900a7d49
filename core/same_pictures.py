"""Whether two runs hold the same pictures row by row, so that what both say can be compared.

A cohort's fingerprint is of its files. A phantom that is drawn on another processor differs in
the last bits of a few voxels, and its files have another fingerprint though nobody could tell
the two apart: what was trained elsewhere, as the shipped demo was, would compare with nothing.
"""

import numpy as np

from core.run import Run

WHICH = ["patient_id", "node", "slice_k", "label"]
ROUNDING = 0.004  # of the grey scale, one of 256 greys; between two processors .0013 was found


def same_pictures(one: Run, other: Run) -> bool:
    """Whether both runs' rows are the same lesions of the same patients, and look the same.

    Splits may differ: they belong to a training.
    """
    if one.manifest.fingerprint == other.manifest.fingerprint:
        return len(one.rows) == len(other.rows)
    if len(one.rows) != len(other.rows) or one.patches.shape != other.patches.shape:
        return False
    if not one.rows[WHICH].astype(str).equals(other.rows[WHICH].astype(str)):
        return False
    return bool(np.abs(one.patches - other.patches).max() <= ROUNDING)
