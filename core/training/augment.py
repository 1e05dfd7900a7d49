"""How training patches are varied, batched on the device they lie on.

Mirroring and the centre's jitter move picture and mask together, by whole pixels, so no value is
invented; what a shift brings in is the patch's own border, mirrored. Gamma, bias field and noise
change the picture only (PAPER.md section 3).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from core.settings import AugmentSettings

LARGEST_SHIFT_PX = 8  # the paper cuts its normal jitter there


def augment(
    pictures: Tensor,
    masks: Tensor,
    *,
    settings: AugmentSettings,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """A new version of each patch, before noise.

    Args:
        pictures: (patch, 1, height, width) in [0, 1].
        masks: 1 in the lesion, of the same shape.
        settings: How much.
        generator: On the same device.

    Returns:
        Pictures in [0, 1] and their masks.
    """
    pictures, masks = moved(pictures, masks, settings=settings, generator=generator)
    draw = _Draw(len(pictures), pictures.device, generator)
    if settings.log_gamma:
        pictures = pictures.clamp(min=1e-6) ** torch.exp(settings.log_gamma * draw.between())
    if settings.bias:
        field = _smooth_field(pictures, draw)
        pictures = pictures * torch.exp(settings.bias * field)
    return pictures.clamp(0.0, 1.0), masks


def add_noise(pictures: Tensor, *, noise: float, generator: torch.Generator) -> Tensor:
    """Pictures with noise, each of its own strength up to `noise` (a standard deviation).

    The encoder sees the noise, the decoder is not asked to draw it.
    """
    if not noise:
        return pictures
    draw = _Draw(len(pictures), pictures.device, generator)
    strength = noise * draw.between().abs()
    grain = torch.randn(pictures.shape, generator=generator, device=pictures.device)
    return (pictures + strength * grain).clamp(0.0, 1.0)


def moved(
    pictures: Tensor, masks: Tensor, *, settings: AugmentSettings, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Picture and mask mirrored and shifted together, by whole pixels."""
    count, _, height, width = pictures.shape
    draw = _Draw(count, pictures.device, generator)
    row = _places(height, draw, settings)
    column = _places(width, draw, settings)
    patch = torch.arange(count, device=pictures.device)[:, None, None]
    at = (patch, 0, row[:, :, None], column[:, None, :])
    return pictures[at][:, None], masks[at][:, None]


class _Draw:
    """One random number a patch."""

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


def _places(length: int, draw: _Draw, settings: AugmentSettings) -> Tensor:
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


def _smooth_field(pictures: Tensor, draw: _Draw) -> Tensor:
    """A field that bends slowly over the patch, roughly within -1..1: a 3 x 3 grid, enlarged."""
    grid = draw.between(1, 3, 3)
    return F.interpolate(grid, size=pictures.shape[-2:], mode="bilinear", align_corners=True)
