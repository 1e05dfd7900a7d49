"""The same patch with its lesion larger, longer, brighter or more textured.

A lesion is changed in place: within it a linear map, from its rim to the patch's edge less and
less, at the edge nothing. The named dimensions of the code are asked to do the same
(equivariance, SCIENCE.md section 2): decoding a code moved by d must give the changed patch, and
encoding the changed patch the moved code. The mask is all it needs, so it works on real data.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.networks.moments import Moments

LARGEST_D = 1.5  # standard deviations of an attribute; about 2.7 mm of the paper's short axes
ROOM = 0.85  # a changed lesion stays within this share of the way to the nearest edge
RIM = 1.15  # what moves with the lesion: its ellipse and the chemical-shift rim around it
SMALLEST_FACTOR = 0.5
LEAST_PX = 2.0  # short axis below which a lesion is too small to be stretched
ROUNDEST = 1.02  # long / short below which the long axis would become the short one


@dataclass(frozen=True)
class Dimension:
    """Which dimension of the code carries an attribute, and the attribute's scale.

    Attributes:
        place: Its place in the code and among the attributes.
        mean: Of the attribute over training patients, in its own unit.
        sd: Its standard deviation there.
    """

    place: int
    mean: float
    sd: float

    def factor(self, z: Tensor, d: Tensor) -> Tensor:
        """How many times as much of the attribute a z-scored z has after a step of d."""
        return 1 + d / (self.mean / self.sd + z).clamp(min=0.2)


@dataclass(frozen=True)
class NamedDimensions:
    """The dimensions whose steps are changes that can be made to a picture; None where not asked.

    Attributes:
        size: Carries the short axis: a step makes the lesion larger, its shape kept.
        elongation: Carries long / short: a step makes it longer, its short axis kept.
        signal: Carries its contrast: a step makes it brighter.
        texture: Carries its heterogeneity: a step makes it more uneven.
    """

    size: Dimension | None = None
    elongation: Dimension | None = None
    signal: Dimension | None = None
    texture: Dimension | None = None


def stretch(along: Tensor, *, size: Tensor, elongation: Tensor) -> Tensor:
    """The linear map that multiplies a lesion's short axis and its elongation, (patch, 2, 2).

    Args:
        along: Unit vectors of the long axes, (patch, 2).
        size: Factor of the short axis, (patch).
        elongation: Factor of long / short, (patch).
    """
    outer = along[:, :, None] * along[:, None, :]
    eye = torch.eye(2, device=along.device, dtype=along.dtype)
    return size[:, None, None] * (eye + (elongation - 1)[:, None, None] * outer)


def fits(moments: Moments, matrix: Tensor) -> Tensor:
    """Whether lesions stay within their patch, and are not crushed, by a map, (patch)."""
    short, _ = moments.axes
    new_short, new_long = moments.mapped(matrix).axes
    room = RIM * torch.maximum(new_long, moments.axes[1]) / 2 < ROOM * moments.edge
    return (short > LEAST_PX) & room & (new_short >= SMALLEST_FACTOR * short)


def reshaped(
    pictures: Tensor, masks: Tensor, moments: Moments, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """Pictures and masks with the lesion sent through a linear map about its centre.

    Within the new rim the picture is mapped; from there to the nearest edge what was between
    them is squeezed or stretched linearly along each ray, and beyond it nothing moves.

    Args:
        pictures: (patch, 1, height, width).
        masks: Of the same shape.
        moments: Of the masks.
        matrix: (patch, 2, 2), rows before columns; see `fits`.
    """
    _, _, height, width = pictures.shape
    places = torch.stack(
        torch.meshgrid(
            torch.arange(height, device=pictures.device, dtype=pictures.dtype),
            torch.arange(width, device=pictures.device, dtype=pictures.dtype),
            indexing="ij",
        ),
        dim=-1,
    )
    centre = moments.centre[:, None, None, :]
    offset = places - centre  # (patch, height, width, 2)
    away = offset.norm(dim=-1).clamp(min=1e-6)
    back = torch.linalg.inv(matrix)
    source = torch.einsum("pij,phwj->phwi", back, offset)
    inverse = torch.linalg.inv(moments.spread + 1e-6 * torch.eye(2, device=pictures.device))
    # how far along its ray a pixel of the new picture lies, 1 on the new rim
    reach = torch.einsum("phwi,pij,phwj->phw", source, inverse, source).clamp(min=1e-12).sqrt()
    reach = reach / (2 * RIM)
    edge = moments.edge[:, None, None]
    rim = (away / reach).clamp(max=1e6)
    share = ((away - rim) / (edge - rim).clamp(min=1e-3)).clamp(0, 1)
    on_rim = source / reach[..., None]
    on_edge = offset / away[..., None] * edge[..., None]
    between = on_rim + share[..., None] * (on_edge - on_rim)
    source = torch.where((reach <= 1)[..., None], source, between)
    source = torch.where((away >= edge)[..., None], offset, source) + centre
    return sampled(pictures, masks, source)


def sampled(pictures: Tensor, masks: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    """What lies at other places: pictures by cubic interpolation, masks by halves.

    Args:
        pictures: (patch, 1, height, width) in [0, 1].
        masks: Of the same shape.
        source: Where each pixel is taken from, in pixels, (patch, height, width, 2), rows first;
            beyond the patch the picture is mirrored.
    """
    _, _, height, width = pictures.shape
    last = torch.tensor([height - 1, width - 1], device=pictures.device, dtype=pictures.dtype)
    grid = (source * (2 / last) - 1).flip(-1)
    cubic = F.grid_sample(
        pictures, grid, mode="bicubic", padding_mode="reflection", align_corners=True
    )
    halves = F.grid_sample(masks, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    return cubic.clamp(0, 1), (halves >= 0.5).to(masks.dtype)


def relit(pictures: Tensor, masks: Tensor, *, brighter: Tensor, uneven: Tensor) -> Tensor:
    """Pictures with another signal and texture inside the lesion only.

    Args:
        pictures: (patch, 1, height, width) in [0, 1].
        masks: Of the same shape.
        brighter: Added to the lesion, (patch).
        uneven: What its deviations from its own mean are multiplied by, (patch).
    """
    # a soft edge, so that no line is drawn where the mask ends
    soft = F.avg_pool2d(masks, 3, stride=1, padding=1, count_include_pad=False) * masks
    level = (pictures * masks).sum((1, 2, 3)) / masks.sum((1, 2, 3)).clamp(min=1)
    detail = pictures - level[:, None, None, None]
    added = brighter[:, None, None, None] + (uneven - 1)[:, None, None, None] * detail
    return (pictures + soft * added).clamp(0, 1)
