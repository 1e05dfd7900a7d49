"""From codes to the pictures that are delivered: decoded, completed, measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Code, Codes, Labels, Patch, Patches, Values
from core.growth.measure import Measurement, measure_all
from core.growth.warp import Circle, radial_warp

Decode = Callable[[Codes], Patches]


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
        picture: Its reconstruction, or the original where the residual is carried along.
        measurement: What the ruler reads of `picture`; None where it fails.
        drawn_mm: Short axis of the reconstruction; NaN where it cannot be read.
        residual: Original minus reconstruction, or None.
    """

    code: Code
    decode: Decode
    spacing_mm: tuple[float, float] | None
    picture: Patch
    measurement: Measurement | None
    drawn_mm: float
    residual: Patch | None

    @classmethod
    def of(
        cls,
        code: Code,
        decode: Decode,
        *,
        original: Patch | None,
        spacing_mm: tuple[float, float] | None,
    ) -> "Lesion":
        """The lesion as the model draws it; with an original, what is missing is kept."""
        drawn = decode(code[None])
        (found,) = read(drawn, spacing_mm)
        drawn_mm = found.short_axis_mm if found else float("nan")
        if original is None:
            return cls(code, decode, spacing_mm, drawn[0], found, drawn_mm, None)
        (found,) = read(original[None], spacing_mm)
        return cls(code, decode, spacing_mm, original, found, drawn_mm, original - drawn[0])

    def deliver(self, codes: Codes, *, stretched: bool) -> Delivery:
        """Decode, add the residual (warped along where the size changes), measure."""
        pictures = self.decode(codes)
        if self.residual is not None:
            grown = Delivery(codes, pictures, read(pictures, self.spacing_mm))
            growths = grown.sizes_mm / self.drawn_mm if stretched else np.ones(len(codes))
            pictures = np.stack(
                [
                    self._completed(picture, float(growth), self.residual)
                    for picture, growth in zip(pictures, growths, strict=True)
                ]
            )
        return Delivery(codes, pictures, read(pictures, self.spacing_mm))

    def _completed(self, picture: Patch, growth: float, residual: Patch) -> Patch:
        """The picture with what the reconstruction lacked; unwarped where sizes are unknown."""
        found = self.measurement
        if found is not None and self.spacing_mm is not None and np.isfinite(growth):
            # the rim of the lesion, where the residual is largest, moves along
            radius = found.long_axis_mm / 2 / float(np.mean(self.spacing_mm)) + 1
            residual = radial_warp(residual, growth, about=Circle(*found.centre_px, radius))
        completed: Patch = np.clip(picture + residual, 0, 1).astype(np.float32)
        return completed


def read(
    pictures: Patches, spacing_mm: tuple[float, float] | None
) -> tuple[Measurement | None, ...]:
    """What the ruler reads of each picture; nothing where a pixel's size is not known."""
    if spacing_mm is None:
        return (None,) * len(pictures)
    return measure_all(pictures, spacing_mm=spacing_mm)
