"""Fitting the heads on codes: which of a patient's lesions speak for the outcome, and how loudly.

The autoencoder is fixed by now. Heads see augmented copies of every training row, their codes
with posterior noise and mixed within a patient; both outcomes weigh the same. The epoch is the
best on validation patients, by the same loss; test patients are not looked at.
"""

import copy
import math
import time

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.evaluation.classification import auc
from core.networks.bag import Bag
from core.networks.head import Head, Scale
from core.networks.network import Network, fit_view
from core.progress import Progress
from core.settings import Settings
from core.training.augment import add_noise, augment
from core.training.bags import Patients
from core.training.device import generator, seed_for
from core.training.history import Epoch, only_loss
from core.training.material import Material

SEEN_AT_ONCE = 256
PATIENTS_A_STEP = 32


@torch.no_grad()
def copied_codes(network: Network, data: Material, settings: Settings) -> tuple[Tensor, Tensor]:
    """Codes of the rows as they are (copy 0) and of augmented copies of the training rows.

    Returns:
        Posterior means and standard deviations, each (copy, row, latent). Copies of rows that
        do not train are the rows themselves.
    """
    means, stds = [], []
    # size and shape speak for the outcome: a stretched lesion is no example of its patient's
    shaped_as_they_are = settings.augment.model_copy(update={"zoom": 0.0, "stretch": 0.0})
    for number in range(settings.head.copies + 1):
        chance = generator(data.pictures.device, settings.seed, "copy", number)
        pictures = data.pictures
        if number:
            varied = augment(
                pictures[data.train],
                data.masks[data.train],
                data.attributes[data.train],
                scale=data.scale,
                settings=shaped_as_they_are,
                generator=chance,
            )
            noisy = add_noise(varied.pictures, noise=settings.augment.noise, generator=chance)
            pictures = pictures.index_copy(0, data.train, noisy)
        parts = [network.vae.encode(part) for part in pictures.split(SEEN_AT_ONCE)]
        means.append(torch.cat([part.mean for part in parts]))
        stds.append(torch.cat([part.std for part in parts]))
    return torch.stack(means), torch.stack(stds)


def fit_heads(
    network: Network,
    data: Material,
    patients: Patients,
    settings: Settings,
    *,
    progress: Progress,
) -> tuple[Epoch, ...]:
    """Fit the network's heads in place, and its view of the code; leaves it in `eval` mode.

    Args:
        network: On the data's device, its autoencoder fitted.
        data: Patches.
        patients: Whose they are.
        settings: Head, augmentation, seed.
        progress: Told the epochs done.

    Returns:
        One history entry an epoch.
    """
    network.eval()
    if settings.head.kind == "logistic":
        as_they_are = settings.head.model_copy(update={"copies": 0})
        means, stds = copied_codes(network, data, settings.model_copy(update={"head": as_they_are}))
    else:
        means, stds = copied_codes(network, data, settings)
    return fit_on_codes(network, means, stds, patients, settings, progress=progress)


def fit_on_codes(
    network: Network,
    means: Tensor,
    stds: Tensor,
    patients: Patients,
    settings: Settings,
    *,
    progress: Progress,
) -> tuple[Epoch, ...]:
    """The same from codes that are at hand, as `copied_codes` gives them, each (copy, row, latent).

    The logistic head takes the rows as they are (copy 0) and the penalty that does best inside
    the training patients; see `core.training.fit_logistic`.
    """
    if settings.head.kind == "logistic":
        from core.training.fit_logistic import fit_logistic_head

        return fit_logistic_head(network, means[0], patients, settings, progress=progress)
    asked, means = settings.head, torch.stack([patients.pooled(codes) for codes in means])
    # of a mean of codes we keep the mean spread: too wide for independent slices, right for alike
    stds = torch.stack([patients.pooled(spread) for spread in stds])
    train_rows = patients.rows_of(np.flatnonzero(patients.splits == "train"))
    view = fit_view(means[0, torch.from_numpy(train_rows).to(means.device)], settings=settings)
    network.centre.copy_(view.centre)
    network.axes.copy_(view.axes)
    train = np.flatnonzero(patients.splits == "train")
    watched = np.flatnonzero(patients.splits == "validation")
    watched = watched if watched.size else train
    bags = [patients.bag(network.seen(codes), train) for codes in means]
    spread = network.axes.square()
    noise = [patients.bag((std.square() @ spread).sqrt(), train).codes for std in stds]
    outcomes = _labels(patients, train, means.device)
    checked = patients.bag(network.seen(means[0]), watched)
    checked_outcomes = _labels(patients, watched, means.device)
    heads = network.heads
    for number, head in enumerate(heads):
        start_weights(head, seed_for(settings.seed, "head", number))  # type: ignore[arg-type]  # ModuleList: Module
    optimiser = torch.optim.AdamW(
        heads.parameters(), lr=asked.learning_rate, weight_decay=asked.weight_decay
    )
    best, kept = math.inf, copy.deepcopy(heads.state_dict())
    history = []
    weigh = balanced(outcomes)
    for epoch in range(asked.epochs):
        started = time.perf_counter()
        chance = generator(means.device, settings.seed, "heads", epoch)
        torch.manual_seed(seed_for(settings.seed, "dropout", epoch))
        heads.train()
        total = 0.0
        order = torch.randperm(len(train), generator=chance, device=means.device)
        for chosen in order.tensor_split(max(1, round(len(train) / PATIENTS_A_STEP))):
            bag = _varied(bags, noise, chosen, settings, chance)
            losses = [
                _loss(head(bag).score, outcomes[chosen], weigh, network.scale) for head in heads
            ]
            loss = torch.stack(losses).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += loss.item() / len(losses) * len(chosen)
        heads.eval()
        with torch.no_grad():
            score = torch.stack([head(checked).score for head in heads]).mean(0)
            miss = _loss(score, checked_outcomes, weigh, network.scale).item()
        if miss < best:
            best, kept = miss, copy.deepcopy(heads.state_dict())
        history.append(
            Epoch(
                phase="head",
                epoch=epoch + 1,
                train=only_loss(total / len(train)),
                validation=only_loss(miss),
                validation_ssim=math.nan,
                validation_auc=_auc(score, checked_outcomes),
                active_units=-1,
                kl_by_dimension=(),
                kl_weight=math.nan,
                learning_rate=asked.learning_rate,
                seconds=time.perf_counter() - started,
                patches_per_second=math.nan,
            )
        )
        progress("training the heads", epoch + 1, asked.epochs)
    heads.load_state_dict(kept)
    with torch.no_grad():
        network.typical.zero_()
        network.typical.copy_(network.terms(patients.bag(means[0], train)).nodes.mean())
    return tuple(history)


def _labels(patients: Patients, chosen: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(patients.labels[chosen].astype(np.float32)).to(device)


def start_weights(head: Head, seed: int) -> None:
    """Fresh weights from a seed: small ones, so that training starts at "no opinion"."""
    chance = torch.Generator().manual_seed(seed)
    for module in head.modules():
        if isinstance(module, torch.nn.Linear):
            bound = 1 / math.sqrt(module.in_features)
            fresh = torch.rand(module.weight.shape, generator=chance) * 2 - 1
            module.weight.data.copy_(bound * fresh)
            module.bias.data.zero_()


def balanced(outcomes: Tensor) -> tuple[float, float]:
    """What a negative and a positive patient weigh, so that both outcomes count the same."""
    positives = float(outcomes.sum())
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return 1.0, 1.0
    return len(outcomes) / (2 * negatives), len(outcomes) / (2 * positives)


def _loss(score: Tensor, outcomes: Tensor, weigh: tuple[float, float], scale: Scale) -> Tensor:
    weights = weigh[0] + (weigh[1] - weigh[0]) * outcomes
    if scale == "probability":
        return F.binary_cross_entropy(score.clamp(1e-6, 1 - 1e-6), outcomes, weight=weights)
    return F.binary_cross_entropy_with_logits(score, outcomes, weight=weights)


def _varied(
    bags: list[Bag],
    noise: list[Tensor],
    chosen: Tensor,
    settings: Settings,
    chance: torch.Generator,
) -> Bag:
    """A batch of patients: each row from a copy of chance, noisy, some mixed within a patient."""
    there = bags[0].there[chosen]
    size = (1, *there.shape, 1)
    device = there.device
    copies = torch.stack([bag.codes[chosen] for bag in bags])
    spread = torch.stack([codes[chosen] for codes in noise])
    pick = torch.randint(len(bags), size, generator=chance, device=device)
    pick = pick.expand(1, *copies.shape[1:])
    codes, std = copies.gather(0, pick)[0], spread.gather(0, pick)[0]
    grain = torch.randn(codes.shape, generator=chance, device=device)
    codes = codes + settings.head.code_noise * std * grain
    if settings.head.mixup:
        filled = there.sum(1, keepdim=True).clamp(min=1)
        draw = torch.rand((3, *there.shape), generator=chance, device=device)
        partner = (draw[0] * filled).long().clamp(max=there.shape[1] - 1)
        other = codes.gather(1, partner[..., None].expand_as(codes))
        share = 0.5 * draw[1] * (draw[2] < settings.head.mixup) * there
        codes = codes + share[..., None] * (other - codes)
    return Bag(codes, bags[0].features[chosen], there, bags[0].clinical[chosen])


def _auc(score: Tensor, outcomes: Tensor) -> float:
    labels = outcomes.cpu().numpy().astype(bool)
    if labels.all() or not labels.any():
        return math.nan
    return float(auc(labels, score.detach().cpu().numpy()))
