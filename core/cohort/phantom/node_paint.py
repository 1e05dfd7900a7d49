"""Laying a node over a slice: partial volume, inner texture, fatty hilum, and its outline."""

import numpy as np

from core.arrays import LabelVolume
from core.cohort.phantom.frame import Canvas
from core.cohort.phantom.node_shape import NodeShape, texture_at
from core.cohort.phantom.place import Place
from core.cohort.phantom.scanner import Scanner
from core.cohort.phantom.truth import NodeTruth

SUBSLICES = 5
# an annotator outlines what shows: at least this share of the slice's thickness inside the node
SHOWS = 0.45
# and follows the edge where the slice shows this share of what it shows at most
EDGE = 0.38


def paint_node(
    canvas: Canvas,
    labels: LabelVolume,
    node: NodeTruth,
    shape: NodeShape,
    place: Place,
    z_mm: float,
    scanner: Scanner,
) -> None:
    """Lay one node over the slice at z_mm, averaged over the slice's thickness.

    Args:
        canvas: Painted on.
        labels: The slice's node labels, (row, column), written to where the node shows.
        node: What it is.
        shape: Its form.
        place: Its centre.
        z_mm: Middle of the slice.
        scanner: Gives the grid.
    """
    if abs(z_mm - place.z_mm) >= scanner.slice_mm / 2 + shape.half_height_mm:
        return
    pixel_mm, middle = scanner.pixel_mm, scanner.size_px / 2 - 0.5
    reach = int(np.ceil(shape.reach_mm / pixel_mm)) + 2
    row, column = round(place.y_mm / pixel_mm + middle), round(place.x_mm / pixel_mm + middle)
    rows = np.arange(max(row - reach, 0), min(row + reach + 1, scanner.size_px))
    columns = np.arange(max(column - reach, 0), min(column + reach + 1, scanner.size_px))
    x, y = np.meshgrid(
        (columns - middle) * pixel_mm - place.x_mm, (rows - middle) * pixel_mm - place.y_mm
    )
    cover = np.zeros(x.shape)
    for sub in range(SUBSLICES):
        height = z_mm + ((sub + 0.5) / SUBSLICES - 0.5) * scanner.slice_mm - place.z_mm
        cover += np.clip(0.5 - shape.distance(x, y, height) / pixel_mm, 0, 1) / SUBSLICES
    inner = texture_at(shape, x, y, z_mm - place.z_mm)
    water = np.maximum(node.signal * (1 + (0.03 + 0.36 * node.heterogeneity) * inner), 0.03)
    fat = np.zeros(x.shape)
    if shape.hilum:
        at_x, at_y, radius = shape.hilum
        fatty = np.clip(0.5 - (np.hypot(x - at_x, y - at_y) - radius) / pixel_mm, 0, 1)
        water, fat = water * (1 - fatty), 0.8 * fatty
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    canvas.water[window] += cover * (water - canvas.water[window])
    canvas.fat[window] += cover * (fat - canvas.fat[window])
    if cover.max() >= SHOWS:
        labels[window][cover >= EDGE * cover.max()] = node.label
