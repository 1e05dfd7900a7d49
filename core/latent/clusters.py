"""Groups of alike patches, and a card for each that says what it is made of.

K-Means always finds K groups, whether there are any or not; `core.latent.support` says how far
they can be believed. Shares are counted in patients, since patches of one patient are no
independent witnesses.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.arrays import Codes, Features, Labels, Values
from core.evaluation.intervals import wilson
from core.latent.attributes import column
from core.latent.contrast import Effect, contrasts, corrected
from core.latent.grouping import METHOD_WORDS, NONE, Centres, Grouping, Method, group
from core.latent.grouping import squared_distances as squared_distances

STAGES = ("t_stage", "n_stage")


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
        medoid: The member nearest to the centre: the group's typical patch. Where the centre is
            the members' own mean, it has the least sum of squared distances to them.
        boundary: Members that lie nearest to another group, most torn first.
        patients: Patients with a patch in it.
        positive: Share of these patients with the outcome.
        means: (attribute, mean, standard deviation) over its members.
        stages: (column, stage, patients with it) for T and N stage, where they are known.
    """

    number: int
    rows: Labels
    medoid: int
    boundary: Labels
    patients: int
    positive: Share
    means: tuple[tuple[str, float, float], ...]
    stages: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Clusters:
    """A grouping of a run's patches, fitted on training rows.

    Attributes:
        method: How the groups were found.
        labels: The group of every row, (row,) from 0; -1 for none (HDBSCAN only).
        centres: (cluster, dimension) in the dimensions looked at.
        distances: Squared distance of every row to every centre, (row, cluster).
        costs: How badly every row fits every group, (row, cluster); least is its own.
        dims: The dimensions looked at are the code's first ones, so many.
        over: The same in words.
        base_rate: Share of all patients with the outcome.
        rows: One line a patch.
        attributes: Columns that the cards give means of.
        seed: Seed of the fit and of the cards' resampling.
        fitted: Training rows that it was fitted on.
    """

    method: Method
    labels: Labels
    centres: Centres
    distances: Features
    costs: Features
    dims: int
    over: str
    base_rate: Share
    rows: pd.DataFrame
    attributes: tuple[str, ...]
    seed: int = 0
    fitted: int = 0

    @property
    def k(self) -> int:
        """How many groups there are."""
        return len(self.centres)

    @property
    def method_words(self) -> str:
        """The method as people call it."""
        return METHOD_WORDS[self.method]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Patches in each group."""
        kept = self.labels[self.labels != NONE]
        return tuple(int(n) for n in np.bincount(kept, minlength=self.k)[: self.k])

    @property
    def left_out(self) -> int:
        """Patches that are in no group."""
        return int((self.labels == NONE).sum())

    @property
    def medoids(self) -> tuple[int, ...]:
        """The typical patch (a row) of each group that has members."""
        return tuple(card.medoid for card in self.cards)

    @cached_property
    def cards(self) -> tuple[ClusterCard, ...]:
        """One card for each group that has members."""
        return tuple(self._card(number) for number in range(self.k) if self.sizes[number])

    @cached_property
    def effects(self) -> tuple[tuple[Effect, ...], ...]:
        """What sets each card's group apart from all other patches, largest first.

        p is corrected over all groups and attributes together (Holm 1979).
        """
        sides = [(self.labels == card.number, self.labels != card.number) for card in self.cards]
        found = contrasts(self.rows, sides, attributes=self.attributes, seed=self.seed)
        return corrected(found)

    def _card(self, number: int) -> ClusterCard:
        members = np.flatnonzero(self.labels == number)
        own = self.costs[members, number]
        others = np.delete(self.costs[members], number, axis=1)
        torn = np.argsort(others.min(1) - own, kind="stable") if self.k > 1 else members[:0]
        by_distance = members[np.argsort(self.distances[members, number], kind="stable")]
        means = []
        for name in self.attributes:
            values = column(self.rows, name)[members]
            values = values[np.isfinite(values)]
            if len(values):
                means.append((name, float(values.mean()), float(values.std())))
        table = self.rows.iloc[members]
        share = share_positive(table)
        return ClusterCard(
            number=number,
            rows=by_distance,
            medoid=int(by_distance[0]),
            boundary=members[torn],
            patients=share.n,
            positive=share,
            means=tuple(means),
            stages=stages(table),
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
    method: Method = "kmeans",
) -> Clusters:
    """Group a run's patches over its first `dims` dimensions; see `LatentSpace.clusters`."""
    seen = np.ascontiguousarray(codes[:, :dims], dtype=np.float32)
    found = group(seen[train], k, method=method, seed=seed)
    labels = found.predict(seen)
    return Clusters(
        method=method,
        labels=labels,
        centres=found.centres,
        distances=squared_distances(seen, found.centres),
        costs=found.costs(seen),
        dims=dims,
        over=over_words(dims, codes.shape[1]),
        base_rate=share_positive(rows),
        rows=rows,
        attributes=attributes,
        seed=seed,
        fitted=int(np.sum(train)) if found.fitted_on is None else len(found.fitted_on),
    )


def over_words(dims: int, latent: int) -> str:
    """Which dimensions are looked at, in words."""
    return f"all {latent} dimensions" if dims == latent else f"the {dims} named dimensions"


def kmeans(codes: Codes, k: int, *, train: Labels, seed: int) -> tuple[Labels, Centres]:
    """K-Means fitted on training rows; the others get the nearest centre.

    Clusters are numbered by their centre's first coordinate (the size dimension where a model
    has one), so that numbers read in an order and do not change by chance.

    Returns:
        labels (row,) int from 0, and centres (k, dimension) float32. K shrinks to the number of
        different training codes.
    """
    found: Grouping = group(codes[train], k, method="kmeans", seed=seed)
    return found.predict(codes), found.centres


def share_positive(rows: pd.DataFrame) -> Share:
    """Share of the patients in these rows with the outcome."""
    labels: Values = rows.groupby("patient_id", sort=False)["label"].first().dropna().to_numpy()
    return Share.of(int((labels == 1).sum()), len(labels))


def stages(rows: pd.DataFrame) -> tuple[tuple[str, int, int], ...]:
    """(column, stage, patients with it) in these rows, T before N; nothing where unknown."""
    found = []
    for name in STAGES:
        if name in rows:
            known = rows.groupby("patient_id", sort=False)[name].first()
            values = pd.to_numeric(known, errors="coerce").dropna().to_numpy(dtype=np.int64)
            numbers, patients = np.unique(values, return_counts=True)
            found += [(name, int(one), int(n)) for one, n in zip(numbers, patients, strict=True)]
    return tuple(found)
