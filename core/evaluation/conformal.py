"""When to give no answer: class-conditional (Mondrian) split conformal sets.

For each outcome patients who have it, and whose outcome the head that was asked had not seen, say
how small a probability of that outcome still is ordinary. A new patient's set holds every outcome
that would be ordinary for them; at alpha 0.10 it holds the true one for at least 90 of 100
positives and, apart from them, of 100 negatives, whatever the model (Vovk 2012). That is exact
where one head answers all; where those patients were cross-fitted and the new one is asked of
another head like theirs, it holds nearly (Vovk 2015). One outcome in the set is an answer; both or
none is "no answer".
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np

from core.arrays import Labels, Values

ALPHA = 0.10
Answer = Literal["N0", "N+", "no answer"]


@dataclass(frozen=True)
class ConformalRule:
    """From which probability on each outcome stays possible.

    Attributes:
        alpha: Share of each outcome that the sets may miss.
        positive_from: The positive outcome stays possible from this probability upwards.
        negative_to: The negative outcome stays possible up to this probability.
        positives: Patients behind `positive_from`.
        negatives: Patients behind `negative_to`.
    """

    alpha: float
    positive_from: float
    negative_to: float
    positives: int
    negatives: int

    @property
    def fewest(self) -> int:
        """How many patients of an outcome are needed before it can ever be ruled out."""
        return math.ceil(1 / self.alpha - 1 - 1e-9)

    @property
    def can_rule_out_positive(self) -> bool:
        """Whether enough positives were seen for anyone to be told "N0"."""
        return self.positives >= self.fewest

    @property
    def can_rule_out_negative(self) -> bool:
        """Whether enough negatives were seen for anyone to be told "N+"."""
        return self.negatives >= self.fewest

    def holds_positive(self, probabilities: Values) -> Labels:
        """Whether the positive outcome is in each set, with shape (row)."""
        return np.asarray(probabilities) >= self.positive_from

    def holds_negative(self, probabilities: Values) -> Labels:
        """Whether the negative outcome is in each set, with shape (row)."""
        return np.asarray(probabilities) <= self.negative_to

    def answers(self, probabilities: Values) -> list[Answer]:
        """One answer a patient; both outcomes possible, or neither, is "no answer"."""
        pairs = zip(
            self.holds_positive(probabilities), self.holds_negative(probabilities), strict=True
        )
        return [_answer(bool(positive), bool(negative)) for positive, negative in pairs]

    def to_json(self) -> dict[str, Any]:
        """What `preprocessing.json` keeps."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(**fields)


def fit_conformal(labels: Labels, probabilities: Values, *, alpha: float = ALPHA) -> ConformalRule:
    """Learn the rule from patients whose outcomes the model that was asked had not seen.

    An outcome that too few of them have (under 9 at alpha 0.10) can never be ruled out: with
    under 9 positives nobody is told "N0", and with under 9 of both nobody gets an answer. That
    is what so few patients honestly carry.

    Raises:
        ValueError: `alpha` lies outside (0, 1).
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie in (0, 1), got {alpha}")
    truth = np.asarray(labels).astype(bool)
    positive = np.sort(probabilities[truth])[::-1]
    negative = np.sort(probabilities[~truth])
    return ConformalRule(
        alpha=alpha,
        positive_from=_ordinary(positive, alpha, always=0.0),
        negative_to=_ordinary(negative, alpha, always=1.0),
        positives=len(positive),
        negatives=len(negative),
    )


def _ordinary(ordered: np.ndarray, alpha: float, *, always: float) -> float:
    """The ceil((n + 1)(1 - alpha))-th most ordinary probability, or the one all reach."""
    rank = math.ceil((len(ordered) + 1) * (1 - alpha) - 1e-9)
    return float(ordered[rank - 1]) if rank <= len(ordered) else always


def _answer(positive: bool, negative: bool) -> Answer:
    if positive == negative:
        return "no answer"
    return "N+" if positive else "N0"
