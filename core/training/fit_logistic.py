"""Fitting the logistic head: the penalty by cross-validation inside the training patients.

The weights come from `core.training.logistic_bag`; here they are put into the network, so that
the head is served, explained and taken apart as every other is.
"""

import math
import time
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from core.arrays import Features, Labels
from core.evaluation.classification import auc
from core.networks.head import LinearNode, PoolHead
from core.networks.network import Network, fit_view
from core.progress import Progress
from core.settings import Settings
from core.training.bags import Patients
from core.training.device import seed_for
from core.training.history import Epoch, only_loss
from core.training.logistic_bag import PENALTIES, LogisticBag, fit_logistic_bag, log_loss
from core.training.ordinal_bag import fit_ordinal_bag

INNER = 5


def fit_logistic_head(
    network: Network, codes: Tensor, patients: Patients, settings: Settings, *, progress: Progress
) -> tuple[Epoch, ...]:
    """Fit the network's one logistic head in place, and its view of the code.

    Args:
        network: Its autoencoder fitted.
        codes: Posterior means of all rows, (row, latent).
        patients: Whose they are; only training patients are fitted on.
        settings: Clinical features, components, seed.
        progress: Told the penalties tried.

    Returns:
        One history entry a penalty, the strongest first; its epoch is its place, its learning
        rate the penalty, its training loss that of the patients held out inside.
    """
    started = time.perf_counter()
    train = np.flatnonzero(patients.splits == "train")
    watched = np.flatnonzero(patients.splits == "validation")
    watched = watched if watched.size else train
    rows, codes = torch.from_numpy(patients.rows_of(train)).to(codes.device), patients.pooled(codes)
    beside = patients.beside(codes)
    told = network.corrected(codes, beside)
    view = fit_view(told[rows], settings=settings)
    network.centre.copy_(view.centre)
    network.axes.copy_(view.axes)
    seen = network.inputs(codes, beside).detach().cpu().numpy().astype(np.float64)
    truth = patients.labels

    def fitted(chosen: np.ndarray, penalty: float) -> LogisticBag:
        rows, of_row, _ = _own(patients, chosen)
        return fit_as_asked(settings, patients, chosen, seen[rows], of_row, penalty=penalty)

    def said(bag: LogisticBag, chosen: np.ndarray) -> np.ndarray:
        rows, of_row, clinical = _own(patients, chosen)
        return bag.logits(seen[rows], of_row, clinical)

    parts = _inner(truth[train], seed_for(settings.seed, "penalty"))
    history, misses = [], []
    for place, penalty in enumerate(sorted(PENALTIES, reverse=True)):
        held = np.empty(len(train))
        for number in np.unique(parts):
            inside = fitted(train[parts != number], penalty)
            held[parts == number] = said(inside, train[parts == number])
        misses.append(log_loss(held, truth[train]))
        checked = said(fitted(train, penalty), watched)
        history.append(
            Epoch(
                phase="head",
                epoch=place + 1,
                train=only_loss(misses[-1]),
                validation=only_loss(log_loss(checked, truth[watched])),
                validation_ssim=math.nan,
                validation_auc=_auc(truth[watched], checked),
                active_units=-1,
                kl_by_dimension=(),
                kl_weight=math.nan,
                learning_rate=penalty,
                seconds=time.perf_counter() - started,
                patches_per_second=math.nan,
            )
        )
        progress("training the heads", place + 1, len(PENALTIES))
    best = sorted(PENALTIES, reverse=True)[int(np.argmin(misses))]
    _put(network, fitted(train, best))
    with torch.no_grad():
        network.typical.zero_()
        network.typical.copy_(network.terms(patients.bag(codes, train)).nodes.mean())
    return tuple(history)


def fit_as_asked(
    settings: Settings,
    patients: Patients,
    chosen: np.ndarray,
    seen: Features,
    of_row: Labels,
    *,
    penalty: float,
) -> LogisticBag:
    """The logistic head fitted on some patients as the settings ask: to which outcome, and with
    the distance to the tumour, the last input, held no tighter than a named dimension.

    Args:
        settings: The run's.
        patients: Whose labels and stages are learned.
        chosen: Numbers of those fitted on; one may stand there more than once.
        seen: What the head sees of their rows, (row, input).
        of_row: The place of each row's patient in `chosen`.
        penalty: As for `core.training.logistic_bag.fit_logistic_bag`.
    """
    named, distance = len(settings.vae.attributes), int(patients.distance)
    x, clinical = np.roll(seen, distance, axis=1), patients.clinical[chosen].astype(np.float64)
    leash = named + distance if named else None
    if settings.head.outcome == "ordinal" and patients.stages is not None:
        stages = patients.stages[chosen]
        bag, _ = fit_ordinal_bag(x, of_row, stages, clinical, penalty=penalty, named=leash)
    else:
        labels = patients.labels[chosen]
        bag = fit_logistic_bag(x, of_row, labels, clinical, penalty=penalty, named=leash)
    return replace(bag, weights=np.roll(bag.weights, -distance))


def _own(patients: Patients, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of some patients, the place of each row's patient, their clinical features."""
    place = np.full(len(patients.patient_ids), -1)
    place[chosen] = np.arange(len(chosen))
    rows = patients.rows_of(chosen)
    clinical = patients.clinical[chosen].astype(np.float64)
    return rows, place[patients.of_row[rows]], clinical


def _inner(truth: np.ndarray, seed: int) -> np.ndarray:
    from core.evaluation.folds import deal

    rarest = int(min(truth.sum(), len(truth) - truth.sum()))
    return deal(truth, max(2, min(INNER, rarest)), np.random.default_rng(seed))


def _put(network: Network, bag: LogisticBag) -> None:
    head = network.heads[0]
    if not isinstance(head, PoolHead) or not isinstance(head.node, LinearNode):
        raise TypeError("a logistic fit needs a logistic head")
    with torch.no_grad():
        head.node.linear.weight.copy_(torch.from_numpy(bag.weights)[None])
        head.node.linear.bias.zero_()
        head.base.fill_(bag.base)
        head.clinical.copy_(torch.from_numpy(bag.clinical))


def _auc(truth: np.ndarray, scores: np.ndarray) -> float:
    return float(auc(truth, scores)) if 0 < truth.sum() < len(truth) else math.nan
