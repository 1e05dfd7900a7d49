"""Random fields: smooth ones that run through slices, and textures of one slice.

A smooth field is a coarse grid of normal numbers under cubic B-splines, so any slice of it can
be had alone; a texture is filtered white noise from a seed of its own slice.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from core.arrays import Map2D, Values


@dataclass(frozen=True)
class SmoothField:
    """A smooth random function over the scanned block, of about unit standard deviation.

    Attributes:
        knots: Normal numbers, (height, row, column).
    """

    knots: "np.ndarray[tuple[int, int, int], np.dtype[np.float32]]"

    @classmethod
    def draw(cls, generator: np.random.Generator, shape: tuple[int, int, int]) -> "SmoothField":
        """Draw one whose bumps are the block's size over the shape."""
        # splines average neighbouring knots; the factor brings the deviation back to 1
        return cls(3.0 * generator.standard_normal(shape, dtype=np.float32))

    def slice(self, height: float, size_px: int) -> Map2D:
        """One slice at a height in 0..1, (row, column)."""
        layers, rows, columns = self.knots.shape
        at = tuple(((np.arange(size_px) + 0.5) / size_px).tolist())
        first, weights = _basis(layers, (height,))
        coarse = np.tensordot(weights[0], self.knots[first[0] : first[0] + 4], axes=1)
        first, weights = _basis(rows, at)
        tall = np.zeros((size_px, columns), np.float32)
        for k in range(4):
            tall += weights[:, k, None] * coarse[first + k]
        first, weights = _basis(columns, at)
        # 4 terms a pixel without a matrix product: quick, and the same on every machine
        picture = np.zeros((size_px, size_px), np.float32)
        for k in range(4):
            picture += weights[:, k] * tall[:, first + k]
        return picture


@cache
def _basis(knots: int, at: tuple[float, ...]) -> tuple[NDArray[np.intp], Map2D]:
    """Cubic B-splines of evenly spaced knots: first knot that counts, and 4 weights a place."""
    place = np.clip(at, 0, 1) * (knots - 3)
    first = np.minimum(place.astype(np.intp), knots - 4)
    t = place - first
    weights = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
    return first, (np.stack(weights, axis=1) / 6).astype(np.float32)


@cache
def _radius(size_px: int) -> Map2D:
    along = fft.fftfreq(size_px)[:, None]
    across = fft.rfftfreq(size_px)[None, :]
    return np.hypot(along, across).astype(np.float32)


@cache
def _power_law(size_px: int, slope: float, longest_px: float) -> Map2D:
    amplitude = np.maximum(_radius(size_px), 1 / longest_px) ** (slope / 2)
    amplitude[0, 0] = 0
    return amplitude.astype(np.float32)


@cache
def _band(size_px: int, wave_px: float, slant: tuple[float, float]) -> Map2D:
    angle, stretch = slant
    rows, columns = fft.fftfreq(size_px)[:, None], fft.rfftfreq(size_px)[None, :]
    # fibres run along the angle: frequencies along them are stretched, so few are let through
    along = (columns * np.cos(angle) + rows * np.sin(angle)) * stretch
    across = rows * np.cos(angle) - columns * np.sin(angle)
    distance = (np.hypot(along, across) * wave_px - 1) / 0.45
    return np.asarray(np.exp(-0.5 * distance**2), dtype=np.float32)


def texture(
    generator: np.random.Generator, size_px: int, *, slope: float, longest_px: float = 20.0
) -> Map2D:
    """Noise of a power law, unit standard deviation, (row, column).

    Args:
        generator: Source of randomness.
        size_px: Rows and columns.
        slope: Power falls as frequency ** slope.
        longest_px: Waves longer than this are no stronger than it.
    """
    return _filtered(generator, size_px, _power_law(size_px, slope, longest_px))


def band(
    generator: np.random.Generator,
    size_px: int,
    *,
    wave_px: float,
    slant: tuple[float, float] = (0.0, 1.0),
) -> Map2D:
    """Noise of about one wavelength, unit standard deviation, (row, column).

    Args:
        generator: Source of randomness.
        size_px: Rows and columns.
        wave_px: Wavelength.
        slant: Angle from the columns' axis in radians, and how many times longer along it.
    """
    return _filtered(generator, size_px, _band(size_px, wave_px, slant))


def _filtered(generator: np.random.Generator, size_px: int, amplitude: Map2D) -> Map2D:
    parts = generator.standard_normal((2, *amplitude.shape), dtype=np.float32) * amplitude
    picture = fft.irfft2(parts[0] + 1j * parts[1], s=(size_px, size_px))
    return np.asarray(picture / picture.std(), dtype=np.float32)


def step(distance: Map2D, width: float = 0.6) -> Map2D:
    """Coverage of what lies at negative distance: 1 inside, 0 outside, a ramp of width between."""
    return np.clip(0.5 - distance / width, 0, 1)


def smooth_step(value: float | Values, low: float, high: float) -> Values:
    """0 below low, 1 above high, a cubic between."""
    t = np.clip((np.asarray(value) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
