"""Prediction: what was said of a patient, taken apart.

A probability alone convinces nobody. Here it stands beside its terms, which add up exactly, and
beside each lesion's share: the exact change of the probability when that lesion is left out.
"""

from dataclasses import dataclass
from typing import Literal

from core.arrays import Values

Answer = Literal["positive", "negative", "no answer"]


@dataclass(frozen=True)
class Clinical:
    """What is known of a patient beside the pictures; None where it is not known.

    Attributes:
        t_stage: 1 to 4.
        age: In years.
        sex: "M" or "F".
    """

    t_stage: int | None = None
    age: float | None = None
    sex: str | None = None


@dataclass(frozen=True)
class Part:
    """One term of a prediction: what it comes from, and how much it adds."""

    name: str
    value: float


@dataclass(frozen=True)
class Prediction:
    """What was said of a patient.

    Attributes:
        patient_id: The study's pseudonym, "" for a case without one.
        probability: Calibrated probability of the positive outcome, in 0..1.
        logit: Its logarithm of odds.
        scale: What `parts` add up to: the logit, or the probability itself.
        parts: The terms; the first is what is said of an average patient ("base rate"), then
            "nodes", then each clinical feature. Their sum in this order is exact.
        node_scores: Each row's score in 0..1: the probability of an average patient who had
            this row alone.
        node_shares: Probability minus the probability without this row's lesion (all of its
            rows), one per row.
        answer: The conformal answer: "no answer" where both outcomes, or neither, are ordinary.
        threshold: Patients from this probability upwards are called positive.
    """

    patient_id: str
    probability: float
    logit: float
    scale: Literal["logit", "probability"]
    parts: tuple[Part, ...]
    node_scores: Values
    node_shares: Values
    answer: Answer
    threshold: float


def in_words(answer: str) -> Answer:
    """The conformal rule's answer as people say it."""
    words: dict[str, Answer] = {"N+": "positive", "N0": "negative"}
    return words.get(answer, "no answer")
