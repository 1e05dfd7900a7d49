"""DCI: how far a code is taken apart, attribute by attribute, as trees use it.

Gradient-boosted trees are fitted on the code, one ensemble an attribute; their importances,
(dimension, attribute), say which dimensions each needs (Eastwood & Williams, ICLR 2018):

- disentanglement: 1 minus the entropy of a dimension's importances over attributes, base their
  number; mean over dimensions, each weighed by its share of all importance
- completeness: 1 minus the entropy of an attribute's importances over dimensions, base their number
- informativeness: R² of the attribute on patients that the trees did not see

Trees see thresholds, so a curved code is no loss; noise dimensions take a little importance each,
which lowers completeness where dimensions are many and rows few.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Codes, Features, Labels
from core.evaluation.intervals import patient_numbers
from core.evaluation.latent_space import ACTIVE_ABOVE

TREES, DEPTH, RATE = 60, 3, 0.1
PARTS = 2  # of the patients, for informativeness
MOST_ROWS = 1500  # of a large cohort; trees on more change little and take minutes


@dataclass(frozen=True)
class Dci:
    """All three; 1 is best. Without intervals: trees on doubled rows learn them by heart."""

    disentanglement: float
    completeness: float
    informativeness: float


def dci(codes: Codes, attributes: Features, patient_ids: Labels, *, seed: int = 0) -> Dci:
    """Measure all three.

    Args:
        codes: Posterior means.
        attributes: Finite, each varying, (row, attribute).
        patient_ids: Whose row it is; informativeness is read on other patients.
        seed: Of trees and parts.

    Raises:
        ValueError: There is no active dimension, fewer than two attributes or than two patients.
    """
    active = np.flatnonzero(codes.var(axis=0) > ACTIVE_ABOVE)
    whose, patients = patient_numbers(patient_ids)
    if not active.size or attributes.shape[1] < 2 or patients < PARTS:
        raise ValueError("DCI needs an active dimension, two attributes and two patients")
    chance = np.random.default_rng(seed)
    rows = np.sort(chance.permutation(len(codes))[:MOST_ROWS])
    x, y = codes[rows][:, active].astype(np.float64), np.asarray(attributes, np.float64)[rows]
    part = chance.permutation(np.arange(patients) % PARTS)[whose[rows]]
    importance = np.column_stack([_trees(x, values, seed).feature_importances_ for values in y.T])
    read = np.empty_like(y)
    for number in range(PARTS):
        held = part == number
        for place in range(y.shape[1]):
            fitted = _trees(x[~held], y[~held, place], seed)
            read[held, place] = fitted.predict(x[held])
    missed = np.square(y - read).sum(axis=0) / np.square(y - y.mean(axis=0)).sum(axis=0)
    return Dci(disentanglement(importance), completeness(importance), float((1 - missed).mean()))


def disentanglement(importance: np.ndarray) -> float:
    """How far dimensions serve one attribute each, from (dimension, attribute)."""
    weight = importance.sum(axis=1)
    if weight.sum() <= 0:
        return 0.0
    return float((_purity(importance) * weight).sum() / weight.sum())


def completeness(importance: np.ndarray) -> float:
    """How far attributes need one dimension each, from (dimension, attribute)."""
    if importance.sum() <= 0:
        return 0.0
    return float(_purity(importance.T).mean())


def _purity(importance: np.ndarray) -> np.ndarray:
    """1 minus each row's entropy, base the number of its columns; 1 where there is one column."""
    if importance.shape[1] < 2:
        return np.ones(len(importance))
    total = importance.sum(axis=1, keepdims=True)
    even = np.full_like(importance, 1 / importance.shape[1])
    share = np.divide(importance, total, out=even, where=total > 0)
    spread = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=1)
    return np.asarray(1 - spread / np.log(importance.shape[1]))


def _trees(x: np.ndarray, values: np.ndarray, seed: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  sklearn has no types
    from sklearn.ensemble import GradientBoostingRegressor

    trees = GradientBoostingRegressor(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, random_state=seed
    )
    return trees.fit(x, values)
