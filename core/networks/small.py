"""A small convolutional network from scratch, the yardstick beside the autoencoder.

It reads a patch at first hand: no code, no reconstruction. Flips and quarter turns leave what it
is asked for as it is, so it is trained on them and its answers are averaged over them.
"""

import torch
from torch import Tensor, nn


def small_network(outputs: int) -> nn.Sequential:
    """Patches (row, 1, height, width) to (row, outputs); about 140,000 weights.

    Fresh weights come from torch's global seed.
    """
    return nn.Sequential(
        *_block(1, 16),
        *_block(16, 32),
        *_block(32, 64),
        nn.AdaptiveAvgPool2d(4),  # 32 px come down to 4 as they are
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(64 * 16, 64),
        nn.GELU(),
        nn.Linear(64, outputs),
    )


def turned(pictures: Tensor) -> Tensor:
    """A batch, flipped and turned by quarters as chance has it."""
    turns = int(torch.randint(4, ()))
    about = torch.rot90(pictures, turns, (2, 3))
    return about.flip(3) if torch.rand(()) < 0.5 else about


def every_way(network: nn.Module, pictures: Tensor) -> Tensor:
    """The network's mean answer over flips and quarter turns."""
    ways = [torch.rot90(each, k, (2, 3)) for each in (pictures, pictures.flip(3)) for k in range(4)]
    return torch.stack([network(way) for way in ways]).mean(0)


def _block(inside: int, outside: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inside, outside, 3, padding=1),
        nn.BatchNorm2d(outside),
        nn.GELU(),
        nn.Conv2d(outside, outside, 3, stride=2, padding=1),
        nn.BatchNorm2d(outside),
        nn.GELU(),
    ]
