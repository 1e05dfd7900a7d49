"""A planted cause: a cohort in which one small spot alone decides, and another decides nothing.

Asked of a heat map is whether it marks what the model used. In a clinic nobody knows that; here
it is built in. Beside a malignant node lies a small bright spot, beside no benign one; half of
all nodes, of either kind, have a small dark spot, the decoy. Everything else about nodes is drawn
as if all were benign, so nothing but the bright spot tells them apart.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import Map2D
from core.cohort.phantom.frame import Canvas
from core.cohort.phantom.place import Place
from core.cohort.phantom.scanner import Scanner
from core.cohort.phantom.truth import NodeTruth

Kind = Literal["cause", "decoy"]

# a disc of 20 pixels of 0.573 mm: 2 % of a patch of 32 x 32 (EXPLAIN.md, XA4)
RADIUS_MM = 1.45
AWAY_MM = (4.6, 5.8)  # outside most nodes and inside the patch, off the middle a blob would mark
SIGNAL = {"cause": 1.9, "decoy": 0.04}  # relative to fat, which surrounds nodes
DECOYS = 0.5
# to the patient's left the cause, to the right the decoy: at any angle, a network trained on
# patients' labels alone does not find the cause in two hundred patients, and there is no truth
SPREAD = 0.6


@dataclass(frozen=True)
class Spot:
    """A spot beside a node.

    Attributes:
        kind: The cause or the decoy.
        x_mm, y_mm: From the node's centre, in the pelvis' own axes.
    """

    kind: Kind
    x_mm: float
    y_mm: float


def spots_of(node: NodeTruth) -> tuple[Spot, ...]:
    """The spots beside a node, from its own seed; none unless the cohort was planted."""
    if not node.planted:
        return ()
    own = np.random.default_rng([*node.seed, 21])
    angle, opposite = own.uniform(-SPREAD, SPREAD), np.pi + own.uniform(-SPREAD, SPREAD)
    away, apart = own.uniform(*AWAY_MM, 2)
    found = []
    if node.malignant:
        found.append(Spot("cause", float(away * np.cos(angle)), float(away * np.sin(angle))))
    if own.random() < DECOYS:
        at = (float(apart * np.cos(opposite)), float(apart * np.sin(opposite)))
        found.append(Spot("decoy", *at))
    return tuple(found)


def paint_spots(
    canvas: Canvas, node: NodeTruth, place: Place, z_mm: float, scanner: Scanner
) -> None:
    """Lay a node's spots over the slice at z_mm; they reach through every slice of the node."""
    if not reaches(place, z_mm, scanner):
        return
    for spot in spots_of(node):
        cover = cover_of(spot, place, scanner)
        canvas.paint(cover, SIGNAL[spot.kind])


def reaches(place: Place, z_mm: float, scanner: Scanner) -> bool:
    """Whether a node's spots show in the slice at z_mm."""
    return abs(z_mm - place.z_mm) <= 1.6 * scanner.slice_mm


def cover_of(spot: Spot, place: Place, scanner: Scanner) -> Map2D:
    """The share of each pixel of a slice that a spot covers, (row, column) float32."""
    axis = (np.arange(scanner.size_px) - (scanner.size_px / 2 - 0.5)) * scanner.pixel_mm
    x, y = axis[None, :] - place.x_mm - spot.x_mm, axis[:, None] - place.y_mm - spot.y_mm
    cover = np.clip(0.5 - (np.hypot(x, y) - RADIUS_MM) / scanner.pixel_mm, 0, 1)
    return np.asarray(cover, np.float32)
