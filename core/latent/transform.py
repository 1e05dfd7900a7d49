"""One new node laid on a UMAP that is already there, by UMAP's own rules and without UMAP.

A run keeps where its patches lie and not the fitted UMAP; codes, places and settings are all
that its `transform` needs for one point (McInnes, Healy & Melville 2018, sections 3 and 4):
fuzzy weights of the nearest neighbours, their weighted mean as a start, and seeded steps of
attraction and repulsion against the map, which stays as it is. Each node has its own generator,
so its place never depends on what else is placed.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from core.arrays import Code, Codes, Features, Values
from core.latent.placement import Placed, nearest
from core.latent.projection import repulsions
from core.settings import MapSettings

EPOCHS, FEW_EPOCHS = 100, 30  # umap-learn's for a transform, up to 10,000 rows and beyond
MANY_ROWS = 10_000
FIRST_STEP = 0.25  # a quarter of a fit's, as umap-learn's transform takes
LONGEST = 4.0  # a step's coordinates are cut at this, as umap-learn does
LEAST_SCALE = 1e-3  # of the mean distance, below which a neighbourhood's scale is not let


def transform(
    code: Code, codes: Codes, places: Features, *, settings: MapSettings, seed: int
) -> Placed:
    """Lay one code on a UMAP of other codes.

    Args:
        code: What to place, (latent,).
        codes: The map's codes, (row, latent).
        places: Where UMAP laid them, (row, 2), in its own units.
        settings: What the map was laid out with.
        seed: Seed of the repulsions.
    """
    rows, apart = nearest(code, codes, min(settings.neighbours, len(codes)))
    weights = fuzzy_weights(apart)
    at = weights @ places[rows] / weights.sum()
    many = len(codes) > MANY_ROWS
    epochs = FEW_EPOCHS if many else EPOCHS
    weights = np.where(weights < weights.max() / epochs, 0, weights)
    at = _settle(
        at.astype(np.float64),
        places,
        rows[weights > 0],
        weights[weights > 0],
        epochs=epochs,
        repelled=repulsions(len(codes)),
        curve=curve(settings.min_dist),
        random=np.random.default_rng(seed),
    )
    reach = float(np.median(np.linalg.norm(places[rows] - at, axis=1)))
    return Placed(float(at[0]), float(at[1]), reach, tuple(int(row) for row in rows))


def fuzzy_weights(apart: Values) -> Values:
    """Membership of each neighbour by distance, exp(-d / scale), nearest first, (neighbour,).

    The scale makes the memberships but the first add up to log2 of their number.
    """
    wanted = np.log2(max(len(apart), 2))
    low, high, scale = 0.0, np.inf, 1.0
    for _ in range(64):
        found = float(np.exp(-apart[1:] / scale).sum())
        if abs(found - wanted) < 1e-5:
            break
        if found > wanted:
            high, scale = scale, (low + scale) / 2
        else:
            low, scale = scale, 2 * scale if np.isinf(high) else (scale + high) / 2
    scale = max(scale, LEAST_SCALE * float(apart.mean()), 1e-12)
    weights: Values = np.exp(-apart / scale)
    return weights


@lru_cache(maxsize=8)
def curve(min_dist: float) -> tuple[float, float]:
    """a and b of 1 / (1 + a d^(2b)), fitted to 1 up to `min_dist` and exp(min_dist - d) beyond."""
    from scipy.optimize import curve_fit

    d = np.linspace(0, 3, 300)
    wanted = np.where(d < min_dist, 1.0, np.exp(min_dist - d))
    (a, b), _ = curve_fit(lambda x, a, b: 1 / (1 + a * x ** (2 * b)), d, wanted)
    return float(a), float(b)


def _settle(
    at: np.ndarray[Any, Any], places: Features, rows: np.ndarray[Any, Any],
    weights: Values, *, epochs: int, repelled: int, curve: tuple[float, float],
    random: np.random.Generator,
) -> np.ndarray[Any, Any]:  # fmt: skip
    """The steps: each neighbour pulls as often as its weight says, random rows push."""
    a, b = curve
    every = weights.max() / weights  # epochs between two pulls of a neighbour
    due, pushed = every.copy(), every / repelled
    for epoch in range(epochs):
        step = FIRST_STEP * (1 - epoch / epochs)
        for one in np.flatnonzero(due <= epoch):
            away = at - places[rows[one]]
            squared = float(away @ away)
            if squared > 0:
                pull = -2 * a * b * squared ** (b - 1) / (a * squared**b + 1)
                at = at + step * np.clip(pull * away, -LONGEST, LONGEST)
            due[one] += every[one]
            count = int((epoch - pushed[one]) * repelled / every[one])
            pushed[one] += count * every[one] / repelled
            away = at - places[random.integers(0, len(places), max(count, 0))]
            far = (away**2).sum(1)
            push = 2 * b / ((0.001 + far) * (a * far**b + 1))
            at = at + step * np.clip(push[:, None] * away, -LONGEST, LONGEST).sum(0)
    return at
