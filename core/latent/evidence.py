"""What was found when groups were looked for: the evidence for every K, and what it supports."""

from dataclasses import dataclass

import numpy as np

from core.latent.grouping import Method

STABLE = 0.8  # mean ARI from which groups come back; prediction strength asks .8 to .9
NAMED = 0.75  # Jaccard below which a group is not taken for one (Hennig 2007)
MOST_OFFERED = 8  # more groups than people can tell apart are never offered


@dataclass(frozen=True)
class Explained:
    """How much of one attribute lies between the groups, and how often chance does as well."""

    name: str
    eta2: float
    p: float


@dataclass(frozen=True)
class Support:
    """What speaks for one number of groups.

    Attributes:
        k: How many groups were found.
        silhouette: Mean over the rows in groups; -1 with fewer than two groups.
        nulls: The same of Gaussian clouds of equal covariance, grouped alike.
        gap: The gap statistic, None for HDBSCAN, which minimises no spread.
        gap_error: Its standard error.
        ari: Mean adjusted Rand index over resamples of patients.
        ari_low: 2.5 % of the resamples give less.
        ari_high: 97.5 % of the resamples give less.
        jaccard: Of each group, mean over resamples.
        sizes: Rows in each group.
        left_out: Rows in none.
        explained: Eta squared of every measured attribute.
        ami_label: Adjusted mutual information with the outcome; None where it does not vary.
        ami_t_stage: The same with T stage.
    """

    k: int
    silhouette: float
    nulls: tuple[float, ...]
    gap: float | None
    gap_error: float | None
    ari: float
    ari_low: float
    ari_high: float
    jaccard: tuple[float, ...]
    sizes: tuple[int, ...]
    left_out: int
    explained: tuple[Explained, ...]
    ami_label: float | None
    ami_t_stage: float | None

    @property
    def silhouette_minus_null(self) -> float:
        """How much better the groups hold together than cuts through one cloud."""
        return self.silhouette - float(np.mean(self.nulls))

    @property
    def beats_nulls(self) -> bool:
        """Whether no cloud without groups reaches its silhouette."""
        return self.silhouette > max(self.nulls)

    @property
    def comes_back(self) -> bool:
        """Whether other patients of the same kind give the same groups."""
        return self.ari >= STABLE and min(self.jaccard, default=0.0) >= NAMED

    @property
    def is_supported(self) -> bool:
        """Whether the groups are more than a cut of convenience."""
        return self.k > 1 and self.beats_nulls and self.comes_back


@dataclass(frozen=True)
class Study:
    """Every K of one method over some dimensions, looked at.

    Attributes:
        method: How groups were sought.
        dims: The code's first dimensions looked at, so many.
        over: The same in words.
        rows: Training rows looked at.
        gap_k: The gap statistic's answer, 1 for no groups; None for HDBSCAN.
        found: One K after the other; HDBSCAN has one.
    """

    method: Method
    dims: int
    over: str
    rows: int
    gap_k: int | None
    found: tuple[Support, ...]

    @property
    def offered(self) -> int | None:
        """The most detailed supported K of at most 8; None where no K is supported."""
        supported = [one.k for one in self.found if one.is_supported and one.k <= MOST_OFFERED]
        return max(supported, default=None)

    def at(self, k: int) -> Support | None:
        """What was found for one K; None where it was not looked at."""
        return next((one for one in self.found if one.k == k), None)
