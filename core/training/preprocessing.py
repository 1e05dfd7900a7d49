"""Preprocessing: what a new case needs beside the weights, as `preprocessing.json` keeps it.

Landmarks and scalers come from training patients; calibration, thresholds and conformal rule from
training and validation patients, each asked of a head that had not seen them (or from validation
patients alone, see `core.training.crossfit`); none of it from test patients. No torch.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from core.arrays import Features
from core.evaluation.conformal import ConformalRule
from core.prediction import Clinical
from core.run import Run
from core.training.scaler import Scaler


@dataclass(frozen=True)
class Calibration:
    """Platt's line from a head's logit to a calibrated one: slope * logit + intercept."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class Preprocessing:
    """What turns a new case into input, and a score into an answer.

    Attributes:
        landmarks: The intensity mapping, as `core.cohort.standardise` wrote it.
        attributes: Scaler of the attributes that the first dimensions carry.
        features: Scaler of the node features beside the code.
        clinical: Scaler of the patient's features.
        calibration: From score to probability.
        threshold: Patients from this probability upwards are called positive.
        node_threshold: Lesions from this score upwards are called positive.
        conformal: When to give no answer.
    """

    landmarks: dict[str, Any]
    attributes: Scaler
    features: Scaler
    clinical: Scaler
    calibration: Calibration
    threshold: float
    node_threshold: float
    conformal: ConformalRule

    def of_patient(self, clinical: Clinical) -> Features:
        """Standardised clinical features, (1, feature); 0 where not known."""
        sex = {"M": 1.0, "F": 0.0}.get(clinical.sex or "", np.nan)
        said = {"t_stage": clinical.t_stage, "age": clinical.age, "sex": sex}
        values = [np.nan if said[name] is None else said[name] for name in self.clinical.names]
        return self.clinical.filled(np.array([values], dtype=np.float64))

    def of_nodes(self, features: Features | None, rows: int) -> Features:
        """Standardised node features, (row, feature); the training mean where not known."""
        if features is None:
            return np.zeros((rows, len(self.features.names)), np.float32)
        return self.features.filled(features)

    def to_json(self) -> str:
        """The text of `preprocessing.json`."""
        fields = {
            "format": 1,
            "landmarks": self.landmarks,
            "attributes": self.attributes.to_json(),
            "features": self.features.to_json(),
            "clinical": self.clinical.to_json(),
            "calibration": {
                "slope": self.calibration.slope,
                "intercept": self.calibration.intercept,
            },
            "threshold": self.threshold,
            "node_threshold": self.node_threshold,
            "conformal": self.conformal.to_json(),
        }
        return json.dumps(fields, indent=1, allow_nan=False) + "\n"

    @classmethod
    def of(cls, run: Run) -> Self:
        """A finished run's preprocessing.

        Raises:
            RunUnusable: The file is damaged.
        """
        from core.errors import RunUnusable

        fields = run.preprocessing
        try:
            return cls(
                landmarks=fields["landmarks"],
                attributes=Scaler.from_json(fields["attributes"]),
                features=Scaler.from_json(fields["features"]),
                clinical=Scaler.from_json(fields["clinical"]),
                calibration=Calibration(**fields["calibration"]),
                threshold=float(fields["threshold"]),
                node_threshold=float(fields["node_threshold"]),
                conformal=ConformalRule.from_json(fields["conformal"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            found = f"preprocessing.json: {type(error).__name__} {error}"
            raise RunUnusable(run.name, found, "the file as it was written") from error


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)), safe at both ends."""
    if logit >= 0:
        return 1 / (1 + math.exp(-min(logit, 700.0)))
    raised = math.exp(max(logit, -700.0))
    return raised / (1 + raised)
