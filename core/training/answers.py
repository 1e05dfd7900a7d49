"""What the trained network answers: calibrated, with thresholds, never with test patients."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from core.cohort.patch import PatchTable
from core.errors import SettingsError
from core.evaluation.conformal import ConformalRule, fit_conformal
from core.model import Model
from core.networks.network import Network
from core.prediction import Clinical, Prediction
from core.settings import Settings
from core.training.bags import Patients, patients_of
from core.training.beside import DISTANCE, as_told, followed_by
from core.training.calibrate import (
    fit_calibration,
    node_call,
    patient_threshold,
    probabilities,
)
from core.training.crossfit import heard
from core.training.ordinal_bag import STAGES
from core.training.preprocessing import Calibration, Preprocessing
from core.training.scaler import Scaler, columns


@dataclass(frozen=True)
class Scalers:
    """What brings columns to the scale of training patients."""

    attributes: Scaler
    features: Scaler
    clinical: Scaler
    distance: Scaler


def patients_in(rows: pd.DataFrame, scalers: Scalers, settings: Settings) -> Patients:
    """The patients of a table's rows, with what the head that is asked for reads of them.

    Raises:
        SettingsError: The head is to be taught N stages, or to weigh by distance, and the study
            does not tell them.
    """
    measured = settings.reads_measures
    found = patients_of(
        rows,
        features=scalers.attributes if measured else scalers.features,
        clinical=scalers.clinical,
        measured=measured,
        distance=scalers.distance if settings.head.distance else None,
        pooled=settings.head.slices == "mean",
    )
    stages = np.zeros(0) if found.stages is None else found.stages
    if settings.head.outcome == "ordinal" and not np.isin(stages, STAGES).all():
        raise SettingsError(
            "head.outcome", "ordinal, patients without N0, N1 or N2", "binary, or every N stage"
        )
    if settings.head.distance and not np.isfinite(columns(rows, (DISTANCE,))).any():
        raise SettingsError(
            "head.distance", "true, no tumour's mask", "false, or masks (desc-tumour_mask)"
        )
    return found


def served(
    network: Network,
    settings: Settings,
    table: PatchTable,
    patients: Patients,
    scalers: Scalers,
) -> tuple[Model, Preprocessing]:
    """The network as it is served, calibrated and with thresholds.

    Both come from patients whose outcomes the head that was asked had not seen, see
    `core.training.crossfit`; test patients take no part.
    """
    prevalence = float(patients.labels[patients.splits == "train"].mean())
    own = as_told(scalers.attributes.names) if settings.reads_measures else scalers.features

    def kit(line: Calibration, threshold: float, call: float, rule: ConformalRule) -> Preprocessing:
        return Preprocessing(
            landmarks=table.landmarks.to_json(),
            attributes=scalers.attributes,
            features=followed_by(own, scalers.distance) if settings.head.distance else own,
            clinical=scalers.clinical,
            calibration=line,
            threshold=threshold,
            node_threshold=call,
            conformal=rule,
        )

    trained = (table.rows["split"] == "train").to_numpy()
    silent_rule = fit_conformal(np.zeros(0, np.int64), np.zeros(0))
    blank = kit(Calibration(1.0, 0.0), 0.5, 0.5, silent_rule)
    plain_model = Model.of(network, blank, settings, np.zeros((0, settings.vae.latent), np.float32))
    codes = plain_model.encode(table.patches)
    told = heard(network, torch.from_numpy(codes).to(plain_model.device), patients, settings)
    labels = patients.labels[told.who]
    line = fit_calibration(told.logits, labels, prevalence=prevalence)
    chances = probabilities(told.logits, line)
    lone = told.lone if network.scale == "probability" else probabilities(told.lone, line)
    final = kit(
        line,
        patient_threshold(labels, chances, prevalence=prevalence),
        node_call(lone, told.of_row, labels),
        fit_conformal(labels, chances),
    )
    return Model.of(network, final, settings, codes[trained]), final


def predictions(
    model: Model, rows: pd.DataFrame, codes: np.ndarray, patients: Patients
) -> pd.DataFrame:
    """The table of `predictions.csv`: patient_id, split, label, probability, set."""
    said = {"positive": "N+", "negative": "N0", "no answer": "no answer"}
    lines = []
    for number, patient_id in enumerate(patients.patient_ids):
        chosen = np.flatnonzero(patients.of_row == number)
        found = predict_rows(model, rows.iloc[chosen], codes[chosen])
        lines.append(
            {
                "patient_id": patient_id,
                "split": patients.splits[number],
                "label": int(patients.labels[number]),
                "probability": found.probability,
                "set": said[found.answer],
            }
        )
    return pd.DataFrame(lines)


def predict_rows(model: Model, rows: pd.DataFrame, codes: np.ndarray) -> Prediction:
    """What the model says of the patient whose rows of the table these are."""
    return model.predict(
        codes,
        nodes=rows["node"].to_numpy(),
        features=model.beside(rows, codes),
        clinical=clinical_of(rows),
        patient_id=str(rows["patient_id"].iloc[0]),
    )


def clinical_of(rows: pd.DataFrame) -> Clinical:
    """What is known beside the pictures of the patient whose rows these are."""
    first = rows.iloc[0]
    return Clinical(
        t_stage=None if pd.isna(first["t_stage"]) else int(first["t_stage"]),
        age=None if pd.isna(first["age"]) else float(first["age"]),
        sex=first["sex"] or None,
    )
