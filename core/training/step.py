"""One step's loss: an augmented batch there and back, and the same with lesions changed."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.networks.moments import Moments
from core.networks.objective import Loss, objective, warped_loss
from core.networks.posterior import Posterior
from core.networks.vae import Vae
from core.networks.warp import (
    LARGEST_D,
    ROUNDEST,
    Dimension,
    NamedDimensions,
    fits,
    relit,
    reshaped,
    stretch,
)
from core.settings import Settings
from core.training.augment import Draw, Varied, add_noise, augment
from core.training.device import convolves_in_bfloat16
from core.training.material import Material

CHANGED_SHARE = 2  # every second patch of a batch is also seen with its lesion changed
FEWEST = 2  # batch normalisation needs company
FACTORS = (0.4, 2.5)  # of an attribute: beyond, the changed picture is none that a scan would show


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
    varied = augment(
        data.pictures[batch],
        data.masks[batch],
        data.attributes[batch],
        scale=data.scale,
        settings=settings.augment,
        generator=chance,
    )
    seen = add_noise(varied.pictures, noise=settings.augment.noise, generator=chance)
    changed = None
    if settings.objective.equivariance:
        changed = _changed(varied, data.named, chance)
    fast = convolves_in_bfloat16(device, settings.training.precision)
    with torch.autocast(device.type, torch.bfloat16, enabled=fast):
        posterior = vae.encode(seen.contiguous(memory_format=torch.channels_last))
        noise = torch.randn(posterior.mean.shape, generator=chance, device=device)
        drawn = vae.decode(posterior.draw(noise))
        extra = None if changed is None else _changed_loss(vae, changed, posterior, settings)
    loss = objective(
        varied.pictures,
        drawn,
        posterior,
        masks=varied.masks,
        attributes=varied.attributes,
        kl_weight=kl_weight,
        settings=settings.objective,
    )
    if extra is None:
        return loss, loss.total
    return loss, loss.total + settings.objective.equivariance * extra


@dataclass(frozen=True)
class _Changed:
    """Some of a batch's patches with their lesion changed, and the step that this is.

    Attributes:
        rows: Numbers within the batch, (patch).
        pictures: (patch, 1, height, width).
        masks: Of the same shape.
        places: The dimensions that move, (dimension).
        step: By how much, in standard deviations, (patch, dimension).
    """

    rows: Tensor
    pictures: Tensor
    masks: Tensor
    places: tuple[int, ...]
    step: Tensor


def _changed(varied: Varied, named: NamedDimensions, chance: torch.Generator) -> _Changed | None:
    """The first patches of a batch with their lesion made larger, longer, brighter, uneven.

    Half of them change in size alone, so that size is not learned through its company.
    """
    count = len(varied.pictures) // CHANGED_SHARE
    pictures, masks = varied.pictures[:count], varied.masks[:count]
    draw = Draw(count, pictures.device, chance)
    d = LARGEST_D * draw.between(4)
    d[:, 1:] = d[:, 1:] * (draw.between(1) > 0)
    z = varied.attributes[:count]
    moments = Moments.of(masks)
    size, d[:, 0] = _factor(named.size, z, d[:, 0])
    longer, d[:, 1] = _factor(named.elongation, z, d[:, 1])
    short, long = moments.axes
    round_off = longer * long / short < ROUNDEST
    longer, d[:, 1] = torch.where(round_off, 1.0, longer), torch.where(round_off, 0.0, d[:, 1])
    uneven, d[:, 3] = _factor(named.texture, z, d[:, 3])
    brighter, d[:, 2] = _added(named.signal, z, d[:, 2])
    matrix = stretch(moments.along, size=size, elongation=longer)
    kept = torch.nonzero(fits(moments, matrix) & (d != 0).any(1))[:, 0]
    asked = (named.size, named.elongation, named.signal, named.texture)
    used = [number for number, dimension in enumerate(asked) if dimension is not None]
    if len(kept) < FEWEST or not used:
        return None
    lit = relit(pictures[kept], masks[kept], brighter=brighter[kept], uneven=uneven[kept])
    some = Moments(*(part[kept] for part in _parts(moments)))
    new, new_masks = reshaped(lit, masks[kept], some, matrix[kept])
    places = tuple(dimension.place for dimension in asked if dimension is not None)
    return _Changed(kept, new, new_masks, places, d[kept][:, used])


def _factor(dimension: Dimension | None, z: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
    """An attribute's factor after a step of d, and the step; none where it is not known."""
    if dimension is None:
        return torch.ones_like(d), torch.zeros_like(d)
    own = z[:, dimension.place]
    factor = dimension.factor(own.nan_to_num(), d)
    kept = torch.isfinite(own) & (factor > FACTORS[0]) & (factor < FACTORS[1])
    return torch.where(kept, factor, 1.0), torch.where(kept, d, 0.0)


def _added(dimension: Dimension | None, z: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
    """What a step of d adds to an attribute, and the step; none where it is not known."""
    if dimension is None:
        return torch.zeros_like(d), torch.zeros_like(d)
    d = torch.where(torch.isfinite(z[:, dimension.place]), d, 0.0)
    return dimension.sd * d, d


def _parts(moments: Moments) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return moments.centre, moments.spread, moments.area, moments.edge


def _changed_loss(vae: Vae, changed: _Changed, posterior: Posterior, settings: Settings) -> Tensor:
    moved = posterior.mean[changed.rows].clone()
    moved[:, list(changed.places)] += changed.step.to(moved.dtype)
    return warped_loss(
        changed.pictures,
        vae.decode(moved),
        vae.encode(changed.pictures.contiguous(memory_format=torch.channels_last)),
        moved,
        masks=changed.masks,
        named=len(settings.vae.attributes),
        settings=settings.objective,
    )
