"""Patients as the heads see them: who has which rows, what is known of each, what each has."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.networks.bag import Bag, pack
from core.training.scaler import Scaler, columns


@dataclass(frozen=True)
class Patients:
    """The patients of a table, in the order of their first rows.

    Attributes:
        patient_ids: Their pseudonyms.
        of_row: Number of each row's patient, (row).
        labels: 1 where the outcome is there, (patient).
        splits: "train", "validation" or "test", (patient).
        clinical: Standardised clinical features, 0 where not known, (patient, clinical).
        features: Standardised node features, 0 where not known, (row, feature); z-scored
            attributes, NaN where not known, for a head that reads measures.
        measured: Whether `features` are such attributes.
    """

    patient_ids: tuple[str, ...]
    of_row: np.ndarray
    labels: np.ndarray
    splits: np.ndarray
    clinical: np.ndarray
    features: np.ndarray
    measured: bool = False

    def beside(self, codes: Tensor) -> Tensor:
        """What the head is told of every row beside its code, (row, feature).

        Args:
            codes: Of all rows, (row, latent).
        """
        known = torch.from_numpy(self.features).to(codes.device)
        if not self.measured:
            return known
        return torch.nan_to_num(known - codes[:, : known.shape[1]], nan=0.0)

    def rows_of(self, patients: np.ndarray) -> np.ndarray:
        """Numbers of the rows of some patients, in the table's order."""
        return np.flatnonzero(np.isin(self.of_row, patients))

    def bag(self, codes: Tensor, patients: np.ndarray) -> Bag:
        """Some patients' rows in slots; `codes` are of all rows, (row, latent)."""
        rows = self.rows_of(patients)
        number = np.full(len(self.patient_ids), -1)
        number[patients] = np.arange(len(patients))
        device = codes.device
        return pack(
            codes[torch.from_numpy(rows).to(device)],
            self.beside(codes)[torch.from_numpy(rows).to(device)],
            patient=torch.from_numpy(number[self.of_row[rows]]).to(device),
            clinical=torch.from_numpy(self.clinical[patients]).to(device),
        )


def patients_of(
    rows: pd.DataFrame, *, features: Scaler, clinical: Scaler, measured: bool = False
) -> Patients:
    """The patients of a table's rows.

    Args:
        rows: As a run's.
        features: Scaler of the node features, or of the attributes where `measured`.
        clinical: Scaler of the patient's features.
        measured: Whether the head reads measured attributes, see `core.training.beside`.
    """
    values = columns(rows, features.names)
    of_row, names = pd.factorize(rows["patient_id"])
    first = np.unique(of_row, return_index=True)[1]
    people = rows.iloc[first]
    return Patients(
        patient_ids=tuple(map(str, names)),
        of_row=np.asarray(of_row),
        labels=people["label"].to_numpy().astype(np.int64),
        splits=people["split"].to_numpy().astype(str),
        clinical=clinical.filled(columns(people, clinical.names)),
        features=features.apply(values) if measured else features.filled(values),
        measured=measured,
    )
