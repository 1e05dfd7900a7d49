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
SHARES = ("pointing", "road_positive")
"""Figures that are shares of lesions, each of which passes or does not."""


@dataclass(frozen=True)
class Asked:
    """One question.

    Attributes:
        figure: What answers it, after `explain.`.
        words: The question, in a reader's words; {lesion} is the cohort's word.
        goal: What is wanted; "" where the line is there to read others by.
        spelt: How its value is written.
        over: The figure that it is divided by, after `explain.`; "" for the figure itself.
    """

    figure: str
    words: str
    goal: str
    spelt: str
    over: str = ""


ASKED: tuple[Asked, ...] = (
    Asked(
        "pointing",
        "how often the strongest pixel lies on the {lesion}, moved off the middle",
        "95%",
        "{:.0%}",
    ),
    Asked("pointing_minus_blob", "the same, less a spot's in the middle", "40%", "{:.0%}"),
    Asked(
        "mass", "share of the evidence inside the outline, moved off the middle", "55%", "{:.0%}"
    ),
    Asked("mass_minus_blob", "the same, less a spot's in the middle", "above 0%", "{:.1%}"),
    Asked(
        "mass", "share of the evidence inside, in times the spot's", "1.8", "{:.1f}", "mass_blob"
    ),
    Asked("node_area", "share of the picture that the outline takes there", "", "{:.1%}"),
    Asked("mass", "share of the evidence inside, in times that area", "3.5", "{:.1f}", "node_area"),
    Asked(
        "insertion_minus_deletion",
        "how much the score follows what is marked (log odds; 0 is not at all)",
        "chance + 0.50, and above the spot",
        "{:.2f}",
    ),
    Asked(
        "road_positive",
        "how often hiding the least marked pixels costs less than hiding the most marked, where "
        "the model calls",
        "90%",
        "{:.0%}",
    ),
    Asked(
        "planted_mass",
        "share of the evidence on a planted cause (another run, in which it alone decides)",
        "",
        "{:.1%}",
    ),
    Asked("planted_area", "share of the picture that the planted cause takes", "", "{:.1%}"),
    Asked(
        "planted_mass",
        "evidence on the planted cause, in times its area",
        "5",
        "{:.1f}",
        "planted_area",
    ),
    Asked("planted_mass", "the same, in times the spot's", "1.5", "{:.1f}", "planted_mass_blob"),
    Asked(
        "planted_mass_usual",
        "share of a map that marks where causes lay in training, whatever the picture",
        "",
        "{:.1%}",
    ),
    Asked("planted_minus_usual", "evidence on the planted cause, less that", "above 0%", "{:.1%}"),
    Asked("planted_moved_mass", "share on the planted cause, moved off the middle", "", "{:.1%}"),
    Asked(
        "planted_moved_mass_usual",
        "where causes lay in training, moved off the middle",
        "",
        "{:.1%}",
    ),
    Asked(
        "decoy_mass",
        "evidence on a planted decoy that decides nothing, over that on the cause",
        "at most 0.33",
        "{:.2f}",
        "planted_mass",
    ),
    Asked(
        "decoy_moved_mass",
        "the same, moved off the middle",
        "at most 0.33",
        "{:.2f}",
        "planted_moved_mass",
    ),
    Asked("agreement", "rank correlation with other methods' maps", "", "{:.2f}"),
    Asked(
        "randomised_ssim",
        "likeness to the map of a model with random weights (0 is another map, 1 the same)",
        "at most 0.20",
        "{:.2f}",
    ),
    Asked("between_nodes_ssim", "likeness of the maps of one {lesion} and another", "", "{:.2f}"),
    Asked(
        "randomised_minus_between",
        "likeness to a random model's map, less that to another {lesion}'s",
        "below 0",
        "{:.2f}",
    ),
    Asked(
        "randomised_spearman",
        "rank correlation with the map of a model with random weights, sign kept",
        "at most 0.20",
        "{:.2f}",
    ),
    Asked("retrained_ssim", "likeness of the maps of two trainings", "0.55", "{:.2f}"),
    Asked("flip_ssim", "likeness to the mirrored picture's map", "0.70", "{:.2f}"),
    Asked(
        "sensitivity_p95",
        "relative change under a little noise, 95 of 100 maps below",
        "at most 0.05",
        "{:.2f}",
    ),
)
_HEADS = ("what was asked", "n", "reached", "goal", "spot in the middle", "edges", "chance")


@dataclass(frozen=True)
class Line:
    """One question to the run's default maps, written out; "" where nothing was measured.

    Attributes:
        asked: The question.
        n: On how many lesions it was taken.
        reached: By the maps, with its interval; a quotient of two figures has none.
        goal: What was wanted.
        blob: By a spot in the middle.
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
        own, under = (metrics.get(f"explain.{name}") for name in (one.figure, one.over))
        if not own or (one.over and not (under and under["value"])):
            continue
        unit = float(under["value"]) if under else 1.0
        beside = [metrics.get(f"explain.{one.figure}_{of}") for of in IGNORANT]
        said = [one.spelt.format(other["value"] / unit) if other else "" for other in beside]
        reached = one.spelt.format(own["value"] / unit)
        if not one.over:
            low, high = _ends(one, own)
            reached = f"{reached} ({one.spelt.format(low)} to {one.spelt.format(high)})"
        n = f"{min(each['n'] for each in (own, under) if each):,}"
        found.append(Line(one.words.format(lesion=lesion), n, reached, one.goal, *said))
    return found


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
