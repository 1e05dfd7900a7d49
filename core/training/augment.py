"""How training patches are varied, batched on the device they lie on.

Mirroring and the centre's jitter move picture and mask together, by whole pixels, so no value is
invented; what a shift brings in is the patch's own border, mirrored. Turning, zooming and
stretching sample between pixels. Gamma, bias field and noise change the picture only (PAPER.md
section 3). What all this does to the lesion's attributes is read again and handed on.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.networks.moments import Moments
from core.networks.warp import RIM, sampled
from core.settings import AugmentSettings
from core.training.remeasure import Light, Scale, remeasured

LARGEST_SHIFT_PX = 8  # the paper cuts its normal jitter there


@dataclass(frozen=True)
class Varied:
    """New versions of some patches.

    Attributes:
        pictures: (patch, 1, height, width) in [0, 1].
        masks: 1 in the lesion, of the same shape.
        attributes: z-scored, (patch, attribute); what the new pictures show.
    """

    pictures: Tensor
    masks: Tensor
    attributes: Tensor


def augment(
    pictures: Tensor,
    masks: Tensor,
    attributes: Tensor,
    *,
    scale: Scale,
    settings: AugmentSettings,
    generator: torch.Generator,
) -> Varied:
    """A new version of each patch, before noise.

    Args:
        pictures: (patch, 1, height, width) in [0, 1].
        masks: 1 in the lesion, of the same shape.
        attributes: z-scored, (patch, attribute); NaN where not known.
        scale: How they are z-scored.
        settings: How much.
        generator: On the same device.
    """
    before, old_light = Moments.of(masks), Light.of(pictures, masks)
    pictures, masks = moved(pictures, masks, settings=settings, generator=generator)
    draw = Draw(len(pictures), pictures.device, generator)
    start = after = Moments.of(masks)
    if settings.turn or settings.zoom or settings.stretch:
        pictures, masks, matrix = bent(pictures, masks, start, settings=settings, draw=draw)
        after = start.mapped(matrix)
    if settings.log_gamma:
        pictures = pictures.clamp(min=1e-6) ** torch.exp(settings.log_gamma * draw.between())
    if settings.bias:
        field = _smooth_field(pictures, draw)
        pictures = pictures * torch.exp(settings.bias * field)
    pictures = pictures.clamp(0.0, 1.0)
    light = Light.of(pictures, masks)
    seen = remeasured(
        attributes, scale, before=before, after=after, old_light=old_light, new_light=light
    )
    return Varied(pictures, masks, seen)


def bent(
    pictures: Tensor, masks: Tensor, moments: Moments, *, settings: AugmentSettings, draw: "Draw"
) -> tuple[Tensor, Tensor, Tensor]:
    """Some of the patches turned, zoomed and stretched as a whole, about their lesion.

    A patch whose lesion would leave it is turned only.

    Returns:
        Pictures, masks and the linear maps, (patch, 2, 2).
    """
    angles = math.pi * draw.between(2) * float(settings.turn)
    turn, axis = _rotation(angles[:, 0]), _rotation(math.pi * draw.between(1)[:, 0])
    longer = torch.exp(settings.stretch * draw.between(1) / 2)
    pull = torch.diag_embed(torch.cat((longer, 1 / longer), dim=1))
    zoom = torch.exp(settings.zoom * draw.between(1, 1))
    matrix = zoom * axis @ pull @ axis.transpose(1, 2) @ turn
    long = moments.mapped(matrix).axes[1]
    within = RIM * long / 2 < moments.edge
    matrix = torch.where(within[:, None, None], matrix, turn)
    chosen = draw.between(1, 1) < 2 * settings.bent_share - 1
    matrix = torch.where(chosen, matrix, torch.eye(2, device=matrix.device))
    height, width = pictures.shape[-2:]
    rows = torch.arange(height, device=pictures.device, dtype=pictures.dtype)
    columns = torch.arange(width, device=pictures.device, dtype=pictures.dtype)
    places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1)
    centre = moments.centre[:, None, None, :]
    source = torch.einsum("pij,phwj->phwi", torch.linalg.inv(matrix), places - centre) + centre
    new, new_masks = sampled(pictures, masks, source)
    # what is not bent stays as it is to the bit
    return torch.where(chosen[..., None], new, pictures), new_masks, matrix


def _rotation(angle: Tensor) -> Tensor:
    """Rotation matrices (patch, 2, 2) of angles (patch)."""
    rows = torch.stack((angle.cos(), -angle.sin(), angle.sin(), angle.cos()), dim=1)
    return rows.reshape(-1, 2, 2)


def add_noise(pictures: Tensor, *, noise: float, generator: torch.Generator) -> Tensor:
    """Pictures with noise, each of its own strength up to `noise` (a standard deviation).

    The encoder sees the noise, the decoder is not asked to draw it.
    """
    if not noise:
        return pictures
    draw = Draw(len(pictures), pictures.device, generator)
    strength = noise * draw.between().abs()
    grain = torch.randn(pictures.shape, generator=generator, device=pictures.device)
    return (pictures + strength * grain).clamp(0.0, 1.0)


def moved(
    pictures: Tensor, masks: Tensor, *, settings: AugmentSettings, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Picture and mask mirrored and shifted together, by whole pixels."""
    count, _, height, width = pictures.shape
    draw = Draw(count, pictures.device, generator)
    row = _places(height, draw, settings)
    column = _places(width, draw, settings)
    patch = torch.arange(count, device=pictures.device)[:, None, None]
    at = (patch, 0, row[:, :, None], column[:, None, :])
    return pictures[at][:, None], masks[at][:, None]


class Draw:
    """One random number a patch, or a few."""

    def __init__(self, count: int, device: torch.device, generator: torch.Generator) -> None:
        self.count, self.device, self.generator = count, device, generator

    def between(self, *shape: int) -> Tensor:
        """Uniform in -1..1, (patch, 1, 1, 1) or (patch, *shape)."""
        shape = shape or (1, 1, 1)
        size = (self.count, *shape)
        return 2 * torch.rand(size, generator=self.generator, device=self.device) - 1

    def normal(self) -> Tensor:
        """Standard normal, (patch, 1)."""
        return torch.randn((self.count, 1), generator=self.generator, device=self.device)


def _places(length: int, draw: Draw, settings: AugmentSettings) -> Tensor:
    """Which row (column) of the patch is shown at each place, (patch, length)."""
    place = torch.arange(length, device=draw.device).expand(draw.count, length)
    if settings.flip:
        turned = draw.between(1) > 0
        place = torch.where(turned, length - 1 - place, place)
    if settings.shift_px:
        shift = (settings.shift_px * draw.normal()).round().long()
        place = place + shift.clamp(-LARGEST_SHIFT_PX, LARGEST_SHIFT_PX)
    place = place.abs()
    return torch.where(place >= length, 2 * (length - 1) - place, place)


def _smooth_field(pictures: Tensor, draw: Draw) -> Tensor:
    """A field that bends slowly over the patch, roughly within -1..1: a 3 x 3 grid, enlarged."""
    grid = draw.between(1, 3, 3)
    return F.interpolate(grid, size=pictures.shape[-2:], mode="bilinear", align_corners=True)
