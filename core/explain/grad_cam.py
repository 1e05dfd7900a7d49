"""Grad-CAM and HiResCAM of a lesion's logit, without hooks.

With the encoder's features A (channel, cell) and the logit s taken from the posterior mean:

    Grad-CAM   map = sum over channels of  mean over cells (ds/dA)  *  A
               (Selvaraju et al. 2017; their final ReLU is left to the reader of the map)
    HiResCAM   map = sum over channels of  ds/dA * A, cell by cell
               (Draelos & Carin 2021); exact where the rest of the network is linear

The logit and not the probability: where the model is sure the probability's gradient vanishes.
The gradient comes from `torch.autograd.grad` with respect to the features alone, so a network
shared by many threads keeps no hook, no `.grad` and no flag of ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.arrays import Features, Masks, Patches
from core.explain.explanation import Explanation, Layer, Method, mass_inside

_BATCH = 128  # features at 16 x 16 and their gradient stay under about 50 MB


@runtime_checkable
class Explainable(Protocol):
    """A network cut in two at a layer that still has places."""

    def features(self, x: Tensor, layer: Layer) -> Tensor:
        """Features (patch, channel, cell, cell) of patches (patch, 1, height, width)."""

    def node_logit_from_features(
        self, features: Tensor, layer: Layer, node_features: Tensor
    ) -> Tensor:
        """Each lesion's logit (patch) from the posterior mean that those features give."""


@dataclass(frozen=True)
class Relevance:
    """Signed maps at the layer's own resolution.

    Attributes:
        cells: (patch, cell, cell).
        logit: What they explain, (patch).
    """

    cells: Tensor
    logit: Tensor


def relevance(
    network: Explainable,
    x: Tensor,
    *,
    node_features: Tensor,
    method: Method = "grad_cam",
    layer: Layer = 8,
) -> Relevance:
    """Signed relevance of each cell of a layer for each patch's own logit.

    The network must be in `eval` mode, so that patches do not see each other: then the gradient
    of the summed logits is each logit's own. Safe from many threads, also inside a caller's
    `inference_mode`.

    Args:
        network: Where to look; nothing in it changes.
        x: Patches in [0, 1], (patch, 1, height, width).
        node_features: What the head sees beside the code, (patch, feature); may have no column.
        method: "grad_cam" or "hires_cam".
        layer: 8 or 16 cells along a side of a 32 px patch.
    """
    with torch.inference_mode(mode=False):
        with torch.no_grad():
            features = network.features(x, layer).detach().clone()
        features.requires_grad_(True)
        with torch.enable_grad():
            logit = network.node_logit_from_features(features, layer, node_features)
            gradient = _gradient(logit, features)
        seen = features.detach()
        if method == "grad_cam":
            gradient = gradient.mean(dim=(2, 3), keepdim=True)
        return Relevance((gradient * seen).sum(dim=1), logit.detach())


def upsampled(cells: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (patch, cell, cell) at the patch's size, bilinear about cell centres."""
    enlarged = F.interpolate(cells[:, None], size=size, mode="bilinear", align_corners=False)
    return enlarged[:, 0]


def explain(
    network: Explainable,
    patches: Patches,
    *,
    node_features: Features,
    masks: Masks | None = None,
    rows: Sequence[int] | None = None,
    method: Method = "grad_cam",
    layer: Layer = 8,
    device: torch.device | str = "cpu",
) -> tuple[Explanation, ...]:
    """Explain the logit of every patch, a batch at a time.

    Args:
        network: Where to look, in `eval` mode and on `device`.
        patches: Pictures in [0, 1].
        node_features: What the head sees beside the code, one row a patch, standardised as
            the network wants it; may have no column.
        masks: Each lesion's outline, for the share of relevance inside; may be empty.
        rows: The patches' rows in their run.
        method: "grad_cam" or "hires_cam".
        layer: 8 or 16 cells along a side of a 32 px patch.
        device: Where the network lies.

    Returns:
        One explanation a patch, in the same order.

    Raises:
        ValueError: Lengths differ, or the network gives values that are not finite.
    """
    for name, given in (("node_features", node_features), ("masks", masks), ("rows", rows)):
        if given is not None and len(given) != len(patches):
            raise ValueError(f"{len(patches)} patches but {len(given)} {name}")
    explained: list[Explanation] = []
    for chosen in _pieces(len(patches)):
        x = torch.from_numpy(np.ascontiguousarray(patches[chosen]))[:, None].to(device)
        beside = torch.from_numpy(node_features[chosen].astype(np.float32)).to(device)
        found = relevance(network, x, node_features=beside, method=method, layer=layer)
        size = (patches.shape[1], patches.shape[2])
        maps = upsampled(found.cells, size).cpu().numpy()
        tops = found.cells.flatten(1).amax(dim=1).clamp(min=0).tolist()
        for offset, (drawn, top, logit) in enumerate(
            zip(maps, tops, found.logit.tolist(), strict=True)
        ):
            index = chosen.start + offset
            mask = masks[index] if masks is not None else None
            explained.append(
                Explanation(
                    row=int(rows[index]) if rows is not None else None,
                    patch=patches[index],
                    map=drawn,
                    score=logit,
                    layer=layer,
                    method=method,
                    raw_max=top,
                    mass_inside=mass_inside(drawn, mask) if mask is not None else None,
                    area_share=float(mask.mean()) if mask is not None and mask.any() else None,
                )
            )
    return tuple(explained)


def _gradient(logit: Tensor, features: Tensor) -> Tensor:
    """Gradient of each logit; zeros where the logit does not look at the features at all."""
    if not logit.requires_grad:
        return torch.zeros_like(features)
    (found,) = torch.autograd.grad(logit.sum(), features, allow_unused=True)
    return torch.zeros_like(features) if found is None else found


def _pieces(n: int) -> Iterator[slice]:
    for first in range(0, n, _BATCH):
        yield slice(first, min(first + _BATCH, n))
