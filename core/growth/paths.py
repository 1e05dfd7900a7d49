"""Ways between two codes: the shortest, along an arc, and through real neighbours."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.arrays import Code, Codes, Labels, Values
from core.errors import LatentError

Mode = Literal["straight", "spherical", "neighbours"]
MODES: tuple[Mode, ...] = ("straight", "spherical", "neighbours")
NEAREST = 10  # real neighbours that a code is joined to


def path(
    start: Code, end: Code, shares: Values, *, mode: Literal["straight", "spherical"]
) -> Codes:
    """Codes between two, (share, latent): 0 is the first and 1 the second, bit for bit."""
    from_start, to_end = 1 - shares, shares
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if mode == "spherical" and min(lengths) > 0:
        cosine = float(np.clip(start @ end / lengths[0] / lengths[1], -1, 1))
        angle = np.arccos(cosine)
        if 1e-4 < angle < np.pi - 1e-4:
            length = from_start * lengths[0] + to_end * lengths[1]
            from_start = np.sin(from_start * angle) / np.sin(angle) * length / lengths[0]
            to_end = np.sin(to_end * angle) / np.sin(angle) * length / lengths[1]
    codes: Codes = (np.outer(from_start, start) + np.outer(to_end, end)).astype(start.dtype)
    codes[shares == 0], codes[shares == 1] = start, end
    return codes


def stations(start: Code, end: Code, codes: NDArray[np.float32]) -> Labels:
    """Which real codes lie on the way from one code to another, in order, (station,).

    Every code is joined to its 10 nearest; of all ways along these joints the one whose squared
    lengths add up to least is taken, so that many short hops are preferred to a long one
    (the shortest way of Isomap, Tenenbaum 2000, with squared lengths).

    Raises:
        LatentError: No way of joints leads from one to the other.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra
    from sklearn.neighbors import NearestNeighbors

    points = np.concatenate([start[None], codes, end[None]]).astype(np.float64)
    many = min(NEAREST + 1, len(points))
    away, near = NearestNeighbors(n_neighbors=many).fit(points).kneighbors(points)
    rows = np.repeat(np.arange(len(points)), many)
    # a double of a code lies at distance 0, which a sparse graph would take for no joint
    lengths = np.maximum(away.ravel() ** 2, 1e-12)
    graph = csr_matrix((lengths, (rows, near.ravel())), shape=(len(points),) * 2)
    lengths_to, befores = dijkstra(graph, False, np.array([0]), return_predecessors=True)
    before = befores[0]
    if not np.isfinite(lengths_to[0, -1]):
        raise LatentError(
            "No way through real neighbours leads from one to the other; walk straight instead."
        )
    way, at = [], int(before[-1])
    while at > 0:
        way.append(at - 1)
        at = int(before[at])
    return np.array(way[::-1], dtype=int)


def through(start: Code, end: Code, shares: Values, codes: NDArray[np.float32]) -> Codes:
    """Codes along the way through real neighbours, evenly by length, (share, latent)."""
    points = np.concatenate([start[None], codes[stations(start, end, codes)], end[None]])
    hops = np.linalg.norm(np.diff(points, axis=0), axis=1)
    place = np.concatenate([[0.0], np.cumsum(hops)])
    if place[-1] == 0:
        return path(start, end, shares, mode="straight")
    wanted = shares * place[-1]
    found = np.stack([np.interp(wanted, place, column) for column in points.T], axis=1)
    way: Codes = found.astype(start.dtype)
    way[shares == 0], way[shares == 1] = start, end
    return way
