"""A patient's rows in padded slots, and the pools that look past the padding.

A patient has as many rows as were cut; networks want a rectangle. Empty slots never enter a
statistic, and the order of the slots does not matter to any pool here.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Bag:
    """Patients with their rows in padded slots.

    Attributes:
        codes: (patient, slot, latent); whatever stands in empty slots is ignored.
        features: Standardised node features, (patient, slot, feature).
        there: True where a slot holds a row, (patient, slot).
        clinical: Standardised clinical features, (patient, clinical); 0 where not known.
    """

    codes: Tensor
    features: Tensor
    there: Tensor
    clinical: Tensor

    def only(self, patient: int) -> "Bag":
        """The bag of one patient."""
        one = slice(patient, patient + 1)
        return Bag(self.codes[one], self.features[one], self.there[one], self.clinical[one])


def pack(codes: Tensor, features: Tensor, *, patient: Tensor, clinical: Tensor) -> Bag:
    """Lay rows out by patient, in their order.

    Args:
        codes: (row, latent).
        features: (row, feature).
        patient: Number of each row's patient, (row), from 0 to `len(clinical) - 1`.
        clinical: (patient, clinical); a patient without rows is an empty bag.
    """
    patients = len(clinical)
    filled = torch.bincount(patient, minlength=patients)
    slots = max(1, int(filled.max())) if len(patient) else 1
    order = torch.argsort(patient, stable=True)
    start = torch.cumsum(filled, 0) - filled
    slot = torch.empty_like(patient)
    slot[order] = torch.arange(len(patient), device=patient.device) - start[patient[order]]
    there = torch.zeros(patients, slots, dtype=torch.bool, device=codes.device)
    there[patient, slot] = True
    room = codes.new_zeros(patients, slots, codes.shape[1])
    room[patient, slot] = codes
    beside = features.new_zeros(patients, slots, features.shape[1])
    beside[patient, slot] = features
    return Bag(room, beside, there, clinical)


def mean_over(values: Tensor, there: Tensor) -> Tensor:
    """Mean over the filled slots (dimension 1); a patient without rows gives zero."""
    shape = (*there.shape, *(1,) * (values.dim() - 2))
    filled = there.reshape(shape)
    total = torch.where(filled, values, torch.zeros_like(values)).sum(1)
    return total / filled.sum(1).clamp(min=1)


def max_over(values: Tensor, there: Tensor) -> Tensor:
    """Largest over the filled slots, (patient); a patient without rows gives zero."""
    lowest = torch.finfo(values.dtype).min
    largest = values.masked_fill(~there, lowest).amax(1)
    return torch.where(there.any(1), largest, torch.zeros_like(largest))


def log_mean_exp_over(values: Tensor, there: Tensor) -> Tensor:
    """Log of the mean of exponentials over the filled slots, (patient); zero without rows."""
    top = max_over(values, there)
    below = torch.where(there, values - top[:, None], torch.zeros_like(values))
    pooled = top + mean_over(torch.exp(below), there).clamp(min=1e-30).log()
    return torch.where(there.any(1), pooled, torch.zeros_like(pooled))


def softmax_over(values: Tensor, there: Tensor) -> Tensor:
    """Weights that sum to one over the filled slots, (patient, slot); zero in empty ones."""
    top = max_over(values, there)[:, None]
    below = torch.where(there, values - top, torch.zeros_like(values))
    raised = torch.exp(below) * there
    return raised / raised.sum(1, keepdim=True).clamp(min=1e-30)
