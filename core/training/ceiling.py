"""The pixels' ceiling: how much of each true factor a small network reads off the patches alone.

It learns the true factors of the very training patients that the run had, from all their slices,
and sees them flipped, shifted, turned, zoomed and stretched; a zoomed lesion's size and a stretched
one's elongation are changed with it, as far as the mask says so. For each factor the pass that
validation patients are read best at is kept. It stops after a bounded time, so a longer training or
another network could read more.
"""

import math
import time
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.arrays import Masks, Patches
from core.networks.moments import Moments
from core.networks.small import every_way, small_network
from core.progress import Progress, silent
from core.settings import AugmentSettings
from core.training.augment import Draw, bent, moved

SECONDS, EPOCHS = 120.0, 60
BATCH, RATE = 64, 3e-3
WARM = 0.2  # share of the training over which the step grows; then it falls along a cosine
VARIED = AugmentSettings(
    noise=0.0, log_gamma=0.0, bias=0.0, shift_px=1.0, zoom=0.15, stretch=0.3, bent_share=0.75
)


@dataclass(frozen=True, eq=False)
class Shown:
    """Patches and what is true of them.

    Attributes:
        patches: In [0, 1], (row, height, width).
        masks: Of their lesions.
        truth: True factors, (row, factor).
    """

    patches: Patches
    masks: Masks
    truth: np.ndarray


def read_from_pixels(
    fitted: Shown,
    watched: Shown,
    asked: Patches,
    *,
    size: int | None = None,
    elongation: int | None = None,
    seed: int,
    seconds: float = SECONDS,
    epochs: int = EPOCHS,
    progress: Progress = silent,
) -> np.ndarray:
    """True factors as read off patches, (row, factor).

    Args:
        fitted: What is learned from.
        watched: What chooses each factor's pass.
        asked: Patches to read, (other row, height, width).
        size: Which factor is a short axis, and grows with a zoom; None: none.
        elongation: Which factor is the long axis over the short one; None: none.
        seed: Of weights and batches.
        seconds: It stops after so long, whatever the epochs.
        epochs: Most passes.
        progress: Told the epochs done.
    """
    mean, sd = fitted.truth.mean(axis=0), np.maximum(fitted.truth.std(axis=0), 1e-9)
    raw = torch.from_numpy(fitted.truth.astype(np.float32))
    centre, spread = (torch.from_numpy(each.astype(np.float32)) for each in (mean, sd))
    wanted = (torch.from_numpy(watched.truth.astype(np.float32)) - centre) / spread
    pictures, held = _pictures(fitted.patches), _pictures(watched.patches)
    masks = _pictures(fitted.masks)
    chance = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = small_network(raw.shape[1])
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
        best = torch.full((raw.shape[1],), torch.inf)
        kept = [deepcopy(network.state_dict())] * raw.shape[1]
        started, done, steps = time.monotonic(), 0, epochs * math.ceil(len(raw) / BATCH)
        for epoch in range(epochs):
            network.train()
            for rows in torch.randperm(len(raw)).split(BATCH):
                done += 1
                if len(rows) < 2:
                    continue  # normalisation over one patch says nothing
                new, true = _varied(
                    pictures[rows], masks[rows], raw[rows], size, elongation, chance
                )
                loss = F.smooth_l1_loss(network(new), (true - centre) / spread)
                share = max(done / steps, (time.monotonic() - started) / seconds)
                for group in optimiser.param_groups:
                    group["lr"] = RATE * _pace(share)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
            network.eval()
            with torch.inference_mode():
                missed = (network(held) - wanted).square().mean(0)
            for place in torch.nonzero(missed < best)[:, 0].tolist():
                best[place], kept[place] = missed[place], deepcopy(network.state_dict())
            progress("reading the pixels alone", epoch + 1, epochs)
            if time.monotonic() - started > seconds:
                break
    said = np.empty((len(asked), raw.shape[1]))
    for place, state in enumerate(kept):
        network.load_state_dict(state)
        with torch.inference_mode():
            parts = [every_way(network, piece) for piece in _pictures(asked).split(256)]
        said[:, place] = torch.cat(parts)[:, place].numpy()
    return np.asarray(said * sd + mean)


def _varied(
    pictures: Tensor,
    masks: Tensor,
    truth: Tensor,
    size: int | None,
    elongation: int | None,
    chance: torch.Generator,
) -> tuple[Tensor, Tensor]:
    pictures, masks = moved(pictures, masks, settings=VARIED, generator=chance)
    start = Moments.of(masks)
    draw = Draw(len(pictures), pictures.device, chance)
    pictures, _, matrix = bent(pictures, masks, start, settings=VARIED, draw=draw)
    (short, long), (new_short, new_long) = start.axes, start.mapped(matrix).axes
    told = truth.clone()
    if size is not None:
        told[:, size] *= new_short / short
    if elongation is not None:
        told[:, elongation] *= (new_long / new_short) / (long / short)
    return pictures.clamp(0, 1), told


def _pace(share: float) -> float:
    if share < WARM:
        return 0.1 + 0.9 * share / WARM
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (share - WARM) / (1 - WARM)))) + 1e-3


def _pictures(patches: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(patches, np.float32))[:, None]
