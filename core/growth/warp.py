"""A radial warp: the plainest way to make a lesion larger, with the patch's edge standing still.

It carries what the network does not draw (the patient's own texture) along with a simulated
change, and it is the baseline that any simulated growth has to beat (SCIENCE.md section 2).
"""

from typing import NamedTuple

import numpy as np

from core.arrays import Map2D


class Circle(NamedTuple):
    """Where the warp turns from stretching to giving way, in pixels of the patch."""

    row: float
    column: float
    radius: float


def radial_warp(picture: Map2D, growth: float, *, about: Circle) -> Map2D:
    """Enlarge what lies within a circle and press together what lies outside.

    A point at distance r from the circle's centre moves to growth * r inside the circle, and
    outside to where the way from the grown circle to the patch's edge is shared out evenly; the
    edge itself stays. Warping by 1 / growth about the grown circle undoes it.

    Args:
        picture: (height, width), any unit.
        growth: 1 leaves everything in place, 2 doubles the circle. It is held where the grown
            circle would leave less than a pixel to the edge.
        about: Centre and radius of the circle.
    """
    from scipy.ndimage import map_coordinates

    down, across = (np.arange(n) - at for n, at in zip(picture.shape, about[:2], strict=True))
    down, across = np.meshgrid(down, across, indexing="ij")
    place = np.hypot(down, across)
    edge = np.minimum(_to_edge(down, place), _to_edge(across, place))
    room = max(float(edge.min()) - 1, 1e-6)
    radius = min(about.radius, room)
    grown = min(radius * growth, room)
    with np.errstate(invalid="ignore", divide="ignore"):
        before = np.where(
            place <= grown,
            place * radius / grown,
            radius + (place - grown) * (edge - radius) / (edge - grown),
        )
        share = np.where(place > 0, before / place, 1.0)
    where = [about.row + down * share, about.column + across * share]
    warped: Map2D = map_coordinates(picture, where, order=3, mode="nearest")
    return warped.astype(picture.dtype)


def _to_edge(along: Map2D, place: Map2D) -> Map2D:
    """How far the patch's edge lies from the centre in each point's direction, on one axis."""
    furthest = np.where(along < 0, -along.min(), along.max())
    with np.errstate(invalid="ignore", divide="ignore"):
        distance: Map2D = np.where(along == 0, np.inf, furthest * place / np.abs(along))
    return distance
