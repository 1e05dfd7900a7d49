"""Folds of patients: who is judged by whom, decided before anything is fitted.

Outer folds are what is reported; inner folds, within an outer fold's training patients, are
where everything is chosen. A patient is in one fold of a repeat, whatever the seed, and both
outcomes are spread evenly. With four inner folds in five outer ones a model is fitted on 0.6 of
the patients and watched on 0.2, as a run's own split has it.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Labels
from core.errors import LymphoscapeError

INNER = 4


class TooFewPatients(LymphoscapeError):
    """An outcome has fewer patients than there are folds."""

    def __init__(self, rarest: int, folds: int) -> None:
        self.rarest, self.folds = rarest, folds
        super().__init__(
            f"Cross-validation: found {rarest} patients of the rarer outcome, wanted at least "
            f"{folds}. Take fewer --folds, or more patients."
        )


@dataclass(frozen=True)
class OuterFold:
    """One fold of one repeat.

    Attributes:
        repeat: From 0.
        fold: From 0.
        train: Numbers of the patients that everything is fitted and chosen on.
        test: Numbers of those that are judged.
        inner: Inner fold of each training patient, (train).
        seed: Of whatever is fitted with chance in this fold.
    """

    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray
    inner: np.ndarray
    seed: int

    def parts(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Patients fitted on and patients held out, one pair an inner fold."""
        numbers = range(int(self.inner.max()) + 1)
        return [(self.train[self.inner != k], self.train[self.inner == k]) for k in numbers]


def outer_folds(
    labels: Labels, *, folds: int = 5, repeats: int = 10, seed: int = 0, inner: int = INNER
) -> list[OuterFold]:
    """Every outer fold of every repeat, in order.

    Args:
        labels: 1 with the outcome, (patient).
        folds: How many a repeat.
        repeats: How many, each with patients dealt anew.
        seed: Same seed, same folds.
        inner: Inner folds a training part; fewer where an outcome is rarer than that.

    Raises:
        TooFewPatients: An outcome cannot be in every fold, or in every inner one.
    """
    truth = np.asarray(labels).astype(bool)
    rarest = int(min(truth.sum(), (~truth).sum()))
    inner = min(inner, rarest - -(-rarest // folds))
    if rarest < folds or inner < 2:
        raise TooFewPatients(rarest, max(folds, 3))
    found = []
    for repeat in range(repeats):
        number = deal(truth, folds, np.random.default_rng([seed, repeat, 0]))
        for fold in range(folds):
            train = np.flatnonzero(number != fold)
            generator = np.random.default_rng([seed, repeat, fold + 1])
            found.append(
                OuterFold(
                    repeat=repeat,
                    fold=fold,
                    train=train,
                    test=np.flatnonzero(number == fold),
                    inner=deal(truth[train], inner, generator),
                    seed=int(generator.integers(1 << 31)),
                )
            )
    return found


def deal(labels: Labels, folds: int, generator: np.random.Generator) -> np.ndarray:
    """A fold for each patient, each outcome dealt out evenly and the remainders spread."""
    truth = np.asarray(labels).astype(bool)
    number = np.empty(len(truth), dtype=np.int64)
    first = 0
    for outcome in (True, False):
        who = generator.permutation(np.flatnonzero(truth == outcome))
        # negatives go on where positives ended, so that folds differ by one patient at most
        number[who] = (first + np.arange(len(who))) % folds
        first += len(who)
    return number
