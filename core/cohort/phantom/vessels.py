"""Vessels: curved tubes that run through slices and look like nodes where they cross them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Map2D, Values
from core.cohort.phantom.anatomy import LENGTH_MM, Anatomy

STEP_MM = 0.5
SUBSLICES = 4


@dataclass(frozen=True)
class Tubes:
    """Points along all vessels of a patient: x, y, z, radius in mm and signal, (point,) each."""

    x: Values
    y: Values
    z: Values
    radius: Values
    signal: Values


def draw_vessels(anatomy: Anatomy) -> Tubes:
    """Draw the vessels of one pelvis from its seed."""
    generator = np.random.default_rng([*anatomy.seed, 5])
    courses = [*_rectal(generator), *_mesorectal(generator)]
    angle, share, z, radius, signal = (
        np.concatenate(parts) for parts in zip(*courses, strict=True)
    )
    x, y = anatomy.place(angle, share, z, 1.2)
    curves = [(x, y, z, radius, signal), *_sidewall(anatomy, generator)]
    x, y, z, radius, signal = (np.concatenate(parts) for parts in zip(*curves, strict=True))
    return Tubes(x=x, y=y, z=z, radius=radius, signal=signal)


def clear_of(tubes: Tubes, middles: Sequence[tuple[float, float, float]], mm: float) -> Tubes:
    """The tubes without what lies nearer than some mm to given middles (x, y, z)."""
    points = np.stack([tubes.x, tubes.y, tubes.z], axis=1)
    kept = np.ones(len(points), dtype=bool)
    for middle in middles:
        kept &= np.linalg.norm(points - np.array(middle), axis=1) > mm
    return Tubes(
        x=tubes.x[kept],
        y=tubes.y[kept],
        z=tubes.z[kept],
        radius=tubes.radius[kept],
        signal=tubes.signal[kept],
    )


Curve = tuple[Values, Values, Values, Values, Values]


def _wander(generator: np.random.Generator, length: int, swing: float) -> Values:
    """A smooth random walk over a curve of some points, 0 at its start."""
    waves = np.arange(1, 7)
    strength = generator.normal(0, swing, 6) / waves**0.8
    phase = generator.uniform(0, 2 * np.pi, 6)
    cycles = max(length * STEP_MM / 40.0, 0.4)
    turns = waves[:, None] * np.linspace(0, cycles, length)
    path = strength @ np.sin(2 * np.pi * turns + phase[:, None])
    return np.asarray(path - path[0])


def _course(
    generator: np.random.Generator,
    *,
    start: tuple[float, float, float],
    climb_mm: float,
    turn: float,
    radius_mm: tuple[float, float],
    signal: float,
) -> Curve:
    """A tube through the mesorectal fat as (angle, share, z, radius, signal), tapering.

    Angle and share are those of `Anatomy.place`: however it winds, it stays in the fat.
    """
    length = int(np.hypot(climb_mm, 18.0 * turn) / STEP_MM) + 8
    along = np.linspace(0, 1, length)
    z = start[2] + climb_mm * along + _wander(generator, length, 1.2)
    angle = start[0] + turn * along + _wander(generator, length, 0.09)
    share = start[1] + _wander(generator, length, 0.14)
    share = 0.5 - 0.5 * np.cos(np.pi * np.clip(share, -0.2, 1.2))
    return angle, share, z, np.linspace(*radius_mm, length), np.full(length, signal)


def _rectal(generator: np.random.Generator) -> list[Curve]:
    """The superior rectal artery and vein, which part behind the rectum, with branches."""
    courses = []
    for side, thick in ((0.15, 1.3), (-0.15, 1.6)):
        base = np.pi / 2 + side + generator.normal(0, 0.08)
        courses.append(
            _course(
                generator,
                start=(base, 0.45, LENGTH_MM + 4),
                climb_mm=-28.0,
                turn=4.0 * side,
                radius_mm=(thick, thick),
                signal=float(generator.uniform(0.02, 0.16)),
            )
        )
        for _ in range(4):
            angle = base + 4.0 * side + generator.normal(0, 0.2)
            height = LENGTH_MM - 22 + generator.normal(0, 4)
            courses.append(
                _course(
                    generator,
                    start=(angle, float(generator.uniform(0.2, 0.6)), height),
                    climb_mm=float(-generator.uniform(20, 42)),
                    turn=float(np.sign(side) * generator.uniform(0.1, 1.2)),
                    radius_mm=(0.75 * thick, 0.55),
                    signal=float(generator.uniform(0.02, 0.25)),
                )
            )
    return courses


def _mesorectal(generator: np.random.Generator) -> list[Curve]:
    """Small vessels throughout the fat, most of them behind, where most of the fat is."""
    courses = []
    for _ in range(int(generator.integers(260, 320))):
        behind = generator.random() < 0.6
        angle = generator.normal(np.pi / 2, 0.95) if behind else generator.uniform(-np.pi, np.pi)
        courses.append(
            _course(
                generator,
                start=(angle, generator.uniform(0, 1), generator.uniform(-5, LENGTH_MM)),
                climb_mm=float(generator.choice([-1, 1]) * generator.uniform(4, 34)),
                turn=float(generator.normal(0, 0.6)),
                radius_mm=(float(generator.uniform(0.7, 1.5)), 0.6),
                # flow void, slow flow, and the bright blood that hardly moves
                signal=float(generator.choice([0.0, 0.08, 0.3, 1.5], p=[0.52, 0.22, 0.06, 0.2])),
            )
        )
    return courses


def _sidewall(anatomy: Anatomy, generator: np.random.Generator) -> list[Curve]:
    """Internal iliac branches and neurovascular bundles outside the fascia."""
    curves: list[Curve] = []
    for side in (-1, 1):
        for _ in range(16):
            climb = float(generator.uniform(18, 60))
            length = int(climb / STEP_MM)
            z = generator.uniform(-10, 40) + np.linspace(0, climb, length)
            angle = side * generator.uniform(-0.5, 0.9) + _wander(generator, length, 0.12)
            angle = angle if side > 0 else np.pi + angle
            outside = generator.uniform(2.0, 6.5) + np.abs(_wander(generator, length, 1.0))
            centre_x, centre_y = anatomy.mesorectum_centre(z)
            reach = anatomy.fascia_radius(angle, z) + outside
            radius = np.linspace(generator.uniform(0.7, 2.2), 0.7, length)
            signal = float(generator.choice([0.03, 0.1, 0.3], p=[0.5, 0.3, 0.2]))
            curves.append(
                (
                    centre_x + reach * np.cos(angle),
                    centre_y + reach * np.sin(angle),
                    z,
                    radius,
                    np.full(length, signal),
                )
            )
    return curves


def stamp_vessels(
    tubes: Tubes, z_mm: float, thickness_mm: float, *, size_px: int, pixel_mm: float
) -> tuple[Map2D, Map2D]:
    """Coverage and signal of the vessels in one slice, averaged over its thickness.

    Returns:
        Share of each pixel inside a vessel, and the vessel's signal there.
    """
    near = np.abs(tubes.z - z_mm) < thickness_mm / 2 + tubes.radius
    x, y, z, radius, signal = (
        getattr(tubes, name)[near] for name in ("x", "y", "z", "radius", "signal")
    )
    cover = np.zeros((SUBSLICES, size_px * size_px), np.float32)
    level = np.zeros(size_px * size_px, np.float32)
    reach = int(np.ceil(float(radius.max(initial=0)) / pixel_mm)) + 1
    offsets = np.arange(-reach, reach + 1)
    column, row = x / pixel_mm + size_px / 2 - 0.5, y / pixel_mm + size_px / 2 - 0.5
    columns = np.rint(column).astype(int)[:, None] + offsets
    rows = np.rint(row).astype(int)[:, None] + offsets
    apart = np.hypot(
        (rows - row[:, None])[:, :, None] * pixel_mm,
        (columns - column[:, None])[:, None, :] * pixel_mm,
    )
    inside = (
        ((rows >= 0) & (rows < size_px))[:, :, None]
        & ((columns >= 0) & (columns < size_px))[:, None, :]
        & (apart < radius[:, None, None] + pixel_mm)
    )
    flat = (rows[:, :, None] * size_px + columns[:, None, :])[inside]
    distance = apart[inside]
    point = np.broadcast_to(np.arange(len(x))[:, None, None], inside.shape)[inside]
    level[flat] = signal[point]
    for sub in range(SUBSLICES):
        height = z_mm + ((sub + 0.5) / SUBSLICES - 0.5) * thickness_mm
        section = np.sqrt(np.maximum(radius**2 - (z - height) ** 2, 0))
        value = np.clip(0.5 + (section[point] - distance) / pixel_mm, 0, 1)
        value = np.where(section[point] > 0, value, 0).astype(np.float32)
        np.maximum.at(cover[sub], flat, value)
    shape = (size_px, size_px)
    return cover.mean(axis=0).reshape(shape), level.reshape(shape)
