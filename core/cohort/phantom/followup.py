"""The same patients seen again: nodes grown or shrunk, everything else where it was."""

from dataclasses import dataclass, replace

import numpy as np

from core.cohort.phantom.factors import Change
from core.cohort.phantom.truth import PatientTruth


@dataclass(frozen=True)
class FollowUp:
    """A second study of every patient.

    Attributes:
        days: Time between the two.
        doubling_days: Time in which a malignant node's volume doubles.
        benign_sd_mm: How much a benign node's short axis varies by itself.
    """

    days: float = 90.0
    doubling_days: float = 120.0
    benign_sd_mm: float = 0.25


def seen_again(patient: PatientTruth, follow_up: FollowUp) -> PatientTruth:
    """The patient at the second study: same seeds, so same pelvis, places and textures.

    Growth is sized so that volume grows as the cube of the short axis.
    """
    factor = 2 ** (follow_up.days / follow_up.doubling_days / 3)
    nodes = []
    for node in patient.nodes:
        own = np.random.default_rng([*node.seed, 11])
        pace = float(np.exp(own.normal(0, 0.25)))
        if node.malignant:
            grown_mm = node.short_axis_mm * (factor**pace - 1)
        else:
            grown_mm = float(own.normal(0, follow_up.benign_sd_mm))
        nodes.append(node.changed(Change(short_axis_mm=grown_mm)))
    return replace(patient, nodes=tuple(nodes))
