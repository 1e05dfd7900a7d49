"""What the attributes of a patch are after augmentation, so that the code learns no wrong names.

A zoomed lesion is larger, a stretched one longer, a patch with another gamma has another
contrast. What a linear map does to the axes follows from the mask's moments, and it makes no
outline more or less irregular (an ellipse stays one); contrast and heterogeneity are read before
and after, by the same rule, and the change is added.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.networks.moments import Moments, ellipse_complexity

RING_PX = (2, 6)  # core.cohort.node.RING_PX, in squares instead of discs
BRIGHT = 0.75
LEAST_CORE_PX = 5
LEAST_SD = 1e-3
NORMAL = 1.4826  # core.cohort.node.NORMAL


@dataclass(frozen=True)
class Scale:
    """How attributes are z-scored: names, and mean and standard deviation of each, (attribute)."""

    names: tuple[str, ...]
    mean: Tensor
    sd: Tensor


@dataclass(frozen=True)
class Light:
    """A lesion's signal: contrast with the bright tissue around it, and its unevenness, (patch)."""

    contrast: Tensor
    heterogeneity: Tensor

    @classmethod
    def of(cls, pictures: Tensor, masks: Tensor) -> "Light":
        """Read a batch (patch, 1, height, width); see `core.cohort.node.measure_signal`."""
        inner = -F.max_pool2d(-masks, 3, stride=1, padding=1)
        enough = inner.sum((1, 2, 3), keepdim=True) >= LEAST_CORE_PX
        core = torch.where(enough, inner, masks)
        count = core.sum((1, 2, 3)).clamp(min=1)
        level = (pictures * core).sum((1, 2, 3)) / count
        near, far = (F.max_pool2d(masks, 2 * r + 1, stride=1, padding=r) for r in RING_PX)
        ring = (far - near).flatten(1) > 0
        greys = torch.where(ring, pictures.flatten(1), torch.inf).sort(dim=1).values
        place = (BRIGHT * (ring.sum(1) - 1).clamp(min=0)).long()
        bright = greys.gather(1, place[:, None])[:, 0]
        bright = torch.where(ring.any(1), bright, level)
        return cls(level - bright, NORMAL * _median_deviation(pictures.flatten(1), core.flatten(1)))


def _median_deviation(values: Tensor, core: Tensor) -> Tensor:
    """Median distance from the median over each core, (patch)."""
    middle = _median(torch.where(core > 0, values, torch.inf))
    away = torch.where(core > 0, (values - middle[:, None]).abs(), torch.inf)
    return torch.nan_to_num(_median(away), posinf=0.0)


def _median(values: Tensor) -> Tensor:
    """Median of each row's finite values; infinite where it has none."""
    sorted_ = values.sort(dim=1).values
    last = (torch.isfinite(values).sum(1) - 1).clamp(min=0)
    places = torch.stack((last // 2, (last + 1) // 2), dim=1)
    return sorted_.gather(1, places).mean(1)


def remeasured(
    z: Tensor,
    scale: Scale,
    *,
    before: Moments,
    after: Moments,
    old_light: Light,
    new_light: Light,
) -> Tensor:
    """The z-scored attributes of changed patches, (patch, attribute); unknown stays unknown.

    Args:
        z: Of the patches as they were.
        scale: How attributes are z-scored.
        before: Of the masks as they were.
        after: As the change made them.
        old_light: Read from the patches as they were.
        new_light: Read from the changed patches.
    """
    (short, long), (new_short, new_long) = before.axes, after.axes
    shorter, longer = new_short / short, new_long / long
    rounder = ellipse_complexity(new_long / new_short) / ellipse_complexity(long / short)
    uneven = new_light.heterogeneity / old_light.heterogeneity.clamp(min=LEAST_SD)
    one = torch.ones_like(shorter)
    factors = {
        "short_axis_mm": shorter,
        "long_axis_mm": longer,
        "elongation": longer / shorter,
        "compactness": rounder,
        "area_mm2": shorter * longer,
        "heterogeneity": torch.where(old_light.heterogeneity > LEAST_SD, uneven, one),
    }
    raw = z * scale.sd + scale.mean
    columns = []
    for place, name in enumerate(scale.names):
        value = raw[:, place] * factors.get(name, one)
        if name == "contrast":
            value = value + new_light.contrast - old_light.contrast
        columns.append(value)
    if not columns:
        return z
    return (torch.stack(columns, dim=1) - scale.mean) / scale.sd
