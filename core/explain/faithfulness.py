"""Whether a map can be trusted, beside what a fixed blob and chance reach.

Patches are centred on the lesion, so a blob in the middle looks like a good explanation: every
figure of place stands beside the blob's, an edge detector's and chance, and is best taken on
shifted patches and planted causes. Whether the model uses what the map shows is asked by
replacing pixels with a blurred picture, most relevant first (deletion) or by bringing them
back (insertion), and following the logit (Petsiuk et al. 2018).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.ndimage import gaussian_filter, sobel
from scipy.stats import rankdata

from core.arrays import Map2D, Mask, Patch, Patches, Values

Score: TypeAlias = Callable[[Patches], Values]
"""Takes patches (row, height, width), gives each one's logit (row)."""

BLUR_PX = 4.0  # leaves a lesion of 3 to 9 mm no outline at 0.573 mm a pixel
STEPS = 32


def points_inside(relevance: Map2D, mask: Mask) -> float | None:
    """The pointing game: 1 where the largest relevance lies in the mask, else 0.

    Equal largest values share the point, so a flat map scores the mask's area and no more.
    None for an empty mask: a game without a target is not a hit.
    """
    if not mask.any():
        return None
    largest = relevance == relevance.max()
    return float(mask[largest].mean())


def rank_accuracy(relevance: Map2D, mask: Mask) -> float | None:
    """Share of the mask that the equally many most relevant pixels cover; None without mask.

    Ties at the border of that set count by their share.
    """
    size = int(mask.sum())
    if size == 0:
        return None
    border = np.sort(relevance, axis=None)[-size]
    above, level = relevance > border, relevance == border
    room = size - int(above.sum())
    return float((mask[above].sum() + room * mask[level].mean()) / size)


def area_under_roc(relevance: Map2D, mask: Mask) -> float | None:
    """The chance that a pixel of the mask is more relevant than one outside; None without."""
    inside, outside = int(mask.sum()), int((~mask).sum())
    if inside == 0 or outside == 0:
        return None
    ranks = rankdata(relevance, axis=None).reshape(mask.shape)
    return float((ranks[mask].sum() - inside * (inside + 1) / 2) / (inside * outside))


def centre_blob(shape: tuple[int, int], *, sigma_px: float | None = None) -> Map2D:
    """A Gaussian in the middle of the patch, the baseline that knows nothing of the model."""
    sigma = shape[0] / 8 if sigma_px is None else sigma_px
    row, column = (np.arange(n) - n // 2 for n in shape)  # a lesion's centroid is pixel n // 2
    return np.asarray(np.exp(-(row[:, None] ** 2 + column[None, :] ** 2) / (2 * sigma**2)))


def edges(patch: Patch) -> Map2D:
    """The size of the picture's gradient (Sobel), a baseline that sees but does not judge."""
    picture = patch.astype(np.float64)
    return np.asarray(np.hypot(sobel(picture, axis=0), sobel(picture, axis=1)))


def chance(shape: tuple[int, int], rng: np.random.Generator) -> Map2D:
    """Uniform noise, the floor of every figure."""
    return rng.uniform(size=shape)


def blurred(patch: Patch, *, sigma_px: float = BLUR_PX) -> Patch:
    """What replaces pixels: the same patch without detail, so that no new edge appears."""
    return np.asarray(gaussian_filter(patch.astype(np.float32), sigma_px, mode="nearest"))


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
    order = np.random.default_rng(0).permutation(patch.size)
    order = order[np.argsort(-relevance.ravel()[order], kind="stable")]
    rank = np.empty(patch.size, dtype=np.int64)
    rank[order] = np.arange(patch.size)
    share = np.linspace(0, 1, steps + 1)
    exchanged = rank.reshape(patch.shape)[None] < np.round(share * patch.size)[:, None, None]
    pictures = np.concatenate(
        [np.where(exchanged, infill, patch), np.where(exchanged, patch, infill)]
    )
    logits = np.asarray(score(pictures.astype(np.float32)), dtype=np.float64)
    return Removal(share, logits[: steps + 1], logits[steps + 1 :])
