"""Three ways to group codes, each fitted on training rows and able to place others.

K-Means and the Gaussian mixture make as many groups as they are asked for, wherever they stand.
HDBSCAN (Campello, Moulavi & Sander 2013) looks for dense regions, says itself how many there
are, and may leave rows in none. It gives new rows no group, so they get that of the nearest
training row.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from core.arrays import Codes, Features, Labels

Method = Literal["kmeans", "mixture", "hdbscan"]
METHODS: tuple[Method, ...] = ("kmeans", "mixture", "hdbscan")
METHOD_WORDS: dict[Method, str] = {
    "kmeans": "K-Means",
    "mixture": "Gaussian mixture",
    "hdbscan": "HDBSCAN",
}
NONE = -1  # the group of a row that HDBSCAN leaves in none
Centres: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]  # (cluster, dimension)
STARTS = 5  # of K-Means and the mixture, the best of which is kept
FULL_UP_TO = 10  # dimensions up to which a mixture's covariances are full, diagonal beyond
MOST_DENSE = 10_000  # rows that HDBSCAN is fitted on; each further row is placed by the nearest
LEAST_DENSE = 0.03  # share of the training rows that makes a region for HDBSCAN
_ENTRIES = 4_000_000  # distances at once, 32 MB


@dataclass(frozen=True, eq=False)
class Grouping:
    """Groups found in some codes, able to place others.

    Attributes:
        method: How they were found.
        centres: Mean code of each group, ordered by the first coordinate (the size dimension
            where a model has one), so that numbers do not change by chance.
        variances: (cluster, dimension, dimension) or (cluster, dimension); the mixture's own.
        weights: (cluster,) shares; the mixture's own.
        fitted_on: The codes it was fitted on and their groups; HDBSCAN places by these.
        fitted_labels: Groups of `fitted_on`.
    """

    method: Method
    centres: Centres
    variances: np.ndarray[Any, Any] | None = None
    weights: np.ndarray[Any, Any] | None = None
    fitted_on: np.ndarray[Any, Any] | None = None
    fitted_labels: np.ndarray[Any, Any] | None = None

    @property
    def k(self) -> int:
        """How many groups there are."""
        return len(self.centres)

    def predict(self, codes: Codes) -> Labels:
        """The group of every code, (row,) from 0; -1 for none (HDBSCAN only)."""
        if self.fitted_on is not None and self.fitted_labels is not None:
            found: Labels = self.fitted_labels[nearest_rows(codes, self.fitted_on)]
            return found
        cheapest: Labels = self.costs(codes).argmin(1)
        return cheapest

    def costs(self, codes: Codes) -> Features:
        """How badly each code fits each group, (row, cluster): least is its own.

        Squared distance to the centre; for the mixture the negative log density with the
        group's share.
        """
        if self.variances is None or self.weights is None:
            return squared_distances(codes, self.centres)
        apart = codes[:, None, :].astype(np.float64) - self.centres[None].astype(np.float64)
        if self.variances.ndim == 2:
            squared = (apart**2 / self.variances[None]).sum(2)
            logdet = np.log(self.variances).sum(1)
        else:
            precision = np.linalg.inv(self.variances)
            squared = np.einsum("rki,kij,rkj->rk", apart, precision, apart, optimize=True)
            logdet = np.linalg.slogdet(self.variances)[1]
        found: Features = 0.5 * (squared + logdet[None]) - np.log(self.weights)[None]
        return found


def group(codes: Codes, k: int, *, method: Method, seed: int, starts: int = STARTS) -> Grouping:
    """Group codes; K shrinks to the number of different ones, and HDBSCAN finds its own.

    Args:
        codes: What to fit on, (row, dimension); HDBSCAN takes 10,000 of more, by chance.
        k: How many groups; not looked at by HDBSCAN.
        method: How.
        seed: Seed of the starts.
        starts: How many starts the best is kept of.
    """
    from threadpoolctl import threadpool_limits

    codes = np.ascontiguousarray(codes, dtype=np.float32)
    k = max(1, min(k, len(np.unique(codes, axis=0))))
    # one thread: on a busy machine several wait for one another, up to 90 times as long
    with threadpool_limits(1):
        if method == "hdbscan":
            if len(codes) > MOST_DENSE:
                drawn = np.random.default_rng(seed).choice(len(codes), MOST_DENSE, replace=False)
                codes = codes[np.sort(drawn)]
            return _dense_regions(codes)
        if method == "mixture":
            return _mixture(codes, k, seed=seed, starts=1 if starts < STARTS else 2)
        from sklearn.cluster import KMeans

        centres = KMeans(k, n_init=starts, random_state=seed).fit(codes).cluster_centers_
    return Grouping("kmeans", centres[_order(centres)].astype(np.float32))


def _mixture(codes: Codes, k: int, *, seed: int, starts: int) -> Grouping:
    from sklearn.mixture import GaussianMixture

    spread = float(codes.var(0).mean())
    kind = "full" if codes.shape[1] <= FULL_UP_TO and len(codes) > 4 * k else "diag"
    fit = GaussianMixture(
        k,
        covariance_type=kind,
        n_init=starts,
        random_state=seed,
        max_iter=100,
        tol=1e-2,
        reg_covar=max(1e-3 * spread, 1e-6),  # no group shrinks onto a handful of rows
    ).fit(codes.astype(np.float64))
    order = _order(fit.means_)
    return Grouping(
        "mixture",
        fit.means_[order].astype(np.float32),
        variances=fit.covariances_[order],
        weights=fit.weights_[order],
    )


def _dense_regions(codes: Codes) -> Grouping:
    from sklearn.cluster import HDBSCAN

    least = max(5, round(LEAST_DENSE * len(codes)))
    if len(codes) <= least:
        return Grouping("hdbscan", codes[:0], fitted_on=codes, fitted_labels=_nobody(codes))
    # a few neighbours smooth the density; as many as the region's size would drown small ones
    found = HDBSCAN(min_cluster_size=least, min_samples=min(5, least), copy=True).fit(codes)
    labels = found.labels_.astype(np.int64)
    numbers = np.unique(labels[labels >= 0])
    if not len(numbers):
        return Grouping("hdbscan", codes[:0], fitted_on=codes, fitted_labels=_nobody(codes))
    centres = np.stack([codes[labels == number].mean(0) for number in numbers])
    order = _order(centres)
    renamed = np.full(numbers.max() + 1, NONE)
    renamed[numbers[order]] = np.arange(len(order))
    labels = np.where(labels >= 0, renamed[np.maximum(labels, 0)], NONE)
    return Grouping("hdbscan", centres[order], fitted_on=codes, fitted_labels=labels)


def _nobody(codes: Codes) -> Labels:
    return np.full(len(codes), NONE, dtype=np.int64)


def _order(centres: np.ndarray) -> np.ndarray:
    return np.argsort(centres[:, 0], kind="stable")


def squared_distances(codes: Codes, centres: np.ndarray) -> Features:
    """Squared distance of every code to every centre, (row, cluster)."""
    codes64, centres64 = codes.astype(np.float64), centres.astype(np.float64)
    squared = (codes64**2).sum(1)[:, None] - 2 * codes64 @ centres64.T + (centres64**2).sum(1)
    at_least_nothing: Features = np.maximum(squared, 0)
    return at_least_nothing


def nearest_rows(codes: Codes, among: np.ndarray[Any, Any]) -> Labels:
    """For every code the number of the nearest of `among`, exactly, (row,)."""
    piece = max(1, _ENTRIES // max(1, len(among)))
    parts = [
        squared_distances(codes[first : first + piece], among).argmin(1)
        for first in range(0, len(codes), piece)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
