"""Material: what the weights are fitted on, as tensors on the device."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.arrays import Features, Masks, Patches
from core.networks.warp import SizeDimension


@dataclass(frozen=True)
class Material:
    """Patches of all patients with their masks, attributes and split; test rows are not used.

    Attributes:
        pictures: (row, 1, height, width) in [0, 1].
        masks: 1 in the lesion, of the same shape; all 0 where there are no masks.
        attributes: z-scored, (row, attribute); NaN where not known.
        train: Numbers of the training rows.
        validation: Numbers of the validation rows; training rows where there are none.
        size: The dimension that carries size, where masks tell it.
    """

    pictures: Tensor
    masks: Tensor
    attributes: Tensor
    train: Tensor
    validation: Tensor
    size: SizeDimension | None = None


def material(
    patches: Patches,
    masks: Masks,
    *,
    attributes: Features,
    splits: np.ndarray,
    device: torch.device,
    size: SizeDimension | None = None,
) -> Material:
    """Bring a table's arrays to the device.

    Args:
        patches: In [0, 1].
        masks: Of the same shape.
        attributes: z-scored, (row, attribute), NaN where not known.
        splits: "train", "validation" or "test" for each row.
        device: Where to.
        size: The dimension that carries size, where masks tell it.
    """
    train = np.flatnonzero(splits == "train")
    validation = np.flatnonzero(splits == "validation")
    return Material(
        pictures=as_pictures(patches, device),
        masks=as_pictures(masks.astype(np.float32), device),
        attributes=torch.from_numpy(attributes.astype(np.float32)).to(device),
        train=torch.from_numpy(train).to(device),
        validation=torch.from_numpy(validation if validation.size else train).to(device),
        size=size if masks.any() else None,
    )


def as_pictures(patches: Patches, device: torch.device) -> Tensor:
    """Patches (row, height, width) as a batch of one channel on the device."""
    held = torch.from_numpy(np.array(patches, dtype=np.float32, order="C"))
    return held[:, None].to(device)
