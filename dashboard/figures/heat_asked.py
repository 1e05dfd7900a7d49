"""What is asked of a run's heat maps, with each goal, and what the run's figures answer.

One line a question (EXPLAIN.md, XA3 to XA7): what the default maps reached with its interval and
how many lesions it was taken on, the goal, and what maps reach that know nothing of the model.
What was not measured is absent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.evaluation.intervals import exact

IGNORANT = ("blob", "edge", "chance")
SHARES = ("pointing", "road_positive", "planted_road_positive", "planted_moved_road_positive")
"""Figures that are shares of lesions, each of which passes or does not."""


@dataclass(frozen=True)
class Asked:
    """One question.

    Attributes:
        figure: What answers it, after `explain.`.
        words: The question, in a reader's words; {lesion} is the cohort's word.
        spelt: How its value is written.
        least: From where on it is reached; None without a goal from below.
        most: Up to where it is reached; None without a goal from above.
        beside: Whether `least` counts from what chance gets, and a blob must be left behind too.
    """

    figure: str
    words: str
    spelt: str
    least: float | None = None
    most: float | None = None
    beside: bool = False

    @property
    def goal(self) -> str:
        """What is wanted, in words; "" where the line is there to read others by."""
        if self.least is not None:
            said = self.spelt.format(self.least).replace(".0%", "%")
            if self.beside:
                return f"chance + {said}, and above the blob"
            return f"above {said}" if self.least == 0 else f"at least {said}"
        if self.most is not None:
            said = self.spelt.format(self.most)
            return "below 0" if self.most == 0 else f"at most {said}"
        return ""

    def reached_by(self, value: float, *, blob: float, chance: float) -> bool:
        """Whether a value reaches the goal; an interval may still allow the opposite."""
        if self.least is not None:
            if self.beside:
                return value >= chance + self.least and value > blob
            return value > 0 if self.least == 0 else value >= self.least
        return self.most is None or (value < 0 if self.most == 0 else value <= self.most)


def _on_planted(told: str, decoy: str, where: str) -> tuple[Asked, ...]:
    """What is asked on a planted cause: of another run, in which it alone decides."""
    return (
        Asked(f"{told}_mass", f"share of the evidence on a planted cause{where}", "{:.1%}"),
        Asked(f"{told}_over_area", "the same, in times its share of the picture", "{:.1f}", 5),
        Asked(f"{told}_over_blob", "the same, in times the blob's", "{:.1f}", 1.5),
        Asked(
            f"{told}_minus_usual",
            "the same, less that of a fixed map of where causes lay in training",
            "{:.1%}",
            0,
        ),
        Asked(
            f"{decoy}_over_cause",
            f"evidence on a planted decoy that decides nothing, over that on the cause{where}",
            "{:.2f}",
            most=0.33,
        ),
        Asked(
            f"{told}_rank",
            f"share of the planted cause that as many of the strongest pixels cover{where}",
            "{:.0%}",
        ),
        Asked(
            f"{told}_worth",
            f"how much the score follows what is marked, where the cause decides{where}",
            "{:.2f}",
        ),
        Asked(
            f"{told}_road_positive",
            f"how often hiding the least marked costs less, where the cause decides{where}",
            "{:.0%}",
        ),
    )


ASKED: tuple[Asked, ...] = (
    Asked(
        "pointing",
        "how often the strongest pixel lies on the {lesion}, moved off the middle",
        "{:.0%}",
        0.95,
    ),
    Asked("pointing_minus_blob", "the same, less a blob's in the middle", "{:.0%}", 0.40),
    Asked("mass", "share of the evidence inside the outline, moved off the middle", "{:.0%}", 0.55),
    Asked("mass_minus_blob", "the same, less a blob's in the middle", "{:.1%}", 0),
    Asked("mass_over_blob", "share of the evidence inside, in times the blob's", "{:.1f}", 1.8),
    Asked("node_area", "share of the picture that the outline takes there", "{:.1%}"),
    Asked("mass_over_area", "share of the evidence inside, in times that area", "{:.1f}", 3.5),
    Asked(
        "insertion_minus_deletion",
        "how much the score follows what is marked (log odds; 0 is not at all)",
        "{:.2f}",
        0.50,
        beside=True,
    ),
    Asked(
        "road_positive",
        "how often hiding the least marked pixels costs less than hiding the most marked, where "
        "the model calls",
        "{:.0%}",
        0.90,
    ),
    *_on_planted("planted", "decoy", ""),
    *_on_planted("planted_moved", "decoy_moved", ", moved off the middle"),
    Asked("agreement", "rank correlation with other methods' maps", "{:.2f}"),
    Asked(
        "randomised_ssim",
        "likeness to the map of a model with random weights (0 is another map, 1 the same)",
        "{:.2f}",
        most=0.20,
    ),
    Asked("between_nodes_ssim", "likeness of the maps of one {lesion} and another", "{:.2f}"),
    Asked(
        "randomised_minus_between",
        "likeness to a random model's map, less that to another {lesion}'s",
        "{:.2f}",
        most=0,
    ),
    Asked(
        "randomised_spearman",
        "rank correlation with the map of a model with random weights, sign kept",
        "{:.2f}",
        most=0.20,
    ),
    Asked("retrained_ssim", "likeness of the maps of two trainings", "{:.2f}", 0.55),
    Asked("flip_ssim", "likeness to the mirrored picture's map", "{:.2f}", 0.70),
    Asked(
        "sensitivity_p95",
        "relative change under a little noise, 95 of 100 maps below",
        "{:.2f}",
        most=0.05,
    ),
)
_HEADS = ("what was asked", "n", "reached", "goal", "blob in the middle", "edges", "chance")


@dataclass(frozen=True)
class Line:
    """One question to the run's default maps, written out; "" where nothing was measured.

    Attributes:
        asked: The question.
        n: On how many lesions it was taken.
        reached: By the maps, with its interval.
        goal: What was wanted, and whether it was reached.
        blob: By a blob in the middle.
        edge: By an edge detector.
        chance: By noise.
    """

    asked: str
    n: str
    reached: str
    goal: str
    blob: str
    edge: str
    chance: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Every cell, in the order of the table's heads."""
        return (self.asked, self.n, self.reached, self.goal, self.blob, self.edge, self.chance)


def lines(metrics: Mapping[str, Any], *, lesion: str) -> list[Line]:
    """Every question that the run's figures answer, in a reader's words."""
    found = []
    for one in ASKED:
        own = metrics.get(f"explain.{one.figure}")
        if not own:
            continue
        beside = [metrics.get(f"explain.{one.figure}_{of}") for of in IGNORANT]
        said = [one.spelt.format(other["value"]) if other else "" for other in beside]
        low, high = (one.spelt.format(end) for end in _ends(one, own))
        reached = f"{one.spelt.format(own['value'])} ({low} to {high})"
        n = f"{own['n']:,}"
        blob, chance = (float(other["value"]) if other else 0.0 for other in beside[::2])
        judged = not one.beside or all(beside[::2])
        told = f": {_verdict(one, own, blob=blob, chance=chance)}" if judged else ""
        goal = one.goal and f"{one.goal}{told}"
        found.append(Line(one.words.format(lesion=lesion), n, reached, goal, *said))
    return found


def _verdict(one: Asked, own: Mapping[str, Any], *, blob: float, chance: float) -> str:
    """Whether the goal is reached; open where the interval holds values that do and that do not."""
    said = {
        end: one.reached_by(value, blob=blob, chance=chance)
        for end, value in zip(("low", "high"), _ends(one, own), strict=True)
    }
    met = one.reached_by(float(own["value"]), blob=blob, chance=chance)
    word = "reached" if met else "missed"
    return word if len(set(said.values())) == 1 else f"open ({word} by the estimate)"


def markdown(asked: Sequence[Line]) -> str:
    """The questions as the README has them."""
    rows = [_HEADS, ("---",) * len(_HEADS), *(one.cells for one in asked)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def csv(asked: Sequence[Line]) -> bytes:
    """The questions as a table to keep."""
    return pd.DataFrame([one.cells for one in asked], columns=_HEADS).to_csv(index=False).encode()


def _ends(one: Asked, own: Mapping[str, Any]) -> tuple[float, float]:
    """The interval's ends; exact where all lesions agree, which no resample can doubt."""
    low, high, value = float(own["low"]), float(own["high"]), float(own["value"])
    if low == high and value in (0.0, 1.0) and one.figure in SHARES:
        found = exact(round(value * own["n"]), own["n"])
        return found.low, found.high
    return low, high
