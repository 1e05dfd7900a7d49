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
        in_codes, in_places = _distances(codes, chosen), _distances(places, chosen)
        near_codes, near_places = _nearest(in_codes, k), _nearest(in_places, k)
        # ranks are wanted of the neighbours alone: sorting every row's numbers for all is slow
        intruders = np.maximum(_ranks(in_codes, near_places) - k, 0).sum(axis=1)
        lost = np.maximum(_ranks(in_places, near_codes) - k, 0).sum(axis=1)
        shared = (near_codes[:, :, None] == near_places[:, None, :]).sum(axis=(1, 2)) / k
        parts.append((1 - scale * intruders, 1 - scale * lost, shared))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return MapQuality(*columns)


def _distances(positions: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """From each chosen row to every row, (chosen, row); to itself -1, nearer than any other."""
    from scipy.spatial.distance import cdist

    distance: np.ndarray = cdist(positions[chosen].astype(np.float64), positions.astype(np.float64))
    distance[np.arange(len(chosen)), chosen] = -1
    return distance


def _nearest(distance: np.ndarray, count: int) -> np.ndarray:
    """The nearest rows but itself, (chosen, count); of equally near ones the lower numbers."""
    limit = np.partition(distance, count, axis=1)[:, count]
    found = np.empty((len(distance), count), dtype=np.int64)
    for row, (away, most) in enumerate(zip(distance, limit, strict=True)):
        within = np.flatnonzero(away <= most)
        order = np.argsort(away[within], kind="stable")
        found[row] = within[order[1 : count + 1]]
    return found


def _ranks(distance: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some rows' ranks by distance, nearest 1; of equally near rows the lower number comes first.

    Args:
        distance: From each chosen row to all, (chosen, row), to itself -1.
        rows: Which are asked about, (chosen, asked).
    """
    ranks = np.empty(rows.shape, dtype=np.int64)
    for at, (away, asked) in enumerate(zip(distance, rows, strict=True)):
        ordered, own = np.sort(away), away[asked]
        ranks[at] = np.searchsorted(ordered, own, side="left")
        tied = np.searchsorted(ordered, own, side="right") - ranks[at] > 1
        for place in np.flatnonzero(tied):
            ranks[at, place] += int((away[: asked[place]] == own[place]).sum())
    return ranks
