"""Contender: one row of the table of models, and what it says of one outer fold. No torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.evaluation.conformal import ALPHA, Answer
from core.evaluation.folds import OuterFold
from core.evaluation.people import People

Group = Literal["model", "image", "clinical", "both", "rule", "head"]
HIDDEN = -1  # stands where a test patient's label would be


@dataclass(frozen=True)
class Inside:
    """What one contender says in one outer fold.

    Attributes:
        held: Scores of the training patients, each by the member that did not see them, (train).
        members: Scores of the test patients by each member, (inner, test).
        option: Which setting was chosen, in words; "" where there was nothing to choose.
    """

    held: np.ndarray
    members: np.ndarray
    option: str = ""


Fit = Callable[[People, OuterFold], Inside]
"""Fits inside one outer fold; test patients' labels and stages are `HIDDEN`."""


@dataclass(frozen=True)
class Contender:
    """One row of the table of models.

    Attributes:
        key: Its short name, in files and figure IDs.
        title: What it is, in words.
        group: What it looks at.
        fit: Fitted inside an outer fold; test patients' labels are `HIDDEN`.
        calls_only: It makes calls and no scores (a rule); positive where its score is above 0.
        varies: Key of the row of which it is a variation, one thing changed; "" for the others.
        most_repeats: A costly row is judged in so many repeats only; 0 in all.
    """

    key: str
    title: str
    group: Group
    fit: Fit
    calls_only: bool = False
    varies: str = ""
    most_repeats: int = 0


def answers(table: pd.DataFrame, *, alpha: float = ALPHA) -> list[Answer]:
    """The conformal answer of each row of `judge_fold`'s table."""
    positive = table["p_positive"].to_numpy() > alpha
    negative = table["p_negative"].to_numpy() > alpha
    said: list[Answer] = []
    for one, other in zip(positive, negative, strict=True):
        said.append("no answer" if one == other else "N+" if one else "N0")
    return said


def holds(table: pd.DataFrame, *, alpha: float = ALPHA) -> np.ndarray:
    """Whether each set holds its patient's outcome, (row); an empty one does not."""
    own = np.where(table["label"] > 0, table["p_positive"], table["p_negative"])
    return np.asarray(own > alpha)


# clinical features as titles name them
FACTS = {"t_stage": "T stage", "age": "age", "sex": "sex"}


def told_beside(title: str, clinical: tuple[str, ...]) -> str:
    """A row's title with the clinical features that it is told beside what it looks at."""
    return ", ".join((title, *(FACTS[name] for name in clinical)))
