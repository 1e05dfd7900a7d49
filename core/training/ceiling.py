"""The pixels' ceiling: how much of each true factor a small network reads off the patches alone.

It is trained on the true factors of the very training patients that the run had, so what it
cannot read no code of those pictures should be asked for. It sees flips and quarter turns, which
leave every factor as it is, and stops after a bounded time; a longer training could read more.
"""

import time

import numpy as np
import torch
from torch.nn import functional as F

from core.networks.small import every_way, small_network, turned
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
        network = small_network(y.shape[1])
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
        steps = epochs * -(-len(x) // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
        until = time.monotonic() + seconds
        for epoch in range(epochs):
            network.train()
            for rows in torch.randperm(len(x)).split(BATCH):
                if len(rows) < 2:
                    continue  # normalisation over one patch says nothing
                loss = F.mse_loss(network(turned(x[rows])), y[rows])
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
        said = torch.cat([every_way(network, piece) for piece in pieces]).numpy()
    return np.asarray(said * sd + mean)
