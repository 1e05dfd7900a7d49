"""One step's loss: an augmented batch there and back, and the same with lesions grown."""

import torch
from torch import Tensor

from core.networks.objective import Loss, objective, pixel_weights, warped_loss
from core.networks.posterior import Posterior
from core.networks.vae import Vae
from core.networks.warp import LARGEST_D, fits, grown
from core.settings import Settings
from core.training.augment import add_noise, augment
from core.training.device import convolves_in_bfloat16
from core.training.material import Material

GROWN_SHARE = 2  # every second patch of a batch is also seen grown or shrunk


def step_loss(
    vae: Vae,
    data: Material,
    batch: Tensor,
    settings: Settings,
    *,
    kl_weight: float,
    chance: torch.Generator,
) -> tuple[Loss, Tensor]:
    """A batch's loss by parts, and what is to be minimised (with equivariance, if asked for).

    Args:
        vae: In `train` mode.
        data: Patches.
        batch: Numbers of the rows.
        settings: Objective, augmentation, precision.
        kl_weight: w(epoch).
        chance: On the data's device.
    """
    device = data.pictures.device
    pictures, masks = augment(
        data.pictures[batch], data.masks[batch], settings=settings.augment, generator=chance
    )
    seen = add_noise(pictures, noise=settings.augment.noise, generator=chance)
    fast = convolves_in_bfloat16(device, settings.training.precision)
    with torch.autocast(device.type, torch.bfloat16, enabled=fast):
        posterior = vae.encode(seen.contiguous(memory_format=torch.channels_last))
        noise = torch.randn(posterior.mean.shape, generator=chance, device=device)
        drawn = vae.decode(posterior.draw(noise))
        extra = None
        if settings.objective.equivariance:
            extra = _grown_loss(vae, data, batch, pictures, masks, posterior, settings, chance)
    loss = objective(
        pictures,
        drawn,
        posterior,
        weights=pixel_weights(masks, node_weight=settings.objective.node_weight),
        attributes=data.attributes[batch],
        kl_weight=kl_weight,
        settings=settings.objective,
    )
    if extra is None:
        return loss, loss.total
    return loss, loss.total + settings.objective.equivariance * extra


def _grown_loss(
    vae: Vae,
    data: Material,
    batch: Tensor,
    pictures: Tensor,
    masks: Tensor,
    posterior: Posterior,
    settings: Settings,
    chance: torch.Generator,
) -> Tensor | None:
    if data.size is None:
        return None
    some = slice(0, len(batch) // GROWN_SHARE)
    z = data.attributes[batch[some], data.size.dimension]
    d = LARGEST_D * (2 * torch.rand(z.shape, generator=chance, device=z.device) - 1)
    factor = data.size.factor(z, d)
    kept = torch.nonzero(fits(masks[some], factor) & torch.isfinite(z))[:, 0]
    if len(kept) < 2:  # batch normalisation needs company
        return None
    warped, warped_masks = grown(pictures[kept], masks[kept], factor[kept])
    moved = posterior.mean[kept].clone()
    moved[:, data.size.dimension] += d[kept]
    read = vae.encode(warped.contiguous(memory_format=torch.channels_last)).mean
    weights = pixel_weights(warped_masks, node_weight=settings.objective.node_weight)
    return warped_loss(
        warped,
        vae.decode(moved),
        read,
        moved,
        weights=weights,
        settings=settings.objective,
    )
