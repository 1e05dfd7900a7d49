"""Outline: where the encoder believes the lesion lies, and what is measured on it.

A linear reading of convolutional features finds size and brightness and is nearly blind to
shape: with 101 training patients it read elongation with R² .05 on validation patients, the same
encoder measuring its own outline with .44. So the encoder first draws the lesion, taught by the
masks, then takes second moments and perimeter of what it drew, and a small network adds what
they say to the named dimensions. No mask is needed once it is trained.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.networks.moments import Moments

HALO = 0.25  # belief below which a pixel counts as outside: far pixels weigh by their distance
MEASURES = 5
HIDDEN = 64
# about the mean of each measure over the synthetic cohort, so that training starts near zero
USUAL_PX, USUAL_ELONGATION, USUAL_COMPLEXITY = 10.0, 1.4, 1.3
CROSS_ENTROPY = 5.0  # a patch is nine tenths surroundings, where its mean is easily small


class Outline(nn.Module):
    """Draws the lesion from features and reads the named dimensions off the drawing.

    Attributes:
        draw: Features (patch, channel, 8, 8) to logits (patch, 1, 32, 32), for 32 px.
        read: Measures, and features within and around the outline, to what they add to the
            named dimensions.
    """

    def __init__(self, draw: nn.Module, *, channels: int, named: int) -> None:
        super().__init__()
        self.draw = draw
        seen = MEASURES + 2 * channels
        self.read = nn.Sequential(nn.Linear(seen, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, named))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the outline and what it says of the named dimensions, (patch, named)."""
        logits = self.draw(features).float()
        with torch.autocast(logits.device.type, enabled=False):
            seen = torch.cat((measures(logits), *pooled(features.float(), logits)), dim=1)
            said: Tensor = self.read(seen)
        return logits, said


def pooled(features: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Mean features within an outline and just around it, each (patch, channel)."""
    within = F.avg_pool2d(torch.sigmoid(logits), logits.shape[-1] // features.shape[-1])
    around = F.max_pool2d(within, 3, stride=1, padding=1) - within

    def mean(weights: Tensor) -> Tensor:
        total = weights.sum((1, 2, 3)).clamp(min=1e-3)
        found: Tensor = (features * weights).sum((2, 3)) / total[:, None]
        return found

    return mean(within), mean(around)


def measures(logits: Tensor) -> Tensor:
    """Short and long axis, elongation, mean diameter and complexity of outlines, (patch, 5).

    The perimeter is the sum of the belief's gradient (the coarea formula). All are near 0 for
    the usual lesion.
    """
    belief = torch.sigmoid(logits)
    short, long = Moments.of(F.relu(belief - HALO)).axes
    area = belief.sum((1, 2, 3)).clamp(min=1)
    down = belief[:, :, 1:, :-1] - belief[:, :, :-1, :-1]
    across = belief[:, :, :-1, 1:] - belief[:, :, :-1, :-1]
    perimeter = (down.square() + across.square() + 1e-6).sqrt().sum((1, 2, 3))
    complexity = perimeter.square() / (4 * math.pi * area)
    diameter = 2 * (area / math.pi).sqrt()
    return torch.stack(
        (
            short / USUAL_PX - 1,
            long / USUAL_PX - 1,
            long / short - USUAL_ELONGATION,
            diameter / USUAL_PX - 1,
            complexity - USUAL_COMPLEXITY,
        ),
        dim=1,
    )


def outline_error(logits: Tensor, masks: Tensor) -> Tensor:
    """How far outlines are from masks: cross-entropy and Dice, mean over patches that have one.

    Args:
        logits: (patch, 1, height, width).
        masks: 1 in the lesion, of the same shape.
    """
    there = (masks.sum((1, 2, 3)) > 0).float()
    belief = torch.sigmoid(logits)
    cross = F.binary_cross_entropy_with_logits(logits, masks, reduction="none").mean((1, 2, 3))
    both = 2 * (belief * masks).sum((1, 2, 3)) + 1
    dice = both / (belief.sum((1, 2, 3)) + masks.sum((1, 2, 3)) + 1)
    return ((CROSS_ENTROPY * cross + 1 - dice) * there).sum() / there.sum().clamp(min=1)
