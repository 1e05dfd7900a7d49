"""The small CNN from scratch as a row of the table of models, fitted anew inside each fold."""

import numpy as np

from core.arrays import Patches
from core.evaluation.contender import Contender, Inside
from core.evaluation.folds import OuterFold
from core.evaluation.people import People
from core.training.small_cnn import Bags, Pool, fit_cnn

EPOCHS, REPEATS = 12, 1  # twenty trainings a repeat; each some seconds on one core
POOL: Pool = "log-sum-exp"


def cnn_row(patches: Patches, *, epochs: int | None = None) -> Contender:
    """A small CNN on key slices, its epoch chosen on the patients held out inside.

    Args:
        patches: Of all rows, in [0, 1], (row, height, width).
        epochs: Most passes over the patients fitted on; by default `EPOCHS`.
    """

    most = EPOCHS if epochs is None else epochs

    def bags(people: People, patients: np.ndarray) -> Bags:
        rows, of_row = people.rows_of(patients)
        key = people.key[rows]
        return Bags(np.asarray(patches[rows[key]]), of_row[key], people.labels[patients])

    def fit(people: People, fold: OuterFold) -> Inside:
        held, members = np.empty(len(fold.train)), []
        asked = bags(people, fold.test)
        for number, (fitted, watched) in enumerate(fold.parts()):
            watching = bags(people, watched)
            seed = fold.seed + number
            cnn = fit_cnn(bags(people, fitted), watching, pool=POOL, seed=seed, epochs=most)
            held[fold.inner == number] = cnn.logits(watching)
            members.append(cnn.logits(asked))
        return Inside(held, np.stack(members))

    return Contender(
        "small_cnn", "Small CNN from scratch, pictures only", "image", fit, most_repeats=REPEATS
    )
