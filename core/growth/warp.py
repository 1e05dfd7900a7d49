"""Warps with the patch's edge standing still: the plainest way to change a lesion's size or shape.

They carry what the network does not draw (the patient's own texture) along with a simulated
change, and the radial one is the baseline that any simulated growth has to beat (SCIENCE.md
section 2). Inside, one oval is brought onto another by the symmetric linear map between their
second moments (the optimal transport between Gaussians: Dowson and Landau 1982); between the
oval and the patch's edge the way is shared out evenly along each ray.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.arrays import Map2D
from core.growth.contour import Ellipse
from core.growth.fence import ENLARGED

Numbers: TypeAlias = NDArray[np.float64]


class Oval(NamedTuple):
    """An ellipse in pixels of the patch: centre, and squared semi-axes as a symmetric matrix."""

    row: float
    column: float
    down: float
    across: float
    mixed: float

    @classmethod
    def of(cls, ellipse: Ellipse, *, wider_px: float = 0.0) -> "Oval":
        """A region's ellipse in the enlarged picture, in pixels of the patch.

        Args:
            ellipse: Of a region found by the ruler.
            wider_px: What its mean radius is widened by.
        """
        radius = ellipse.radius / ENLARGED
        scale = 4 / ENLARGED**2 * (1 + wider_px / radius) ** 2  # semi-axis is 2 sd
        row, column = ((at + 0.5) / ENLARGED - 0.5 for at in (ellipse.row, ellipse.column))
        moments = (ellipse.down, ellipse.across, ellipse.mixed)
        return cls(row, column, *(scale * moment for moment in moments))

    @property
    def matrix(self) -> Numbers:
        """The squared semi-axes, (2, 2)."""
        return np.array([[self.down, self.mixed], [self.mixed, self.across]], dtype=np.float64)


class Circle(NamedTuple):
    """Where the radial warp turns from stretching to giving way, in pixels of the patch."""

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
        growth: How many times as large, above 0; held where the circle would leave the patch.
        about: The lesion, in pixels.
    """
    height, width = picture.shape
    nearest = min(about.row, about.column, height - 1 - about.row, width - 1 - about.column)
    room = max(nearest - 1, 1e-6)
    radius = min(about.radius, room)
    grown = min(radius * growth, room)
    before = Oval(about.row, about.column, radius**2, radius**2, 0.0)
    return carried(picture, before, before._replace(down=grown**2, across=grown**2))


def carried(picture: Map2D, before: Oval, after: Oval) -> Map2D:
    """Bring one oval of a picture onto another; what lies around gives way, the edge stays.

    Args:
        picture: (height, width), any unit.
        before: Where it is.
        after: Where it shall be; held inside the patch in directions in which it would leave.
    """
    from scipy.ndimage import map_coordinates

    back = np.linalg.inv(_transport(before.matrix, after.matrix))
    down, across = np.meshgrid(
        *(np.arange(float(size)) - at for size, at in zip(picture.shape, after[:2], strict=True)),
        indexing="ij",
    )
    place = np.hypot(down, across)
    with np.errstate(invalid="ignore", divide="ignore"):
        up, right = np.where(place > 0, down / place, 0.0), np.where(place > 0, across / place, 1.0)
        edge = np.minimum(_to_edge(down, place), _to_edge(across, place))
    edge = np.where(place > 0, edge, np.inf)
    form = np.linalg.inv(after.matrix)
    rim = 1 / np.sqrt(form[0, 0] * up**2 + 2 * form[0, 1] * up * right + form[1, 1] * right**2)
    rim = np.minimum(rim, np.maximum(edge - 1, 1e-6))
    inside = np.minimum(place, rim)
    with np.errstate(invalid="ignore"):
        share = np.where(place > rim, (place - rim) / np.maximum(edge - rim, 1e-6), 0.0)
        edge = np.where(np.isfinite(edge), edge, 0.0)
    share = np.clip(share, 0, 1)
    where = [
        (1 - share) * (start + row[0] * up * inside + row[1] * right * inside)
        + share * (end + along * edge)
        for start, end, row, along in zip(before[:2], after[:2], back, (up, right), strict=True)
    ]
    warped: Map2D = map_coordinates(picture, where, order=3, mode="nearest")
    return warped.astype(picture.dtype)


def _transport(before: Numbers, after: Numbers) -> Numbers:
    """The symmetric map that turns one matrix of second moments into another."""
    root = _root(before)
    inverse = np.linalg.inv(root)
    transport: Numbers = inverse @ _root(root @ after @ root) @ inverse
    return transport


def _root(matrix: Numbers) -> Numbers:
    """The symmetric square root."""
    values, vectors = np.linalg.eigh(matrix)
    root: Numbers = vectors * np.sqrt(np.maximum(values, 1e-12)) @ vectors.T
    return root


def _to_edge(along: Numbers, place: Numbers) -> Numbers:
    """How far the patch's edge lies from the centre in each point's direction, on one axis."""
    furthest = np.where(along < 0, -along.min(), along.max())
    with np.errstate(invalid="ignore", divide="ignore"):
        distance: Numbers = np.where(along == 0, np.inf, furthest * place / np.abs(along))
    return distance
