"""How far a lesion's score hangs on who trained the head: heads fitted on patients drawn again.

The autoencoder stays as it is. Training patients are drawn with replacement, as many of either
outcome as there were (bootstrap, Efron 1979); on each draw a logistic head is fitted with the
run's own penalty, and calibrated and given its call on the training and validation patients that
were not drawn. Their spread is what another study of this size might have said.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.special import expit

from core.arrays import Codes, Features, Values
from core.model import Model
from core.run import Run
from core.training.answers import patients_in
from core.training.bags import Patients
from core.training.calibrate import fit_calibration, node_call
from core.training.fit_logistic import fit_as_asked
from core.training.lesions import first_rows, once_a_lesion
from core.training.logistic_bag import LogisticBag
from core.training.road import fit_scalers

DRAWS = 40
LEAST = 2  # training patients of either outcome: one alone is always drawn again as itself


@dataclass(frozen=True, eq=False)
class HeadsAgain:
    """Heads of one run, fitted on its training patients drawn again.

    Attributes:
        model: The run's, for its view of a code.
        weights: Of what a head sees, (draw, input).
        lines: Slope and intercept from w . x to a lesion's log odds, (draw, 2).
        calls: The score from which each head calls a lesion, (draw,).
    """

    model: Model
    weights: Features
    lines: Features
    calls: Values

    def node_scores(self, codes: Codes, features: Features | None = None) -> np.ndarray:
        """Each head's score of each row in 0..1, (draw, row); asked as `Model.node_score` is."""
        told = self.weights @ seen_by_heads(self.model, codes, features).T
        return np.asarray(expit(self.lines[:, :1] * told + self.lines[:, 1:]))


def heads_again(run: Run, model: Model, *, draws: int = DRAWS, seed: int = 0) -> HeadsAgain | None:
    """Fit the run's head on its training patients drawn again, some seconds in all.

    None where the run has another head than the logistic one, which is fitted without chance, or
    too few training patients of either outcome.
    """
    if run.settings.head.kind != "logistic":
        return None
    scalers = replace(fit_scalers(run.rows, run.settings), attributes=model.kit.attributes)
    patients = patients_in(run.rows, scalers, run.settings)
    own = [np.flatnonzero((patients.splits == "train") & (patients.labels == y)) for y in (0, 1)]
    if min(len(group) for group in own) < LEAST:
        return None
    codes, beside = np.asarray(run.codes), model.beside(run.rows, run.codes)
    if patients.lesion is not None:
        codes, beside = once_a_lesion(codes, beside, patients.lesion, run.settings)
    seen = seen_by_heads(model, codes, beside)
    penalty = _penalty(run)
    chance = np.random.default_rng([seed, run.manifest.seed, 29])
    weights, lines, calls = [], [], []
    for _ in range(draws):
        chosen = np.concatenate([chance.choice(group, len(group)) for group in own])
        rows, of_row = _rows_of(patients, chosen)
        bag = fit_as_asked(run.settings, patients, chosen, seen[rows], of_row, penalty=penalty)
        watched, share = unseen(patients, chosen), float(patients.labels[chosen].mean())
        line, call = _read(bag, seen, patients, watched, share)
        weights.append(bag.weights)
        lines.append(line)
        calls.append(call)
    return HeadsAgain(model, np.array(weights), np.array(lines), np.array(calls))


def seen_by_heads(model: Model, codes: Codes, features: Features | None = None) -> Features:
    """What the heads see of rows, (row, input), float64; asked as `Model.node_logit` is."""
    beside = torch.from_numpy(np.array(model.kit.of_nodes(features, len(codes)), np.float32))
    told = torch.from_numpy(np.array(codes, np.float32)).to(model.device)
    with torch.inference_mode():
        found = model.network.inputs(told, beside.to(model.device))
    return np.asarray(found.cpu().numpy(), dtype=np.float64)


def unseen(patients: Patients, drawn: np.ndarray) -> np.ndarray:
    """Training and validation patients that are not among those drawn."""
    known = np.flatnonzero(np.isin(patients.splits, ("train", "validation")))
    left = np.setdiff1d(known, drawn)
    return left if left.size else known


def _read(
    bag: LogisticBag, seen: Features, patients: Patients, watched: np.ndarray, prevalence: float
) -> tuple[tuple[float, float], float]:
    """The line from a row's w . x to its log odds, and the call, on patients it did not see."""
    rows, of_row = _rows_of(patients, watched)
    labels = patients.labels[watched]
    logits = bag.logits(seen[rows], of_row, patients.clinical[watched].astype(np.float64))
    found = fit_calibration(logits, labels, prevalence=prevalence)
    line = (found.slope, found.slope * bag.base + found.intercept)
    scores = np.asarray(expit(line[0] * (seen[rows] @ bag.weights) + line[1]))
    return line, node_call(scores, of_row, labels)


def _rows_of(patients: Patients, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of patients who may stand there more than once, and the place of each row's patient."""
    of_row = patients.of_row
    if patients.lesion is not None:  # the first row of a lesion speaks for it
        of_row = np.where(first_rows(patients.lesion), of_row, -1)
    own = [np.flatnonzero(of_row == one) for one in chosen]
    return np.concatenate(own), np.repeat(np.arange(len(chosen)), [len(rows) for rows in own])


def _penalty(run: Run) -> float:
    """The penalty that the run's head was fitted with: the least missed inside its training."""
    tried = run.history[run.history["phase"] == "head"]
    missed = tried["train_loss"].to_numpy(dtype=np.float64)
    return float(tried["learning_rate"].to_numpy(dtype=np.float64)[missed.argmin()])
