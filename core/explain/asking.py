"""Putting a question to a served model."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from core.arrays import Code, Codes, Features
from core.explain.question import Along, NearCentre, PatientLogit, Question
from core.explain.score import Asked, ReadOff, along, near, patient_logit
from core.networks.bag import pack

if TYPE_CHECKING:
    from core.model import Model


def put(
    model: "Model", question: Question, *, patches: int, features: Features | None = None
) -> tuple[Asked, Features]:
    """The model's network with a question put to it, and what it must know of each patch.

    Args:
        model: Whose network, on whose device.
        question: What to explain.
        patches: How many will be asked about.
        features: Their node features in their own units, (patch, feature), or None.

    Returns:
        The question, ready to be differentiated, and its `beside`, (patch, fact).
    """
    if isinstance(question, PatientLogit):
        return Asked(model.network, _of_patient(model, question)), np.asarray(
            question.places, np.float32
        )[:, None]
    read_off: ReadOff = model.network.node_logit
    if isinstance(question, Along):
        read_off = along(
            _held(model, question.vector), per_length=question.per_length, zero=question.zero
        )
    elif isinstance(question, NearCentre):
        read_off = near(_held(model, question.centre))
    return Asked(model.network, read_off), model.kit.of_nodes(features, patches)


def _of_patient(model: "Model", question: PatientLogit) -> ReadOff:
    rows = pack(
        _held(model, question.codes),
        _held(model, model.kit.of_nodes(question.features, len(question.codes))),
        patient=torch.zeros(len(question.codes), dtype=torch.long, device=model.device),
        clinical=_held(model, model.kit.of_patient(question.clinical)),
    )
    line = model.kit.calibration
    return patient_logit(model.network, rows, slope=line.slope, intercept=line.intercept)


def _held(model: "Model", values: Code | Codes | Features) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32)).to(model.device)
