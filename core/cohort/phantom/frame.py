"""One slice before anything is painted: bent coordinates, textures and an empty canvas."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Map2D, Values
from core.cohort.phantom.anatomy import LENGTH_MM, Anatomy
from core.cohort.phantom.fields import SmoothField, band, texture
from core.cohort.phantom.vessels import Tubes, draw_vessels

PER_MM = 5
BEND_MM = 6
HALF_MM = 90.0
TURNS = 1440


@dataclass(frozen=True)
class Surroundings:
    """Everything about a patient's pelvis that its nodes do not decide."""

    anatomy: Anatomy
    vessels: Tubes
    bend_x: SmoothField
    bend_y: SmoothField
    ripple: SmoothField
    mottle: SmoothField
    shade: SmoothField


def surroundings_of(anatomy: Anatomy) -> Surroundings:
    """Draw a pelvis' vessels and smooth fields from its seed."""
    generator = np.random.default_rng([*anatomy.seed, 6])
    draw = SmoothField.draw
    return Surroundings(
        anatomy=anatomy,
        vessels=draw_vessels(anatomy),
        bend_x=draw(generator, (6, 7, 7)),
        bend_y=draw(generator, (6, 7, 7)),
        ripple=draw(generator, (14, 24, 24)),
        mottle=draw(generator, (14, 30, 30)),
        shade=draw(generator, (4, 5, 5)),
    )


class Canvas:
    """Water and fat of one slice while they are painted, back to front."""

    def __init__(self, water: Map2D, fat: Map2D) -> None:
        self.water, self.fat = water, fat

    def paint(self, cover: Map2D, water: Map2D | float, fat: Map2D | float = 0.0) -> None:
        """Lay a tissue over what is there, where it covers."""
        covered = np.flatnonzero(cover.any(axis=1))
        if not len(covered):
            return
        rows = slice(covered[0], covered[-1] + 1)  # most tissues lie in a band of the picture
        part = cover[rows]
        for below, laid in ((self.water[rows], water), (self.fat[rows], fat)):
            above = laid[rows] if isinstance(laid, np.ndarray) else laid
            below += part * (above - below)


@dataclass(frozen=True)
class Frame:
    """One slice's coordinates in mm and its textures, each (row, column).

    Attributes:
        anatomy: Whose slice.
        z_mm: Height of its middle.
        thickness_mm: Over which it averages.
        x, y: Bent coordinates, so that no outline is a drawn curve.
        grain: Power-law noise of unit standard deviation.
        lines: 0..1, thin branching lines: the septa between lobules of fat.
        streaks: 0..1, thin slanted lines, mirrored about the middle: fat between muscle fibres.
        mottle: Smooth lumps of some 4 mm that run through slices, unit standard deviation.
        cells: Band noise of some 4 mm of this slice alone, unit standard deviation.
    """

    anatomy: Anatomy
    z_mm: float
    thickness_mm: float
    x: Map2D
    y: Map2D
    grain: Map2D
    lines: Map2D
    streaks: Map2D
    mottle: Map2D
    cells: Map2D

    @property
    def up(self) -> float:
        """Height as a share of the scanned length."""
        return self.z_mm / LENGTH_MM


def bent(around: Surroundings, z_mm: float, size_px: int, pixel_mm: float) -> tuple[Map2D, Map2D]:
    """Coordinates in mm that carry a patient's own smooth unevenness, (row, column) each."""
    along = ((np.arange(size_px) + 0.5 - size_px / 2) * pixel_mm).astype(np.float32)
    up = z_mm / LENGTH_MM
    ripple = around.ripple.slice(up, size_px)
    x = along[None, :] + 2.6 * around.bend_x.slice(up, size_px) + 0.45 * ripple
    y = along[:, None] + 2.4 * around.bend_y.slice(up, size_px) - 0.45 * ripple[::-1, ::-1]
    return x, y


def frame_of(
    around: Surroundings, z_mm: float, *, thickness_mm: float, size_px: int, pixel_mm: float
) -> Frame:
    """Prepare one slice for painting; its textures come from a seed of its own."""
    height = round(z_mm * 100) + 1000
    generator = np.random.default_rng([*around.anatomy.seed, 7, height])
    x, y = bent(around, z_mm, size_px, pixel_mm)
    lobules = texture(generator, size_px, slope=-4.5, longest_px=16.0 / pixel_mm)
    cells = band(generator, size_px, wave_px=4.4 / pixel_mm)
    fibres = band(generator, size_px, wave_px=3.2 / pixel_mm, slant=(0.75, 6.0))
    fibres[:, : size_px // 2] = fibres[:, ::-1][:, : size_px // 2]
    # septa come and go along their way
    there = around.bend_x.slice(1 - z_mm / LENGTH_MM, size_px)[::-1]
    present = np.clip(0.45 + 0.6 * there + 0.25 * np.roll(cells, 40, axis=1), 0, 1)
    return Frame(
        anatomy=around.anatomy,
        z_mm=z_mm,
        thickness_mm=thickness_mm,
        x=x,
        y=y,
        grain=texture(generator, size_px, slope=-3.4),
        lines=np.exp(-((lobules / 0.15) ** 2)) * present,
        streaks=np.exp(-(((fibres - 1.3) / 0.7) ** 2)),
        mottle=around.mottle.slice(z_mm / LENGTH_MM, size_px),
        cells=cells,
    )


def along_curve(knots: Values, values: Values, at: Map2D) -> Map2D:
    """A smooth curve through, nearly, some knots in mm, read at many places."""
    grid = np.arange(-HALF_MM, HALF_MM, 1 / PER_MM)
    bends = np.hanning(2 * BEND_MM * PER_MM + 1)
    padded = np.pad(np.interp(grid, knots, values), BEND_MM * PER_MM, mode="edge")
    table = np.convolve(padded, bends / bends.sum(), mode="valid").astype(np.float32)
    place = ((at + HALF_MM) * PER_MM).astype(np.int32)
    return np.asarray(table[np.clip(place, 0, len(table) - 1)])


def polar(x: Map2D, y: Map2D) -> tuple[Map2D, "np.ndarray[tuple[int, int], np.dtype[np.int32]]"]:
    """Distance and direction of places from a middle; the direction counts TURNS from 0."""
    turn = np.arctan2(y, x) * np.float32(TURNS / (2 * np.pi))
    return np.hypot(x, y), np.rint(turn).astype(np.int32) % TURNS


def directions() -> Values:
    """The angle of every direction that `polar` tells apart."""
    return np.arange(TURNS) * (2 * np.pi / TURNS)


def oval(x: Map2D, y: Map2D, *, half_x: float, half_y: float, boxy: float = 0.0) -> Map2D:
    """Signed distance in mm, roughly, to an oval about 0; boxy up to 0.6 fills its corners."""
    across, along = (x * np.float32(1 / half_x)) ** 2, (y * np.float32(1 / half_y)) ** 2
    squared = across + along
    if boxy:
        squared = squared - np.float32(boxy) * across * along / (squared + np.float32(1e-6))
    return np.asarray((np.sqrt(squared) - 1) * np.float32(min(half_x, half_y)))
