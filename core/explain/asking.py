"""Putting a question to a served model."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from core.arrays import Code, Codes, Features
from core.explain.question import Along, NearCentre, PatientLogit, Question
from core.explain.score import Asked, ReadOff, along, near, patient_logit
from core.networks.bag import pack
from core.networks.network import Network
from core.training.lesions import first_rows, once_a_lesion

if TYPE_CHECKING:
    from core.model import Model


def put(
    model: "Model",
    question: Question,
    *,
    patches: int,
    features: Features | None = None,
    network: Network | None = None,
) -> tuple[Asked, Features]:
    """The model's network with a question put to it, and what it must know of each patch.

    Args:
        model: Whose network, on whose device.
        question: What to explain.
        patches: How many will be asked about.
        features: Their node features in their own units, (patch, feature), or None.
        network: Another network in the place of the model's own, on the same device.

    Returns:
        The question, ready to be differentiated, and its `beside`, (patch, fact).
    """
    judge = network or model.network
    if isinstance(question, PatientLogit):
        places = np.asarray(question.places, np.float32)[:, None]
        return Asked(judge, _of_patient(model, judge, question)), places
    read_off: ReadOff = judge.node_logit
    if isinstance(question, Along):
        read_off = along(
            _held(model, question.vector), per_length=question.per_length, zero=question.zero
        )
    elif isinstance(question, NearCentre):
        read_off = near(_held(model, question.centre))
    return Asked(judge, read_off), model.kit.of_nodes(features, patches)


def _of_patient(model: "Model", judge: Network, question: PatientLogit) -> ReadOff:
    if model.settings.head.slices == "mean":
        return _of_pooled(model, judge, question)
    return _of_rows(model, judge, question)


def _of_pooled(model: "Model", judge: Network, question: PatientLogit) -> ReadOff:
    """Where a lesion speaks by the mean of its slices: a slice moves the mean by its share."""
    if question.nodes is None:
        raise ValueError("nodes: found none, wanted one a row: this head takes lesions' means")
    lesion = np.unique(np.asarray(question.nodes), return_inverse=True)[1]
    first = np.flatnonzero(first_rows(lesion))
    slot = np.argsort(lesion[first])[lesion]  # where each row's lesion stands among the first rows
    codes, told = once_a_lesion(question.codes, question.features, lesion, model.settings)
    told = None if told is None else told[first]
    pooled = replace(question, codes=codes[first], features=told, nodes=None)
    read_off = _of_rows(model, judge, pooled)
    own, mean = _held(model, question.codes), _held(model, codes)
    share = _held(model, 1 / np.bincount(lesion)[lesion][:, None])
    place = torch.from_numpy(slot).to(model.device)

    def logit(moved: Tensor, beside: Tensor) -> Tensor:
        row = beside[:, 0].long()
        return read_off(mean[row] + share[row] * (moved - own[row]), place[row][:, None])

    return logit


def _of_rows(model: "Model", judge: Network, question: PatientLogit) -> ReadOff:
    rows = pack(
        _held(model, question.codes),
        _held(model, model.kit.of_nodes(question.features, len(question.codes))),
        patient=torch.zeros(len(question.codes), dtype=torch.long, device=model.device),
        clinical=_held(model, model.kit.of_patient(question.clinical)),
    )
    line = model.kit.calibration
    return patient_logit(judge, rows, slope=line.slope, intercept=line.intercept)


def _held(model: "Model", values: Code | Codes | Features) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32)).to(model.device)
