"""Trajectory: a walk in the latent space and what it looks like."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.arrays import Codes, Patches, Values
from core.growth.measure import Measurement


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A simulated change of appearance, step by step; no prediction of what a lesion will do.

    Attributes:
        title: What changes along it, for captions.
        unit: Unit of `steps` ("mm", "sd", ...; "share" for a walk between two lesions).
        steps: How far each picture is from the start, (step,) in `unit`.
        codes: Where each picture was drawn from, (step, latent).
        pictures: What is shown, (step, height, width) in [0, 1].
        asked_mm: Short axis wanted, (step,): the original's reading plus the request; NaN where
            the walk asks for no size.
        score: The model's score of each code, (step,) in 0..1; NaN without one.
        typicality: Mahalanobis distance over the shell's, (step,), above 1 outside; NaN without.
        measurements: What the ruler reads of each picture; None where it failed.
        enlarged: How many times each picture was enlarged in the end by a plain warp, because the
            network draws no picture of the size asked, (step,); 1 where it alone drew it.
        refused: Why a step is not to be trusted, a sentence, or "".
        spacing_mm: Size of a pixel, (down, across); None where it is not known.
    """

    title: str
    unit: str
    steps: Values
    codes: Codes
    pictures: Patches
    asked_mm: Values
    score: Values
    typicality: Values
    measurements: tuple[Measurement | None, ...]
    enlarged: Values
    refused: tuple[str, ...]
    spacing_mm: tuple[float, float] | None

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def measured_mm(self) -> Values:
        """Short axis that the ruler reads of each picture, (step,); NaN where it failed."""
        return np.array([found.short_axis_mm if found else np.nan for found in self.measurements])

    def counted_from(self, start_mm: float, *, spacing_mm: tuple[float, float]) -> "Trajectory":
        """The same with sizes asked counted from a known one, where no picture can be read.

        Args:
            start_mm: Short axis of the lesion before it is changed, NaN where no size is asked.
            spacing_mm: Size of a pixel, (down, across).
        """
        return replace(self, asked_mm=start_mm + self.steps, spacing_mm=spacing_mm)

    @property
    def hops(self) -> Values:
        """Latent length of the way from the step before, (step,); 0 for the first."""
        return np.concatenate([[0.0], np.linalg.norm(np.diff(self.codes, axis=0), axis=1)])

    @property
    def changes(self) -> Values:
        """Mean absolute change of the picture from the step before, (step,); 0 for the first."""
        return np.concatenate([[0.0], np.abs(np.diff(self.pictures, axis=0)).mean(axis=(1, 2))])

    @property
    def monotone(self) -> float:
        """Spearman's correlation of step and measured size; NaN with fewer than 3 readings."""
        from scipy.stats import spearmanr

        read = np.isfinite(self.measured_mm)
        if read.sum() < 3 or np.ptp(self.measured_mm[read]) == 0:
            return float("nan")
        return float(spearmanr(self.steps[read], self.measured_mm[read]).statistic)

    def table(self) -> pd.DataFrame:
        """One line a step: asked, measured, score, typicality, step sizes, enlargement, refusal."""
        readings = ("elongation", "signal", "contrast", "texture", "border")
        columns: dict[str, Values | list[float] | tuple[str, ...]] = {
            "step": self.steps,
            "asked_mm": self.asked_mm,
            "measured_mm": self.measured_mm,
        }
        for name in readings:
            columns[name] = [
                float(getattr(found, name)) if found else np.nan for found in self.measurements
            ]
        columns["score"] = self.score
        columns["typicality"] = self.typicality
        columns["latent_step"] = self.hops
        columns["picture_step"] = self.changes
        columns["enlarged"] = self.enlarged
        columns["refused"] = self.refused
        return pd.DataFrame(columns)
