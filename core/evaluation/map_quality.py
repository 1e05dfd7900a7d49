"""Whether a picture of the latent space can be trusted, neighbour by neighbour.

Trustworthiness: neighbours on the map are neighbours in the codes; continuity: neighbours in
the codes stay neighbours on the map (Venna & Kaski 2001); overlap: the share of k neighbours
that both have in common. Each is a mean over points, so it can be taken over some points
(the test patches) with their neighbours among all, and resampled by patient.
"""

from dataclasses import dataclass

import numpy as np

NEIGHBOURS = 15
_ENTRIES = 2_000_000  # distances at once, 16 MB a matrix


@dataclass(frozen=True)
class MapQuality:
    """The three figures point by point, each with shape (point); their means are the figures."""

    trustworthiness: np.ndarray
    continuity: np.ndarray
    overlap: np.ndarray


def map_quality(
    codes: np.ndarray, places: np.ndarray, *, points: np.ndarray, neighbours: int = NEIGHBOURS
) -> MapQuality:
    """Judge a map at some of its points.

    Args:
        codes: What was mapped, (row, latent).
        places: Where it was put, (row, 2 or 3).
        points: Row numbers to judge, with shape (point); neighbours come from all rows.
        neighbours: How many neighbours count.

    Raises:
        ValueError: There are not more than twice as many rows as neighbours.
    """
    n, k = len(codes), neighbours
    if n <= 2 * k:
        raise ValueError(f"{k} neighbours need more than {2 * k} rows, got {n}")
    scale = 2 / (k * (2 * n - 3 * k - 1))
    parts = []
    piece = max(1, _ENTRIES // n)
    for first in range(0, len(points), piece):
        chosen = points[first : first + piece]
        in_codes, in_places = _ranks(codes, chosen), _ranks(places, chosen)
        near_codes = (in_codes > 0) & (in_codes <= k)
        near_places = (in_places > 0) & (in_places <= k)
        intruders = np.where(near_places & ~near_codes, in_codes - k, 0).sum(axis=1)
        lost = np.where(near_codes & ~near_places, in_places - k, 0).sum(axis=1)
        shared = (near_codes & near_places).sum(axis=1) / k
        parts.append((1 - scale * intruders, 1 - scale * lost, shared))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return MapQuality(*columns)


def _ranks(positions: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Each row's rank by distance from each chosen row, itself 0, nearest 1; (chosen, row)."""
    from scipy.spatial.distance import cdist

    distance = cdist(positions[chosen].astype(np.float64), positions.astype(np.float64))
    distance[np.arange(len(chosen)), chosen] = -1
    order = np.argsort(distance, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(positions.shape[0])[None, :], axis=1)
    return ranks
