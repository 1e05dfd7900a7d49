"""How far single dimensions of the code mean single attributes.

On posterior means and z-scored attributes of held-out patients, mean over attributes:

- interpretability: R² of the attribute on the one dimension with the largest mutual information
  (Pati & Lerch 2021, AR-VAE)
- SAP: largest minus second largest squared correlation (Kumar, Sattigeri & Balakrishnan 2018)
- SCC: largest absolute Spearman correlation
- modularity: 1 - (sum of MI² - largest MI²) / (largest MI² (A - 1)), mean over active dimensions
  (Ridgeway & Mozer 2018)
- MIG: largest minus second largest MI, over the attribute's entropy in `BINS` bins of equal count
  (Chen et al. 2018). Secondary: a perfect dimension with a tenth of noise scores .40 only.

DCI, which asks trees instead, is in `dci`. Mutual information by scikit-learn's nearest-neighbour
estimator, k = 3.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from core.arrays import Codes, Features, Labels
from core.evaluation.intervals import (
    RESAMPLES,
    Interval,
    patient_draws,
    patient_numbers,
    percentiles,
    sums_by_patient,
)
from core.evaluation.latent_space import ACTIVE_ABOVE

NEIGHBOURS = 3
BINS = 20  # as Locatello et al. 2019 bin values, for MIG's entropy


@dataclass(frozen=True)
class Disentangled:
    """How far dimensions mean attributes; 1 is best for all five.

    Intervals are by bootstrap of patients, with the dimensions held that all patients chose.

    Attributes:
        score: Interpretability.
        sap: Largest minus second largest squared correlation.
        scc: Largest absolute Spearman correlation.
        modularity, mig: Without an interval: the estimator does not bear doubled rows.
        chosen: Dimension with the largest mutual information, (attribute).
    """

    score: Interval
    sap: Interval
    scc: Interval
    modularity: float
    mig: float
    chosen: tuple[int, ...]


def disentangled(
    codes: Codes,
    attributes: Features,
    patient_ids: Labels,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Disentangled:
    """Measure all five.

    Args:
        codes: Posterior means.
        attributes: Finite, each varying, (row, attribute).
        patient_ids: Whose row it is.
        resamples: How many bootstrap resamples.
        seed: Of the resampling and of the estimator's tie breaking.

    Raises:
        ValueError: There is no active dimension, or fewer than two attributes.
    """
    active = np.flatnonzero(codes.var(axis=0) > ACTIVE_ABOVE)
    if not active.size or attributes.shape[1] < 2:
        raise ValueError("disentanglement needs an active dimension and two attributes")
    z = codes[:, active].astype(np.float64)
    information = mutual_information(z, attributes, seed=seed)
    chosen = information.argmax(axis=0)
    numbers, patients = patient_numbers(patient_ids)
    drawn = list(patient_draws(patients, resamples=resamples, seed=seed))
    places = np.arange(attributes.shape[1])

    def correlated(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Correlations of everybody and of resamples, ([resample,] dimension, attribute)."""
        parts = _parts(_scaled(x), _scaled(y))
        sums = sums_by_patient(parts, numbers, patients)
        whole = _correlations(parts.sum(axis=0)[None], x.shape[1], y.shape[1])[0]
        again = [_correlations(draws @ sums, x.shape[1], y.shape[1]) for draws in drawn]
        return whole, np.concatenate(again)

    whole, again = correlated(z, attributes)
    ranks, ranks_again = correlated(rankdata(z, axis=0), rankdata(attributes, axis=0))
    first, second = (np.abs(whole).argsort(axis=0)[-each] for each in (1, min(2, len(active))))
    top = np.abs(ranks).argmax(axis=0)
    sign = np.sign(ranks[top, places])

    def gap(found: np.ndarray) -> np.ndarray:
        squared = np.square(found)
        beaten = squared[..., second, places] if len(active) > 1 else 0.0
        return np.asarray((squared[..., first, places] - beaten).mean(axis=-1))

    def share(found: np.ndarray) -> np.ndarray:
        return np.asarray(np.square(found[..., chosen, places]).mean(axis=-1))

    def rank(found: np.ndarray) -> np.ndarray:
        return np.asarray((sign * found[..., top, places]).mean(axis=-1))

    return Disentangled(
        score=_around(float(share(whole)), share(again)),
        sap=_around(float(gap(whole)), gap(again)),
        scc=_around(float(rank(ranks)), rank(ranks_again)),
        modularity=modularity(information),
        mig=information_gap(information, attributes),
        chosen=tuple(active[chosen].tolist()),
    )


def mutual_information(z: Features, attributes: Features, *, seed: int = 0) -> np.ndarray:
    """Nats shared by each dimension and attribute, (dimension, attribute)."""
    from sklearn.feature_selection import mutual_info_regression

    columns = [
        mutual_info_regression(z, values, n_neighbors=NEIGHBOURS, random_state=seed)
        for values in attributes.T
    ]
    return np.column_stack(columns)


def modularity(information: np.ndarray) -> float:
    """How far each dimension informs of one attribute only, from (dimension, attribute)."""
    squared = np.square(information)
    top = squared.max(axis=1)
    others = squared.sum(axis=1) - top
    informs = top > 0  # a dimension that says nothing is not modular, nor the opposite
    if not informs.any():
        return 0.0
    return float(np.mean(1 - others[informs] / (top[informs] * (information.shape[1] - 1))))


def information_gap(information: np.ndarray, attributes: Features) -> float:
    """MIG from (dimension, attribute) and the attributes' values, (row, attribute)."""
    ordered = np.sort(np.vstack((np.zeros(information.shape[1]), information)), axis=0)
    return float(np.mean((ordered[-1] - ordered[-2]) / [_entropy(own) for own in attributes.T]))


def _entropy(values: np.ndarray) -> float:
    """Nats of a value that varies, in bins of equal count; ties share a bin."""
    edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    counts = np.bincount(np.searchsorted(edges, values, side="left"))
    share = counts[counts > 0] / len(values)
    return max(float(-(share * np.log(share)).sum()), 1e-12)


def _scaled(values: np.ndarray) -> np.ndarray:
    return np.asarray((values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-12))


def _parts(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Row by row, what correlations are sums of: 1, x, x², y, y², x times y."""
    both = (x[:, :, None] * y[:, None]).reshape(len(x), -1)
    return np.column_stack((np.ones(len(x)), x, x**2, y, y**2, both))


def _correlations(sums: np.ndarray, dimensions: int, attributes: int) -> np.ndarray:
    """Correlations from such sums, (resample, dimension, attribute)."""
    n = sums[:, :1]
    ends = np.cumsum([1, dimensions, dimensions, attributes, attributes])
    x, x2, y, y2, xy = np.split(sums, ends, axis=1)[1:]
    x, x2, y, y2, xy = (part / n for part in (x, x2, y, y2, xy))
    shared = xy.reshape(-1, dimensions, attributes) - x[:, :, None] * y[:, None]
    spread = (x2 - x**2)[:, :, None] * (y2 - y**2)[:, None]
    return np.asarray(shared / np.sqrt(np.maximum(spread, 1e-12)))


def _around(value: float, drawn: np.ndarray) -> Interval:
    """The interval, widened to hold the value: small squared correlations are drawn too large."""
    found = percentiles(value, drawn)
    return Interval(value, min(value, found.low), max(value, found.high))
