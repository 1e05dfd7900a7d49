"""What other trainings say of a walk's pictures: is its story that of one network alone?

A head fitted again (`core.training.resampled`) keeps the autoencoder and so its view of every
picture. Another training has an autoencoder, a head and a threshold of its own, and never drew
these pictures: it is given them as it would be given a scan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.arrays import Labels, Patches, Values
from core.run import Run
from core.same_pictures import same_pictures
from core.training.beside import beside_in

if TYPE_CHECKING:
    from core.model import Model


@dataclass(frozen=True, eq=False)
class Opinion:
    """What one training says of a lesion's pictures.

    Attributes:
        name: The run's.
        score: Of every picture, (picture,), 0..1.
        threshold: That training's own.
        trained_on: Whether the lesion's patient was among its training patients.
    """

    name: str
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

    Args:
        run: The run that walks.
        runs: Among which they are looked for.
        most: At most so many.
    """
    found: list[Run] = []
    own = {run.manifest.weights_sha256}
    for each in runs:
        if len(found) == most:
            break
        scores = "node_score" in each.rows and "node_threshold" in each.preprocessing
        if each.manifest.weights_sha256 in own or not scores or not same_pictures(run, each):
            continue
        own.add(each.manifest.weights_sha256)
        found.append(each)
    return tuple(found)


def opinions(
    row: int, pictures: Patches, trainings: "Sequence[tuple[Run, Model]]"
) -> list[Opinion]:
    """What each training says of pictures near one lesion.

    Args:
        row: The lesion; the same row in every run (`core.same_pictures`).
        pictures: (picture, height, width) in [0, 1], as delivered.
        trainings: Runs with their networks.
    """
    found = []
    for run, model in trainings:
        own = beside_in(run, np.array([row]))
        score = model.node_score(model.encode(pictures), np.repeat(own, len(pictures), 0))
        trained_on = str(run.rows["split"].iloc[row]) == "train"
        threshold = float(run.preprocessing["node_threshold"])
        found.append(Opinion(run.name, score, threshold, trained_on))
    return found
