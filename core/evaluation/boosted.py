"""Gradient boosting on a patient's features, as a row of the table of models."""

import numpy as np

from core.evaluation.contender import Fit
from core.evaluation.nested import Scorer, tuned
from core.evaluation.people import People
from core.training.logistic_bag import balance

RATES, TREES = (0.02, 0.05), 120


def measured_table(people: People, features: np.ndarray, t_stage: tuple[str, ...]) -> np.ndarray:
    """A patient's features, (patient, feature), from those of rows, (row, feature).

    The largest lesion's, then mean and maximum over key slices, the number of lesions, and T stage
    where it is asked for.
    """
    columns, who = [features[people.largest]], people.of_row[people.key]
    filled = np.bincount(who, minlength=len(people))
    for values in features[people.key].T:
        total = np.bincount(who, weights=values, minlength=len(people))
        top = np.full(len(people), -np.inf)
        np.maximum.at(top, who, values)
        columns += [(total / np.maximum(filled, 1))[:, None], top[:, None]]
    return np.column_stack([*columns, people.nodes, people.facts(False, t_stage)])


def boosting(table: np.ndarray) -> Fit:
    """Shallow trees on a table of patients, (patient, feature); the rate is chosen inside."""

    def fit(people: People, fitted: np.ndarray, rate: float) -> Scorer:
        from sklearn.ensemble import GradientBoostingClassifier

        known = np.nan_to_num(table, nan=-1.0, posinf=-1.0, neginf=-1.0)
        truth = people.labels[fitted]
        trees = GradientBoostingClassifier(
            n_estimators=TREES,
            learning_rate=rate,
            max_depth=2,
            subsample=0.7,
            max_features="sqrt",
            random_state=0,
        ).fit(known[fitted], truth, sample_weight=balance(truth))
        return lambda patients: np.asarray(trees.decision_function(known[patients]))

    return tuned(fit, RATES, called="rate")
