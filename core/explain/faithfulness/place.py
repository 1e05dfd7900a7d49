"""Whether a map lies where it should: pointing game, rank, area under the curve.

Patches are centred on the lesion, so a blob in the middle looks like a good explanation: every
figure of place stands beside the blob's, an edge detector's and chance, and is best taken on
shifted patches and planted causes.
"""

import numpy as np

from core.arrays import Map2D, Mask


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
    from scipy.stats import rankdata

    inside, outside = int(mask.sum()), int((~mask).sum())
    if inside == 0 or outside == 0:
        return None
    ranks = rankdata(relevance, axis=None).reshape(mask.shape)
    return float((ranks[mask].sum() - inside * (inside + 1) / 2) / (inside * outside))
