"""What other trainings say of a walk's pictures: is its story that of one network alone?

A head fitted again (`core.training.resampled`) keeps the autoencoder and so its view of every
picture. Another training has an autoencoder, a head and a threshold of its own, and never drew
these pictures: it is given them as it would be given a scan, on its own scale of greys. What its
head is told beside the picture, as measures of the outline, stays the unchanged lesion's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.arrays import Labels, Patches, Values
from core.errors import RunUnusable
from core.run import Run
from core.same_pictures import on_scale_of, same_pictures
from core.training.beside import beside_in

if TYPE_CHECKING:
    from core.model import Model

MADE_TO_FAIL = ("collapsed", "size-only")  # presets for class, whose opinion nobody asks


@dataclass(frozen=True, eq=False)
class Opinion:
    """What one training says of a lesion's pictures.

    Attributes:
        name: The run's.
        preset: What it was trained with.
        score: Of every picture, (picture,), 0..1.
        threshold: That training's own.
        trained_on: Whether the lesion's patient was among its training patients.
    """

    name: str
    preset: str
    score: Values
    threshold: float
    trained_on: bool

    @property
    def calls(self) -> Labels:
        """Whether it calls each picture suspicious, (picture,)."""
        called: Labels = self.score >= self.threshold
        return called

    @property
    def margin(self) -> Values:
        """Score minus threshold, (picture,): trainings have thresholds of their own."""
        return self.score - self.threshold


def others_of(run: Run, runs: Iterable[Run], *, most: int) -> tuple[Run, ...]:
    """Other trainings on the same pictures that score single lesions, in the order given.

    A run that is damaged or of another format is passed over.

    Args:
        run: The run that walks.
        runs: Among which they are looked for.
        most: At most so many.
    """
    found: list[Run] = []
    known = {run.manifest.weights_sha256}
    for each in runs:
        if len(found) == most:
            break
        sha = each.manifest.weights_sha256
        if sha in known or each.manifest.preset in MADE_TO_FAIL or not _comparable(run, each):
            continue
        known.add(sha)
        found.append(each)
    return tuple(found)


def _comparable(run: Run, other: Run) -> bool:
    try:
        scores = "node_score" in other.rows and "node_threshold" in other.preprocessing
        return scores and same_pictures(run, other)
    except (RunUnusable, KeyError):
        return False


def opinions(
    run: Run, row: int, pictures: Patches, trainings: "Sequence[tuple[Run, Model]]"
) -> list[Opinion]:
    """What each training says of pictures near one lesion.

    Args:
        run: Whose scale of greys the pictures are on.
        row: The lesion; the same row in every run (`core.same_pictures`).
        pictures: (picture, height, width) in [0, 1], as delivered.
        trainings: Runs with their networks; the run itself may be among them.

    Raises:
        RunUnusable: A training has another scale of greys altogether.
    """
    found = []
    for each, model in trainings:
        there = on_scale_of(each, pictures, run)
        if there is None:
            raise RunUnusable(each.name, "another kind of scale", f"that of run {run.name}")
        own = beside_in(each, np.array([row]))
        score = model.node_score(model.encode(there), np.repeat(own, len(there), 0))
        trained_on = str(each.rows["split"].iloc[row]) == "train"
        threshold = float(each.preprocessing["node_threshold"])
        found.append(Opinion(each.name, each.manifest.preset, score, threshold, trained_on))
    return found


def opinions_table(asked: Values, told: Sequence[Opinion], *, refused: Labels) -> pd.DataFrame:
    """What trainings say of a walk's pictures as a table, one line a picture and training.

    Args:
        asked: What was asked of each picture, (picture,).
        told: From `opinions`.
        refused: Which pictures are not to be trusted, (picture,).
    """
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "training": one.name, "preset": one.preset,
                    "trained_on_patient": one.trained_on, "asked": asked,
                    "refused": refused, "score": one.score, "threshold": one.threshold,
                }
            )
            for one in told
        ],
        ignore_index=True,
    )  # fmt: skip
