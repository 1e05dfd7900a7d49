"""Where the planted spots lie in a run's patches: the only truth a map can be held against.

For runs trained on a cohort with a planted cause (`core.cohort.phantom.planted`). Without such a
cohort nobody knows what a map should mark.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Map2D, Masks
from core.cohort.phantom import draw_patient
from core.cohort.phantom.planted import Kind, cover_of, reaches, spots_of
from core.cohort.phantom.render import DrawnPatient
from core.cohort.phantom.write import drawn_by
from core.errors import RunUnusable
from core.explain.faithfulness.shifted import Slice
from core.run import Run


@dataclass(frozen=True)
class Spots:
    """Masks of the planted spots that show in each patch, also those of a neighbour.

    Attributes:
        cause: (row, height, width).
        decoy: (row, height, width).
    """

    cause: Masks
    decoy: Masks


def spots_in(run: Run, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Spots:
    """The spots in some rows of a run, from the truth of the cohort it was trained on.

    Raises:
        RunUnusable: The cohort is not there, or has nothing planted.
    """
    lies = run.cohort_place
    found = drawn_by(lies) if lies is not None else None
    wanted = "a run trained on a cohort of `train.py phantom --planted`, still where it was"
    if found is None or not any(node.planted for truth in found[0] for node in truth.nodes):
        raise RunUnusable(run.name, "no planted cause in its cohort", wanted)
    patients = {truth.patient_id: draw_patient(truth, found[1]) for truth in found[0]}
    size = run.patches.shape[1]
    masks: dict[Kind, Masks] = {
        kind: np.zeros((len(rows), size, size), bool) for kind in ("cause", "decoy")
    }
    for place, row in enumerate(rows.tolist()):
        one, grid = run.rows.iloc[row], run.grid.iloc[row]
        patient = patients[str(one["patient_id"])]
        shape, corner = grid["shape"], grid["corner"]
        begins = (int(shape[1]) - 1 - int(corner[1]), int(shape[0]) - 1 - int(corner[0]))
        for kind, mask in masks.items():
            whole = _covered(patient, kind, int(one["slice_k"]))
            mask[place] = _window(whole, begins, size) >= 0.5  # at least half of the pixel
    return Spots(masks["cause"], masks["decoy"])


def _covered(patient: DrawnPatient, kind: Kind, slice_k: int) -> Slice:
    side = patient.scanner.size_px
    whole = np.zeros((side, side), np.float32)
    for node, place in zip(patient.truth.nodes, patient.places, strict=True):
        if reaches(place, patient.z_mm(slice_k), patient.scanner):
            for spot in spots_of(node):
                if spot.kind == kind:
                    whole = np.maximum(whole, cover_of(spot, place, patient.scanner))
    return whole


def _window(whole: Slice, begins: tuple[int, int], size: int) -> Map2D:
    padded = np.pad(whole, size)
    row, column = begins[0] + size, begins[1] + size
    return np.asarray(padded[row : row + size, column : column + size])
