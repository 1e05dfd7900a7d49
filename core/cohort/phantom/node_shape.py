"""The outline of a node: an uneven oval whose second-moment axes are exactly what was asked for.

A node's phases, angle, tilt and texture come from its own seed and never from its factors. Its
harmonics grow by laws of their own with size, so a larger node is not a magnified one.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Values
from core.cohort.phantom.truth import NodeTruth

ANGLES = 256
ORDERS = np.arange(3, 9)
REFERENCE_MM = 5.0
RINGS = 12


@dataclass(frozen=True)
class NodeShape:
    """A node's form about its centre.

    Attributes:
        radius_mm: Outline of the largest section by angle, (angle,) evenly from 0.
        half_height_mm: How far it reaches above and below its centre.
        lean: How far sections drift per mm of height, (x, y).
        drift_mm: Where its middle lies, (x, y), because it grows to one side more.
        hilum: Centre (x, y) and radius of the fatty hilum in mm, None without one.
        texture: Phases and wave vectors of the inner texture, (wave, 4): kx, ky, kz, phase.
        texture_mean: What the waves sum to on average over the largest section.
        texture_sd: By how much they vary there.
    """

    radius_mm: Values
    half_height_mm: float
    lean: tuple[float, float]
    drift_mm: tuple[float, float]
    hilum: tuple[float, float, float] | None
    texture: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
    texture_mean: float
    texture_sd: float

    @property
    def reach_mm(self) -> float:
        """Radius of a disc that holds every section."""
        drift = self.half_height_mm * float(np.hypot(*self.lean)) + float(np.hypot(*self.drift_mm))
        return float(self.radius_mm.max()) + drift

    def distance(self, x: Values, y: Values, height_mm: float) -> Values:
        """Signed distance in mm, roughly, to the outline of the section at a height."""
        share = abs(height_mm) / self.half_height_mm
        if share >= 1:
            return np.full(np.shape(x), np.inf)
        # fuller than an ellipsoid: most nodes that cross a thick slice look their size in it
        section = (1 - share**2.6) ** (1 / 2.6)
        x = x - self.lean[0] * height_mm - self.drift_mm[0]
        y = y - self.lean[1] * height_mm - self.drift_mm[1]
        turn = np.arctan2(y, x) / (2 * np.pi) * ANGLES
        low = np.floor(turn).astype(int)
        part = turn - low
        outline = (1 - part) * self.radius_mm[low % ANGLES] + part * self.radius_mm[
            (low + 1) % ANGLES
        ]
        return np.asarray(np.hypot(x, y) - section * outline)


def shape_of(node: NodeTruth) -> NodeShape:
    """Make the form of a node from its factors and its own seed."""
    generator = np.random.default_rng(node.seed)
    turned = generator.uniform(0, np.pi)
    phases = generator.uniform(0, 2 * np.pi, len(ORDERS))
    strengths = np.abs(generator.normal(1, 0.35, len(ORDERS)))
    exponents = generator.uniform(-1.1, 1.1, len(ORDERS))
    lean = generator.normal(0, 0.12, 2)
    tallness = generator.uniform(0.85, 1.15)
    hilum_angle = generator.uniform(0, 2 * np.pi)
    favoured = generator.uniform(0, 2 * np.pi)
    size = node.short_axis_mm / REFERENCE_MM
    angle = np.arange(ANGLES) * 2 * np.pi / ANGLES
    amplitude = 0.30 * node.border * strengths * size**exponents / ORDERS**0.9
    bumps = 1 + (amplitude[:, None] * np.cos(ORDERS[:, None] * angle + phases[:, None])).sum(0)
    outline = _with_axes(
        np.maximum(bumps, 0.35) * _ellipse(angle, node.elongation),
        angle,
        node.short_axis_mm,
        node.elongation,
    )
    radius = _turned(outline, angle, turned)
    half_height = 0.48 * node.short_axis_mm * node.elongation**0.25 * tallness * size**-0.12
    off = 0.10 * (node.short_axis_mm - REFERENCE_MM)
    hilum = None
    if node.hilum:
        hilum_radius = 0.22 * node.short_axis_mm * size**-0.35
        aside = 0.30 * node.short_axis_mm
        hilum = (aside * np.cos(hilum_angle), aside * np.sin(hilum_angle), hilum_radius)
    waves = _waves(generator)
    drift = (float(off * np.cos(favoured)), float(off * np.sin(favoured)))
    mean, sd = _over_section(waves, radius, angle, drift)
    return NodeShape(
        radius_mm=radius,
        half_height_mm=max(float(half_height), 1.25),
        lean=(float(lean[0]), float(lean[1])),
        drift_mm=drift,
        hilum=hilum,
        texture=waves,
        texture_mean=mean,
        texture_sd=sd,
    )


def _ellipse(angle: Values, elongation: float) -> Values:
    return np.asarray(1 / np.hypot(np.cos(angle) / elongation, np.sin(angle)))


def _with_axes(radius: Values, angle: Values, short_mm: float, elongation: float) -> Values:
    """Stretch a star-shaped outline until its second-moment axes are those asked for.

    Axes are 4 * sqrt(eigenvalue) of the filled outline's covariance, as measured on masks.
    """
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    area = np.sum(radius**2) / 2
    centre = np.array([np.sum(radius**2 * x), np.sum(radius**2 * y)]) / 3 / area
    second = np.array([x * x, x * y, y * y]) @ radius**2 / 4 / area
    covariance = np.array([[second[0], second[1]], [second[1], second[2]]])
    covariance -= np.outer(centre, centre)
    values, vectors = np.linalg.eigh(covariance)
    wanted = np.array([short_mm, short_mm * elongation]) / 4
    stretch = vectors @ np.diag(wanted / np.sqrt(values)) @ vectors.T
    points = stretch @ (np.stack([x, y]) - centre[:, None])
    return _radius_at(points, angle)


def _radius_at(points: Values, angle: Values) -> Values:
    """The outline's radius at even angles, from points in order around the centre."""
    found = np.arctan2(points[1], points[0])
    order = np.argsort(found)
    reach = np.hypot(points[0], points[1])[order]
    return np.asarray(np.interp(angle, found[order], reach, period=2 * np.pi))


def _turned(radius: Values, angle: Values, by: float) -> Values:
    return np.asarray(np.interp(angle - by, angle, radius, period=2 * np.pi))


def _waves(generator: np.random.Generator) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Plane waves of 2 to 5 mm whose sum is the inner texture."""
    many = 24
    wave = 2 * np.pi / generator.uniform(2.0, 5.0, many)
    direction = generator.uniform(0, 2 * np.pi, many)
    climb = generator.normal(0, 0.3, many)
    phase = generator.uniform(0, 2 * np.pi, many)
    return np.stack(
        [wave * np.cos(direction), wave * np.sin(direction), wave * climb, phase], axis=1
    )


def _over_section(
    waves: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    radius_mm: Values,
    angle: Values,
    middle_mm: tuple[float, float],
) -> tuple[float, float]:
    """Mean and standard deviation of the waves over the node's largest section.

    Waves as long as the node is wide would otherwise move its mean level, which is another
    factor (signal), and make the amplitude asked for (heterogeneity) a matter of luck.
    """
    share = np.sqrt((np.arange(RINGS) + 0.5) / RINGS)[:, None]  # rings of equal area
    x = middle_mm[0] + share * radius_mm * np.cos(angle)
    y = middle_mm[1] + share * radius_mm * np.sin(angle)
    values = _summed(waves, x, y, 0.0)
    weight = np.broadcast_to(radius_mm**2, values.shape)
    mean = float(np.average(values, weights=weight))
    sd = float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))
    return mean, sd


def texture_at(shape: NodeShape, x: Values, y: Values, height_mm: float) -> Values:
    """The inner texture at points about the centre in mm: mean 0, sd 1 over the largest section.

    It belongs to the tissue and not to the outline: a larger node shows more of the same waves.
    """
    return (_summed(shape.texture, x, y, height_mm) - shape.texture_mean) / shape.texture_sd


def _summed(
    waves: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    x: Values,
    y: Values,
    height_mm: float,
) -> Values:
    kx, ky, kz, phase = waves.T
    at = x[..., None] * kx + y[..., None] * ky + height_mm * kz + phase
    return np.asarray(np.cos(at).sum(axis=-1) * np.sqrt(2 / len(kx)))
