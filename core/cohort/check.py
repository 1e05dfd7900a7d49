"""Look at a cohort before anything is trained: what was found, excluded and why."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.cohort.cohort import Cohort, open_cohort
from core.cohort.cut import Cut
from core.cohort.grid import Grid
from core.cohort.node import Node
from core.cohort.patch import cut_patches, read_cuts
from core.cohort.patient import Split
from core.cohort.split import split_patients
from core.errors import NoNodes
from core.progress import Progress, silent
from core.run import Words
from core.settings import PatchSettings, Settings

SHOWN = 5
FEW = 3  # of a class in a split


@dataclass(frozen=True)
class Spread:
    """Least, median and largest of a measured size."""

    least: float
    median: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.least:.1f} to {self.most:.1f})"


@dataclass(frozen=True)
class CheckReport:
    """What a cohort holds, as `train.py check` prints it.

    Attributes:
        name: The cohort's name.
        words: What it calls its things.
        synthetic: Whether it was drawn and not scanned.
        has_masks: False for bare patches.
        labels: Patients without and with the outcome.
        t_stage_is: "clinical", "pathological" or "unknown".
        t_stages: (stage, patients), ascending.
        splits: (split, patients, of them with the outcome) after exclusions.
        grids: (voxel size, volumes), most frequent first.
        resampled: Volumes with an axis off by more than the tolerance.
        lesions: Lesions that give patches.
        patches: Patches.
        short_axis_mm: Of the lesions' largest slices; None without masks.
        long_axis_mm: Likewise.
        excluded: (patient_id, reason).
        notes: Sentences on what is allowed but worth a look.
    """

    name: str
    words: Words
    synthetic: bool
    has_masks: bool
    labels: tuple[int, int]
    t_stage_is: str
    t_stages: tuple[tuple[int, int], ...]
    splits: tuple[tuple[Split, int, int], ...]
    grids: tuple[tuple[str, int], ...]
    resampled: int
    lesions: int
    patches: int
    short_axis_mm: Spread | None
    long_axis_mm: Spread | None
    excluded: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        words = self.words
        kind = " (synthetic)" if self.synthetic else ""
        negative, positive = self.labels
        lines = [
            f"{self.name}{kind}: {_counted(negative + positive, 'patient')}, "
            f"{negative} {words.no_outcome}, {positive} {words.outcome}; {words.modality}."
        ]
        if self.t_stages:
            stages = ", ".join(f"T{stage} {count}" for stage, count in self.t_stages)
            lines.append(f"T stage ({self.t_stage_is}): {stages}.")
        parts = ", ".join(f"{n} {name} ({p} {words.outcome})" for name, n, p in self.splits)
        lines.append(f"Split: {parts}.")
        if self.has_masks:
            lesions = words.lesions[:1].upper() + words.lesions[1:]
            lines.append(
                f"{lesions}: {self.lesions} on "
                f"{_counted(self.patches, 'patch', 'patches')}, "
                f"short axis {self.short_axis_mm} mm, long axis {self.long_axis_mm} mm: "
                "median (least to most)."
            )
        else:
            lines.append(f"Pictures: {self.patches}, without masks, so no sizes.")
        shown = "; ".join(f"{count} of {grid}" for grid, count in self.grids[:SHOWN])
        rest = f"; {len(self.grids) - SHOWN} more sizes" if len(self.grids) > SHOWN else ""
        if self.has_masks:
            lines.append(f"Voxels: {shown}{rest}; {_counted(self.resampled, 'volume')} resampled.")
        lines += [f"Note: {note}" for note in self.notes]
        lines.append(f"Excluded: {len(self.excluded) or 'nobody and nothing'}.")
        lines += [f"  {patient_id}: {reason}" for patient_id, reason in self.excluded]
        return "\n".join(lines)


def check(path: Path, settings: Settings, progress: Progress = silent) -> CheckReport:
    """Read every volume and mask as training would, and report; nothing is written.

    Args:
        path: BIDS folder, table or npz.
        settings: As for training; `settings.cohort.path` is not looked at.
        progress: Told how many patients are read.

    Raises:
        GeometryMismatch: Masks that lie on another grid; every patient is named.
        BrokenPatients: Volumes that cannot be read or are not finite; every patient is named.
        NoNodes: Nothing is left to train on.
        CohortError: The cohort is not as described.
    """
    cohort = open_cohort(path, settings.cohort)
    splits = split_patients(cohort, settings.split, seed=settings.seed)
    if not cohort.has_masks:
        patches = cut_patches(cohort, splits, settings=settings.patch, progress=progress).patches
        kept = {patient.patient_id for patient in cohort.patients}
        grids = (f"{settings.patch.size_px} x {settings.patch.size_px} pixels",)
        return _report(cohort, splits, kept, grids=grids * len(patches), patches=len(patches))
    cuts = read_cuts(cohort, settings=settings.patch, progress=progress)
    kept = {cut.patient_id for cut in cuts if cut.places}
    excluded = (*cohort.left_out, *((c.patient_id, why) for c in cuts for why in c.excluded))
    if not any(splits[name] == "train" for name in kept):
        raise NoNodes(f"{cohort.name} (training patients)", excluded)
    scanned = [cut.scanned for cut in cuts if cut.scanned is not None]
    return _report(
        cohort,
        splits,
        kept,
        grids=[" x ".join(f"{mm:.3g}" for mm in grid.spacing_mm) + " mm" for grid in scanned],
        resampled=sum(is_off(grid, settings.patch) for grid in scanned),
        nodes=[place.measured for cut in cuts for place in cut.places if place.key_slice],
        patches=sum(len(cut.places) for cut in cuts),
        excluded=excluded,
        notes=_notes(cohort, cuts, settings.patch),
    )


def is_off(grid: Grid, settings: PatchSettings) -> bool:
    """Whether any axis differs from the wanted voxel size by more than the tolerance."""
    return any(
        wanted > 0 and abs(own / wanted - 1) > settings.tolerance
        for own, wanted in zip(grid.spacing_mm, settings.spacing_mm, strict=True)
    )


def _report(
    cohort: Cohort,
    splits: Mapping[str, Split],
    kept: Set[str],
    *,
    grids: Sequence[str],
    patches: int,
    resampled: int = 0,
    nodes: Sequence[Node] = (),
    excluded: tuple[tuple[str, str], ...] | None = None,
    notes: tuple[str, ...] = (),
) -> CheckReport:
    used = [patient for patient in cohort.patients if patient.patient_id in kept]
    parts: list[tuple[Split, int, int]] = []
    names: tuple[Split, ...] = ("train", "validation", "test")
    for name in names:
        own = [patient for patient in used if splits[patient.patient_id] == name]
        positive = sum(patient.label for patient in own)
        parts.append((name, len(own), positive))
        for count, outcome in (
            (positive, cohort.words.outcome),
            (len(own) - positive, cohort.words.no_outcome),
        ):
            if count < FEW:
                who = _counted(count, f"{outcome} patient")
                notes += (f"{name} has {who}, too few to judge by.",)
    stages = Counter(p.t_stage for p in used if p.t_stage is not None)
    positive = sum(patient.label for patient in used)
    return CheckReport(
        name=cohort.name,
        words=cohort.words,
        synthetic=cohort.synthetic,
        has_masks=cohort.has_masks,
        labels=(len(used) - positive, positive),
        t_stage_is=cohort.t_stage_is,
        t_stages=tuple(sorted(stages.items())),
        splits=tuple(parts),
        grids=tuple(Counter(grids).most_common()),
        resampled=resampled,
        lesions=len(nodes),
        patches=patches,
        short_axis_mm=_spread([node.short_axis_mm for node in nodes]),
        long_axis_mm=_spread([node.long_axis_mm for node in nodes]),
        excluded=cohort.left_out if excluded is None else excluded,
        notes=notes,
    )


def _notes(cohort: Cohort, cuts: Sequence[Cut], settings: PatchSettings) -> tuple[str, ...]:
    """What is allowed but worth a look, one sentence each."""
    notes = []
    words = cohort.words
    scattered = [f"{cut.patient_id} {node}" for cut in cuts for node in cut.scattered]
    if scattered:
        notes.append(
            f"{len(scattered)} {words.lesions} lie in several pieces on a slice and only the "
            f"largest piece is cut ({_listed(scattered)}); give every {words.lesion} its own "
            "number in the mask."
        )
    large = []
    for cut in cuts:
        side = settings.size_px * min(cut.spacing_mm)
        longest = max((place.measured.long_axis_mm for place in cut.places), default=0.0)
        if longest > side:
            large.append(f"{cut.patient_id} {longest:.0f} mm")
    if large:
        notes.append(
            f"in {len(large)} patients the largest {words.lesion} does not fit the patch "
            f"({_listed(large)}); a larger patch.spacing_mm or patch.size_px holds it."
        )
    return tuple(notes)


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    return Spread(min(values), float(np.median(values)), max(values))
