"""How alike two maps are: SSIM of their pictures, Spearman of their order, and a common table."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity

from core.arrays import Features, Map2D

WINDOW_PX = 11


def ssim(one: Map2D, other: Map2D) -> float:
    """SSIM of two signed maps, each scaled by its own largest magnitude, window 11.

    As pictures whose middle grey is no evidence, so that the sign is kept: a map turned round is
    below 0. Two flat maps are alike (1); a flat one and another are not (0).
    """
    flat = [float(np.ptp(each)) == 0 for each in (one, other)]
    if any(flat):
        return 1.0 if all(flat) else 0.0
    window = min(WINDOW_PX, min(one.shape) - (1 - min(one.shape) % 2))
    return float(
        structural_similarity(_scaled(one), _scaled(other), win_size=window, data_range=1.0)
    )


def rank_correlation(one: Map2D, other: Map2D) -> float:
    """Spearman's rank correlation of two signed maps over pixels; 0 where either is flat."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(spearmanr(one, other, axis=None).statistic)


def agreement(maps: Sequence[Map2D]) -> Features:
    """Rank correlation of every two maps, (map, map); 1 on the diagonal."""
    table = np.eye(len(maps))
    for row, one in enumerate(maps):
        for column in range(row):
            table[row, column] = table[column, row] = rank_correlation(one, maps[column])
    return table


def _scaled(drawn: Map2D) -> Map2D:
    return 0.5 + 0.5 * np.asarray(drawn, np.float64) / float(np.abs(drawn).max())
