"""Whether two runs saw the same patients, or hold the same pictures row by row.

A cohort's fingerprint is of its files. A phantom that is drawn on another processor differs in
the last bits of a few voxels, and its files have another fingerprint though nobody could tell
the two apart: what was trained elsewhere, as the shipped demo was, would compare with nothing.

Every training brings intensities to a scale that is fitted on its own training patients, so a
picture of one run must be put on another's scale before the two are compared, or the other's
network is asked about it.
"""

from functools import cache

import numpy as np

from core.arrays import Patches
from core.cohort.standardise import Landmarks, between
from core.run import Run

WHO = ["patient_id", "label"]
WHICH = ["patient_id", "node", "slice_k", "label"]
ROUNDING = 0.004  # of the grey scale, one of 256 greys; between two processors .0013 was found


def same_patients(one: Run, other: Run) -> bool:
    """Whether both runs saw the same patients with the same outcomes; patches may differ."""
    if one.manifest.fingerprint == other.manifest.fingerprint:
        return True
    first, second = (each.rows[WHO].drop_duplicates().astype(str) for each in (one, other))
    return first.reset_index(drop=True).equals(second.reset_index(drop=True))


def same_pictures(one: Run, other: Run) -> bool:
    """Whether both runs' rows are the same lesions of the same patients, and look the same.

    Splits may differ, and with them the scale of greys: they belong to a training.
    """
    if one.patches.shape != other.patches.shape:
        return False
    if not one.rows[WHICH].astype(str).equals(other.rows[WHICH].astype(str)):
        return False
    if not np.array_equal(one.masks, other.masks):
        return False
    there = on_scale_of(other, one.patches, one)
    if there is None:
        return False
    # what a scale cut to its ends cannot be told on another
    inside = (one.patches > 0) & (one.patches < 1) & (other.patches > 0) & (other.patches < 1)
    return bool(np.abs(there - other.patches)[inside].max(initial=0.0) <= ROUNDING)


def on_scale_of(other: Run, pictures: Patches, run: Run) -> Patches | None:
    """A run's pictures with the greys that another training gives them.

    Args:
        other: Whose scale they are put on.
        pictures: (picture, height, width) in [0, 1], on the scale of `run`.
        run: Whose scale they are on.

    Returns:
        None where the two scales have nothing in common. What lies outside the scan stays 0.
    """
    kept = (run.preprocessing["landmarks"], other.preprocessing["landmarks"])
    here, there = (Landmarks.from_json(each) for each in kept)
    if here.percentiles != there.percentiles or (here.raw is None) != (there.raw is None):
        return None
    if here == there:
        return pictures
    mapped = _mapping(here, there).apply(pictures)
    return np.where(pictures == 0, np.float32(0), mapped)


@cache
def _mapping(here: Landmarks, there: Landmarks) -> Landmarks:
    if here.raw is None:
        return between(here, there)
    placed = there.placed(np.array(here.raw))
    return Landmarks(here.percentiles, tuple(placed.tolist()), raw=here.values)
