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

MARGIN_PX = 12  # beyond the patch, as scipy has it: there a spline no longer feels where it ends


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


class Spline(NamedTuple):
    """A picture as the cubic spline that runs through its pixels.

    Attributes:
        coefficients: (height + 2 * MARGIN_PX, width + 2 * MARGIN_PX).
        kind: What its pixels are.
    """

    coefficients: Numbers
    kind: np.dtype[np.floating]

    @classmethod
    def of(cls, picture: Map2D) -> "Spline":
        """The spline of a picture whose edge goes on beyond it."""
        from scipy.ndimage import spline_filter

        wider = np.pad(picture, MARGIN_PX, mode="edge")
        filtered = spline_filter(wider, order=3, output=np.float64, mode="nearest")
        return cls(filtered, picture.dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the picture."""
        height, width = self.coefficients.shape
        return height - 2 * MARGIN_PX, width - 2 * MARGIN_PX


class Circle(NamedTuple):
    """Where the radial warp turns from stretching to giving way, in pixels of the patch."""

    row: float
    column: float
    radius: float


def radial_warp(picture: Map2D | Spline, growth: float, *, about: Circle) -> Map2D:
    """Enlarge what lies within a circle and press together what lies outside.

    A point at distance r from the circle's centre moves to growth * r inside the circle, and
    outside to where the way from the grown circle to the patch's edge is shared out evenly; the
    edge itself stays. Warping by 1 / growth about the grown circle undoes it.

    Args:
        picture: (height, width), any unit, or its spline.
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


def carried(picture: Map2D | Spline, before: Oval, after: Oval) -> Map2D:
    """Bring one oval of a picture onto another; what lies around gives way, the edge stays.

    Args:
        picture: (height, width), any unit, or its spline where it is carried more than once.
        before: Where it is.
        after: Where it shall be; held inside the patch in directions in which it would leave.
    """
    from core.growth.compiled_warp import carry

    spline = picture if isinstance(picture, Spline) else Spline.of(picture)
    warped: Map2D = carry(
        spline.coefficients, MARGIN_PX, tuple(map(float, before)), tuple(map(float, after))
    )
    return warped.astype(spline.kind)
