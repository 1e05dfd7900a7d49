"""Where things lie in one synthetic pelvis: rectum, tumour, mesorectum, organs, in mm.

x runs from the patient's right to left, y from anterior to posterior, both 0 in the middle of
the field of view; z runs upwards from the lowest slice.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import Values
from core.cohort.phantom.fields import smooth_step

LENGTH_MM = 72.6


@dataclass(frozen=True)
class Tumour:
    """A tumour of the rectal wall.

    Attributes:
        angle: Middle of its sector of the wall; 0 is the patient's left, pi / 2 posterior.
        z_mm: Its middle.
        half_width: Half of its sector, radians.
        half_length_mm: Half of its length along the rectum.
        bulge_mm: How far it stands into the lumen.
        depth_mm: How far it grows beyond the outer wall; negative stays within.
        seed: Source of its ragged edge.
    """

    angle: float
    z_mm: float
    half_width: float
    half_length_mm: float
    bulge_mm: float
    depth_mm: float
    seed: tuple[int, ...]


@dataclass(frozen=True)
class Anatomy:
    """One pelvis: a few lengths and angles from which every outline follows."""

    sex: Literal["M", "F"]
    mesorectum_mm: float
    mesorectum_depth_mm: float
    mesorectum_y_mm: float
    rectum_mm: float
    rectum_bend_mm: float
    rectum_swing: float
    bladder_mm: float
    sidewall_mm: float
    lumen: Literal["collapsed", "gas", "fluid", "stool"]
    harmonics: tuple[tuple[float, float, float], ...]
    tumour: Tumour
    seed: tuple[int, ...]

    def mesorectum_centre(self, z_mm: Values) -> tuple[Values, Values]:
        """Middle of the mesorectum."""
        up = np.asarray(z_mm) / LENGTH_MM
        return 0.0 * up, self.mesorectum_y_mm + 5.0 * (up - 0.5)

    def fascia_radius(self, angle: Values, z_mm: Values) -> Values:
        """Distance of the mesorectal fascia from the mesorectum's centre."""
        wide = 0.50 + 0.50 * smooth_step(z_mm, -4.0, 34.0)
        half_x, half_y = self.mesorectum_mm * wide, self.mesorectum_depth_mm * wide
        x, y = np.abs(np.cos(angle)) / half_x, np.abs(np.sin(angle)) / half_y
        radius = (x**2.4 + y**2.4) ** (-1 / 2.4)
        # the sacral hollow makes the back narrower than the front
        radius = radius * (1 - 0.10 * np.maximum(np.sin(angle), 0) * np.abs(np.cos(angle)))
        for order, (amplitude, phase, twist) in enumerate(self.harmonics, start=2):
            along = order * np.asarray(angle) + phase + twist * np.asarray(z_mm) / LENGTH_MM
            radius = radius * (1 + 0.8 * amplitude * np.cos(along))
        return np.asarray(radius)

    def rectum_centre(self, z_mm: Values) -> tuple[Values, Values]:
        """Middle of the rectum; it bends sideways and lies in front in its mesorectum."""
        z_mm = np.asarray(z_mm)
        x, y = self.mesorectum_centre(z_mm)
        free = smooth_step(z_mm, 0.0, 30.0)
        swing = np.sin(2 * np.pi * z_mm / 95.0 + self.rectum_swing)
        return x + free * self.rectum_bend_mm * swing, y - 0.24 * free * self.mesorectum_depth_mm

    def wall_radius(self, angle: Values, z_mm: Values) -> Values:
        """Outer radius of the rectal wall about the rectum's centre."""
        z_mm = np.asarray(z_mm)
        size = self.rectum_mm * (0.88 + 0.12 * np.sin(2 * np.pi * z_mm / 50.0 + self.rectum_swing))
        radius = size * (1 - 0.14 * np.sin(angle) ** 2)
        for order, (amplitude, phase, twist) in enumerate(self.harmonics, start=2):
            along = order * np.asarray(angle) + 2 * phase + 3 * twist * z_mm / LENGTH_MM
            radius = radius * (1 + amplitude * np.cos(along))
        return np.asarray(radius)

    def place(
        self, angle: Values, share: Values, z_mm: Values, gap_mm: float
    ) -> tuple[Values, Values]:
        """A point in the mesorectal fat: share 0 at the wall, 1 at the fascia, less a gap each.

        Returns:
            x and y in mm. Where the fat is thinner than both gaps, the middle of it.
        """
        centre_x, centre_y = self.rectum_centre(z_mm)
        inner = self.wall_radius(angle, z_mm)
        outer = self._fascia_from_rectum(angle, z_mm)
        gap = np.minimum(gap_mm, np.maximum(outer - inner, 0) / 2)
        radius = inner + gap + np.asarray(share) * (outer - inner - 2 * gap)
        return centre_x + radius * np.cos(angle), centre_y + radius * np.sin(angle)

    def fat_mm(self, angle: Values, z_mm: Values) -> Values:
        """Thickness of the mesorectal fat between wall and fascia, seen from the rectum."""
        return self._fascia_from_rectum(angle, z_mm) - self.wall_radius(angle, z_mm)

    def _fascia_from_rectum(self, angle: Values, z_mm: Values) -> Values:
        centre_x, centre_y = self.rectum_centre(z_mm)
        middle_x, middle_y = self.mesorectum_centre(z_mm)
        reach = np.full(np.broadcast(angle, z_mm).shape, 25.0)
        for _ in range(6):  # converges to 0.1 mm for outlines as smooth as these
            x = centre_x + reach * np.cos(angle) - middle_x
            y = centre_y + reach * np.sin(angle) - middle_y
            reach = reach * self.fascia_radius(np.arctan2(y, x), z_mm) / np.hypot(x, y)
        return np.asarray(reach)

    def tumour_point(self) -> tuple[float, float, float]:
        """The tumour's middle, on the outer wall."""
        tumour = self.tumour
        x, y = self.rectum_centre(np.array(tumour.z_mm))
        radius = self.wall_radius(np.array(tumour.angle), np.array(tumour.z_mm))
        return (
            float(x + radius * np.cos(tumour.angle)),
            float(y + radius * np.sin(tumour.angle)),
            tumour.z_mm,
        )


def draw_anatomy(seed: tuple[int, ...], sex: Literal["M", "F"], t_stage: int) -> Anatomy:
    """Draw a pelvis from a patient's seed; only the tumour depends on the T stage."""
    generator = np.random.default_rng([*seed, 3])
    between = generator.uniform
    # millimetres beyond the outer wall: within the submucosa, the muscle, the fat, the fascia
    depth_mm = (-3.2, -0.9, between(2.0, 7.0), between(10.0, 14.0))[t_stage - 1]
    tumour = Tumour(
        angle=float(between(-np.pi, np.pi)),
        z_mm=float(between(22.0, 46.0)),
        half_width=float(between(0.55, 0.8) + 0.15 * t_stage),
        half_length_mm=float(between(7.0, 10.0) + 2.5 * t_stage),
        bulge_mm=float(between(2.5, 4.0) + 0.6 * t_stage),
        depth_mm=float(depth_mm),
        seed=(*seed, 4),
    )
    harmonics = tuple(
        (
            float(generator.normal(0, 0.055 / order)),
            float(between(0, 2 * np.pi)),
            float(generator.normal(0, 1.5)),
        )
        for order in range(1, 5)
    )
    lumen: tuple[Literal["collapsed", "gas", "fluid", "stool"], ...]
    lumen = ("collapsed", "gas", "fluid", "stool")
    return Anatomy(
        sex=sex,
        mesorectum_mm=float(between(33, 41)),
        mesorectum_depth_mm=float(between(28, 35)),
        mesorectum_y_mm=float(between(6, 11)),
        rectum_mm=float(between(13, 18)),
        rectum_bend_mm=float(generator.normal(0, 3.5)),
        rectum_swing=float(between(0, 2 * np.pi)),
        bladder_mm=float(between(20, 34)),
        sidewall_mm=float(between(44, 49)),
        lumen=lumen[int(generator.choice(4, p=[0.4, 0.2, 0.2, 0.2]))],
        harmonics=harmonics,
        tumour=tumour,
        seed=seed,
    )
