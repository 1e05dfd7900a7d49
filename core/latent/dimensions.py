"""What each raw dimension of the latent space holds, and codes drawn from the prior."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Codes, Values
from core.latent.attributes import column
from core.latent.space import LatentSpace

ACTIVE = 0.01  # variance of the posterior mean above which a dimension is used (Burda 2016)


@dataclass(frozen=True)
class Reading:
    """How an attribute goes with a dimension: Spearman's correlation over training rows."""

    attribute: str
    correlation: float


@dataclass(frozen=True)
class Dimension:
    """One raw dimension, from 0.

    Attributes:
        index: Its position in a code.
        carries: The attribute it was trained to carry, or "".
        kl_nats: Mean KL divergence of the posterior from the prior; None without posteriors.
        active: Whether the variance of the posterior mean exceeds .01.
        mean: Of the training codes.
        sd: Of the training codes.
        readings: What goes with it, strongest first.
    """

    index: int
    carries: str
    kl_nats: float | None
    active: bool
    mean: float
    sd: float
    readings: tuple[Reading, ...]


def describe_dimensions(space: LatentSpace, std: Codes | None = None) -> tuple[Dimension, ...]:
    """Say of every dimension what it measures and whether it is used at all.

    Args:
        space: The run's latent space; training rows are looked at.
        std: Posterior standard deviations, (row, latent), for the KL divergence
            (mean² + std² - 1 - ln std²) / 2.
    """
    codes = space.codes[space.train]
    correlations = {
        name: _spearman(codes, column(space.rows, name)[space.train]) for name in space.measured
    }
    kl = None
    if std is not None:
        variance = std[space.train].astype(np.float64) ** 2
        kl = (0.5 * (codes**2 + variance - 1 - np.log(variance))).mean(0)
    found = []
    for index in range(codes.shape[1]):
        readings = [Reading(name, float(all_[index])) for name, all_ in correlations.items()]
        readings.sort(key=lambda reading: -abs(reading.correlation))
        found.append(
            Dimension(
                index=index,
                carries=space.attributes[index] if index < len(space.attributes) else "",
                kl_nats=None if kl is None else float(kl[index]),
                active=bool(codes[:, index].var() > ACTIVE),
                mean=float(codes[:, index].mean()),
                sd=float(codes[:, index].std()),
                readings=tuple(readings),
            )
        )
    return tuple(found)


def prior_samples(n: int, latent: int, *, seed: int) -> Codes:
    """Codes of lesions that no patient has, drawn from the prior N(0, 1), (n, latent)."""
    return np.random.default_rng(seed).standard_normal((n, latent)).astype(np.float32)


def _spearman(codes: Codes, values: Values) -> list[float]:
    from scipy.stats import rankdata

    known = np.isfinite(values)
    ranks = rankdata(codes[known], axis=0)
    target = rankdata(values[known])
    ranks, target = ranks - ranks.mean(0), target - target.mean()
    spread = np.sqrt((ranks**2).sum(0) * (target**2).sum())
    return list(np.divide(ranks.T @ target, spread, out=np.zeros(len(spread)), where=spread > 0))
