"""Fitting the autoencoder: epochs of small steps, each epoch checkpointed.

Every epoch seeds its own randomness from (seed, epoch), so a training that was killed and goes
on from its checkpoint ends with the same bits as one that was not.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.errors import LymphoscapeError
from core.latent.collapse import how_collapsed
from core.networks.objective import (
    Loss,
    active_units,
    kl_weight,
    objective,
    ssim,
)
from core.networks.vae import Vae
from core.progress import Progress
from core.settings import ObjectiveSettings, Settings
from core.training.checkpoint import Progressed, load_checkpoint, save_checkpoint
from core.training.device import generator
from core.training.history import Epoch, Parts
from core.training.material import Material
from core.training.snapshots import Snapshots
from core.training.step import step_loss

SEEN_AT_ONCE = 256  # patches a batch where nothing is learned
SSIM11_PX = 11  # the figures' window

Report = Callable[[str], None]


class Diverged(LymphoscapeError):
    """The loss is no longer a number."""

    def __init__(self, epoch: int, learning_rate: float) -> None:
        self.epoch, self.learning_rate = epoch, learning_rate
        super().__init__(
            f"Training diverged in epoch {epoch} at a learning rate of {learning_rate:.2g}. "
            "Train again with a smaller --training.learning_rate."
        )


@dataclass(frozen=True)
class Fitted:
    """What fitting the autoencoder came to.

    Attributes:
        history: One entry an epoch.
        warnings: Sentences that every page must show, such as a collapsed posterior.
        seconds_before: Time that went into epochs before this process went on from them.
    """

    history: tuple[Epoch, ...]
    warnings: tuple[str, ...]
    seconds_before: float


def fit_vae(
    vae: Vae,
    data: Material,
    settings: Settings,
    *,
    checkpoint: Path,
    snapshots: Snapshots,
    progress: Progress,
    report: Report,
) -> Fitted:
    """Fit the autoencoder on training rows; goes on from a checkpoint where there is one.

    Args:
        vae: On the data's device; fitted in place and left in `eval` mode.
        data: Patches; only training rows are fitted on, validation rows are watched.
        settings: Objective, augmentation, training, seed.
        checkpoint: File that is written after every epoch.
        snapshots: Keeps a few moments.
        progress: Told the epochs done.
        report: Told, in a sentence, what a person should know at once.

    Raises:
        Diverged: The loss is no longer finite.
    """
    asked = settings.training
    vae.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch: stub
    optimiser = torch.optim.Adam(vae.parameters(), lr=asked.learning_rate, betas=(0.9, 0.99))
    before = load_checkpoint(checkpoint, vae, optimiser)
    history = list(before.history) if before else []
    spent = before.seconds if before else 0.0
    if before:
        report(f"Going on after epoch {len(history)} of {asked.epochs}.")
    collapsed = ""
    progress("training the autoencoder", len(history), asked.epochs)
    while len(history) < asked.epochs and not _time_is_up(spent, settings):
        started = time.perf_counter()
        epoch = len(history)
        train = _one_epoch(vae, data, settings, optimiser, epoch=epoch, spent=spent)
        if not math.isfinite(train.loss):
            raise Diverged(epoch + 1, _rate(optimiser))
        seconds = time.perf_counter() - started
        history.append(_watched(vae, data, settings, train, epoch, seconds, _rate(optimiser)))
        spent += time.perf_counter() - started
        save_checkpoint(checkpoint, vae, optimiser, so_far=Progressed(tuple(history), spent))
        snapshots.keep(epoch + 1, vae)
        if not collapsed and epoch >= asked.epochs // 3:
            collapsed = collapse(history[-1])
            if collapsed:
                report(collapsed)
        progress("training the autoencoder", epoch + 1, asked.epochs)
    snapshots.close(len(history), vae)
    vae.eval()
    warning = collapse(history[-1])
    earlier = before.seconds if before else 0.0
    return Fitted(tuple(history), (warning,) if warning else (), earlier)


def collapse(epoch: Epoch) -> str:
    """What to say where the posterior has collapsed onto the prior; "" where it has not."""
    latent = len(epoch.kl_by_dimension)
    how = how_collapsed(epoch.active_units, latent, kl_nats=epoch.validation.kl)
    if not how:
        return ""
    return (
        f"The code has {how} collapsed: {epoch.active_units} of {latent} dimensions are in use, "
        f"{epoch.validation.kl:.1f} nats a patch. Lower --objective.kl, or --vae.latent."
    )


def _one_epoch(
    vae: Vae,
    data: Material,
    settings: Settings,
    optimiser: torch.optim.Optimizer,
    *,
    epoch: int,
    spent: float,
) -> Parts:
    """One pass over the training rows; mean loss parts a patch."""
    vae.train()
    asked, started = settings.training, time.perf_counter()
    # the order is drawn on the CPU, so that it is the same on every device
    order = torch.randperm(
        len(data.train) * asked.copies,
        generator=generator(torch.device("cpu"), settings.seed, "order", epoch),
    )
    rows = data.train.repeat(asked.copies)[order.to(data.train.device)]
    # equal batches: a last one of two or three patches would upset batch normalisation
    batches = rows.tensor_split(max(1, round(len(rows) / asked.batch)))
    chance = generator(data.pictures.device, settings.seed, "epoch", epoch)
    weight = kl_weight(epoch, asked.epochs, settings.objective.kl_schedule)
    total = torch.zeros(7, device=data.pictures.device)
    for step, batch in enumerate(batches):
        done = (epoch + step / len(batches)) / asked.epochs
        if asked.minutes:
            now = spent + time.perf_counter() - started
            done = max(done, now / (60 * asked.minutes))
        for group in optimiser.param_groups:
            group["lr"] = asked.learning_rate * rate_at(done, asked.schedule)
        loss, all_in_all = step_loss(vae, data, batch, settings, kl_weight=weight, chance=chance)
        optimiser.zero_grad(set_to_none=True)
        all_in_all.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), asked.clip)
        optimiser.step()
        added = (all_in_all - loss.total) / (settings.objective.equivariance or math.nan)
        total += torch.cat((_parts(loss), added[None])).detach() * len(batch)
    return Parts(*(total / len(rows)).tolist())


@torch.no_grad()
def _watched(
    vae: Vae,
    data: Material,
    settings: Settings,
    train: Parts,
    epoch: int,
    seconds: float,
    rate: float,
) -> Epoch:
    """The epoch's entry: how the validation rows fare, seen as they are, from posterior means."""
    vae.eval()
    weight = kl_weight(epoch, settings.training.epochs, settings.objective.kl_schedule)
    rows, objective_settings = data.validation, settings.objective
    total = torch.zeros(6, device=data.pictures.device)
    by_dimension = torch.zeros(settings.vae.latent, device=data.pictures.device)
    similar, means = [], []
    for batch in rows.split(SEEN_AT_ONCE):
        loss, alike, mean = _seen(vae, data, batch, weight, objective_settings)
        total += _parts(loss) * len(batch)
        by_dimension += loss.kl_by_dimension * len(batch)
        similar.append(alike)
        means.append(mean)
    return Epoch(
        phase="vae",
        epoch=epoch + 1,
        train=train,
        validation=Parts(*(total / len(rows)).tolist()),
        validation_ssim=float(torch.cat(similar).mean()),
        validation_auc=math.nan,
        active_units=active_units(torch.cat(means)),
        kl_by_dimension=tuple(round(nats, 5) for nats in (by_dimension / len(rows)).tolist()),
        kl_weight=weight,
        learning_rate=rate,
        seconds=seconds,
        patches_per_second=len(data.train) * settings.training.copies / seconds,
    )


def _seen(
    vae: Vae, data: Material, batch: Tensor, weight: float, settings: ObjectiveSettings
) -> tuple[Loss, Tensor, Tensor]:
    pictures = data.pictures[batch]
    posterior = vae.encode(pictures)
    drawn = vae.decode(posterior.mean)
    loss = objective(
        pictures,
        drawn,
        posterior,
        masks=data.masks[batch],
        attributes=data.attributes[batch],
        kl_weight=weight,
        settings=settings,
    )
    window = min(SSIM11_PX, pictures.shape[-1])
    return loss, ssim(pictures, drawn, window_px=window), posterior.mean


def _parts(loss: Loss) -> Tensor:
    return torch.stack((loss.total, loss.l1, loss.ssim, loss.kl, loss.attribute, loss.outline))


def rate_at(done: float, schedule: str) -> float:
    """Share of the largest learning rate after a share `done` of the training.

    One-cycle: up over the first tenth, then down a cosine to a hundredth.
    """
    if schedule == "constant":
        return 1.0
    if done < 0.1:
        return 0.1 + 9 * done
    return 0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, (done - 0.1) / 0.9))) / 2


def _rate(optimiser: torch.optim.Optimizer) -> float:
    return float(optimiser.param_groups[0]["lr"])


def _time_is_up(spent: float, settings: Settings) -> bool:
    return 0 < 60 * settings.training.minutes <= spent
