"""The pixels' ceiling: how much of each true factor a small network reads off the patches alone.

It is trained on the true factors of the very training patients that the run had, so what it
cannot read no code of those pictures should be asked for. It sees flips and quarter turns, which
leave every factor as it is, and stops after a bounded time; a longer training could read more.
"""

import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.progress import Progress, silent

SECONDS, EPOCHS = 100.0, 60
BATCH, RATE = 64, 2e-3


def read_from_pixels(
    fitted: np.ndarray,
    truth: np.ndarray,
    asked: np.ndarray,
    *,
    seed: int,
    seconds: float = SECONDS,
    epochs: int = EPOCHS,
    progress: Progress = silent,
) -> np.ndarray:
    """True factors as read off patches, (row, factor).

    Args:
        fitted: Patches to learn from, in [0, 1], (row, height, width).
        truth: Their true factors, (row, factor).
        asked: Patches to read, (other row, height, width).
        seed: Of weights and batches.
        seconds: It stops after so long, whatever the epochs.
        epochs: Most passes.
        progress: Told the epochs done.
    """
    mean, sd = truth.mean(axis=0), np.maximum(truth.std(axis=0), 1e-9)
    y = torch.from_numpy(((truth - mean) / sd).astype(np.float32))
    x = torch.from_numpy(np.array(fitted, np.float32))[:, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _small(y.shape[1])
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
        steps = epochs * -(-len(x) // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
        until = time.monotonic() + seconds
        for epoch in range(epochs):
            network.train()
            for rows in torch.randperm(len(x)).split(BATCH):
                if len(rows) < 2:
                    continue  # normalisation over one patch says nothing
                loss = F.mse_loss(network(_turned(x[rows])), y[rows])
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                schedule.step()
            progress("reading the pixels alone", epoch + 1, epochs)
            if time.monotonic() > until:
                break
    network.eval()
    with torch.inference_mode():
        pieces = torch.from_numpy(np.array(asked, np.float32))[:, None].split(256)
        said = torch.cat([_every_way(network, piece) for piece in pieces]).numpy()
    return np.asarray(said * sd + mean)


def _small(factors: int) -> nn.Sequential:
    def block(inside: int, outside: int) -> list[nn.Module]:
        return [
            nn.Conv2d(inside, outside, 3, padding=1),
            nn.BatchNorm2d(outside),
            nn.GELU(),
            nn.Conv2d(outside, outside, 3, stride=2, padding=1),
            nn.BatchNorm2d(outside),
            nn.GELU(),
        ]

    return nn.Sequential(
        *block(1, 16),
        *block(16, 32),
        *block(32, 64),
        nn.AdaptiveAvgPool2d(4),  # 32 px come down to 4 as they are
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(64 * 16, 64),
        nn.GELU(),
        nn.Linear(64, factors),
    )


def _turned(pictures: Tensor) -> Tensor:
    """A batch, flipped and turned by quarters as chance has it."""
    turns = int(torch.randint(4, ()))
    turned = torch.rot90(pictures, turns, (2, 3))
    return turned.flip(3) if torch.rand(()) < 0.5 else turned


def _every_way(network: nn.Module, pictures: Tensor) -> Tensor:
    """The mean over flips and quarter turns."""
    ways = [torch.rot90(each, k, (2, 3)) for each in (pictures, pictures.flip(3)) for k in range(4)]
    return torch.stack([network(way) for way in ways]).mean(0)
