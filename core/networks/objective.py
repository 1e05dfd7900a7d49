"""What the VAE's training minimises, part by part.

    loss = l1 * L1 + ssim * (1 - SSIM) + kl * w(epoch) * KL + attribute * regression
           + outline * (cross-entropy + 1 - Dice)
           + equivariance * (l1 * L1 + ssim * (1 - SSIM) + attribute * code error
                             + outline * (cross-entropy + 1 - Dice)) of changed patches

L1 is a mean over pixels, weighted towards the lesion and its rim; SSIM (Wang et al. 2004) takes
a uniform window; KL is summed over dimensions and averaged over the batch, in nats; the
regression ties the first dimensions to measured attributes, z-scored on training patients
(an attribute that is not known for a patch counts nothing).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.networks.outline import outline_error
from core.networks.posterior import Posterior
from core.settings import ObjectiveSettings

RIM_PX = 2  # pixels around the lesion that count as much as the lesion: its border shows there
C1, C2 = 0.01**2, 0.03**2  # SSIM's constants for pictures in [0, 1]


@dataclass(frozen=True)
class Loss:
    """A batch's loss and its parts, each a scalar tensor; `kl_by_dimension` is (latent,)."""

    total: Tensor
    l1: Tensor
    ssim: Tensor
    kl: Tensor
    attribute: Tensor
    outline: Tensor
    kl_by_dimension: Tensor


def objective(
    picture: Tensor,
    reconstruction: Tensor,
    posterior: Posterior,
    *,
    masks: Tensor,
    attributes: Tensor,
    kl_weight: float,
    settings: ObjectiveSettings,
) -> Loss:
    """The loss of a batch.

    Args:
        picture: What was to be drawn, (patch, 1, height, width) in [0, 1].
        reconstruction: What was drawn, of the same shape.
        posterior: What the encoder believed.
        masks: 1 in the lesion, of the same shape.
        attributes: Measured attributes, z-scored, (patch, attribute); NaN where not known.
        kl_weight: w(epoch), see `kl_weight`.
        settings: The weights.
    """
    weights = pixel_weights(masks, node_weight=settings.node_weight)
    l1 = ((picture - reconstruction).abs() * weights).sum() / weights.sum()
    similar = ssim(picture, reconstruction, window_px=settings.ssim_window_px).mean()
    by_dimension = posterior.kl().mean(0)
    kl = by_dimension.sum()
    misread = attribute_error(posterior.mean, attributes)
    off = outline_part(posterior, masks)
    total = (
        settings.l1 * l1
        + settings.ssim * (1 - similar)
        + settings.kl * kl_weight * kl
        + settings.attribute * misread
        + settings.outline * off
    )
    return Loss(total, l1, similar, kl, misread, off, by_dimension)


def outline_part(posterior: Posterior, masks: Tensor) -> Tensor:
    """The outline's error, a scalar; 0 for an encoder that draws none."""
    if posterior.outline is None:
        return posterior.mean.new_zeros(())
    return outline_error(posterior.outline, masks)


def warped_loss(
    warped: Tensor,
    drawn: Tensor,
    read: Posterior,
    moved: Tensor,
    *,
    masks: Tensor,
    named: int,
    settings: ObjectiveSettings,
) -> Tensor:
    """How far steps of the named dimensions are from changes of the lesion, before the weight.

    Args:
        warped: Patches with their lesion changed, (patch, 1, height, width).
        drawn: Decoded from codes moved by as much, of the same shape.
        read: What the encoder believes about the changed patches.
        moved: The codes moved by as much, (patch, latent).
        masks: 1 in the changed lesion, of the same shape as the patches.
        named: How many dimensions, the first ones, carry attributes; `stillness` weighs the others.
        settings: The weights.
    """
    weights = pixel_weights(masks, node_weight=settings.node_weight)
    l1 = ((warped - drawn).abs() * weights).sum() / weights.sum()
    similar = ssim(warped, drawn, window_px=settings.ssim_window_px).mean()
    # the target is held still: both sides free to meet would meet at zero, a code that says nothing
    off = (read.mean - moved.detach()).square().mean(0)
    misread = off[:named].sum() + settings.stillness * off[named:].sum()
    return (
        settings.l1 * l1
        + settings.ssim * (1 - similar)
        + settings.attribute * misread
        + settings.outline * outline_part(read, masks)
    )


def attribute_error(mean: Tensor, attributes: Tensor) -> Tensor:
    """Squared error of the first dimensions as readings of the attributes, summed over them.

    Each attribute is averaged over the patches where it is known; none known gives zero.
    """
    known = torch.isfinite(attributes)
    error = (mean[:, : attributes.shape[1]] - attributes.nan_to_num(0.0, 0.0, 0.0)).square() * known
    return (error.sum(0) / known.sum(0).clamp(min=1)).sum()


def pixel_weights(masks: Tensor, *, node_weight: float) -> Tensor:
    """What each pixel counts: `node_weight` in the lesion and 2 px around it, else 1.

    Args:
        masks: 1 in the lesion, (patch, 1, height, width).
        node_weight: At least 1.
    """
    near = F.max_pool2d(masks, 2 * RIM_PX + 1, stride=1, padding=RIM_PX)
    return 1 + (node_weight - 1) * near


def ssim(first: Tensor, second: Tensor, *, window_px: int) -> Tensor:
    """Structural similarity of each pair of pictures in [0, 1], with shape (patch).

    Uniform window, unpadded; means and (co)variances as in Wang et al. 2004, equation 13.
    """
    stacked = torch.cat((first, second, first * first, second * second, first * second), dim=1)
    a, b, aa, bb, ab = F.avg_pool2d(stacked, window_px, stride=1).unbind(1)
    luminance = (2 * a * b + C1) / (a * a + b * b + C1)
    structure = (2 * (ab - a * b) + C2) / (aa - a * a + bb - b * b + C2)
    return (luminance * structure).mean((1, 2))


def kl_weight(epoch: int, epochs: int, schedule: str) -> float:
    """w(epoch), counted from 0: constant 1, rising over the first fifth, or the paper's."""
    if schedule == "paper":
        return 1.25 - math.exp(-5 * epoch / 200)
    if schedule == "warmup":
        return min(1.0, (epoch + 1) / max(1.0, epochs / 5))
    return 1.0


def active_units(means: Tensor) -> int:
    """Dimensions whose posterior mean varies: variance above 0.01 over patches (Burda 2016)."""
    return int((means.var(0, correction=0) > 0.01).sum())
