"""Groups of alike patches, and how far they are more than cuts through one cloud.

K-Means always finds K groups. The silhouette is therefore printed beside that of Gaussian
clouds with the same covariance and no groups at all: no better than those means no clusters.
Shares are counted in patients, since patches of one patient are no independent witnesses.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from core.arrays import Codes, Features, Labels, Values
from core.evaluation.intervals import wilson
from core.latent.attributes import column

Centres: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]  # (cluster, dimension)
STARTS = 5  # of K-Means, the best of which is kept
SILHOUETTE_ROWS = 2000  # the silhouette grows with the square of the rows


@dataclass(frozen=True)
class Share:
    """Patients with the outcome among some, with Wilson's 95 % interval; NaN where n is 0."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, positive: int, n: int) -> "Share":
        """The share of `positive` among `n` (Wilson 1927)."""
        if n == 0:
            return cls(float("nan"), 0.0, 1.0, 0)
        found = wilson(positive, n)
        return cls(found.value, found.low, found.high, n)


@dataclass(frozen=True, eq=False)
class ClusterCard:
    """One group, for its card on screen; every row named here is a member.

    Attributes:
        number: From 0, by the centre's first coordinate.
        rows: Members, nearest to the centre first.
        medoid: The member nearest to the centre: the group's typical patch.
        boundary: Members that lie nearest to another group, most torn first.
        patients: Patients with a patch in it.
        positive: Share of these patients with the outcome.
        means: (attribute, mean, standard deviation) over its members.
    """

    number: int
    rows: Labels
    medoid: int
    boundary: Labels
    patients: int
    positive: Share
    means: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, eq=False)
class Clusters:
    """A grouping of a run's patches, fitted on training rows.

    Attributes:
        k: How many groups there are.
        labels: The group of every row, (row,) from 0.
        centres: (cluster, dimension) in the dimensions looked at.
        distances: Squared distance of every row to every centre, (row, cluster).
        over: Which dimensions were looked at, in words.
        silhouette: Over training rows; NaN where it is not defined.
        null_silhouettes: Of Gaussian clouds of the same covariance, clustered alike.
        inertia: Sum of squared distances of training rows to their centres.
        base_rate: Share of all patients with the outcome.
        rows: One line a patch.
        attributes: Columns that the cards give means of.
    """

    k: int
    labels: Labels
    centres: Centres
    distances: Features
    over: str
    silhouette: float
    null_silhouettes: tuple[float, ...]
    inertia: float
    base_rate: Share
    rows: pd.DataFrame
    attributes: tuple[str, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Patches in each group."""
        return tuple(int(n) for n in np.bincount(self.labels, minlength=self.k))

    @property
    def medoids(self) -> tuple[int, ...]:
        """The typical patch (a row) of each group that has members."""
        return tuple(card.medoid for card in self.cards)

    @property
    def silhouette_minus_null(self) -> float:
        """How much better the groups hold together than cuts through one cloud; NaN unknown."""
        return self.silhouette - float(np.mean(self.null_silhouettes or [np.nan]))

    @cached_property
    def cards(self) -> tuple[ClusterCard, ...]:
        """One card for each group that has members."""
        return tuple(self._card(number) for number in range(self.k) if self.sizes[number])

    def _card(self, number: int) -> ClusterCard:
        members = np.flatnonzero(self.labels == number)
        own = self.distances[members, number]
        others = np.delete(self.distances[members], number, axis=1)
        torn = np.argsort(others.min(1) - own, kind="stable") if self.k > 1 else members[:0]
        by_distance = members[np.argsort(own, kind="stable")]
        means = []
        for name in self.attributes:
            values = column(self.rows, name)[members]
            values = values[np.isfinite(values)]
            if len(values):
                means.append((name, float(values.mean()), float(values.std())))
        share = share_positive(self.rows.iloc[members])
        return ClusterCard(
            number, by_distance, int(by_distance[0]), members[torn], share.n, share, tuple(means)
        )


def find_clusters(
    codes: Codes,
    rows: pd.DataFrame,
    k: int,
    *,
    train: Labels,
    seed: int,
    dims: int,
    attributes: tuple[str, ...],
    nulls: int,
) -> Clusters:
    """Group a run's patches over its first `dims` dimensions; see `LatentSpace.clusters`."""
    seen = np.ascontiguousarray(codes[:, :dims], dtype=np.float32)
    labels, centres = kmeans(seen, k, train=train, seed=seed)
    distances = squared_distances(seen, centres)
    whole = codes.shape[1]
    return Clusters(
        k=len(centres),
        labels=labels,
        centres=centres,
        distances=distances,
        over=f"all {whole} dimensions" if dims == whole else f"the {dims} attribute dimensions",
        silhouette=silhouette(seen[train], labels[train], seed=seed),
        null_silhouettes=null_silhouettes(seen[train], len(centres), count=nulls, seed=seed),
        inertia=float(distances[train].min(1).sum()),
        base_rate=share_positive(rows),
        rows=rows,
        attributes=attributes,
    )


def elbow(codes: Codes, ks: tuple[int, ...], *, train: Labels, seed: int) -> pd.DataFrame:
    """How inertia and silhouette change with K, over training rows: k, inertia, silhouette."""
    found = []
    for k in ks:
        labels, centres = kmeans(codes, k, train=train, seed=seed)
        inertia = float(squared_distances(codes[train], centres).min(1).sum())
        found.append((len(centres), inertia, silhouette(codes[train], labels[train], seed=seed)))
    return pd.DataFrame(found, columns=["k", "inertia", "silhouette"])


def kmeans(codes: Codes, k: int, *, train: Labels, seed: int) -> tuple[Labels, Centres]:
    """K-Means fitted on training rows; the others get the nearest centre.

    Clusters are numbered by their centre's first coordinate (the size dimension where a model
    has one), so that numbers read in an order and do not change by chance.

    Returns:
        labels (row,) int from 0, and centres (k, dimension) float32. K shrinks to the number of
        different training codes.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    fitted_on = np.ascontiguousarray(codes[train], dtype=np.float32)
    k = min(k, len(np.unique(fitted_on, axis=0)))
    # one thread: on a busy machine several wait for one another, up to 90 times as long
    with threadpool_limits(1):
        centres = KMeans(k, n_init=STARTS, random_state=seed).fit(fitted_on).cluster_centers_
    centres = centres[np.argsort(centres[:, 0], kind="stable")].astype(np.float32)
    return squared_distances(codes, centres).argmin(1), centres


def squared_distances(codes: Codes, centres: Centres) -> Features:
    """Squared distance of every code to every centre, (row, cluster)."""
    codes64, centres64 = codes.astype(np.float64), centres.astype(np.float64)
    squared = (codes64**2).sum(1)[:, None] - 2 * codes64 @ centres64.T + (centres64**2).sum(1)
    at_least_nothing: Features = np.maximum(squared, 0)
    return at_least_nothing


def silhouette(codes: Codes, labels: Labels, *, seed: int) -> float:
    """Mean silhouette (Rousseeuw 1987) of at most 2,000 rows; NaN for fewer than two groups."""
    from sklearn.metrics import silhouette_score

    if len(codes) > SILHOUETTE_ROWS:
        chosen = np.random.default_rng(seed).choice(len(codes), SILHOUETTE_ROWS, replace=False)
        codes, labels = codes[chosen], labels[chosen]
    groups = len(np.unique(labels))
    return float(silhouette_score(codes, labels)) if 1 < groups < len(codes) else float("nan")


def null_silhouettes(codes: Codes, k: int, *, count: int, seed: int) -> tuple[float, ...]:
    """Silhouettes of K-Means on Gaussian clouds with the codes' mean and covariance."""
    random = np.random.default_rng(seed)
    covariance = np.atleast_2d(np.cov(codes, rowvar=False))
    found = []
    for _ in range(count if k > 1 else 0):
        drawn = random.multivariate_normal(codes.mean(0), covariance, len(codes), method="eigh")
        cloud = drawn.astype(np.float32)
        labels, _ = kmeans(cloud, k, train=np.ones(len(cloud), dtype=bool), seed=seed)
        found.append(silhouette(cloud, labels, seed=seed))
    return tuple(found)


def share_positive(rows: pd.DataFrame) -> Share:
    """Share of the patients in these rows with the outcome."""
    labels: Values = rows.groupby("patient_id", sort=False)["label"].first().dropna().to_numpy()
    return Share.of(int((labels == 1).sum()), len(labels))
