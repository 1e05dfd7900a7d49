"""The truth twin: on a synthetic cohort the same lesion can be drawn changed for real.

The cohort is drawn again from its seed. Whether it is the very cohort of the run is not believed
but checked: the unchanged lesion must match the run's patch, else there is no twin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from core.arrays import Map2D, Masks, Patch, Patches
from core.run import Run

if TYPE_CHECKING:
    from core.cohort.phantom import Change, DrawnPatient, PatientTruth

NAME = re.compile(r"phantom-(\d+)-(\d+)")
ALIKE = 0.98  # rank correlation that an unchanged lesion must reach with the run's patch


@dataclass(frozen=True, eq=False)
class Twins:
    """One lesion drawn truly changed, on the patch's own grid and greys.

    Attributes:
        pictures: One a change, in [0, 1].
        masks: The lesion in each.
        reached: Whether the lesion could be given the whole change, (change,): a node has
            bounds that the phantom does not leave.
    """

    pictures: Patches
    masks: Masks
    reached: tuple[bool, ...]

    @property
    def fits(self) -> tuple[bool, ...]:
        """Whether each lesion was changed as asked and keeps clear of the patch's edge."""
        edge = np.ones(self.masks.shape[1:], dtype=bool)
        edge[1:-1, 1:-1] = False
        clear = [bool(mask.any()) and not bool((mask & edge).any()) for mask in self.masks]
        return tuple(one and whole for one, whole in zip(clear, self.reached, strict=True))


def twins_of(run: Run, row: int, changes: "Sequence[Change]") -> Twins | None:
    """The lesion of a row drawn truly changed.

    None where the cohort is not synthetic, or not the one that its name says.
    """
    from core.cohort.phantom import render_node

    found = NAME.search(run.manifest.cohort) or NAME.search(run.settings.cohort.path)
    if not offered(run) or found is None:
        return None
    one, patch = run.rows.iloc[row], run.patches[row]
    truth = _cohort(int(found[1]), int(found[2])).get(str(one["patient_id"]))
    label, slice_k, size_px = int(one["node"]), int(one["slice_k"]), patch.shape[0]
    if truth is None or not 1 <= label <= len(truth.nodes):
        return None
    patient, node = _drawn(truth), truth.nodes[label - 1]
    plain, _ = render_node(patient, label, size_px=size_px, slice_k=slice_k)
    if not _same(plain, patch):
        return None
    drawn = [
        render_node(patient, label, change=change, size_px=size_px, slice_k=slice_k)
        for change in changes
    ]
    asked = [node.short_axis_mm + change.short_axis_mm for change in changes]
    got = [node.changed(change).short_axis_mm for change in changes]
    return Twins(
        pictures=np.stack([_in_greys(picture, plain, patch) for picture, _ in drawn]),
        masks=np.stack([mask for _, mask in drawn]),
        reached=tuple(abs(a - b) < 1e-6 for a, b in zip(asked, got, strict=True)),
    )


def offered(run: Run) -> bool:
    """Whether a twin may be asked for at all."""
    return run.manifest.synthetic and run.manifest.has_masks


@lru_cache(maxsize=2)
def _cohort(patients: int, seed: int) -> "dict[str, PatientTruth]":
    from core.cohort.phantom import draw_truth

    return {each.patient_id: each for each in draw_truth(patients, seed)}


@lru_cache(maxsize=8)
def _drawn(truth: "PatientTruth") -> "DrawnPatient":
    from core.cohort.phantom import draw_patient

    return draw_patient(truth)


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
    in_greys: Patch = np.clip(mapped + slope * beyond, 0, 1).astype(np.float32)
    return in_greys
