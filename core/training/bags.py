"""Patients as the heads see them: who has which rows, what is known of each, what each has."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.arrays import Features
from core.networks.bag import Bag, pack
from core.training.lesions import first_rows, lesion_means
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
            attributes, NaN where not known, for a head that reads measures; last the distance to
            the tumour, the mean where not known, for a head that weighs lesions by it.
        measured: Whether `features` are such attributes.
        stages: N stage, 0 to 2, -1 where not known, (patient); None where nobody asks.
        distance: Whether the last of `features` is the distance to the tumour.
        lesion: Number of each row's lesion, (row), where a lesion speaks once, by the mean of its
            slices; None where every slice speaks.
    """

    patient_ids: tuple[str, ...]
    of_row: np.ndarray
    labels: np.ndarray
    splits: np.ndarray
    clinical: np.ndarray
    features: np.ndarray
    measured: bool = False
    stages: np.ndarray | None = None
    distance: bool = False
    lesion: np.ndarray | None = None

    def pooled(self, codes: Tensor) -> Tensor:
        """Codes of all rows as the heads are told them, (row, latent): as they are, or means."""
        if self.lesion is None:
            return codes
        means = lesion_means(codes.detach().cpu().numpy(), self.lesion)
        return torch.from_numpy(means).to(codes.device)

    def beside(self, codes: Tensor) -> Tensor:
        """What the head is told of every row beside its code, (row, feature).

        Args:
            codes: Of all rows, (row, latent).
        """
        known, codes = torch.from_numpy(self.features).to(codes.device), self.pooled(codes)
        if not self.measured:
            return known
        many = known.shape[1] - self.distance
        exceeds = torch.nan_to_num(known[:, :many] - codes[:, :many], nan=0.0)
        return torch.cat((exceeds, known[:, many:]), dim=1)

    def rows_of(self, patients: np.ndarray) -> np.ndarray:
        """Numbers of the rows of some patients that speak, in the table's order."""
        chosen = np.isin(self.of_row, patients)
        return np.flatnonzero(chosen if self.lesion is None else chosen & first_rows(self.lesion))

    def bag(self, codes: Tensor, patients: np.ndarray) -> Bag:
        """Some patients' rows in slots; `codes` are of all rows, (row, latent)."""
        rows = self.rows_of(patients)
        number = np.full(len(self.patient_ids), -1)
        number[patients] = np.arange(len(patients))
        device, codes = codes.device, self.pooled(codes)
        return pack(
            codes[torch.from_numpy(rows).to(device)],
            self.beside(codes)[torch.from_numpy(rows).to(device)],
            patient=torch.from_numpy(number[self.of_row[rows]]).to(device),
            clinical=torch.from_numpy(self.clinical[patients]).to(device),
        )


def patients_of(
    rows: pd.DataFrame,
    *,
    features: Scaler,
    clinical: Scaler,
    measured: bool = False,
    distance: Scaler | None = None,
    pooled: bool = False,
) -> Patients:
    """The patients of a table's rows.

    Args:
        rows: As a run's.
        features: Scaler of the node features, or of the attributes where `measured`.
        clinical: Scaler of the patient's features.
        measured: Whether the head reads measured attributes, see `core.training.beside`.
        distance: Scaler of the distance to the tumour, where lesions are weighted by it.
        pooled: Whether a lesion speaks once, by the mean of its slices.
    """
    lesion = rows.groupby(["patient_id", "node"], sort=False).ngroup().to_numpy()

    def known(names: tuple[str, ...]) -> Features:
        values = columns(rows, names)
        return lesion_means(values, lesion) if pooled else values

    values = known(features.names)
    of_row, names = pd.factorize(rows["patient_id"])
    first = np.unique(of_row, return_index=True)[1]
    people = rows.iloc[first]
    told = features.apply(values) if measured else features.filled(values)
    if distance:
        told = np.column_stack((told, distance.filled(known(distance.names))))
    return Patients(
        patient_ids=tuple(map(str, names)),
        of_row=np.asarray(of_row),
        labels=people["label"].to_numpy().astype(np.int64),
        splits=people["split"].to_numpy().astype(str),
        clinical=clinical.filled(columns(people, clinical.names)),
        features=told,
        measured=measured,
        stages=np.nan_to_num(columns(people, ("n_stage",))[:, 0], nan=-1).astype(np.int64),
        distance=distance is not None,
        lesion=lesion if pooled else None,
    )
