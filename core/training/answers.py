"""What the trained network answers: calibrated, with thresholds, on validation patients alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from core.cohort.patch import PatchTable
from core.evaluation.conformal import fit_conformal
from core.model import Model
from core.networks.network import Network
from core.prediction import Clinical, Prediction
from core.settings import Settings
from core.training.bags import Patients, patients_of
from core.training.beside import as_told
from core.training.calibrate import (
    fit_calibration,
    node_call,
    patient_threshold,
    probabilities,
    raw_logit,
)
from core.training.preprocessing import Calibration, Preprocessing
from core.training.scaler import Scaler


@dataclass(frozen=True)
class Scalers:
    """What brings columns to the scale of training patients."""

    attributes: Scaler
    features: Scaler
    clinical: Scaler


def patients_in(rows: pd.DataFrame, scalers: Scalers, settings: Settings) -> Patients:
    """The patients of a table's rows, with what the head that is asked for reads of them."""
    measured = settings.reads_measures
    features = scalers.attributes if measured else scalers.features
    return patients_of(rows, features=features, clinical=scalers.clinical, measured=measured)


def served(
    network: Network,
    settings: Settings,
    table: PatchTable,
    patients: Patients,
    scalers: Scalers,
) -> tuple[Model, Preprocessing]:
    """The network as it is served, calibrated and with thresholds from validation patients."""
    chosen = np.flatnonzero(patients.splits == "validation")
    chosen = chosen if chosen.size else np.flatnonzero(patients.splits == "train")
    labels = patients.labels[chosen]
    prevalence = float(patients.labels[patients.splits == "train"].mean())

    def kit(line: Calibration, threshold: float, call: float, chances: np.ndarray) -> Preprocessing:
        return Preprocessing(
            landmarks=table.landmarks.to_json(),
            attributes=scalers.attributes,
            features=as_told(scalers.attributes.names)
            if settings.reads_measures
            else scalers.features,
            clinical=scalers.clinical,
            calibration=line,
            threshold=threshold,
            node_threshold=call,
            conformal=fit_conformal(labels, chances),
        )

    trained = (table.rows["split"] == "train").to_numpy()
    blank = kit(Calibration(1.0, 0.0), 0.5, 0.5, np.full(len(labels), 0.5))
    plain_model = Model.of(network, blank, settings, np.zeros((0, settings.vae.latent), np.float32))
    codes = plain_model.encode(table.patches)
    with torch.inference_mode():
        held = torch.from_numpy(codes).to(plain_model.device)
        scores = network.terms(patients.bag(held, chosen)).score.cpu().numpy()
    logits = raw_logit(scores, network.scale)
    line = fit_calibration(logits, labels, prevalence=prevalence)
    chances = probabilities(logits, line)
    threshold = patient_threshold(labels, chances, prevalence=prevalence)
    model = Model.of(network, kit(line, threshold, 0.5, chances), settings, codes[trained])
    rows = patients.rows_of(chosen)
    features = model.beside(table.rows.iloc[rows], codes[rows])
    of_row = np.searchsorted(chosen, patients.of_row[rows])
    call = node_call(model.node_score(codes[rows], features), of_row, labels)
    final = kit(line, threshold, call, chances)
    return Model.of(network, final, settings, codes[trained]), final


def predictions(
    model: Model, rows: pd.DataFrame, codes: np.ndarray, patients: Patients
) -> pd.DataFrame:
    """The table of `predictions.csv`: patient_id, split, label, probability, set."""
    said = {"positive": "N+", "negative": "N0", "no answer": "no answer"}
    lines = []
    for number, patient_id in enumerate(patients.patient_ids):
        chosen = patients.rows_of(np.array([number]))
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
    first = rows.iloc[0]
    return model.predict(
        codes,
        nodes=rows["node"].to_numpy(),
        features=model.beside(rows, codes),
        clinical=Clinical(
            t_stage=None if pd.isna(first["t_stage"]) else int(first["t_stage"]),
            age=None if pd.isna(first["age"]) else float(first["age"]),
            sex=first["sex"] or None,
        ),
        patient_id=str(first["patient_id"]),
    )
