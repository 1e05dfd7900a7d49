"""The truth twin: on a synthetic cohort the same lesion can be drawn larger for real.

The cohort is drawn again from its seed. Whether it is the very cohort of the run is not believed
but checked: the unchanged lesion must match the run's patch, else there is no twin.
"""

import re

import numpy as np
import streamlit as st

from core.arrays import Map2D, Patch, Patches
from core.run import Run
from dashboard import state

NAME = re.compile(r"phantom-(\d+)-(\d+)")
ALIKE = 0.98  # rank correlation that an unchanged lesion must reach with the run's patch


@st.cache_data(max_entries=24, show_spinner="Drawing the truth")
def twins(folder: str, sha: str, row: int, steps_mm: tuple[float, ...]) -> Patches | None:
    """The lesion of a row drawn truly larger by each step, on the patch's own grid and greys.

    None where the cohort is not synthetic, or not the one that its name says.
    """
    from core.cohort.phantom import Change, draw_patient, draw_truth, render_node

    run = state.reopened(folder, sha)
    found = NAME.search(run.manifest.cohort) or NAME.search(run.settings.cohort.path)
    if not run.manifest.synthetic or not run.manifest.has_masks or found is None:
        return None
    one, patch = run.rows.iloc[row], run.patches[row]
    patients = {each.patient_id: each for each in draw_truth(int(found[1]), int(found[2]))}
    truth = patients.get(str(one["patient_id"]))
    if truth is None or not 1 <= int(one["node"]) <= len(truth.nodes):
        return None
    patient, place = draw_patient(truth), {"slice_k": int(one["slice_k"])}
    size_px = patch.shape[0]
    plain, _ = render_node(patient, int(one["node"]), size_px=size_px, **place)
    if not _same(plain, patch):
        return None
    drawn = [
        render_node(
            patient,
            int(one["node"]),
            change=Change(short_axis_mm=step),
            size_px=size_px,
            **place,
        )[0]
        for step in steps_mm
    ]
    return np.stack([_in_greys(picture, plain, patch) for picture in drawn])


def offered(run: Run) -> bool:
    """Whether a twin may be asked for at all."""
    return run.manifest.synthetic and run.manifest.has_masks


def _same(plain: Map2D, patch: Patch) -> bool:
    from scipy.stats import spearmanr

    return bool(spearmanr(plain.ravel(), patch.ravel()).statistic >= ALIKE)


def _in_greys(picture: Map2D, plain: Map2D, patch: Patch) -> Patch:
    """Scanner units to the run's greys, by the mapping that the unchanged patch shows."""
    units, place = np.unique(plain, return_inverse=True)
    greys = np.bincount(place.ravel(), weights=patch.ravel()) / np.bincount(place.ravel())
    rising = np.maximum.accumulate(greys)
    slope = (rising[-1] - rising[0]) / max(units[-1] - units[0], 1e-9)
    mapped = np.interp(picture, units, rising)
    beyond = np.minimum(picture - units[0], 0) + np.maximum(picture - units[-1], 0)
    return np.clip(mapped + slope * beyond, 0, 1).astype(np.float32)
