"""Pictures from truth: any slice or node, with or without noise, or with one factor changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from core.arrays import LabelVolume, Map2D, Mask, Volume
from core.cohort.phantom.anatomy import LENGTH_MM, Anatomy, draw_anatomy
from core.cohort.phantom.factors import Change
from core.cohort.phantom.frame import Canvas, Surroundings, bent, surroundings_of
from core.cohort.phantom.node_paint import paint_node
from core.cohort.phantom.node_shape import NodeShape, shape_of
from core.cohort.phantom.place import Place, place_nodes
from core.cohort.phantom.planted import paint_spots
from core.cohort.phantom.rectum import tumour_cover
from core.cohort.phantom.scanner import Scanner, acquire
from core.cohort.phantom.scene import paint_slice
from core.cohort.phantom.truth import PatientTruth
from core.cohort.phantom.vessels import clear_of

CLEAR_MM = 4.2  # vessels keep this far from the middle of a node
POOR_SHARE, POOR_NOISE = 0.05, 3.2


@dataclass(frozen=True)
class DrawnPatient:
    """A patient ready to be drawn on a scanner, slice by slice.

    Slices are (row, column): rows from anterior to posterior, columns from the patient's right
    to left; slice 0 is the lowest.
    """

    truth: PatientTruth
    scanner: Scanner

    @cached_property
    def anatomy(self) -> Anatomy:
        """The pelvis."""
        return draw_anatomy(self.truth.seed, self.truth.sex, self.truth.t_stage)

    @cached_property
    def around(self) -> Surroundings:
        """Everything but the nodes."""
        around = surroundings_of(self.anatomy)
        # by place alone and never by size, so that a node drawn larger keeps its surroundings
        middles = [(place.x_mm, place.y_mm, place.z_mm) for place in self.places]
        return replace(around, vessels=clear_of(around.vessels, middles, CLEAR_MM))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The nodes' centres, in the order of the truth."""
        return place_nodes(self.truth, self.anatomy)

    @cached_property
    def shapes(self) -> tuple[NodeShape, ...]:
        """The nodes' forms, in the order of the truth."""
        return tuple(shape_of(node) for node in self.truth.nodes)

    @cached_property
    def examination(self) -> tuple[float, float]:
        """Scanner units per signal of fat, and how noisy this examination is; 1 is usual."""
        generator = np.random.default_rng([*self.truth.seed, 8])
        gain = float(generator.uniform(420, 760))
        usual = float(np.exp(generator.normal(0, 0.16)))
        poor = generator.random() < POOR_SHARE
        return gain, POOR_NOISE * usual if poor else usual

    def z_mm(self, slice_k: int) -> float:
        """Height of a slice's middle."""
        return (slice_k + 0.5) * self.scanner.slice_mm


def draw_patient(truth: PatientTruth, scanner: Scanner | None = None) -> DrawnPatient:
    """Prepare a patient for drawing; the work is done when slices are asked for."""
    return DrawnPatient(truth, scanner or Scanner())


def render_slice(
    patient: DrawnPatient,
    slice_k: int,
    *,
    changes: Mapping[int, Change] | None = None,
    noise: bool = True,
) -> tuple[Map2D, LabelVolume]:
    """Draw one slice as the scanner shows it, and its node labels.

    Args:
        patient: Who.
        slice_k: Which slice, from 0, the lowest.
        changes: Nodes (by label) to be drawn with factors changed; all else stays.
        noise: False for the noise-free picture.

    Returns:
        Picture in scanner units, float32 (row, column), whole numbers where there is noise, as
        on disk; labels, uint8 (row, column).
    """
    scanner = patient.scanner
    before = _painted(patient, slice_k)
    canvas = Canvas(before.water.copy(), before.fat.copy())
    labels = np.zeros(canvas.water.shape, np.uint8)
    changes = changes or {}
    for node, shape, place in zip(patient.truth.nodes, patient.shapes, patient.places, strict=True):
        if node.label in changes:
            node = node.changed(changes[node.label])
            shape = shape_of(node)
        paint_node(canvas, labels, node, shape, place, patient.z_mm(slice_k), scanner)
    for node, place in zip(patient.truth.nodes, patient.places, strict=True):
        paint_spots(canvas, node, place, patient.z_mm(slice_k), scanner)
    gain, noisiness = patient.examination
    shade = gain * _shading(patient, slice_k)
    water = canvas.water
    if scanner.contrast != 1:
        water = np.maximum(water, 0) ** np.float32(scanner.contrast)  # texture may dip below 0
    generator = np.random.default_rng([*patient.truth.seed, 9, slice_k]) if noise else None
    picture = acquire(
        water * shade,
        canvas.fat * shade,
        scanner,
        noise=generator,
        noise_sd=gain * noisiness * scanner.noise_sd,
    )
    return np.rint(picture) if noise else picture, labels


def render_volume(
    patient: DrawnPatient, *, changes: Mapping[int, Change] | None = None, noise: bool = True
) -> tuple[Volume, LabelVolume]:
    """Draw all slices: (column, row, slice) as on disk (axes L, P, S), with the node labels."""
    slices = [
        render_slice(patient, k, changes=changes, noise=noise)
        for k in range(patient.scanner.slices)
    ]
    pictures = np.stack([picture.T for picture, _ in slices], axis=2)
    return pictures, np.stack([labels.T for _, labels in slices], axis=2)


def render_tumour(patient: DrawnPatient) -> LabelVolume:
    """The tumour's mask, uint8 (column, row, slice)."""
    scanner = patient.scanner
    tumour = patient.anatomy.tumour
    covers = [np.zeros((scanner.size_px, scanner.size_px), np.float32)] * scanner.slices
    for k in range(scanner.slices):
        if abs(patient.z_mm(k) - tumour.z_mm) < tumour.half_length_mm:
            x, y = bent(patient.around, patient.z_mm(k), scanner.size_px, scanner.pixel_mm)
            covers[k] = tumour_cover(patient.anatomy, x, y, patient.z_mm(k)).T
    return (np.stack(covers, axis=2) > 0.5).astype(np.uint8)


def render_node(
    patient: DrawnPatient,
    label: int,
    *,
    change: Change | None = None,
    noise: bool = True,
    size_px: int = 32,
    slice_k: int | None = None,
) -> tuple[Map2D, Mask]:
    """Draw the patch around one node: the exact counterfactual when a change is given.

    The patch is cut where the unchanged node lies, so pictures with and without a change share
    their grid.

    Args:
        patient: Who.
        label: Which node.
        change: What is added to its factors.
        noise: False for the noise-free picture.
        size_px: Side of the patch.
        slice_k: Which slice; by default the one that shows most of the unchanged node.

    Returns:
        Picture in scanner units and the node's mask, (row, column) each.

    Raises:
        ValueError: The patient has no node of that label.
    """
    if not 1 <= label <= len(patient.truth.nodes):
        raise ValueError(f"label: found {label}, wanted 1 to {len(patient.truth.nodes)}")
    k = key_slice(patient, label) if slice_k is None else slice_k
    _, before = render_slice(patient, k, noise=False)
    row, column = _middle(patient, label, before == label)
    changes = {label: change} if change else {}
    picture, labels = render_slice(patient, k, changes=changes, noise=noise)
    around = size_px // 2
    rows, columns = (np.arange(at - around, at - around + size_px) for at in (row, column))
    last = patient.scanner.size_px - 1
    window = np.ix_(np.clip(rows, 0, last), np.clip(columns, 0, last))
    return picture[window], labels[window] == label


def key_slice(patient: DrawnPatient, label: int) -> int:
    """The slice in which a node's centre lies."""
    return int(patient.places[label - 1].z_mm / patient.scanner.slice_mm)


def _middle(patient: DrawnPatient, label: int, mask: Mask) -> tuple[int, int]:
    """Row and column of a node's middle: of its mask, or of its place where it has none."""
    rows, columns = np.nonzero(mask)
    if len(rows):
        return round(float(rows.mean())), round(float(columns.mean()))
    place, pixel_mm = patient.places[label - 1], patient.scanner.pixel_mm
    middle = patient.scanner.size_px / 2 - 0.5
    return round(place.y_mm / pixel_mm + middle), round(place.x_mm / pixel_mm + middle)


@lru_cache(maxsize=24)
def _painted(patient: DrawnPatient, slice_k: int) -> Canvas:
    scanner = patient.scanner
    return paint_slice(
        patient.around,
        patient.z_mm(slice_k),
        thickness_mm=scanner.slice_mm,
        size_px=scanner.size_px,
        pixel_mm=scanner.pixel_mm,
    )


@lru_cache(maxsize=24)
def _shading(patient: DrawnPatient, slice_k: int) -> Map2D:
    """What the coils make of an even signal: uneven, and brighter towards front and back."""
    size_px = patient.scanner.size_px
    out = (np.linspace(-1, 1, size_px, dtype=np.float32) ** 2)[:, None]
    uneven = patient.around.shade.slice(patient.z_mm(slice_k) / LENGTH_MM, size_px)
    return np.exp(np.float32(patient.scanner.coil) * (0.45 * uneven + 0.5 * out))
