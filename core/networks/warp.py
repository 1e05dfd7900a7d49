"""The same patch with its lesion larger or smaller, and what training makes of that.

A radial warp about the mask's centroid multiplies the lesion's size and leaves the patch's edge
where it is. The size dimension of the code is asked to do the same (equivariance, SCIENCE.md
section 2): decoding a code moved by d must give the warped patch, and encoding the warped patch
the moved code. The mask is all it needs, so it works on real data.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

LARGEST_D = 1.5  # standard deviations of size; about 2.7 mm in the paper's cohort
ROOM = 0.8  # a grown lesion stays within this share of the way to the nearest edge
SMALLEST_FACTOR = 0.5


@dataclass(frozen=True)
class SizeDimension:
    """Which dimension carries size, and how a step in it multiplies a lesion.

    Attributes:
        dimension: Its place in the code and among the attributes.
        mean_sd: Mean size over its standard deviation, of training patients.
    """

    dimension: int
    mean_sd: float

    def factor(self, z: Tensor, d: Tensor) -> Tensor:
        """How many times larger a lesion of z-scored size z is after a step of d."""
        return 1 + d / (self.mean_sd + z).clamp(min=0.2)


@dataclass(frozen=True)
class Disc:
    """Where a mask lies, as a disc of the same area; all in pixels, each (patch, 1, 1)."""

    row: Tensor
    column: Tensor
    radius: Tensor
    edge: Tensor

    @classmethod
    def of(cls, masks: Tensor) -> "Disc":
        """Of masks (patch, 1, height, width); an empty one has radius 0 in the middle."""
        _, _, height, width = masks.shape
        area = masks.sum((1, 2, 3))
        rows = torch.arange(height, device=masks.device, dtype=masks.dtype)
        columns = torch.arange(width, device=masks.device, dtype=masks.dtype)
        filled = area.clamp(min=1)
        row = (masks.sum((1, 3)) * rows).sum(1) / filled
        column = (masks.sum((1, 2)) * columns).sum(1) / filled
        row = torch.where(area > 0, row, (height - 1) / 2)
        column = torch.where(area > 0, column, (width - 1) / 2)
        edges = torch.stack((row, column, height - 1 - row, width - 1 - column))
        radius = (area / math.pi).sqrt()
        shaped = (row, column, radius, edges.amin(0))
        return cls(*(value[:, None, None] for value in shaped))


def fits(masks: Tensor, factor: Tensor) -> Tensor:
    """Whether a lesion of a mask grows by a factor within its patch, (patch)."""
    disc = Disc.of(masks)
    radius, edge = disc.radius[:, 0, 0], disc.edge[:, 0, 0]
    room = torch.maximum(factor, torch.ones_like(factor)) * radius < ROOM * edge
    return (radius > 1) & room & (factor >= SMALLEST_FACTOR)


def grown(pictures: Tensor, masks: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures and masks with the lesion `factor` times as large, identity from the edge on.

    Within the grown lesion the picture is scaled; from there to the nearest edge what was
    between them is squeezed or stretched linearly along each ray.

    Args:
        pictures: (patch, 1, height, width).
        masks: Of the same shape.
        factor: (patch); see `fits`.
    """
    _, _, height, width = pictures.shape
    disc = Disc.of(masks)
    rows = torch.arange(height, device=pictures.device, dtype=pictures.dtype)
    columns = torch.arange(width, device=pictures.device, dtype=pictures.dtype)
    down, right = rows[None, :, None] - disc.row, columns[None, None, :] - disc.column
    away = (down.square() + right.square()).sqrt()
    grown_radius = factor[:, None, None] * disc.radius
    inner = away / factor[:, None, None]
    slope = (disc.edge - disc.radius) / (disc.edge - grown_radius).clamp(min=1e-3)
    outer = disc.radius + (away - grown_radius) * slope
    source = torch.where(away <= grown_radius, inner, outer)
    ratio = torch.where(away >= disc.edge, 1.0, source / away.clamp(min=1e-6))
    y = (disc.row + down * ratio) * (2 / (height - 1)) - 1
    x = (disc.column + right * ratio) * (2 / (width - 1)) - 1
    both = torch.cat((pictures, masks), dim=1)
    moved = F.grid_sample(
        both,
        torch.stack((x.expand_as(ratio), y.expand_as(ratio)), dim=-1),
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )
    return moved[:, :1], (moved[:, 1:] >= 0.5).to(masks.dtype)
