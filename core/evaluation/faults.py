"""The faults that make a study look better than it is, and what each does to a reported AUC.

A small network is trained in every fold in several configurations and watched over its epochs.
What is reported depends on who chose: validation patients inside the training part, or the test
patients themselves. Nothing else differs between the honest protocol and the others; the
networks are the same ones. The simulation of SCIENCE.md section 4.6, carried out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import product
from typing import Literal, Self

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.classification import auc
from core.evaluation.compare import areas

Pool = Literal["odds", "mean", "max"]
POOLS: tuple[Pool, ...] = ("odds", "mean", "max")


@dataclass(frozen=True)
class Faults:
    """Which faults a protocol makes; all False is the honest one.

    Attributes:
        epoch: The epoch is chosen on the test patients.
        configuration: The configuration is chosen on the test patients.
        threshold: The threshold is chosen on the test patients.
        calls: The AUC is computed from calls (0 or 1) and not from scores.
        scaling: Intensity landmarks, scaling and components are fitted on test patients too.
        t_stage: The T stage is the pathologist's, which nobody knows before surgery.
    """

    epoch: bool = False
    configuration: bool = False
    threshold: bool = False
    calls: bool = False
    scaling: bool = False
    t_stage: bool = False

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The faults in the order in which they are told."""
        return tuple(each.name for each in fields(cls))

    @classmethod
    def every(cls, *, scaling: bool, t_stage: bool) -> Iterator[Self]:
        """All ways to choose and report what was trained in one way."""
        for epoch, configuration, threshold, calls in product((False, True), repeat=4):
            yield cls(epoch, configuration, threshold, calls, scaling, t_stage)


@dataclass(frozen=True)
class Configuration:
    """One way to set up the small network.

    Attributes:
        pool: How rows become a patient: log of the summed odds, mean or maximum.
        hidden: Width of the layer a row passes through.
        rate: Adam's step.
    """

    pool: Pool
    hidden: int
    rate: float


CONFIGURATIONS = tuple(
    Configuration(pool, hidden, rate)
    for pool in POOLS
    for hidden, rate in product((4, 12), (0.02, 0.05))
)


def choose(watched: np.ndarray, tested: np.ndarray, faults: Faults) -> tuple[int, int]:
    """Which configuration and which epoch are reported.

    Args:
        watched: AUC of the validation patients, (configuration, moment).
        tested: AUC of the test patients, (configuration, moment).
        faults: Who chooses what.

    Returns:
        Configuration and moment, the earlier ones where two tie.
    """
    by_epoch = tested if faults.epoch else watched
    epochs = by_epoch.argmax(axis=1)
    by_configuration = tested if faults.configuration else watched
    best = by_configuration[np.arange(len(epochs)), epochs]
    if faults.epoch and not faults.configuration:
        # validation patients choose between configurations, each at the epoch they would stop at
        best = watched.max(axis=1)
    configuration = int(best.argmax())
    return configuration, int(epochs[configuration])


def areas_over(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The AUC of each configuration and moment, from (configuration, moment, patient); 0.5 where
    dealing outcomes out anew left one of them out."""
    if _one_outcome(labels):
        return np.full(scores.shape[:-1], 0.5)
    flat = scores.reshape(-1, scores.shape[-1])
    return areas(np.asarray(labels).astype(bool), flat).reshape(scores.shape[:-1])


def best_threshold(labels: Labels, scores: Values) -> float:
    """The score from which calling gains most: sensitivity plus specificity (Youden's index)."""
    truth = np.asarray(labels).astype(bool)
    levels = np.unique(scores)
    called = scores[None] >= levels[:, None]
    gain = called[:, truth].mean(axis=1) - called[:, ~truth].mean(axis=1)
    place = int(gain.argmax())
    below = levels[place - 1] if place else levels[place] - 1.0
    return float((levels[place] + below) / 2)


def reported(
    labels: Labels, scores: Values, *, chosen_on: tuple[np.ndarray, np.ndarray], calls: bool
) -> float:
    """The AUC that is reported of one fold's test patients.

    Args:
        labels: Their outcomes.
        scores: Their scores.
        chosen_on: Labels and scores of the patients that the threshold is chosen on.
        calls: Whether the AUC is of calls, which is the mean of sensitivity and specificity.

    Returns:
        The AUC; 0.5 where dealing outcomes out anew left one of them out.
    """
    if _one_outcome(labels) or (calls and _one_outcome(chosen_on[0])):
        return 0.5
    if not calls:
        return auc(labels, scores)
    return auc(labels, (scores >= best_threshold(*chosen_on)).astype(np.float64))


def _one_outcome(labels: np.ndarray) -> bool:
    truth = np.asarray(labels).astype(bool)
    return bool(truth.all() or not truth.any())
