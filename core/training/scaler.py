"""Scaler: brings measured columns to mean 0 and standard deviation 1 of the training patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from core.arrays import Features


@dataclass(frozen=True)
class Scaler:
    """Means and standard deviations of some columns, over training patients.

    Attributes:
        names: The columns.
        mean: Of each; 0 where training patients say nothing.
        sd: Of each; 1 where they say nothing, or all the same.
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]

    @classmethod
    def fit(cls, values: Features, names: Sequence[str]) -> Self:
        """Learn from training values, (row, column); NaN is left out."""
        means, sds = [], []
        for column in np.asarray(values, dtype=np.float64).reshape(len(values), len(names)).T:
            known = column[np.isfinite(column)]
            means.append(float(known.mean()) if known.size else 0.0)
            sd = float(known.std()) if known.size else 0.0
            sds.append(sd if sd > 1e-9 else 1.0)
        return cls(tuple(names), tuple(means), tuple(sds))

    def apply(self, values: Features) -> Features:
        """Standardised values, (row, column) float32; NaN stays NaN."""
        scaled = (np.asarray(values, dtype=np.float64) - self.mean) / self.sd
        return scaled.astype(np.float32).reshape(len(values), len(self.names))

    def filled(self, values: Features) -> Features:
        """Standardised values with the training mean (0) where a value is not known."""
        return np.nan_to_num(self.apply(values), nan=0.0, posinf=0.0, neginf=0.0)

    def to_json(self) -> dict[str, Any]:
        """By column, for `preprocessing.json`."""
        rows = zip(self.names, self.mean, self.sd, strict=True)
        return {name: {"mean": mean, "sd": sd} for name, mean, sd in rows}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        entries = fields.values()
        means = tuple(float(entry["mean"]) for entry in entries)
        return cls(tuple(fields), means, tuple(float(entry["sd"]) for entry in entries))


def columns(rows: pd.DataFrame, names: Sequence[str]) -> Features:
    """Columns of a table as numbers, (row, column) float64; sex is 1 for M and 0 for F.

    A column that the table lacks is NaN throughout.
    """
    found = np.full((len(rows), len(names)), np.nan)
    for place, name in enumerate(names):
        if name == "sex" and name in rows:
            found[:, place] = rows[name].map({"M": 1.0, "F": 0.0}).astype(float)
        elif name in rows:
            found[:, place] = pd.to_numeric(rows[name], errors="coerce").astype(float)
    return found
