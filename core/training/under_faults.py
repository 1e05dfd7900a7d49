"""One cohort judged by the honest protocol and by every faulty one, on the same trained heads."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core.arrays import Patches
from core.cohort.standardise import Landmarks
from core.evaluation.classification import auc
from core.evaluation.contenders import COMPONENTS, seen_by
from core.evaluation.faults import CONFIGURATIONS, Faults, areas_over, choose, reported
from core.evaluation.folds import OuterFold, outer_folds
from core.model import Model
from core.run import Run
from core.training.codes_inside import Recipe, codes_inside, rescaled
from core.training.many_heads import ManyHeads, fit_many
from core.training.scaler import Scaler

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Drawn:
    """One cohort, and patients outside it who show what its models are worth.

    Attributes:
        number: Which cohort, from 0; also its seed.
        run: The folder of the run whose autoencoder stays as it is.
        patches: Largest sections of all their lesions on the run's scale.
        of_row: Number of each patch's patient.
        labels: Outcomes, (patient); the cohort's first.
        t_stage: The pathologist's, (patient).
        read_t_stage: The same as read before surgery, (patient).
        size: So many patients are the cohort.
        histograms: Of the cohort's patients.
        landmarks: The run's.
        recipe: What trains an autoencoder anew in every fold; None keeps the run's.
    """

    number: int
    run: Path
    patches: Patches
    of_row: np.ndarray
    labels: np.ndarray
    t_stage: np.ndarray
    read_t_stage: np.ndarray
    size: int
    histograms: tuple[tuple[float, ...], ...]
    landmarks: Landmarks
    recipe: Recipe | None = None


def prepare_process() -> None:
    """Set up a process that fits heads: one thread, and Ctrl-C left to the parent."""
    from core.cohort.phantom.study import prepare_process as one_thread

    one_thread()
    torch.set_num_threads(1)


def judge_cohort(drawn: Drawn) -> pd.DataFrame:
    """Every protocol on one cohort.

    Returns:
        One row a protocol: cohort, shuffled, the faults, auc (as reported: mean over folds) and
        true_auc (of the same models on the patients outside, before surgery).
    """
    run = Run.open(drawn.run)
    inside = drawn.labels[: drawn.size]
    folds = outer_folds(inside, folds=FOLDS, repeats=1, seed=drawn.number)
    chance = np.random.default_rng([drawn.number, 7])
    shuffled = np.concatenate((chance.permutation(inside), drawn.labels[drawn.size :]))
    codes, named = _codes(run, drawn, folds), len(run.settings.vae.attributes)
    found = []
    for scaling in (False, True):
        scaled = _scaled(drawn, folds, codes, named=named, on_all=scaling)
        for t_stage in (False, True):
            for mixed in (False, True):
                if mixed and t_stage:
                    continue  # a T stage says nothing of outcomes that were dealt out anew
                labels = shuffled if mixed else drawn.labels
                trained = _Trained.of(drawn, folds, scaled, labels, t_stage=t_stage)
                for faults in Faults.every(scaling=scaling, t_stage=t_stage):
                    found.append({**trained.told(faults), "shuffled": mixed})
    names = ["cohort", "shuffled", *Faults.names(), "auc", "true_auc"]
    return pd.DataFrame(found).assign(cohort=drawn.number)[names]


@dataclass(frozen=True, eq=False)
class _Scaled:
    """Rows and T stages on each fold's scale: (fold, row, input), (fold, patient, 1)."""

    rows: np.ndarray
    pathological: np.ndarray
    read: np.ndarray


@dataclass(frozen=True, eq=False)
class _Trained:
    """Heads of all folds and configurations, and whom they are asked about."""

    drawn: Drawn
    folds: list[OuterFold]
    scaled: _Scaled
    labels: np.ndarray
    heads: ManyHeads

    @classmethod
    def of(
        cls,
        drawn: Drawn,
        folds: list[OuterFold],
        scaled: _Scaled,
        labels: np.ndarray,
        *,
        t_stage: bool,
    ) -> "_Trained":
        own = drawn.of_row < drawn.size
        fitted = np.zeros((len(folds), drawn.size), bool)
        for place, fold in enumerate(folds):
            fitted[place, fold.parts()[0][0]] = True
        facts = scaled.pathological if t_stage else scaled.read
        heads = fit_many(
            scaled.rows[:, own],
            drawn.of_row[own],
            facts[:, : drawn.size],
            labels[: drawn.size],
            fitted,
            configurations=CONFIGURATIONS,
            seed=drawn.number,
        )
        return cls(drawn, folds, scaled, labels, heads)

    def told(self, faults: Faults) -> dict[str, object]:
        """What this protocol reports, and what its models are worth outside the cohort."""
        both = list(self._folds(faults))
        said = {name: getattr(faults, name) for name in Faults.names()}
        reported_, true = np.mean(both, axis=0)
        return {**said, "auc": float(reported_), "true_auc": float(true)}

    def _folds(self, faults: Faults) -> Iterator[tuple[float, float]]:
        size, drawn = self.drawn.size, self.drawn
        outside = drawn.of_row >= size
        for place, fold in enumerate(self.folds):
            watched, tested = fold.parts()[0][1], fold.test
            scores = self.heads.scores[:, place].transpose(1, 0, 2)
            at, moment = choose(
                areas_over(self.labels[watched], scores[..., watched]),
                areas_over(self.labels[tested], scores[..., tested]),
                faults,
            )
            own = scores[at, moment]
            chooser = tested if faults.threshold else watched
            yield (
                reported(
                    self.labels[tested],
                    own[tested],
                    chosen_on=(self.labels[chooser], own[chooser]),
                    calls=faults.calls,
                ),
                auc(
                    self.labels[size:],
                    self.heads.score(
                        moment,
                        place,
                        at,
                        rows=self.scaled.rows[place, outside],
                        of_row=drawn.of_row[outside] - size,
                        facts=self.scaled.read[place, size:],
                    ),
                ),
            )


def _codes(run: Run, drawn: Drawn, folds: list[OuterFold]) -> dict[int, np.ndarray]:
    """Codes of all rows under landmarks of each fold's fitted patients; of all under -1."""
    pictures = {}
    everybody = np.arange(drawn.size)
    for place, who in enumerate([*(fold.parts()[0][0] for fold in folds), everybody]):
        histograms = [drawn.histograms[number] for number in who]
        pictures[place if place < len(folds) else -1] = rescaled(
            drawn.patches, drawn.landmarks, histograms, np.isin(drawn.of_row, who)
        )
    if drawn.recipe is None:
        model = Model.open(run, device="cpu")
        return {place: model.encode(own) for place, own in pictures.items()}
    return codes_inside(
        run,
        drawn.recipe,
        pictures,
        drawn.of_row,
        folds,
        size=drawn.size,
        seed=drawn.number,
    )


def _scaled(
    drawn: Drawn,
    folds: list[OuterFold],
    codes: dict[int, np.ndarray],
    *,
    named: int,
    on_all: bool,
) -> _Scaled:
    """Everything on the scale of each fold's fitted patients, or of the whole cohort."""
    rows: list[np.ndarray] = []
    stages: dict[str, list[np.ndarray]] = {"pathological": [], "read": []}
    for place, fold in enumerate(folds):
        who = np.arange(drawn.size) if on_all else fold.parts()[0][0]
        own = codes[-1 if on_all else place]
        learned = np.flatnonzero(np.isin(drawn.of_row, who))
        many = COMPONENTS if named else 24
        rows.append(seen_by(own, learned, named=named, components=many))
        for name, stage in (("pathological", drawn.t_stage), ("read", drawn.read_t_stage)):
            values = stage[:, None].astype(np.float64)
            stages[name].append(Scaler.fit(values[who], ("t_stage",)).filled(values))
    return _Scaled(np.stack(rows), np.stack(stages["pathological"]), np.stack(stages["read"]))
