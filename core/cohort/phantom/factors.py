"""The densities of a node's factors, given malignancy: the only place where they are written.

Each factor is normal on its own scale (log, log of the excess over 1, logit, plain), cut at
bounds that keep it drawable; the hilum is a coin. Benign and malignant share the scale's
standard deviation, so the distance between them in standard deviations is d'.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from core.arrays import Labels, Values

Scale = Literal["log", "log_excess", "logit", "plain", "coin"]


@dataclass(frozen=True)
class Factor:
    """One property of a node and how it is drawn.

    Attributes:
        name: The truth's column.
        scale: Where it is normal; a coin has no scale.
        benign: Median of benign nodes, in the factor's own unit (share, for a coin).
        malignant: Median of malignant nodes.
        sd: Standard deviation on the scale.
        low, high: What a node can be.
    """

    name: str
    scale: Scale
    benign: float
    malignant: float
    sd: float
    low: float
    high: float

    def clip(self, value: float) -> float:
        """The nearest value that a node can have."""
        return float(min(max(value, self.low), self.high))

    def centre(self, malignant: Labels, separation: float) -> Values:
        """Mean on the scale, (node,), where separation multiplies malignancy's effect."""
        benign, shifted = (self.to_scale(np.array([m])) for m in (self.benign, self.malignant))
        return np.asarray(benign + np.asarray(malignant) * separation * (shifted - benign))

    def to_scale(self, value: Values) -> Values:
        """From the factor's unit to the scale where it is normal."""
        value = np.asarray(value, dtype=float)
        match self.scale:
            case "log":
                return np.asarray(np.log(value))
            case "log_excess":
                return np.asarray(np.log(value - 1))
            case "logit" | "coin":
                return np.asarray(logit(value))
            case "plain":
                return value

    def from_scale(self, value: Values) -> Values:
        """Back to the factor's unit."""
        match self.scale:
            case "log":
                return np.asarray(np.exp(value))
            case "log_excess":
                return np.asarray(1 + np.exp(value))
            case "logit" | "coin":
                return np.asarray(expit(value))
            case "plain":
                return value

    def draw(self, malignant: Labels, uniform: Values, separation: float) -> Labels:
        """Turn uniform numbers into the factor, (node,)."""
        centre = self.centre(malignant, separation)
        if self.scale == "coin":
            return np.asarray(uniform < expit(centre))
        low, high = self._bounds(centre)
        return self.from_scale(centre + self.sd * ndtri(low + uniform * (high - low)))

    def log_ratio(self, value: Values, separation: float) -> Values:
        """Log density if malignant minus log density if benign, (node,)."""
        if self.scale == "coin":
            benign, malignant = (
                expit(self.centre(np.array([which]), separation)) for which in (0, 1)
            )
            found = np.asarray(value, dtype=bool)
            with_it, without = np.log(malignant / benign), np.log((1 - malignant) / (1 - benign))
            return np.asarray(np.where(found, with_it, without))
        on_scale = self.to_scale(value)
        densities = []
        for which in (0, 1):
            centre = self.centre(np.array([which]), separation)
            low, high = self._bounds(centre)
            densities.append(-0.5 * ((on_scale - centre) / self.sd) ** 2 - np.log(high - low))
        return np.asarray(densities[1] - densities[0])

    def _bounds(self, centre: Values) -> tuple[Values, Values]:
        low, high = (self.to_scale(np.array([bound])) for bound in (self.low, self.high))
        return ndtr((low - centre) / self.sd), ndtr((high - centre) / self.sd)


FACTORS = (
    Factor("short_axis_mm", "log", 4.45, 6.30, 0.355, 2.0, 15.0),
    Factor("elongation", "log_excess", 0.36 + 1, 0.26 + 1, 0.60, 1.03, 2.4),
    Factor("border", "logit", 0.29, 0.485, 0.90, 0.01, 0.98),
    Factor("heterogeneity", "logit", 0.31, 0.49, 0.90, 0.01, 0.98),
    Factor("signal", "plain", 0.55, 0.59, 0.09, 0.28, 0.88),
    Factor("hilum", "coin", 0.30, 0.10, 1.0, 0.0, 1.0),
)
DISTANCE = Factor("tumour_distance_mm", "plain", 24.0, 24.0, 10.0, 6.0, 48.0)


@dataclass(frozen=True)
class Change:
    """What is added to a node's factors when it is drawn again, in their own units."""

    short_axis_mm: float = 0.0
    elongation: float = 0.0
    border: float = 0.0
    heterogeneity: float = 0.0
    signal: float = 0.0


def all_factors(nearer_mm: float) -> tuple[Factor, ...]:
    """Every factor that tells of malignancy, the distance to the tumour among them."""
    distance = Factor(
        DISTANCE.name,
        DISTANCE.scale,
        DISTANCE.benign,
        DISTANCE.benign - nearer_mm,
        DISTANCE.sd,
        DISTANCE.low,
        DISTANCE.high,
    )
    return (*FACTORS, distance)


def draw_factors(
    malignant: Labels, generator: np.random.Generator, separation: float, nearer_mm: float
) -> dict[str, Values]:
    """Draw every factor of some nodes, by name, (node,) each."""
    factors = all_factors(nearer_mm)
    uniform = generator.random((len(factors), len(malignant)))
    return {
        factor.name: factor.draw(malignant, row, separation)
        for factor, row in zip(factors, uniform, strict=True)
    }
