"""From codes to the pictures that are delivered: decoded, completed, measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from core.arrays import Code, Codes, Labels, Mask, Patch, Patches, Values
from core.growth.blending import nearness, scaled
from core.growth.contour import Ellipse
from core.growth.measure import Measurement, measure_all
from core.growth.outlined import Outlined
from core.growth.warp import Circle, Oval, Spline, carried, radial_warp
from core.latent.direction import Direction

Decode = Callable[[Codes], Patches]
Keep = Literal["nothing", "residual", "surroundings", "blended"]
KEEPS: tuple[Keep, ...] = ("nothing", "residual", "surroundings", "blended")

RIM_PX = 1.0  # the rim of the lesion, where the residual is largest, moves along
LEAST_GROWTH = 0.1  # times as large: nothing is warped to less


@dataclass(frozen=True, eq=False)
class Delivery:
    """Codes, the pictures drawn from them, and what the ruler reads of each.

    `enlarged`: how many times each was enlarged in the end (`core.growth.finishing`).
    """

    codes: Codes
    pictures: Patches
    measurements: tuple[Measurement | None, ...]
    enlarged: Values

    @property
    def sizes_mm(self) -> Values:
        """Short axis of every picture, (row,), NaN where it cannot be read."""
        return np.array([found.short_axis_mm if found else np.nan for found in self.measurements])

    def with_start(self, lesion: "Lesion", *, at: Labels) -> "Delivery":
        """The same with the lesion itself put in, bit for bit, where `at` is true."""
        count = int(at.sum())
        start = np.repeat(lesion.code[None], count, 0)
        shown = np.repeat(lesion.picture[None], count, 0)
        return self.put(at, Delivery(start, shown, (lesion.measurement,) * count, np.ones(count)))

    def put(self, at: Labels, better: "Delivery") -> "Delivery":
        """The same with some rows replaced, in order."""
        codes, pictures, enlarged = self.codes.copy(), self.pictures.copy(), self.enlarged.copy()
        codes[at], pictures[at], enlarged[at] = better.codes, better.pictures, better.enlarged
        measurements = list(self.measurements)
        for row, found in zip(np.flatnonzero(at), better.measurements, strict=True):
            measurements[row] = found
        return Delivery(codes, pictures, tuple(measurements), enlarged)

    def rows(self, at: Labels) -> "Delivery":
        """Some rows of it, in order."""
        kept = zip(at, self.measurements, strict=True)
        measurements = tuple(found for here, found in kept if here)
        return Delivery(self.codes[at], self.pictures[at], measurements, self.enlarged[at])


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
        residual: Original minus `share` of the reconstruction, or None where nothing is kept.
        keep: What is kept of the original.
        outlined: Its outline, where the ruler is not to be asked in this cohort.
        share: Of what the network draws beyond a plain warp of the scan: 0 is the warp alone.
            A warp is linear in the picture, so
            warped scan + share * (decoded - warped reconstruction) is
            share * decoded + warped (scan - share * reconstruction).
        along: The size that blended pictures are warped by, else None.
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
    share: float = 1.0
    along: Direction | None = None

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
        share: float | None = None,
        along: Direction | None = None,
    ) -> "Lesion":
        """The lesion as the model draws it; with an original, what is missing is kept.

        Args:
            code: (latent,).
            decode: Turns codes into pictures.
            original: The scan's own patch.
            spacing_mm: Size of a pixel, (down, across); None where it is not known.
            keep: What is kept of the original.
            outlined: Its outline, where the ruler is not to be asked.
            share: Of what the network draws beyond the warp, for blended pictures; the run's own
                trial found it (`core.growth.preference.share_of`).
            along: The direction of size that codes move along. A plain warp knows of nothing
                but size: without it, or without a share, nothing is blended, and the
                surroundings are kept.
        """
        pictures = decode(code[None])
        (drawn,) = read(pictures, spacing_mm)
        if original is None or keep == "nothing":
            return cls(code, decode, spacing_mm, pictures[0], drawn, drawn, None, "nothing")
        (found,) = read(original[None], spacing_mm)
        if keep == "blended" and (share is None or along is None):
            keep = "surroundings"
        part = share if keep == "blended" and share is not None else 1.0
        residual = original - np.float32(part) * pictures[0]
        return cls(
            code, decode, spacing_mm, original, found, drawn, residual, keep, outlined, part, along
        )

    def deliver(self, codes: Codes) -> Delivery:
        """Decode, complete with what is kept of the original, measure."""
        pictures = self.complete(self.decode(codes), codes)
        found = read(pictures, self.spacing_mm)
        return Delivery(codes, pictures, found, np.ones(len(codes)))

    def complete(self, pictures: Patches, codes: Codes) -> Patches:
        """Pictures decoded from codes with what is kept of the original."""
        return complete_all([self] * len(pictures), pictures, codes)

    @property
    def keeps_surroundings(self) -> bool:
        """Whether the scan itself shows where neither the old nor the changed lesion lies."""
        return self.keep in ("surroundings", "blended")

    @property
    def asks_ruler(self) -> bool:
        """Whether a picture must be read before it can be completed."""
        return self.residual is not None and self.outlined is None and not self._warped

    def finish(self, picture: Patch, code: Code, after: Measurement | None) -> Patch:
        """One decoded picture with what is kept, where `after` is what the ruler reads of it."""
        if self.residual is None:
            return picture
        if self._warped and self.measurement is not None and self.along is not None:
            move = self.along.move.astype(np.float64)
            walked_mm = float((code - self.code) @ move) / max(float(move @ move), 1e-12)
            return self._blended(picture, walked_mm, self.measurement)
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
    def _spline(self) -> Spline:
        """What the reconstruction lacked, as it is carried: the same for every picture."""
        if self.residual is None:
            raise ValueError("nothing is kept of this lesion's scan")
        return Spline.of(self.residual)

    @cached_property
    def covered(self) -> Mask:
        """Where the unchanged lesion lies, on the scan or as it is drawn."""
        read_on = [one.region for one in (self.drawn, self.measurement) if one is not None]
        covered: Mask = np.any(read_on, axis=0)
        return covered

    @property
    def _warped(self) -> bool:
        """Whether the scan itself is warped by the size that a code was walked to."""
        read_here = self.measurement is not None and self.outlined is None
        return self.keep == "blended" and self.along is not None and read_here

    def _blended(self, picture: Patch, walked_mm: float, own: Measurement) -> Patch:
        """The scan warped by the size walked, with a share of what the network draws beyond."""
        growth = max(1 + walked_mm / own.short_axis_mm, LEAST_GROWTH)
        plain = warped(self._spline, own, growth, self.spacing_mm)
        full = np.float32(self.share) * picture + plain
        near = nearness(own.region | scaled(own.region, growth, own.centre_px))
        blended: Patch = np.clip(near * full + (1 - near) * self.picture, 0, 1).astype(np.float32)
        return blended

    def _carried_by_outline(self, picture: Patch, growth: float) -> Patch:
        """The picture with what the reconstruction lacked, carried as the outline grows."""
        if self.outlined is None:
            return picture
        ovals = self.outlined.ovals(growth, wider_px=RIM_PX)
        full = np.float32(self.share) * picture + carried(self._spline, *ovals)
        if self.keeps_surroundings:
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
            stays: Patch = np.clip(np.float32(self.share) * picture + residual, 0, 1)
            return stays.astype(np.float32)
        changed = Oval.of(Ellipse.of(after.region), wider_px=RIM_PX)
        full = np.float32(self.share) * picture + carried(self._spline, self._oval, changed)
        if self.keeps_surroundings:
            share = nearness(self.covered | after.region)
            full = (share * full + (1 - share) * self.picture).astype(np.float32)
        completed: Patch = np.clip(full, 0, 1).astype(np.float32)
        return completed


def complete_all(lesions: Sequence[Lesion], pictures: Patches, codes: Codes) -> Patches:
    """Decoded pictures of many lesions, each completed with what is kept of its own scan.

    The ruler reads in one pass all that it is asked of.

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


def warped(
    picture: Patch | Spline, own: Measurement, growth: float, spacing_mm: tuple[float, float] | None
) -> Patch:
    """The plain warp: a picture with its lesion so many times as large; no network takes part.

    Args:
        picture: (height, width), or its spline.
        own: Where the lesion lies in it.
        growth: How many times as large.
        spacing_mm: Size of a pixel, (down, across).
    """
    pixel_mm = float(np.mean(spacing_mm)) if spacing_mm is not None else 1.0
    radius = own.long_axis_mm / 2 / pixel_mm + RIM_PX
    grown: Patch = radial_warp(picture, growth, about=Circle(*own.centre_px, radius))
    return grown


def read(
    pictures: Patches, spacing_mm: tuple[float, float] | None
) -> tuple[Measurement | None, ...]:
    """What the ruler reads of each picture; nothing where a pixel's size is not known."""
    if spacing_mm is None:
        return (None,) * len(pictures)
    return measure_all(pictures, spacing_mm=spacing_mm)
