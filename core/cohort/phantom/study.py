"""One examination as files: what a drawing process makes, free of heavy imports."""

import gzip
import io
import signal
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np

from core.arrays import Affine, Volume
from core.cohort.phantom.followup import FollowUp, seen_again
from core.cohort.phantom.render import draw_patient, render_tumour, render_volume
from core.cohort.phantom.scanner import OWN_SLICE_MM, Scanner
from core.cohort.phantom.truth import PatientTruth


@dataclass(frozen=True)
class Study:
    """One examination of one patient, and where its files go; the image is written last."""

    truth: PatientTruth
    paths: tuple[Path, Path, Path]


def studies_of(out: Path, truth: PatientTruth, follow_up: FollowUp | None) -> tuple[Study, ...]:
    """The examinations of one patient, in order."""
    if follow_up is None:
        return (Study(truth, _paths(out, truth.patient_id, None)),)
    return (
        Study(truth, _paths(out, truth.patient_id, "ses-1")),
        Study(seen_again(truth, follow_up), _paths(out, truth.patient_id, "ses-2")),
    )


def _paths(out: Path, patient_id: str, session: str | None) -> tuple[Path, Path, Path]:
    within = Path(patient_id, session, "anat") if session else Path(patient_id, "anat")
    stem = f"{patient_id}_{session}" if session else patient_id
    derived = out / "derivatives" / "nodes" / within
    return (
        derived / f"{stem}_desc-tumour_mask.nii.gz",
        derived / f"{stem}_desc-nodes_dseg.nii.gz",
        out / within / f"{stem}_T2w.nii.gz",
    )


def prepare_process() -> None:
    """Set up a drawing process: one thread, and Ctrl-C left to the parent."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def draw_files(study: Study, scanner: Scanner) -> tuple[tuple[Path, bytes], ...]:
    """Draw one examination; its files' contents in the order in which to write them."""
    patient = draw_patient(study.truth, scanner)
    volume, labels = render_volume(patient)
    affine = affine_of(scanner)
    contents = (render_tumour(patient), labels, volume.astype(np.int16))
    pairs = zip(study.paths, contents, strict=True)
    return tuple((path, _nifti(content, affine)) for path, content in pairs)


def affine_of(scanner: Scanner) -> Affine:
    """Voxels to mm: columns run to the patient's left, rows backwards, slices upwards."""
    half = (scanner.size_px - 1) / 2 * scanner.pixel_mm
    affine = np.diag([-scanner.pixel_mm, -scanner.pixel_mm, scanner.slice_mm, 1.0])
    # the patient lies at the same height under every scanner
    affine[:3, 3] = half, half, -36.0 + (scanner.slice_mm - OWN_SLICE_MM) / 2
    return affine


def _nifti(volume: Volume, affine: Affine) -> bytes:
    image = nib.Nifti1Image(volume, affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = b"synthetic"
    plain = io.BytesIO()
    image.to_stream(plain)
    # neither a time nor a name in the gzip header: same seed, same bytes
    return gzip.compress(plain.getvalue(), compresslevel=1, mtime=0)
