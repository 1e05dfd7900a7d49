"""Fresh patients: drawn, cut and let go, so that a thousand of them need no disk.

A volume is drawn whole, since its histogram brings its intensities to scale, cut by the same
code as any other cohort's, and thrown away. What stays is one small file a patient under
`cohorts/fresh-N-SEED/`: the patches in the volume's own intensities, outlines, sizes, histogram.
Nothing in them depends on a run but its patch settings, so every run is judged by the same
people. Who they are is drawn again from the seed and never written. The same people can be
scanned elsewhere (`scanner`), and lie then in files beside.
"""

import hashlib
import io
import json
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd

from core.arrays import Masks, Patches
from core.cohort.cut import Cut, cut_patient
from core.cohort.node import measure_signal
from core.cohort.patch import as_rows, person
from core.cohort.patient import Patient
from core.cohort.phantom.render import draw_patient, render_volume
from core.cohort.phantom.scanner import SCANNERS, Scanner, ScannerName
from core.cohort.phantom.study import affine_of, prepare_process
from core.cohort.phantom.truth import PatientTruth, draw_truth
from core.cohort.phantom.write import VERSION
from core.cohort.standardise import Landmarks
from core.progress import Progress, silent
from core.run import write_bytes
from core.settings import PatchSettings
from core.side_by_side import side_by_side

PLACED = ("node", "slice_k", "key_slice")
SIZED = (
    "short_axis_mm",
    "long_axis_mm",
    "elongation",
    "compactness",
    "convexity",
    "irregularity",
    "area_mm2",
)


@dataclass(frozen=True, eq=False)
class FreshPatients:
    """Patients that no training has seen, cut for one run.

    Attributes:
        truths: Who they are; a patient without a patch is among them.
        rows: As a run's rows, the split "fresh" throughout.
        patches: On the run's scale, in [0, 1].
        masks: The outlines.
        histograms: Of each patient with a patch, the percentiles of the volume's foreground, as
            `core.cohort.standardise.histogram` gives them.
        landmarks: What brought the patches to their scale.
    """

    truths: tuple[PatientTruth, ...]
    rows: pd.DataFrame
    patches: Patches
    masks: Masks
    histograms: dict[str, tuple[float, ...]]
    landmarks: Landmarks


def fresh_patients(
    patients: int,
    *,
    seed: int,
    settings: PatchSettings,
    landmarks: Landmarks,
    place: Path,
    scanner: ScannerName = "own",
    progress: Progress = silent,
) -> FreshPatients:
    """Draw and cut patients; those whose files are there are read.

    Args:
        patients: How many.
        seed: Another than the training's.
        settings: The run's, for patches.
        landmarks: The run's, for intensities.
        place: Folder of the cohorts.
        scanner: What they are scanned with.
        progress: Told after every patient.

    Raises:
        OSError: The folder cannot be written.
    """
    truths = draw_truth(patients, seed)
    plan: list[object] = [settings.model_dump(mode="json"), VERSION]
    if scanner != "own":
        plan.append(asdict(SCANNERS[scanner]))
    asked = json.dumps(plan, sort_keys=True)
    name = f"fresh-{patients}-{seed}/{hashlib.sha256(asked.encode()).hexdigest()[:12]}"
    folder = place / name
    folder.mkdir(parents=True, exist_ok=True)
    files = {truth.patient_id: folder / f"{truth.patient_id}.npz" for truth in truths}
    waiting = [truth for truth in truths if not files[truth.patient_id].is_file()]
    done = len(truths) - len(waiting)
    progress("drawing fresh patients", done, len(truths))
    cut = partial(drawn_and_cut, settings=settings, scanner=SCANNERS[scanner])
    for truth, content in side_by_side(cut, waiting, prepare=prepare_process):
        write_bytes(files[truth.patient_id], content)
        done += 1
        progress("drawing fresh patients", done, len(truths))
    return _together(truths, files, landmarks)


def drawn_and_cut(
    truth: PatientTruth, settings: PatchSettings, scanner: Scanner | None = None
) -> bytes:
    """One patient drawn, cut as any other, and kept small; the content of its file."""
    import nibabel as nib

    scanner = scanner or Scanner()
    volume, labels = render_volume(draw_patient(truth, scanner))
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "image.nii", Path(folder) / "mask.nii"
        for path, content in zip(paths, (volume.astype(np.int16), labels), strict=True):
            nib.save(nib.Nifti1Image(content, affine_of(scanner)), path)
        own = Patient(truth.patient_id, int(truth.positive), image=paths[0], mask=paths[1])
        return _packed(cut_patient(own, settings, lesion="lymph node"))


def _packed(cut: Cut) -> bytes:
    held = io.BytesIO()
    facts = [{**asdict(place), **asdict(place.measured)} for place in cut.places]
    np.savez_compressed(
        held,
        allow_pickle=False,
        patches=cut.patches,
        masks=cut.masks,
        histogram=np.array(cut.histogram),
        **{name: np.array([each[name] for each in facts]) for name in (*PLACED, *SIZED)},
    )
    return held.getvalue()


def _together(
    truths: tuple[PatientTruth, ...], files: dict[str, Path], landmarks: Landmarks
) -> FreshPatients:
    facts, patches, masks = [], [], []
    histograms: dict[str, tuple[float, ...]] = {}
    for truth in truths:
        known = Patient(
            truth.patient_id,
            int(truth.positive),
            n_stage=truth.n_stage,
            t_stage=truth.t_stage,
            age=truth.age,
            sex=truth.sex,
        )
        with np.load(files[truth.patient_id], allow_pickle=False) as held:
            if not len(held["patches"]):
                continue
            histograms[truth.patient_id] = tuple(held["histogram"].tolist())
            placed = landmarks.apply(held["patches"], histograms[truth.patient_id])
            inside = np.isfinite(held["patches"])
            patches.append(placed)
            masks.append(held["masks"])
            columns = {name: held[name] for name in (*PLACED, *SIZED)}
        for row, (patch, mask, scanned) in enumerate(
            zip(patches[-1], masks[-1], inside, strict=True)
        ):
            heterogeneity, contrast = measure_signal(patch, mask, inside=scanned)
            facts.append(
                {
                    **person(known, {truth.patient_id: "test"}),
                    **{name: values[row].item() for name, values in columns.items()},
                    "heterogeneity": heterogeneity,
                    "contrast": contrast,
                    "tumour_mm": nan,  # nobody outlines it; heads that ask are refused
                }
            )
    rows = as_rows(facts).assign(split="fresh")
    return FreshPatients(
        truths, rows, np.concatenate(patches), np.concatenate(masks), histograms, landmarks
    )
