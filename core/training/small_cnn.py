"""A small CNN from scratch that learns patients' outcomes off patches: a yardstick for the run.

Every patch of a patient's lesions (the largest section of each) gets a logit, and the patient's
is their maximum, or the log of the sum of their exponentials: the odds of "any of them", for
small odds. It sees pictures alone, no size and no T stage. Epoch and pool are chosen by the
validation patients' log loss.
"""

import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, get_args

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional as F

from core.arrays import Patches
from core.networks.bag import log_mean_exp_over, max_over, pack
from core.networks.small import every_way, small_network, turned
from core.progress import Progress, silent
from core.run import write_bytes

Pool = Literal["max", "log-sum-exp"]
POOLS: tuple[Pool, ...] = get_args(Pool)
EPOCHS, BATCH, RATE = 30, 16, 2e-3  # patients a batch


@dataclass(frozen=True, eq=False)
class Bags:
    """Patients as the CNN sees them.

    Attributes:
        patches: In [0, 1], (row, height, width).
        of_row: Number of each row's patient, from 0.
        labels: 1 with the outcome, (patient).
    """

    patches: Patches
    of_row: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False)
class SmallCnn:
    """A fitted CNN.

    Attributes:
        network: From a patch to its logit.
        pool: How a patient's patches become one logit.
        loss: Log loss of the validation patients at the epoch kept.
        epoch: Which that was, from 1.
    """

    network: nn.Module
    pool: Pool
    loss: float
    epoch: int

    def logits(self, bags: Bags) -> np.ndarray:
        """Each patient's logit, (patient); flips and quarter turns averaged."""
        self.network.eval()
        with torch.inference_mode():
            rows = torch.cat(
                [every_way(self.network, piece) for piece in _pictures(bags).split(256)]
            )
            return np.asarray(_pooled(rows, _numbers(bags), len(bags.labels), self.pool).numpy())

    def keep(self, path: Path) -> None:
        """Write it whole, so that a command that was stopped need not fit it again."""
        told = {"pool": self.pool, "loss": json.dumps(self.loss), "epoch": str(self.epoch)}
        write_bytes(path, save(self.network.state_dict(), metadata=told))

    @classmethod
    def kept(cls, path: Path) -> Self | None:
        """One that was kept; None where there is none that can be read."""
        try:
            with safe_open(path, "pt") as held:
                told = held.metadata()
            network = small_network(1)
            network.load_state_dict(load_file(path))
            pool = next(each for each in POOLS if each == told["pool"])
            return cls(network, pool, float(told["loss"]), int(told["epoch"]))
        except (OSError, SafetensorError, KeyError, StopIteration, RuntimeError):
            return None


def fit_cnn(
    train: Bags,
    validation: Bags,
    *,
    pool: Pool,
    seed: int,
    epochs: int = EPOCHS,
    progress: Progress = silent,
) -> SmallCnn:
    """Fit on training patients' outcomes and keep the epoch that validation patients like best.

    Args:
        train: Whom it learns from.
        validation: Who choose the epoch.
        pool: See `Pool`.
        seed: Of weights and batches.
        epochs: So many passes; the learning rate follows one cycle over them.
        progress: Told after every epoch.
    """
    pictures, asked = _pictures(train), _pictures(validation)
    labels = torch.from_numpy(train.labels.astype(np.float32))
    wanted = torch.from_numpy(validation.labels.astype(np.float32))
    rows_of = [np.flatnonzero(train.of_row == patient) for patient in range(len(labels))]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = small_network(1)
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
        steps = epochs * -(-len(labels) // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
        best: SmallCnn | None = None
        for epoch in range(1, epochs + 1):
            network.train()
            for patients in torch.randperm(len(labels)).split(BATCH):
                own = [rows_of[int(patient)] for patient in patients]
                number = torch.from_numpy(np.repeat(np.arange(len(own)), [len(o) for o in own]))
                rows = torch.from_numpy(np.concatenate(own))
                if len(rows) >= 2:  # normalisation over one patch says nothing
                    said = network(turned(pictures[rows]))
                    logits = _pooled(said, number, len(own), pool)
                    loss = F.binary_cross_entropy_with_logits(logits, labels[patients])
                    optimiser.zero_grad(set_to_none=True)
                    loss.backward()
                    optimiser.step()
                schedule.step()
            network.eval()
            with torch.inference_mode():
                told = _pooled(network(asked), _numbers(validation), len(wanted), pool)
            missed = float(F.binary_cross_entropy_with_logits(told, wanted))
            if best is None or missed < best.loss:
                best = SmallCnn(deepcopy(network), pool, missed, epoch)
            progress("training the small CNN", epoch, epochs)
    if best is None:
        raise ValueError(f"epochs: found {epochs}, wanted 1 or more")
    return best


def _pictures(bags: Bags) -> Tensor:
    return torch.from_numpy(np.array(bags.patches, np.float32))[:, None]


def _numbers(bags: Bags) -> Tensor:
    return torch.from_numpy(np.asarray(bags.of_row, np.int64))


def _pooled(rows: Tensor, number: Tensor, patients: int, pool: Pool) -> Tensor:
    """Patches' logits (row, 1) as patients' (patient)."""
    bag = pack(
        rows, rows.new_zeros(len(rows), 0), patient=number, clinical=rows.new_zeros(patients, 0)
    )
    logits = bag.codes.squeeze(-1)
    if pool == "max":
        return max_over(logits, bag.there)
    return log_mean_exp_over(logits, bag.there) + bag.there.sum(1).clamp(min=1).log()
