"""Material: what the weights are fitted on, as tensors on the device."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.arrays import Features, Masks, Patches
from core.networks.warp import Dimension, NamedDimensions
from core.training.remeasure import Scale
from core.training.scaler import Scaler


@dataclass(frozen=True)
class Material:
    """Patches of all patients with their masks, attributes and split; test rows are not used.

    Attributes:
        pictures: (row, 1, height, width) in [0, 1].
        masks: 1 in the lesion, of the same shape; all 0 where there are no masks.
        attributes: z-scored, (row, attribute); NaN where not known.
        train: Numbers of the training rows.
        validation: Numbers of the validation rows; training rows where there are none.
        scale: How the attributes are z-scored.
        named: The dimensions whose steps can be made to a picture, where masks tell the lesion.
    """

    pictures: Tensor
    masks: Tensor
    attributes: Tensor
    train: Tensor
    validation: Tensor
    scale: Scale
    named: NamedDimensions


def material(
    patches: Patches,
    masks: Masks,
    *,
    attributes: Features,
    scaler: Scaler,
    splits: np.ndarray,
    device: torch.device,
) -> Material:
    """Bring a table's arrays to the device.

    Args:
        patches: In [0, 1].
        masks: Of the same shape.
        attributes: z-scored, (row, attribute), NaN where not known.
        scaler: How they are z-scored.
        splits: "train", "validation" or "test" for each row.
        device: Where to.
    """
    train = np.flatnonzero(splits == "train")
    validation = np.flatnonzero(splits == "validation")
    return Material(
        pictures=as_pictures(patches, device),
        masks=as_pictures(masks.astype(np.float32), device),
        attributes=torch.from_numpy(attributes.astype(np.float32)).to(device),
        train=torch.from_numpy(train).to(device),
        validation=torch.from_numpy(validation if validation.size else train).to(device),
        scale=Scale(
            scaler.names,
            torch.tensor(scaler.mean, dtype=torch.float32, device=device),
            torch.tensor(scaler.sd, dtype=torch.float32, device=device),
        ),
        named=named_dimensions(scaler) if masks.any() else NamedDimensions(),
    )


def named_dimensions(scaler: Scaler) -> NamedDimensions:
    """Which dimensions carry attributes whose change can be made to a picture."""

    def carries(name: str) -> Dimension | None:
        if name not in scaler.names:
            return None
        place = scaler.names.index(name)
        return Dimension(place, scaler.mean[place], scaler.sd[place])

    return NamedDimensions(
        size=carries("short_axis_mm"),
        elongation=carries("elongation"),
        signal=carries("contrast"),
        texture=carries("heterogeneity"),
    )


def as_pictures(patches: Patches, device: torch.device) -> Tensor:
    """Patches (row, height, width) as a batch of one channel on the device."""
    held = torch.from_numpy(np.array(patches, dtype=np.float32, order="C"))
    return held[:, None].to(device)
