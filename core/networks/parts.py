"""Taking a patient's answer apart, so that its parts add up exactly.

A head that adds terms is read term by term, on the logit's scale. A head that does not (the
paper's) is told one thing after the other, and each part is what the probability then changes
by: first an average patient, then the patient's lesions, then each clinical feature.
"""

from itertools import pairwise

import torch
from torch import Tensor

from core.networks.bag import Bag
from core.networks.head import Scale, Terms
from core.networks.network import Network

LEAST = 1e-6  # probabilities nearer to 0 or 1 have no use for a logit


def calibrated(score: Tensor, scale: Scale, *, slope: float, intercept: float) -> Tensor:
    """Calibrated logits of scores, float64, with shape (patient)."""
    score = score.double()
    if scale == "probability":
        score = torch.logit(score.clamp(LEAST, 1 - LEAST))
    return slope * score + intercept


def added_terms(terms: Terms, *, slope: float, intercept: float) -> list[list[float]]:
    """Each patient's parts on the calibrated logit's scale: base rate, nodes, clinical features."""
    base = slope * terms.base.double() + intercept
    parts = torch.cat(
        (base[:, None], slope * terms.nodes.double()[:, None], slope * terms.clinical.double()), 1
    )
    return parts.tolist()


def told_one_by_one(
    network: Network, patient: Bag, *, slope: float, intercept: float
) -> list[float]:
    """One patient's parts on the probability's scale: base rate, nodes, clinical features.

    Args:
        network: Its head says a probability.
        patient: A bag of one.
        slope: Of the calibration.
        intercept: Of the calibration.
    """
    features = patient.clinical.shape[1]
    steps = patient.clinical.expand(features + 1, -1).clone()
    for told in range(features + 1):
        steps[told, told:] = 0.0
    told_bag = Bag(
        patient.codes.expand(features + 1, -1, -1),
        patient.features.expand(features + 1, -1, -1),
        patient.there.expand(features + 1, -1),
        steps,
    )
    score = torch.cat((network.typical[None], network.terms(told_bag).score))
    reached = torch.sigmoid(
        calibrated(score, network.scale, slope=slope, intercept=intercept)
    ).tolist()
    changes = [after - before for before, after in pairwise(reached)]
    return [reached[0], *changes]
