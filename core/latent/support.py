"""Whether the codes fall into groups at all: what speaks for every K, and what against.

Every K from 2 to 20 is held against data without groups and against itself:

* the silhouette (Rousseeuw 1987) minus that of Gaussian clouds with the same covariance: cuts
  through one cloud reach a silhouette too;
* the gap statistic (Tibshirani, Walther & Hastie 2001), which may answer 1;
* stability: the adjusted Rand index (Hubert & Arabie 1985) between the groups and those found
  on a resample of patients, and Jaccard's index of each group (Hennig 2007);
* what the groups explain: eta squared of measured attributes, with p from shuffled patients,
  and the adjusted mutual information with outcome and T stage.

A K is supported if its silhouette exceeds that of every null and its groups come back, all
together (ARI) and each of them (Jaccard). Of those the most detailed is offered, as prediction
strength does it (Tibshirani & Walther 2005). All of it looks at training rows; other patients
are only placed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Codes, Labels
from core.evaluation.cluster_quality import (
    eta_permutation_p,
    eta_squared,
    gap_answer,
    jaccard_by_group,
    patient_shuffles,
)
from core.latent.attributes import LABEL, column
from core.latent.clusters import over_words
from core.latent.evidence import Explained, Study, Support
from core.latent.grouping import NONE, Grouping, Method, group, squared_distances
from core.latent.space import LatentSpace, Over
from core.progress import Progress, silent

KS = tuple(range(2, 21))
NULLS = 20  # clouds; exceeding all of them is p < .05
RESAMPLES = 50
MOST_ROWS = 2000  # training rows looked at; silhouettes grow with their square


def study(
    space: LatentSpace,
    *,
    method: Method = "kmeans",
    over: Over = "auto",
    ks: Sequence[int] = KS,
    nulls: int = NULLS,
    resamples: int = RESAMPLES,
    progress: Progress = silent,
) -> Study:
    """Look at every K; takes half a minute for K-Means on a thousand rows.

    Args:
        space: The run's latent space; its training rows are looked at, at most 2,000 of them.
        method: How groups are sought. HDBSCAN finds its own number, so K is not looked at.
        over: The dimensions, as for `LatentSpace.clusters`.
        ks: Numbers of groups.
        nulls: Clouds without groups, and reference sets of the gap statistic, each.
        resamples: Resamples of patients.
        progress: Told after each K.

    Raises:
        LatentError: `over` is "attributes" and the run has none.
    """
    dims = space.dims(over)
    train = np.flatnonzero(space.train)
    if len(train) > MOST_ROWS:
        random = np.random.default_rng(space.seed)
        train = np.sort(random.choice(train, MOST_ROWS, replace=False))
    looked = _Looked.at(space, train, dims, nulls=nulls, resamples=resamples)
    tried = (0,) if method == "hdbscan" else tuple(k for k in ks if 2 <= k < len(train) / 2)
    gaps = [] if method == "hdbscan" else [looked.gap(1, None, method)]
    found = []
    for number, k in enumerate(tried):
        progress("looking for groups", number, len(tried))
        one = looked.support(k, method)
        found.append(one)
        if one.gap is not None and one.gap_error is not None:
            gaps.append((one.gap, one.gap_error))
    progress("looking for groups", len(tried), len(tried))
    return Study(
        method=method,
        dims=dims,
        over=over_words(dims, space.codes.shape[1]),
        rows=len(train),
        gap_k=gap_answer([g for g, _ in gaps], [e for _, e in gaps], (1, *tried)) if gaps else None,
        found=tuple(found),
    )


@dataclass(frozen=True, eq=False)
class _Looked:
    """The training rows with everything that all K share: clouds, boxes, resamples."""

    space: LatentSpace
    rows: Labels
    codes: Codes
    clouds: tuple[np.ndarray, ...]
    boxes: tuple[Codes, ...]
    drawn: tuple[np.ndarray, ...]
    orders: np.ndarray

    @classmethod
    def at(
        cls, space: LatentSpace, rows: Labels, dims: int, *, nulls: int, resamples: int
    ) -> "_Looked":
        codes = np.ascontiguousarray(space.codes[rows, :dims], dtype=np.float32)
        random = np.random.default_rng(space.seed)
        return cls(
            space,
            rows,
            codes,
            tuple(gaussian_cloud(codes, len(codes), random) for _ in range(nulls)),
            tuple(_box(codes, random) for _ in range(nulls)),
            tuple(patient_resample(space, rows, random) for _ in range(resamples)),
            _orders(space.rows["patient_id"].to_numpy()[rows], space.seed),
        )

    def support(self, k: int, method: Method) -> Support:
        seed = self.space.seed
        found = group(self.codes, k, method=method, seed=seed)
        labels = found.predict(self.codes)
        k = found.k if method == "hdbscan" else k
        gap = None if method == "hdbscan" else self.gap(k, found, method)
        # twice the same row is a distance of 0, which HDBSCAN would take for a dense region
        drawn = [np.unique(one) for one in self.drawn] if method == "hdbscan" else self.drawn
        again = [
            group(self.codes[one], k, method=method, seed=seed, starts=2).predict(self.codes)
            for one in drawn
        ]
        aris = np.array([_agreement(labels, other) for other in again])
        jaccard = np.array([jaccard_by_group(labels, other, found.k) for other in again])
        return Support(
            k=found.k,
            silhouette=silhouette(self.codes, labels, seed=seed),
            nulls=tuple(
                silhouette(cloud, _grouped(cloud, k, method, seed), seed=seed)
                for cloud in self.clouds
            ),
            gap=gap[0] if gap else None,
            gap_error=gap[1] if gap else None,
            ari=float(aris.mean()) if len(aris) else 0.0,
            ari_low=float(np.percentile(aris, 2.5)) if len(aris) else 0.0,
            ari_high=float(np.percentile(aris, 97.5)) if len(aris) else 0.0,
            jaccard=tuple(float(one) for one in np.nan_to_num(jaccard.mean(0))) if again else (),
            sizes=tuple(int((labels == number).sum()) for number in range(found.k)),
            left_out=int((labels == NONE).sum()),
            explained=self._explained(labels),
            ami_label=self._information(labels, LABEL),
            ami_t_stage=self._information(labels, "t_stage"),
        )

    def gap(self, k: int, found: Grouping | None, method: Method) -> tuple[float, float]:
        """Gap and its standard error: log spread of boxes without groups minus our own."""
        seed = self.space.seed
        own = _log_spread(self.codes, found.predict(self.codes) if found else None)
        others = np.array(
            [
                _log_spread(box, _grouped(box, k, method, seed) if k > 1 else None)
                for box in self.boxes
            ]
        )
        error = float(others.std() * np.sqrt(1 + 1 / len(others)))
        return float(others.mean() - own), error

    def _explained(self, labels: Labels) -> tuple[Explained, ...]:
        patients = self.space.rows["patient_id"].to_numpy()[self.rows]
        found = []
        for name in self.space.measured:
            values = column(self.space.rows, name)[self.rows]
            known = np.isfinite(values)
            if known.sum() > 2 and np.ptp(values[known]) > 0:
                own, groups, who = values[known], labels[known], patients[known]
                orders = self.orders if known.all() else _orders(who, self.space.seed)
                p = eta_permutation_p(own, groups, orders)
                found.append(Explained(name, eta_squared(own, groups), p))
        return tuple(found)

    def _information(self, labels: Labels, name: str) -> float | None:
        from sklearn.metrics import adjusted_mutual_info_score

        values = column(self.space.rows, name)[self.rows]
        known = np.isfinite(values)
        if len(np.unique(values[known])) < 2:
            return None
        return float(adjusted_mutual_info_score(values[known].astype(int), labels[known]))


def silhouette(codes: Codes, labels: Labels, *, seed: int) -> float:
    """Mean silhouette of at most 2,000 rows in groups; -1 for fewer than two groups."""
    from sklearn.metrics import silhouette_score

    codes, labels = codes[labels != NONE], labels[labels != NONE]
    if len(codes) > MOST_ROWS:
        chosen = np.random.default_rng(seed).choice(len(codes), MOST_ROWS, replace=False)
        codes, labels = codes[chosen], labels[chosen]
    groups = len(np.unique(labels))
    return float(silhouette_score(codes, labels)) if 1 < groups < len(codes) else -1.0


def gaussian_cloud(codes: Codes, rows: int, random: np.random.Generator) -> np.ndarray:
    """A cloud without groups that has the codes' mean and covariance, (rows, dimension)."""
    covariance = np.atleast_2d(np.cov(codes, rowvar=False))
    drawn = random.multivariate_normal(codes.mean(0), covariance, rows, method="eigh")
    return drawn.astype(np.float32)


def _box(codes: Codes, random: np.random.Generator) -> Codes:
    """Uniform in the box along the principal axes, the gap statistic's reference (b)."""
    centre = codes.mean(0, dtype=np.float64)
    _, _, axes = np.linalg.svd(codes - centre, full_matrices=False)
    turned = (codes - centre) @ axes.T
    drawn = random.uniform(turned.min(0), turned.max(0), size=turned.shape)
    box: Codes = (drawn @ axes + centre).astype(np.float32)
    return box


def patient_resample(space: LatentSpace, rows: Labels, random: np.random.Generator) -> np.ndarray:
    """Positions of the rows of as many patients, drawn with replacement."""
    patients, numbers = np.unique(space.rows["patient_id"].to_numpy()[rows], return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(len(patients) + 1))
    drawn = random.integers(0, len(patients), len(patients))
    return np.concatenate([order[starts[one] : starts[one + 1]] for one in drawn])


def _orders(patients: np.ndarray, seed: int) -> np.ndarray:
    return patient_shuffles(patients.astype(str), seed=seed)


def _grouped(codes: Codes, k: int, method: Method, seed: int) -> Labels:
    return group(codes, k, method=method, seed=seed, starts=2).predict(codes)


def _agreement(labels: Labels, other: Labels) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(labels, other))


def _log_spread(codes: Codes, labels: Labels | None) -> float:
    """Log of the sum of squared distances to the groups' means."""
    if labels is None:
        labels = np.zeros(len(codes), dtype=np.int64)
    _, labels = np.unique(labels, return_inverse=True)
    sums = np.zeros((labels.max() + 1, codes.shape[1]))
    np.add.at(sums, labels, codes.astype(np.float64))
    means = sums / np.bincount(labels)[:, None]
    own = squared_distances(codes, means)[np.arange(len(codes)), labels]
    return float(np.log(max(own.sum(), 1e-12)))
