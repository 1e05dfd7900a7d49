"""Whether the model uses what a map shows: take pixels away, or bring them back, and listen.

Pixels are replaced by a picture without detail, most relevant first (deletion) or brought back
into it (insertion), while the score is followed (Petsiuk et al. 2018).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from core.arrays import Map2D, Patch, Patches, Values
from core.explain.infill import imputed

Score: TypeAlias = Callable[[Patches], Values]
"""Takes patches (row, height, width), gives each one's score (row)."""

STEPS = 32
ROAD_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Removal:
    """How the logit follows as pixels are exchanged in the order of their relevance.

    Attributes:
        share: Share of the pixels exchanged, from 0 to 1, with shape (step).
        deletion: Logit while the most relevant leave first, with shape (step).
        insertion: Logit while the most relevant return first, with shape (step).
    """

    share: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def inserted(self) -> float:
        """Mean logit while the most relevant pixels return; high for a good map."""
        return float(np.trapezoid(self.insertion, self.share))

    @property
    def deleted(self) -> float:
        """Mean logit while the most relevant pixels leave; low for a good map."""
        return float(np.trapezoid(self.deletion, self.share))

    @property
    def insertion_minus_deletion(self) -> float:
        """Mean height of one curve over the other; above 0 where the map is worth something."""
        return self.inserted - self.deleted


def removal(
    patch: Patch, relevance: Map2D, score: Score, *, infill: Patch, steps: int = STEPS
) -> Removal:
    """`removals` for one map."""
    return removals(patch, (relevance,), score, infill=infill, steps=steps)[0]


def removals(
    patch: Patch, maps: Sequence[Map2D], score: Score, *, infill: Patch, steps: int = STEPS
) -> list[Removal]:
    """Exchange a patch's pixels with an infill's, most relevant first, and follow the logit.

    All maps share both ends: nothing exchanged is the patch, everything exchanged is the infill.
    Equal relevance is exchanged in an order of chance that is the same in every call: reading
    order would favour whatever lies at the top of a mostly empty map.

    Args:
        patch: The picture.
        maps: Its maps; signed maps put what speaks against the finding last.
        score: The model's logit of patches, usually `model.node_logit` of their codes.
        infill: What replaces pixels, usually `blurred(patch)`.
        steps: Steps of equal share.
    """
    if infill.shape != patch.shape or any(drawn.shape != patch.shape for drawn in maps):
        raise ValueError("patch, map and infill must have one shape")
    share = np.linspace(0, 1, steps + 1)
    taken = np.round(share[1:-1] * patch.size)[:, None, None]
    pictures = [patch[None], infill[None]]
    for drawn in maps:
        exchanged = ranks(drawn)[None] < taken
        pictures += [np.where(exchanged, infill, patch), np.where(exchanged, patch, infill)]
    logits = np.asarray(score(np.concatenate(pictures).astype(np.float32)), dtype=np.float64)
    whole, none, between = logits[:1], logits[1:2], logits[2:].reshape(len(maps), 2, steps - 1)
    return [
        Removal(
            share,
            np.concatenate((whole, deleted, none)),
            np.concatenate((none, inserted, whole)),
        )
        for deleted, inserted in between
    ]


def road(patch: Patch, relevance: Map2D, score: Score, *, seed: int = 0) -> float:
    """`roads` for one map."""
    return float(roads(patch, (relevance,), score, seed=seed)[0])


def roads(patch: Patch, maps: Sequence[Map2D], score: Score, *, seed: int = 0) -> Values:
    """How much more the score keeps when the least relevant pixels leave than when the most do.

    LeRF minus MoRF of ROAD (Rong et al. 2022), mean over shares of removed pixels, which are
    filled in from what is left. Above 0 where the map is worth something; 0 at chance.

    Args:
        patch: The picture.
        maps: Its maps.
        score: The model's score of patches.
        seed: Of the noise in what is filled in, the same for every map.

    Returns:
        One a map, (map,).
    """
    pictures = []
    for drawn in maps:
        rng, rank = np.random.default_rng(seed), ranks(drawn)
        gone = [round(share * patch.size) for share in ROAD_SHARES]
        pictures += [imputed(patch, rank >= patch.size - many, rng) for many in gone]
        pictures += [imputed(patch, rank < many, rng) for many in gone]
    scores = np.asarray(score(np.stack(pictures).astype(np.float32)), dtype=np.float64)
    least, most = scores.reshape(len(maps), 2, len(ROAD_SHARES)).mean(2).T
    return np.asarray(least - most)


def ranks(relevance: Map2D) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Each pixel's place in the order of relevance, 0 the most relevant; ties by chance."""
    order = np.random.default_rng(0).permutation(relevance.size)
    order = order[np.argsort(-relevance.ravel()[order], kind="stable")]
    rank = np.empty(relevance.size, dtype=np.int64)
    rank[order] = np.arange(relevance.size)
    return rank.reshape(relevance.shape)
