"""Rows of the table of models that look at the pixels themselves, without a network.

Where lesions are outlined: radiomics (`radiomics` and the measured shape) with gradient boosting.
Where they are not: the pixels of a patient's largest lesion, by a penalised logistic regression and
by a random forest, the floor that any picture model has to beat.
"""

import numpy as np

from core.arrays import Masks, Patches
from core.evaluation.boosted import boosting, measured_table
from core.evaluation.contender import Contender, Fit, told_beside
from core.evaluation.nested import Scorer, tuned
from core.evaluation.people import People
from core.evaluation.radiomics import radiomics
from core.training.logistic_bag import balance

STRENGTHS = (1e-4, 1e-3, 1e-2)  # C of the logistic regression on standardised pixels
TREES, LEAVES = 200, (2.0, 8.0)
PIXEL_REPEATS = 2
EDGE = 1e-3  # shares of trees are kept off 0 and 1 before they become logits


def pixel_rows(
    people: People, patches: Patches, masks: Masks, t_stage: tuple[str, ...]
) -> list[Contender]:
    """The rows these pictures allow.

    Args:
        people: Who is judged.
        patches: In [0, 1], (row, height, width).
        masks: Where the lesion is, (row, height, width).
        t_stage: ("t_stage",) where it enters.
    """
    if people.has_sizes:
        features = np.column_stack((radiomics(patches, masks), people.measured))
        table = measured_table(people, features, t_stage)
        title = "Radiomics (first order, texture, shape), gradient boosting"
        title = told_beside(title, t_stage)
        return [Contender("radiomics", title, "both", boosting(table))]
    pixels = np.asarray(patches[people.largest], np.float64).reshape(len(people), -1)
    few = PIXEL_REPEATS
    return [
        Contender(
            "pixels_logistic",
            "Pixels, logistic regression",
            "image",
            _logistic(pixels),
            most_repeats=few,
        ),
        Contender(
            "pixels_forest", "Pixels, random forest", "image", _forest(pixels), most_repeats=few
        ),
    ]


def _logistic(pixels: np.ndarray) -> Fit:
    def fit(people: People, fitted: np.ndarray, strength: float) -> Scorer:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        line = LogisticRegression(C=strength, class_weight="balanced", max_iter=500)
        model = make_pipeline(StandardScaler(), line).fit(pixels[fitted], people.labels[fitted])
        return lambda patients: np.asarray(model.decision_function(pixels[patients]))

    return tuned(fit, STRENGTHS, called="C")


def _forest(pixels: np.ndarray) -> Fit:
    def fit(people: People, fitted: np.ndarray, leaf: float) -> Scorer:
        from sklearn.ensemble import RandomForestClassifier

        truth = people.labels[fitted]
        trees = RandomForestClassifier(TREES, min_samples_leaf=int(leaf), random_state=0)
        trees.fit(pixels[fitted], truth, sample_weight=balance(truth))

        def score(patients: np.ndarray) -> np.ndarray:
            share = np.clip(trees.predict_proba(pixels[patients])[:, 1], EDGE, 1 - EDGE)
            return np.asarray(np.log(share / (1 - share)))

        return score

    return tuned(fit, LEAVES, called="leaf")
