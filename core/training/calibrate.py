"""From a head's score to a probability that means what it says, and to the calls.

Everything here is fitted on patients whose outcomes the head had not seen, see
`core.training.crossfit`. Platt's line (1999) with his smoothed targets and a normal prior on the
slope around 1: with eight positives, as validation patients alone hold, the data would not fix it.
"""

import math

import numpy as np

from core.arrays import Labels, PatientLabels, Values
from core.evaluation.classification import threshold_for_sensitivity
from core.networks.head import Scale
from core.training.preprocessing import Calibration

SLOPES = (0.05, 20.0)
SENSITIVITY = 0.85  # SCIENCE.md section 2: among the highest nodes of positive patients


def raw_logit(scores: Values, scale: Scale) -> Values:
    """A head's scores on the logit's scale, float64."""
    scores = np.asarray(scores, dtype=np.float64)
    if scale == "logit":
        return scores
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def fit_calibration(logits: Values, labels: Labels, *, prevalence: float) -> Calibration:
    """Platt's line on patients not fitted on.

    Args:
        logits: Of the patients.
        labels: Their outcomes.
        prevalence: Share of positives among training patients; where those asked have one
            outcome only, the mean logit is brought there and the slope stays 1.
    """
    from scipy.optimize import minimize

    truth = np.asarray(labels).astype(np.float64)
    positives, n = float(truth.sum()), len(truth)
    if not 0 < positives < n:
        share = min(max(prevalence, 1e-3), 1 - 1e-3)
        centre = float(np.mean(logits)) if n else 0.0
        return Calibration(1.0, math.log(share / (1 - share)) - centre)
    targets = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (n - positives + 2))

    def miss(line: np.ndarray) -> float:
        lifted = np.exp(line[0]) * logits + line[1]
        loss = np.logaddexp(0, lifted) - targets * lifted
        return float(loss.sum() + 0.5 * line[0] ** 2)

    found = minimize(miss, np.zeros(2), method="BFGS")
    slope = float(np.clip(np.exp(found.x[0]), *SLOPES))
    return Calibration(slope, float(found.x[1]))


def probabilities(logits: Values, line: Calibration) -> Values:
    """Calibrated probabilities, float64."""
    lifted = np.clip(line.slope * np.asarray(logits, dtype=np.float64) + line.intercept, -700, 700)
    return np.asarray(1 / (1 + np.exp(-lifted)))


def patient_threshold(labels: Labels, chances: Values, *, prevalence: float) -> float:
    """The probability from which patients are called positive; the prevalence where there is
    no positive patient to choose it on."""
    if not np.asarray(labels).any():
        return prevalence
    return threshold_for_sensitivity(labels, chances, sensitivity=SENSITIVITY)


def node_call(scores: Values, of_row: Labels, labels: PatientLabels) -> float:
    """The node score from which a lesion is called positive.

    Chosen so that of the positive patients' highest scores 85 % are called.

    Args:
        scores: Of the rows of patients not fitted on, in 0..1.
        of_row: Number of each row's patient, into `labels`.
        labels: Of those patients.
    """
    highest = np.full(len(labels), -np.inf)
    np.maximum.at(highest, of_row, scores)
    seen = np.isfinite(highest)
    truth = np.asarray(labels).astype(bool)
    if not (truth & seen).any():
        return 0.5
    return threshold_for_sensitivity(truth[seen], highest[seen], sensitivity=SENSITIVITY)
