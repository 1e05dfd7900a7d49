"""Explanations of patches: whichever method, one map each, with what must stand beside it."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from core.arrays import Features, Masks, Patches
from core.errors import MapUndefined
from core.explain.explanation import METHODS, Explanation, Layer, Method, mass_inside
from core.explain.grad_cam import Explainable, relevance, upsampled
from core.explain.question import NODE_LOGIT

_BATCH = 128  # features at 16 x 16 and their gradient stay under about 50 MB


def explain(
    network: Explainable,
    patches: Patches,
    *,
    beside: Features,
    masks: Masks | None = None,
    rows: Sequence[int] | None = None,
    method: Method = "grad_cam",
    layer: Layer = 8,
    asked: str = NODE_LOGIT.name,
    device: torch.device | str = "cpu",
) -> tuple[Explanation, ...]:
    """Explain the score of every patch, a batch at a time.

    Args:
        network: In `eval` mode and on `device`, with the question put to it; the methods on
            pixels need `core.explain.score.Asked`.
        patches: Pictures in [0, 1].
        beside: What the score needs to know of each patch, (patch, fact); may have no column.
        masks: Each lesion's outline, for the share of relevance inside; may be empty.
        rows: The patches' rows in their run.
        method: How the maps are made.
        layer: 8 or 16 cells along a side of a 32 px patch; methods on pixels have none.
        asked: What the score is, in words.
        device: Where the network lies.

    Returns:
        One explanation a patch, in the same order.

    Raises:
        ValueError: Lengths differ.
        MapUndefined: The network's answer to a patch is not finite.
    """
    for name, given in (("beside", beside), ("masks", masks), ("rows", rows)):
        if given is not None and len(given) != len(patches):
            raise ValueError(f"{len(patches)} patches but {len(given)} {name}")
    explained: list[Explanation] = []
    for chosen in _pieces(len(patches)):
        x = torch.from_numpy(np.ascontiguousarray(patches[chosen]))[:, None].to(device)
        known = torch.from_numpy(beside[chosen].astype(np.float32)).to(device)
        maps, tops, scores = _drawn(network, x, known, method, layer)
        whole = torch.isfinite(maps).flatten(1).all(1) & torch.isfinite(scores)
        if not bool(whole.all()):
            raise MapUndefined(METHODS[method], int((~whole).sum()))
        for offset, (drawn, top, score) in enumerate(
            zip(maps.cpu().numpy(), tops.tolist(), scores.tolist(), strict=True)
        ):
            index = chosen.start + offset
            mask = masks[index] if masks is not None else None
            explained.append(
                Explanation(
                    row=int(rows[index]) if rows is not None else None,
                    patch=patches[index],
                    map=drawn,
                    score=score,
                    layer=layer if method in ("grad_cam", "hires_cam") else None,
                    method=method,
                    raw_max=top,
                    mass_inside=mass_inside(drawn, mask) if mask is not None else None,
                    area_share=float(mask.mean()) if mask is not None and mask.any() else None,
                    asked=asked,
                )
            )
    return tuple(explained)


def _drawn(
    network: Explainable, x: Tensor, beside: Tensor, method: Method, layer: Layer
) -> tuple[Tensor, Tensor, Tensor]:
    """Maps at the patch's size, each one's largest value before enlarging, and the scores."""
    if method == "grad_cam" or method == "hires_cam":
        found = relevance(network, x, beside=beside, method=method, layer=layer)
        maps = upsampled(found.cells, (x.shape[2], x.shape[3]))
    else:
        from core.explain.pixels import pixel_relevance
        from core.explain.score import Asked

        if not isinstance(network, Asked):
            raise ValueError(f"{method} goes back to the pixels and needs a whole network")
        found = pixel_relevance(network, x, beside=beside, method=method)
        maps = found.cells
    return maps, found.cells.flatten(1).amax(dim=1).clamp(min=0), found.score


def _pieces(n: int) -> Iterator[slice]:
    for first in range(0, n, _BATCH):
        yield slice(first, min(first + _BATCH, n))
