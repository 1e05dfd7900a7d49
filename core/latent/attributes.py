"""What the measured columns of a run's rows are called, and in which unit they are."""

import numpy as np
import pandas as pd

from core.arrays import Labels, Values

# Five that can change one without the others; they are held still for one another.
FREE = ("short_axis_mm", "elongation", "contrast", "heterogeneity", "irregularity")
MEASURED = (*FREE, "long_axis_mm", "compactness", "convexity", "area_mm2")
LABEL = "label"

_WORDS = {
    "short_axis_mm": "short axis",
    "long_axis_mm": "long axis",
    "elongation": "elongation",
    "compactness": "outline complexity",
    "convexity": "convexity",
    "irregularity": "border irregularity",
    "heterogeneity": "texture",
    "contrast": "signal against its surroundings",
    "area_mm2": "area",
    "node_score": "model score",
    "t_stage": "T stage",
    "n_stage": "N stage",
}
CM_FROM_MM = 20.0  # lesions from here on are spoken of in cm


def attribute_words(name: str) -> str:
    """How a column is called on screen ("short axis")."""
    return _WORDS.get(name, name.replace("_", " "))


def attribute_unit(name: str) -> str:
    """The unit that a column's name carries: "mm", "mm²", "years" or nothing."""
    if name.endswith("_mm2"):
        return "mm²"
    return "mm" if name.endswith("_mm") else "years" if name == "age" else ""


def spoken_unit(name: str, rows: pd.DataFrame) -> tuple[str, float]:
    """The unit in which one cohort's column is shown, and what its values are divided by for it.

    Lengths and areas of a cohort whose median short axis reaches 20 mm are shown in cm and cm².
    """
    unit, sizes = attribute_unit(name), column(rows, "short_axis_mm")
    sizes = sizes[np.isfinite(sizes)]
    if not unit.startswith("mm") or not len(sizes) or np.median(sizes) < CM_FROM_MM:
        return unit, 1.0
    return ("cm", 10.0) if unit == "mm" else ("cm²", 100.0)


def measured_columns(rows: pd.DataFrame, train: Labels) -> tuple[str, ...]:
    """The measured attributes that vary over training rows; none in a cohort without masks."""
    found = []
    for name in MEASURED:
        if name in rows:
            values = column(rows, name)[train]
            values = values[np.isfinite(values)]
            if len(values) >= 3 and values.std() > 0:
                found.append(name)
    return tuple(found)


def column(rows: pd.DataFrame, name: str) -> Values:
    """One column as numbers, (row,), NaN where it is unknown or not there."""
    if name not in rows:
        return np.full(len(rows), np.nan)
    return pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def say_length(length_mm: float, reference_mm: float | None = None) -> str:
    """A length as people say it: "6.9 mm", or "3.4 cm" where lesions reach 20 mm.

    Args:
        length_mm: What to say; not finite reads "not measured".
        reference_mm: Size that decides about the unit, so that one film keeps one unit.
    """
    if not np.isfinite(length_mm):
        return "not measured"
    in_cm = abs(length_mm if reference_mm is None else reference_mm) >= CM_FROM_MM
    return f"{length_mm / 10:.1f} cm" if in_cm else f"{length_mm:.1f} mm"
