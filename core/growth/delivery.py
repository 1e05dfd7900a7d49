"""From codes to the pictures that are delivered: decoded, completed, measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from core.arrays import Code, Codes, Labels, Mask, Patch, Patches, Values
from core.growth.contour import Ellipse
from core.growth.fence import ENLARGED, Numbers
from core.growth.measure import Measurement, measure_all
from core.growth.outlined import Outlined
from core.growth.warp import Oval, carried

Decode = Callable[[Codes], Patches]
Keep = Literal["nothing", "residual", "surroundings"]
KEEPS: tuple[Keep, ...] = ("nothing", "residual", "surroundings")

RIM_PX = 1.0  # the rim of the lesion, where the residual is largest, moves along
BLEND_SD_PX = 0.8  # how softly the changed lesion passes into the unmoved scan


@dataclass(frozen=True, eq=False)
class Delivery:
    """Codes, the pictures drawn from them, and what the ruler reads of each."""

    codes: Codes
    pictures: Patches
    measurements: tuple[Measurement | None, ...]

    @property
    def sizes_mm(self) -> Values:
        """Short axis of every picture, (row,), NaN where it cannot be read."""
        return np.array([found.short_axis_mm if found else np.nan for found in self.measurements])

    def with_start(self, lesion: "Lesion", *, at: Labels) -> "Delivery":
        """The same with the lesion itself put in, bit for bit, where `at` is true."""
        codes, pictures = self.codes.copy(), self.pictures.copy()
        codes[at], pictures[at] = lesion.code, lesion.picture
        kept = zip(at, self.measurements, strict=True)
        return Delivery(
            codes, pictures, tuple(lesion.measurement if here else own for here, own in kept)
        )

    def put(self, at: Labels, better: "Delivery") -> "Delivery":
        """The same with some rows replaced, in order."""
        codes, pictures = self.codes.copy(), self.pictures.copy()
        codes[at], pictures[at] = better.codes, better.pictures
        measurements = list(self.measurements)
        for row, found in zip(np.flatnonzero(at), better.measurements, strict=True):
            measurements[row] = found
        return replace(self, codes=codes, pictures=pictures, measurements=tuple(measurements))


@dataclass(frozen=True, eq=False)
class Lesion:
    """The lesion a walk begins with, and how pictures of its neighbours are delivered.

    Attributes:
        code: (latent,).
        decode: Turns codes into pictures.
        spacing_mm: Size of a pixel, (down, across); None where it is not known.
        picture: Its reconstruction, or the original where something of it is kept.
        measurement: What the ruler reads of `picture`; None where it fails.
        drawn: What the ruler reads of the reconstruction.
        residual: Original minus reconstruction, or None where nothing is kept.
        keep: What is kept of the original.
        outlined: Its outline, where the ruler is not to be asked in this cohort.
    """

    code: Code
    decode: Decode
    spacing_mm: tuple[float, float] | None
    picture: Patch
    measurement: Measurement | None
    drawn: Measurement | None
    residual: Patch | None
    keep: Keep
    outlined: Outlined | None = None

    @classmethod
    def of(
        cls,
        code: Code,
        decode: Decode,
        *,
        original: Patch | None,
        spacing_mm: tuple[float, float] | None,
        keep: Keep = "residual",
        outlined: Outlined | None = None,
    ) -> "Lesion":
        """The lesion as the model draws it; with an original, what is missing is kept."""
        pictures = decode(code[None])
        (drawn,) = read(pictures, spacing_mm)
        if original is None or keep == "nothing":
            return cls(code, decode, spacing_mm, pictures[0], drawn, drawn, None, "nothing")
        (found,) = read(original[None], spacing_mm)
        residual = original - pictures[0]
        return cls(code, decode, spacing_mm, original, found, drawn, residual, keep, outlined)

    def deliver(self, codes: Codes) -> Delivery:
        """Decode, complete with what is kept of the original, measure."""
        pictures = self.complete(self.decode(codes), codes)
        return Delivery(codes, pictures, read(pictures, self.spacing_mm))

    def complete(self, pictures: Patches, codes: Codes) -> Patches:
        """Pictures decoded from codes with what is kept of the original."""
        return complete_all([self] * len(pictures), pictures, codes)

    @property
    def asks_ruler(self) -> bool:
        """Whether a picture must be read before it can be completed."""
        return self.residual is not None and self.outlined is None

    def finish(self, picture: Patch, code: Code, after: Measurement | None) -> Patch:
        """One decoded picture with what is kept, where `after` is what the ruler reads of it."""
        if self.residual is None:
            return picture
        if self.outlined is None:
            return self._completed(picture, after, self.residual)
        (growth,) = self.outlined.growth(code[None], self.code)
        return self._carried_by_outline(picture, float(growth))

    @cached_property
    def _oval(self) -> Oval:
        """The lesion as it is drawn unchanged: the same for every picture of a drag."""
        if self.drawn is None:
            raise ValueError("a lesion that cannot be read has no oval")
        return Oval.of(Ellipse.of(self.drawn.region), wider_px=RIM_PX)

    @cached_property
    def _covered(self) -> Mask:
        """Where the unchanged lesion lies, on the scan or as it is drawn."""
        read_on = [one.region for one in (self.drawn, self.measurement) if one is not None]
        covered: Mask = np.any(read_on, axis=0)
        return covered

    def _carried_by_outline(self, picture: Patch, growth: float) -> Patch:
        """The picture with what the reconstruction lacked, carried as the outline grows."""
        if self.outlined is None or self.residual is None:
            return picture
        ovals = self.outlined.ovals(growth, wider_px=RIM_PX)
        full = picture + carried(self.residual, *ovals)
        if self.keep == "surroundings":
            share = nearness(self.outlined.covered(*ovals))
            full = (share * full + (1 - share) * self.picture).astype(np.float32)
        carried_along: Patch = np.clip(full, 0, 1).astype(np.float32)
        return carried_along

    def _completed(self, picture: Patch, after: Measurement | None, residual: Patch) -> Patch:
        """The picture with what the reconstruction lacked, carried along as the lesion changed.

        Where a size cannot be read the residual stays where it is. With the surroundings kept,
        the scan itself shows wherever neither the old nor the changed lesion lies.
        """
        before = self.drawn
        if before is None or after is None:
            completed: Patch = np.clip(picture + residual, 0, 1).astype(np.float32)
            return completed
        changed = Oval.of(Ellipse.of(after.region), wider_px=RIM_PX)
        full = picture + carried(residual, self._oval, changed)
        if self.keep == "surroundings":
            share = nearness(self._covered | after.region)
            full = (share * full + (1 - share) * self.picture).astype(np.float32)
        completed = np.clip(full, 0, 1).astype(np.float32)
        return completed


def complete_all(lesions: Sequence[Lesion], pictures: Patches, codes: Codes) -> Patches:
    """Decoded pictures of many lesions, each completed with what is kept of its own scan.

    The ruler reads in one pass all that it is asked of: one at a time it takes about three times
    as long.

    Args:
        lesions: The lesion that each picture was walked from.
        pictures: (row, height, width), as decoded.
        codes: (row, latent), what they were decoded from.
    """
    found: dict[int, Measurement | None] = {}
    for spacing in {one.spacing_mm for one in lesions if one.asks_ruler}:
        at = [
            row for row, one in enumerate(lesions) if one.asks_ruler and one.spacing_mm == spacing
        ]
        found |= dict(zip(at, read(pictures[at], spacing), strict=True))
    whole = [
        one.finish(pictures[row], codes[row], found.get(row)) for row, one in enumerate(lesions)
    ]
    return np.stack(whole) if whole else pictures


def nearness(region: Mask) -> Numbers:
    """1 on a region of the enlarged picture and its blurred rim, falling to 0, (height, width)."""
    from scipy.ndimage import gaussian_filter, grey_dilation

    height, width = (size // ENLARGED for size in region.shape)
    covered = region.reshape(height, ENLARGED, width, ENLARGED).mean(axis=(1, 3))
    near: Numbers = gaussian_filter(grey_dilation(covered, size=(3, 3)), BLEND_SD_PX)
    return near


def read(
    pictures: Patches, spacing_mm: tuple[float, float] | None
) -> tuple[Measurement | None, ...]:
    """What the ruler reads of each picture; nothing where a pixel's size is not known."""
    if spacing_mm is None:
        return (None,) * len(pictures)
    return measure_all(pictures, spacing_mm=spacing_mm)
