"""Grad-CAM and HiResCAM of a score, without hooks.

With the encoder's features A (channel, cell) and the score s read off the posterior mean:

    Grad-CAM   map = sum over channels of  mean over cells (ds/dA)  *  A
               (Selvaraju et al. 2017; their final ReLU is left to the reader of the map)
    HiResCAM   map = sum over channels of  ds/dA * A, cell by cell
               (Draelos & Carin 2021); exact where the rest of the network is linear

A logit and not a probability: where the model is sure the probability's gradient vanishes.
The gradient comes from `torch.autograd.grad` with respect to the features alone, so a network
shared by many threads keeps no hook, no `.grad` and no flag of ours.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from core.explain.explanation import CellMethod, Layer


class Explainable(Protocol):
    """A network with a question put to it, cut in two at a layer that still has places."""

    def features(self, x: Tensor, layer: Layer) -> Tensor:
        """Features (patch, channel, cell, cell) of patches (patch, 1, height, width)."""

    def score_from_features(self, features: Tensor, layer: Layer, beside: Tensor) -> Tensor:
        """Each patch's score (patch) from the posterior mean that those features give."""


@dataclass(frozen=True)
class Relevance:
    """Signed maps at the layer's own resolution.

    Attributes:
        cells: (patch, cell, cell).
        score: What they explain, (patch).
    """

    cells: Tensor
    score: Tensor


def relevance(
    network: Explainable,
    x: Tensor,
    *,
    beside: Tensor,
    method: CellMethod = "grad_cam",
    layer: Layer = 8,
) -> Relevance:
    """Signed relevance of each cell of a layer for each patch's own score.

    The network must be in `eval` mode, so that patches do not see each other: then the gradient
    of the summed scores is each score's own. Safe from many threads, also inside a caller's
    `inference_mode`.

    Args:
        network: Where to look; nothing in it changes.
        x: Patches in [0, 1], (patch, 1, height, width).
        beside: What the score needs to know of each patch, (patch, fact); may have no column.
        method: "grad_cam" or "hires_cam".
        layer: 8 or 16 cells along a side of a 32 px patch.
    """
    with torch.inference_mode(mode=False):
        with torch.no_grad():
            features = network.features(x, layer).detach().clone()
        features.requires_grad_(True)
        with torch.enable_grad():
            score = network.score_from_features(features, layer, beside)
            gradient = _gradient(score, features)
        seen = features.detach()
        if method == "grad_cam":
            gradient = gradient.mean(dim=(2, 3), keepdim=True)
        return Relevance((gradient * seen).sum(dim=1), score.detach())


def upsampled(cells: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (patch, cell, cell) at the patch's size, bilinear about cell centres."""
    enlarged = F.interpolate(cells[:, None], size=size, mode="bilinear", align_corners=False)
    return enlarged[:, 0]


def _gradient(score: Tensor, features: Tensor) -> Tensor:
    """Gradient of each score; zeros where the score does not look at the features at all."""
    if not score.requires_grad:
        return torch.zeros_like(features)
    (found,) = torch.autograd.grad(score.sum(), features, allow_unused=True)
    return torch.zeros_like(features) if found is None else found
