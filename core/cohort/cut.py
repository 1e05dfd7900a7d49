"""Cut one patient's lesions out of the scan: every step that needs the volume itself.

What comes back is small: patches, outlines and a few slices, still in the volume's own
intensities, beside its histogram. Volumes are let go at once.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.arrays import Affine, LabelVolume, Masks, Patches
from core.cohort.grid import Grid
from core.cohort.node import Node, largest_piece, measure_node
from core.cohort.patient import Patient
from core.cohort.resample import TooLarge, resampled
from core.cohort.standardise import histogram
from core.cohort.tumour import ElsewhereTumour, tumour_distances_mm
from core.cohort.volume import read_labels, read_volume
from core.errors import UnreadableVolume
from core.settings import PatchSettings
from core.slices import Outline, outlines_of

STRAY = 0.1  # share of a slice's mask outside its largest piece that is worth a word
BRIGHTEST = 99.9  # percentile at which a slice's 8-bit picture saturates


class Broken(Exception):
    """Why a patient stops the whole reading; `grid` where mask and volume disagree."""

    def __init__(self, patient_id: str, reason: str, *, grid: bool = False) -> None:
        self.patient_id, self.reason, self.grid = patient_id, reason, grid
        super().__init__(f"{patient_id}: {reason}")


@dataclass(frozen=True)
class RawSlice:
    """A slice in 256 steps between two intensities of its volume.

    Attributes:
        slice_k: Index in the canonical, resampled volume.
        steps: (row, column) as displayed.
        low: Intensity of step 0.
        high: Intensity of step 255.
        outlines: The lesions on it.
    """

    slice_k: int
    steps: NDArray[np.uint8]
    low: float
    high: float
    outlines: tuple[Outline, ...]


@dataclass(frozen=True)
class Place:
    """Where one patch lies and what is in its middle.

    Attributes:
        node: The lesion's label in the mask.
        slice_k: Index in the canonical, resampled volume.
        key_slice: Whether this is the lesion's largest slice.
        area_px: Pixels of the lesion on this slice.
        corner: Volume index (i, j, k) of the patch's pixel (0, 0); outside near an edge.
        affine: (4, 4) patch (row, column, 0) to mm in the scanner's space.
        shape: Of the canonical, resampled volume.
        measured: Size and shape.
        tumour_mm: From the lesion's centre to the nearest voxel of the tumour; NaN where no
            tumour is outlined.
    """

    node: int
    slice_k: int
    key_slice: bool
    area_px: int
    corner: tuple[int, int, int]
    affine: Affine
    shape: tuple[int, int, int]
    measured: Node
    tumour_mm: float


@dataclass(frozen=True)
class Cut:
    """One patient's patches, largest first, in the volume's own intensities.

    Attributes:
        patient_id: Whose.
        places: One a patch.
        patches: (row, height, width) float32; NaN outside the scan.
        masks: (row, height, width).
        slices: Those the patches lie on, in ascending order.
        spacing_mm: Pixel size along rows and columns.
        histogram: The volume's landmark percentiles; empty where nothing is left.
        scanned: The canonical grid before anything was resampled, or None where it was not read.
        scattered: Lesions of which more than a tenth lies outside the largest piece of a slice.
        excluded: Why lesions, or the patient, are left out.
    """

    patient_id: str
    places: tuple[Place, ...] = ()
    patches: Patches = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))
    masks: Masks = field(default_factory=lambda: np.zeros((0, 0, 0), bool))
    slices: tuple[RawSlice, ...] = ()
    spacing_mm: tuple[float, float] = (1.0, 1.0)
    histogram: tuple[float, ...] = ()
    scanned: Grid | None = None
    scattered: tuple[int, ...] = ()
    excluded: tuple[str, ...] = ()


def cut_patient(patient: Patient, settings: PatchSettings, *, lesion: str) -> Cut:
    """Read one patient and cut the patches.

    Args:
        patient: With an image and, hopefully, a mask.
        settings: Size, spacing and which slices.
        lesion: What one lesion is called, for the reasons.

    Raises:
        Broken: The volume cannot be read, or a mask lies on another grid.
    """
    who = patient.patient_id
    if patient.image is None:
        raise Broken(who, f"there is no volume {who}/anat/{who}_T2w.nii.gz (or _T1w)")
    try:
        volume = read_volume(patient.image)
        if patient.mask is None or not patient.mask.exists():
            return Cut(who, scanned=volume.grid, excluded=("there is no mask",))
        mask = read_labels(patient.mask)
        scanned = volume.grid
        if not mask.grid.same_as(scanned):
            raise Broken(who, _elsewhere("mask", mask.grid, scanned), grid=True)
        away_mm = tumour_distances_mm(mask, patient.tumour)
    except UnreadableVolume as error:
        raise Broken(who, str(error).rstrip(".")) from error
    except ElsewhereTumour as error:
        reason = _elsewhere("tumour's mask", error.found, scanned)
        raise Broken(who, reason, grid=True) from error
    if not mask.labels.any():
        return Cut(who, scanned=scanned, excluded=("the mask is empty",))
    levels = histogram(volume.voxels)
    if levels is None:
        return Cut(who, scanned=scanned, excluded=("all voxels of the volume are alike",))
    try:
        volume, mask = resampled(
            volume, mask, spacing_mm=settings.spacing_mm, tolerance=settings.tolerance
        )
    except TooLarge as error:
        reason = f"voxels of {volume.grid} are too large for {settings.spacing_mm} mm"
        raise Broken(who, reason) from error
    chosen, scattered, dropped = _choose(mask.labels, settings, lesion)
    if not chosen:
        return Cut(who, scanned=scanned, excluded=(*dropped, f"no {lesion} is left"))
    shown = {k: _displayed(volume.voxels[:, :, k]) for k in {spot.slice_k for spot in chosen}}
    patches, masks, places = [], [], []
    for spot in chosen:
        patch, piece, place = _patch(
            spot, shown[spot.slice_k], volume.grid, settings.size_px, away_mm[spot.node]
        )
        patches.append(patch)
        masks.append(piece)
        places.append(place)
    return Cut(
        patient_id=who,
        places=tuple(places),
        patches=np.stack(patches),
        masks=np.stack(masks),
        slices=tuple(_slice(k, shown[k], mask.labels) for k in sorted(shown)),
        spacing_mm=_pixel_mm(volume.grid),
        histogram=levels,
        scanned=scanned,
        scattered=scattered,
        excluded=dropped,
    )


def _elsewhere(what: str, found: Grid, scanned: Grid) -> str:
    """How a mask's grid differs from the volume's."""
    if found.shape != scanned.shape:
        return f"the {what} has {found}, the volume {scanned}"
    return f"{what} and volume lie {found.furthest_mm(scanned):.3g} mm apart"


@dataclass(frozen=True)
class _Spot:
    """A lesion's largest piece on one displayed slice."""

    node: int
    slice_k: int
    key_slice: bool
    mask: NDArray[np.bool_]

    @property
    def area_px(self) -> int:
        return int(np.count_nonzero(self.mask))


def _choose(
    labels: LabelVolume, settings: PatchSettings, lesion: str
) -> tuple[list[_Spot], tuple[int, ...], tuple[str, ...]]:
    """Which slices become patches, largest first; which lesions lie in pieces; what is dropped."""
    spots: list[_Spot] = []
    scattered, dropped = [], []
    slices: dict[int, list[int]] = {}
    for k in np.flatnonzero(labels.any(axis=(0, 1))).tolist():
        plane = labels[:, :, k]
        for node in np.unique(plane[plane > 0]).tolist():
            slices.setdefault(node, []).append(k)
    for node, where in sorted(slices.items()):
        whole = {k: _displayed(labels[:, :, k]) == node for k in where}
        own = [(k, largest_piece(plane)) for k, plane in whole.items()]
        lost = [1 - np.count_nonzero(piece) / np.count_nonzero(whole[k]) for k, piece in own]
        if max(lost) > STRAY:
            scattered.append(node)
        own.sort(key=lambda pair: (-int(np.count_nonzero(pair[1])), pair[0]))
        largest = int(np.count_nonzero(own[0][1]))
        if largest < settings.least_pixels:
            pixels = "1 pixel" if largest == 1 else f"{largest} pixels"
            dropped.append(
                f"{lesion} {node} covers {pixels} of its largest slice, "
                f"fewer than {settings.least_pixels}"
            )
            continue
        least = max(settings.least_area_share * largest, settings.least_pixels)
        kept = [pair for pair in own if np.count_nonzero(pair[1]) >= least]
        for rank, (k, piece) in enumerate(kept[: settings.slices_per_node]):
            spots.append(_Spot(node, k, rank == 0, piece))
    spots.sort(key=lambda spot: (-spot.area_px, spot.node, not spot.key_slice, spot.slice_k))
    kept_spots = spots[: settings.patches_per_patient]
    for node in sorted({s.node for s in spots} - {s.node for s in kept_spots}):
        dropped.append(f"{lesion} {node} is beyond the {settings.patches_per_patient} patches")
    return kept_spots, tuple(scattered), tuple(dropped)


def _displayed(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    """A canonical (i, j) plane as rows anterior to posterior, columns right to left."""
    return plane[::-1, ::-1].T


def _pixel_mm(grid: Grid) -> tuple[float, float]:
    right, front, _ = grid.spacing_mm
    return front, right


def _patch(
    spot: _Spot, shown: NDArray[np.generic], grid: Grid, size: int, tumour_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_], Place]:
    """The square around a lesion's centroid, which lies in pixel (size / 2, size / 2)."""
    centre = np.argwhere(spot.mask).mean(axis=0)
    row, column = (int(n) for n in np.floor(centre + 0.5) - size // 2)
    height, width = shown.shape
    patch = np.full((size, size), np.nan, dtype=np.float32)
    piece = np.zeros((size, size), dtype=bool)
    rows = slice(max(row, 0), min(row + size, height))
    columns = slice(max(column, 0), min(column + size, width))
    inner = (
        slice(rows.start - row, rows.stop - row),
        slice(columns.start - column, columns.stop - column),
    )
    patch[inner] = shown[rows, columns]
    piece[inner] = spot.mask[rows, columns]
    corner = (grid.shape[0] - 1 - column, grid.shape[1] - 1 - row, spot.slice_k)
    turn = np.array([[0, -1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=float)
    turn[:3, 3] = corner
    place = Place(
        node=spot.node,
        slice_k=spot.slice_k,
        key_slice=spot.key_slice,
        area_px=spot.area_px,
        corner=corner,
        affine=grid.affine @ turn,
        shape=grid.shape,
        measured=measure_node(spot.mask, spacing_mm=_pixel_mm(grid)),
        tumour_mm=tumour_mm,
    )
    return patch, piece, place


def _slice(k: int, shown: NDArray[np.generic], labels: LabelVolume) -> RawSlice:
    picture = shown.astype(np.float32)
    low, high = float(picture.min()), float(np.percentile(picture[::2, ::2], BRIGHTEST))
    steps = (picture - low) * (255 / max(high - low, 1e-12))
    return RawSlice(
        slice_k=k,
        steps=np.clip(np.round(steps), 0, 255).astype(np.uint8),
        low=low,
        high=high,
        outlines=outlines_of(_displayed(labels[:, :, k])),
    )
