"""Whether the model uses what a map shows: take pixels away, or bring them back, and listen.

Pixels are replaced by a picture without detail, most relevant first (deletion) or brought back
into it (insertion), while the score is followed (Petsiuk et al. 2018).
"""

from collections.abc import Callable
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
    def insertion_minus_deletion(self) -> float:
        """Mean height of one curve over the other; above 0 where the map is worth something."""
        return float(np.trapezoid(self.insertion - self.deletion, self.share))


def removal(
    patch: Patch, relevance: Map2D, score: Score, *, infill: Patch, steps: int = STEPS
) -> Removal:
    """Exchange a patch's pixels with an infill's, most relevant first, and follow the logit.

    Both ends are shared: nothing exchanged is the patch, everything exchanged is the infill.
    Equal relevance is exchanged in an order of chance that is the same in every call: reading
    order would favour whatever lies at the top of a mostly empty map.

    Args:
        patch: The picture.
        relevance: Its map; signed maps put what speaks against the finding last.
        score: The model's logit of patches, usually `model.node_logit` of their codes.
        infill: What replaces pixels, usually `blurred(patch)`.
        steps: Steps of equal share.
    """
    if relevance.shape != patch.shape or infill.shape != patch.shape:
        raise ValueError("patch, map and infill must have one shape")
    rank = ranks(relevance)
    share = np.linspace(0, 1, steps + 1)
    exchanged = rank[None] < np.round(share * patch.size)[:, None, None]
    pictures = np.concatenate(
        [np.where(exchanged, infill, patch), np.where(exchanged, patch, infill)]
    )
    logits = np.asarray(score(pictures.astype(np.float32)), dtype=np.float64)
    return Removal(share, logits[: steps + 1], logits[steps + 1 :])


def road(patch: Patch, relevance: Map2D, score: Score, *, seed: int = 0) -> float:
    """How much more the score keeps when the least relevant pixels leave than when the most do.

    LeRF minus MoRF of ROAD (Rong et al. 2022), mean over shares of removed pixels, which are
    filled in from what is left. Above 0 where the map is worth something; 0 at chance.

    Args:
        patch: The picture.
        relevance: Its map.
        score: The model's score of patches.
        seed: Of the noise in what is filled in.
    """
    rng, rank = np.random.default_rng(seed), ranks(relevance)
    least, most = [], []
    for share in ROAD_SHARES:
        gone = round(share * patch.size)
        least.append(imputed(patch, rank >= patch.size - gone, rng))
        most.append(imputed(patch, rank < gone, rng))
    scores = np.asarray(score(np.stack(least + most).astype(np.float32)), dtype=np.float64)
    return float(scores[: len(least)].mean() - scores[len(least) :].mean())


def ranks(relevance: Map2D) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Each pixel's place in the order of relevance, 0 the most relevant; ties by chance."""
    order = np.random.default_rng(0).permutation(relevance.size)
    order = order[np.argsort(-relevance.ravel()[order], kind="stable")]
    rank = np.empty(relevance.size, dtype=np.int64)
    rank[order] = np.arange(relevance.size)
    return rank.reshape(relevance.shape)
