"""What each epoch of training came to, and `history.csv`, where it is kept."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import pandas as pd


@dataclass(frozen=True)
class Parts:
    """An epoch's loss and its parts, on training or on validation patients.

    Attributes:
        loss: The weighted sum.
        l1: Weighted mean absolute error.
        ssim: Similarity with the loss's own window.
        kl: Nats a patch.
        attribute: Squared error of the named dimensions, summed over them, in variances.
        outline: Error of the drawn outlines; 0 where the encoder draws none.
        equivariance: How far steps of the named dimensions are from changes of the lesion,
            before the weight; NaN where it is not asked for, and on validation patches.
    """

    loss: float
    l1: float
    ssim: float
    kl: float
    attribute: float
    outline: float
    equivariance: float = math.nan


@dataclass(frozen=True)
class Epoch:
    """One row of the history.

    Attributes:
        phase: "vae" or "head".
        epoch: From 1.
        train: On augmented training patches (head: only `loss`, the rest NaN).
        validation: On validation patches as they are.
        validation_ssim: With window 11, as the figures have it; NaN for the head.
        validation_auc: Of patients; NaN for the autoencoder, and where one class is missing.
        active_units: Dimensions in use on validation patches (-1 for the head).
        kl_by_dimension: Nats a dimension on validation patches; empty for the head.
        kl_weight: w(epoch).
        learning_rate: At the epoch's end.
        seconds: Time the epoch took.
        patches_per_second: Training patches over that time.
    """

    phase: Literal["vae", "head"]
    epoch: int
    train: Parts
    validation: Parts
    validation_ssim: float
    validation_auc: float
    active_units: int
    kl_by_dimension: tuple[float, ...]
    kl_weight: float
    learning_rate: float
    seconds: float
    patches_per_second: float

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """Read what `dataclasses.asdict` gave, after JSON."""
        exact = {
            "train": Parts(**fields["train"]),
            "validation": Parts(**fields["validation"]),
            "kl_by_dimension": tuple(fields["kl_by_dimension"]),
        }
        return cls(**{**fields, **exact})


def only_loss(loss: float) -> Parts:
    """Parts of a head's epoch, which has a loss and nothing else."""
    return Parts(loss, math.nan, math.nan, math.nan, math.nan, math.nan)


def history_table(epochs: Sequence[Epoch]) -> pd.DataFrame:
    """The table of `history.csv`: one row an epoch, every part of the loss a column.

    Columns: phase, epoch, train_* and validation_* (loss, l1, ssim, kl, attribute),
    train_equivariance, validation_ssim11, validation_auc, active_units, kl_weight,
    learning_rate, seconds, patches_per_second, then kl_000, kl_001, ... by dimension. What a
    phase has not is empty.
    """
    latent = max((len(each.kl_by_dimension) for each in epochs), default=0)
    rows = []
    for each in epochs:
        row: dict[str, object] = {"phase": each.phase, "epoch": each.epoch}
        for split, parts in (("train", each.train), ("validation", each.validation)):
            row |= {
                f"{split}_{name}": value
                for name, value in (
                    ("loss", parts.loss),
                    ("l1", parts.l1),
                    ("ssim", parts.ssim),
                    ("kl", parts.kl),
                    ("attribute", parts.attribute),
                    ("outline", parts.outline),
                )
            }
        row["train_equivariance"] = each.train.equivariance
        row["validation_ssim11"] = each.validation_ssim
        row["validation_auc"] = each.validation_auc
        row["active_units"] = each.active_units if each.phase == "vae" else None
        row["kl_weight"] = each.kl_weight
        row["learning_rate"] = each.learning_rate
        row["seconds"] = each.seconds
        row["patches_per_second"] = each.patches_per_second
        by_dimension = each.kl_by_dimension or (math.nan,) * latent
        row |= {f"kl_{place:03d}": value for place, value in enumerate(by_dimension)}
        rows.append(row)
    return pd.DataFrame(rows)
