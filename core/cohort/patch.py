"""PatchTable: all patches of a cohort, one row each, in an order that nothing changes.

The volumes are read once, several at a time: patches, slices and histograms are kept in the
volumes' own intensities; then the landmarks are fitted on training patients; then what was
kept is mapped to the common scale (a pointwise mapping, so the order does not matter).
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from core.arrays import Masks, Patches
from core.cohort.cohort import Cohort
from core.cohort.cut import Broken, Cut, cut_patient
from core.cohort.node import measure_signal
from core.cohort.patient import Patient, Split
from core.cohort.standardise import Landmarks, anchored, fit_landmarks
from core.errors import BrokenPatients, GeometryMismatch, NoNodes
from core.progress import Progress, silent
from core.settings import PatchSettings
from core.slices import SlicePicture

MOST_WORKERS = 4  # each holds a volume and its mask; more wait for the disk anyway
WAY_OUT = "Mend the files, or list the patients under cohort.exclude."


@dataclass(frozen=True)
class PatchTable:
    """All patches of a cohort; row i is the same patch in every part.

    Patients come in the cohort's order, a patient's patches largest first.

    Attributes:
        rows: row, patient_id, split, node, slice_k, key_slice, short_axis_mm, long_axis_mm,
            elongation, compactness, convexity, irregularity, heterogeneity, contrast, area_mm2,
            label, n_stage, t_stage, age, sex, tumour_mm. Unknown numbers are NaN, an unknown
            sex is None.
        grid: row, affine (16 numbers, row by row: patch (row, column, 0) to mm in the
            scanner's space), shape (of the canonical volume it was cut from, resampled where
            that was needed) and corner (index i, j, k there of the patch's pixel (0, 0)).
        patches: (row, height, width) in [0, 1]; 0 outside the scan.
        masks: (row, height, width), the row's own lesion.
        slices: The slices that the patches lie on.
        landmarks: What maps a new case's intensities to the same scale.
        excluded: (patient_id, reason) for everyone and every lesion left out.
    """

    rows: pd.DataFrame
    grid: pd.DataFrame
    patches: Patches
    masks: Masks
    slices: tuple[SlicePicture, ...]
    landmarks: Landmarks
    excluded: tuple[tuple[str, str], ...]


def cut_patches(
    cohort: Cohort,
    splits: Mapping[str, Split],
    *,
    settings: PatchSettings,
    progress: Progress = silent,
) -> PatchTable:
    """Read every volume once and cut the lesions out.

    Args:
        cohort: Whose volumes, or whose pictures.
        splits: Who trains; landmarks are fitted on them alone.
        settings: Size, spacing and which slices.
        progress: Told how many patients are read.

    Raises:
        GeometryMismatch: Masks that lie on another grid; every patient is named.
        BrokenPatients: Volumes that cannot be read or are not finite; every patient is named.
        NoNodes: Nothing is left, or nothing of the training patients.
    """
    if not cohort.has_masks:
        from core.cohort.pictures import cut_pictures

        return cut_pictures(cohort, splits, settings=settings, progress=progress)
    cuts = read_cuts(cohort, settings=settings, progress=progress)
    excluded = (*cohort.left_out, *((c.patient_id, why) for c in cuts for why in c.excluded))
    kept = [cut for cut in cuts if cut.places]
    train = [cut for cut in kept if splits[cut.patient_id] == "train"]
    if not train:
        raise NoNodes(f"{cohort.name} (training patients)", excluded)
    landmarks = _fit(train, standardise=settings.standardise)
    patches = np.concatenate([landmarks.apply(cut.patches, cut.histogram) for cut in kept])
    masks = np.concatenate([cut.masks for cut in kept])
    inside = np.concatenate([np.isfinite(cut.patches) for cut in kept])
    signals = [
        measure_signal(patch, mask, inside=scanned)
        for patch, mask, scanned in zip(patches, masks, inside, strict=True)
    ]
    people = {patient.patient_id: patient for patient in cohort.patients}
    facts = []
    places = [(cut.patient_id, place) for cut in kept for place in cut.places]
    for (who, place), (heterogeneity, contrast) in zip(places, signals, strict=True):
        facts.append(
            {
                **person(people[who], splits),
                "node": place.node,
                "slice_k": place.slice_k,
                "key_slice": place.key_slice,
                **asdict(place.measured),
                "heterogeneity": heterogeneity,
                "contrast": contrast,
                "tumour_mm": place.tumour_mm,
            }
        )
    grid = {
        "row": range(len(places)),
        "affine": [place.affine.ravel().tolist() for _, place in places],
        "shape": [list(place.shape) for _, place in places],
        "corner": [list(place.corner) for _, place in places],
    }
    return PatchTable(
        rows=as_rows(facts),
        grid=pd.DataFrame(grid),
        patches=patches,
        masks=masks,
        slices=tuple(picture for cut in kept for picture in _pictures(cut, landmarks)),
        landmarks=landmarks,
        excluded=excluded,
    )


COLUMNS = (
    "row",
    "patient_id",
    "split",
    "node",
    "slice_k",
    "key_slice",
    "short_axis_mm",
    "long_axis_mm",
    "elongation",
    "compactness",
    "convexity",
    "irregularity",
    "heterogeneity",
    "contrast",
    "area_mm2",
    "label",
    "n_stage",
    "t_stage",
    "age",
    "sex",
    "tumour_mm",
)
NUMBERS = ("n_stage", "t_stage", "age")


def as_rows(facts: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """One fact sheet a patch as the table `rows` of the contract."""
    rows = pd.DataFrame(list(facts))
    rows.insert(0, "row", range(len(rows)))
    rows[list(NUMBERS)] = rows[list(NUMBERS)].astype("float64")
    rows["sex"] = rows["sex"].astype(object).where(rows["sex"].notna(), None)
    return rows[list(COLUMNS)]


def person(patient: Patient, splits: Mapping[str, Split]) -> dict[str, object]:
    """What a row says of the patient."""
    return {
        "patient_id": patient.patient_id,
        "split": splits[patient.patient_id],
        "label": patient.label,
        "n_stage": patient.n_stage,
        "t_stage": patient.t_stage,
        "age": patient.age,
        "sex": patient.sex,
    }


def read_cuts(cohort: Cohort, *, settings: PatchSettings, progress: Progress) -> list[Cut]:
    """Every patient's cut in the cohort's order; stops after the last where any is broken.

    Raises:
        GeometryMismatch: Only masks on another grid were found.
        BrokenPatients: Anything else that cannot be read was found.
    """
    patients = cohort.patients
    workers = max(1, min(MOST_WORKERS, os.cpu_count() or 1))
    cuts: dict[str, Cut] = {}
    broken: dict[str, Broken] = {}
    with ThreadPoolExecutor(max_workers=workers) as pool:
        lesion = cohort.words.lesion
        waiting = {pool.submit(cut_patient, p, settings, lesion=lesion): p for p in patients}
        try:
            for done, future in enumerate(as_completed(waiting)):
                who = waiting[future].patient_id
                try:
                    cuts[who] = future.result()
                except Broken as problem:
                    broken[who] = problem
                progress("reading volumes", done + 1, len(patients))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    found = [broken[p.patient_id] for p in patients if p.patient_id in broken]
    if found:
        kind = GeometryMismatch if all(problem.grid for problem in found) else BrokenPatients
        raise kind([(problem.patient_id, problem.reason) for problem in found], WAY_OUT)
    return [cuts[p.patient_id] for p in patients]


def _fit(train: Sequence[Cut], *, standardise: bool) -> Landmarks:
    landmarks = fit_landmarks([cut.histogram for cut in train], standardise=standardise)
    pixels = [landmarks.placed(cut.patches, cut.histogram).ravel() for cut in train]
    pooled = np.concatenate(pixels)
    return anchored(landmarks, pooled[np.isfinite(pooled)])


def _pictures(cut: Cut, landmarks: Landmarks) -> list[SlicePicture]:
    """A patient's slices on the common scale: 256 raw steps through one table each."""
    pictures = []
    for one in cut.slices:
        intensities = one.low + np.arange(256) / 255 * (one.high - one.low)
        table = np.round(landmarks.apply(intensities, cut.histogram) * 255).astype(np.uint8)
        pictures.append(
            SlicePicture(
                patient_id=cut.patient_id,
                slice_k=one.slice_k,
                picture=table[one.steps],
                spacing_mm=cut.spacing_mm,
                outlines=one.outlines,
            )
        )
    return pictures
