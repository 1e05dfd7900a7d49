"""Moments: where lesions lie in a batch of masks, how large and how long they are.

The axes are 4 * sqrt(eigenvalue) of the pixels' covariance, as `core.cohort.node` has them, here
for a whole batch on the device and in pixels. What a linear map A makes of a lesion follows
without drawing it: its covariance C becomes A C A'.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

LEAST = 1 / 12  # px²: the spread of a single pixel


@dataclass(frozen=True)
class Moments:
    """Centre and spread of each mask; rows before columns, in pixels.

    Attributes:
        centre: (patch, 2); the patch's middle where a mask is empty.
        spread: Covariance of the mask's pixels, (patch, 2, 2).
        area: Pixels, (patch).
        edge: Distance from the centre to the nearest edge, (patch).
    """

    centre: Tensor
    spread: Tensor
    area: Tensor
    edge: Tensor

    @classmethod
    def of(cls, masks: Tensor) -> "Moments":
        """Of masks (patch, 1, height, width), 1 in the lesion."""
        _, _, height, width = masks.shape
        area = masks.sum((1, 2, 3))
        rows = torch.arange(height, device=masks.device, dtype=masks.dtype)
        columns = torch.arange(width, device=masks.device, dtype=masks.dtype)
        filled = area.clamp(min=1)
        by_row, by_column = masks.sum((1, 3)) / filled[:, None], masks.sum((1, 2)) / filled[:, None]
        row, column = by_row @ rows, by_column @ columns
        down = by_row @ rows.square() - row.square()
        across = by_column @ columns.square() - column.square()
        mixed = torch.einsum("phw,h,w->p", masks[:, 0], rows, columns) / filled - row * column
        there = area > 0
        row = torch.where(there, row, (height - 1) / 2)
        column = torch.where(there, column, (width - 1) / 2)
        spread = torch.stack((down, mixed, mixed, across), dim=1).reshape(-1, 2, 2)
        edge = torch.stack((row, column, height - 1 - row, width - 1 - column)).amin(0)
        return cls(torch.stack((row, column), dim=1), spread, area, edge)

    def mapped(self, matrix: Tensor) -> "Moments":
        """The same lesions after a linear map (patch, 2, 2) about their centres."""
        spread = matrix @ self.spread @ matrix.transpose(1, 2)
        return Moments(self.centre, spread, self.area * torch.linalg.det(matrix).abs(), self.edge)

    @property
    def axes(self) -> tuple[Tensor, Tensor]:
        """Full short and long axis in pixels, each (patch)."""
        middle, root = self._eigen()
        short, long = (middle - root).clamp(min=LEAST), (middle + root).clamp(min=LEAST)
        return 4 * short.sqrt(), 4 * long.sqrt()

    @property
    def along(self) -> Tensor:
        """Unit vector (row, column) of the long axis, (patch, 2)."""
        difference = self.spread[:, 0, 0] - self.spread[:, 1, 1]
        angle = torch.atan2(2 * self.spread[:, 0, 1], difference) / 2
        return torch.stack((angle.cos(), angle.sin()), dim=1)

    def _eigen(self) -> tuple[Tensor, Tensor]:
        down, across, mixed = self.spread[:, 0, 0], self.spread[:, 1, 1], self.spread[:, 0, 1]
        root = (((down - across) / 2).square() + mixed.square()).sqrt()
        return (down + across) / 2, root


def ellipse_complexity(elongation: Tensor) -> Tensor:
    """perimeter² / (4 pi area) of an ellipse, 1 for a disc (Ramanujan's first perimeter)."""
    a, b = elongation, torch.ones_like(elongation)
    perimeter = math.pi * (3 * (a + b) - ((3 * a + b) * (a + 3 * b)).sqrt())
    return perimeter.square() / (4 * math.pi**2 * a * b)
