"""The ruler: how large a lesion looks in a picture, without anybody's outline.

One ruler for scans, reconstructions and simulated pictures, so that they compare. The patch is
enlarged four times; the lesion is what lies beyond half-way between its own level and that of
its surroundings (half-maximum contour), in one piece with the patch's centre, holes filled; its
axes are those of the ellipse with the same second moments (4 * sqrt of the eigenvalues). The
lesion may be darker or brighter than what surrounds it. `tests/benchmarks/ruler.py` prints how
well it reads the phantom's true sizes: its floor.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass

import numpy as np

from core.arrays import Features, Mask, Patch, Patches, Values
from core.errors import MeasureFailed
from core.growth.contour import Ellipse, enlarged, find_region
from core.growth.fence import ENLARGED, TRUST, Fence, Numbers, Trust, find_fences

TOGETHER = 16  # patches searched at once: more no longer fit the processor's own memory
CORE = 0.75  # ellipse radii: texture is read inside, where the rim's blur does not reach


@dataclass(frozen=True, eq=False)
class Measurement:
    """What the ruler reads of one lesion in one picture.

    Attributes:
        short_axis_mm: Of the ellipse with the same second moments.
        long_axis_mm: The same, the other way.
        area_mm2: Within the contour.
        signal: Median within the contour, in the picture's 0..1.
        contrast: Signal minus the level of the surroundings; below 0 for a dark lesion.
        texture: Standard deviation inside, away from the rim, in the picture's 0..1.
        border: How far the contour departs from its ellipse: standard deviation of the distance
            from the centre, in ellipse radii. 0 for an ellipse.
        centre_px: Row and column of the lesion's centre in the patch.
        region: The lesion in the enlarged picture, (4 * height, 4 * width).
    """

    short_axis_mm: float
    long_axis_mm: float
    area_mm2: float
    signal: float
    contrast: float
    texture: float
    border: float
    centre_px: tuple[float, float]
    region: Mask

    @property
    def elongation(self) -> float:
        """Long over short axis, 1 or more."""
        return self.long_axis_mm / self.short_axis_mm


def measure(patch: Patch, *, spacing_mm: tuple[float, float]) -> Measurement:
    """Read the lesion in the middle of a patch.

    Args:
        patch: (height, width) in [0, 1]; the lesion covers the centre or lies within 2 px of it.
        spacing_mm: Size of a pixel, (down, across).

    Raises:
        MeasureFailed: There is no edge, no lesion at the centre, or it leaves the picture.
    """
    (found,) = _measured(patch[None], spacing_mm)
    if isinstance(found, MeasureFailed):
        raise found
    return found


def _read(
    picture: Numbers, fence: Fence, spacing_mm: tuple[float, float], trust: Trust
) -> Measurement:
    from core.growth.compiled_region import spreads

    region, inner, outer = find_region(picture, fence, trust=trust)
    ellipse = Ellipse.of(region)
    pixel_mm = (spacing_mm[0] / ENLARGED, spacing_mm[1] / ENLARGED)
    short_mm, long_mm = ellipse.axes(pixel_mm)
    texture, border = spreads(picture, region, astuple(ellipse), CORE)
    return Measurement(
        short_axis_mm=short_mm,
        long_axis_mm=long_mm,
        area_mm2=float(region.sum() * pixel_mm[0] * pixel_mm[1]),
        signal=inner,
        contrast=inner - outer,
        texture=texture,
        border=border,
        centre_px=(_in_patch(ellipse.row), _in_patch(ellipse.column)),
        region=region,
    )


def measure_all(
    patches: Patches, *, spacing_mm: tuple[float, float], trust: Trust = TRUST
) -> tuple[Measurement | None, ...]:
    """Read many patches; None where the ruler failed.

    Args:
        patches: (row, height, width) in [0, 1].
        spacing_mm: Size of a pixel, (down, across).
        trust: When an edge is not to be trusted; the ruler's own bounds unless they are on trial.
    """
    return tuple(
        None if isinstance(found, MeasureFailed) else found
        for found in _measured(patches, spacing_mm, trust)
    )


def short_axes_mm(patches: Patches, *, spacing_mm: tuple[float, float]) -> Values:
    """The short axis in every patch, (row,) in mm; NaN where the ruler failed."""
    found = measure_all(patches, spacing_mm=spacing_mm)
    return np.array([one.short_axis_mm if one else np.nan for one in found], dtype=np.float64)


def outline(measurement: Measurement) -> tuple[Features, ...]:
    """The contour as closed lines for drawing, each (point, 2): row, column in the patch."""
    from skimage.measure import find_contours

    edges = find_contours(np.pad(measurement.region, 1).astype(float), 0.5)
    return tuple((line - 1 + 0.5) / ENLARGED - 0.5 for line in edges)


def _measured(
    patches: Patches, spacing_mm: tuple[float, float], trust: Trust = TRUST
) -> Iterator[Measurement | MeasureFailed]:
    for first in range(0, len(patches), TOGETHER):
        some = patches[first : first + TOGETHER]
        whole = np.array([bool(np.isfinite(patch).all()) for patch in some])
        pictures = enlarged(np.where(whole[:, None, None], some, np.float32(0)))
        for picture, fence, usable in zip(pictures, find_fences(pictures), whole, strict=True):
            if not usable:
                yield MeasureFailed("the picture holds values that are not numbers")
                continue
            try:
                yield _read(picture, fence, spacing_mm, trust)
            except MeasureFailed as error:
                yield error


def _in_patch(enlarged: float) -> float:
    return (enlarged + 0.5) / ENLARGED - 0.5
