"""What is known of a patient and its lesions, as short facts, pictures and a table."""

from html import escape

import pandas as pd

from core.run import Run
from dashboard import words

SEX = {"M": "man", "F": "woman"}


def badges(run: Run, patient_id: str) -> list[str]:
    """Label, stage, age and sex in a few words each; what is unknown is left out."""
    first = run.rows[run.rows["patient_id"] == patient_id].iloc[0]
    found = [words.outcome_of(int(first["label"]), run.words)]
    if _known(first, "n_stage"):
        found.append(f"stage N{int(first['n_stage'])}")
    if _known(first, "t_stage"):
        kind = {"clinical": "cT", "pathological": "pT"}.get(run.manifest.t_stage_is, "T")
        found.append(f"{kind}{int(first['t_stage'])}")
    if _known(first, "age"):
        found.append(f"{round(float(first['age']))} years")
    if _known(first, "sex"):
        found.append(SEX.get(str(first["sex"]), str(first["sex"])))
    return found


def tiles_say(run: Run, range_mm: tuple[float, float]) -> str:
    """What a tile is, and which ones trained the model; tiles are to scale within the range."""
    lesion = run.words.lesion
    if run.rows["short_axis_mm"].notna().any():
        low, high = (words.mm(edge) for edge in range_mm)
        what = f"one patient's largest {lesion}, to scale from {low} to {high}"
    else:
        what = f"one patient's {lesion}"
    return f"Each circle is {what}; faded ones trained the model."


def circle_says(run: Run, own: pd.DataFrame, row: int) -> str:
    """Which lesion a patient's circle shows, where another one is opened; else nothing."""
    largest = own.iloc[0]
    if int(own.index[0]) == row or pd.isna(largest["short_axis_mm"]):
        return ""
    size = words.mm(float(largest["short_axis_mm"]))
    return f"the circle shows {run.words.lesion} {int(largest['node'])}, the largest: {size}"


def nodes_say(run: Run, patient_id: str, count: int) -> str:
    """How many lesions a patient has, as a heading."""
    counted = words.counted(count, run.words.lesion, run.words.lesions)
    return f"{counted} of {patient_id}" + (", largest first" if count > 1 else "")


def excluded_say(run: Run) -> str:
    """How much was left out, as a heading."""
    count = len(run.manifest.excluded)
    return f"Left out: {words.counted(count, 'entry', 'entries')}" if count else "Nothing left out"


def nodes_table(run: Run, own: pd.DataFrame) -> pd.DataFrame:
    """The sizes of a patient's lesions, with units in the headings."""
    names = {
        "node": run.words.lesion,
        "slice_k": "slice",
        "short_axis_mm": "short axis (mm)",
        "long_axis_mm": "long axis (mm)",
        "elongation": "long / short",
        "area_mm2": "area (mm²)",
        "contrast": "contrast",
        "heterogeneity": "heterogeneity",
    }
    there = [name for name in names if name in own]
    return own[there].rename(columns=names).round(2)


def excluded_html(run: Run) -> str:
    """Everyone and everything left out, with the reason."""
    if not run.manifest.excluded:
        return f"<p>Nobody and no {escape(run.words.lesion)} was left out.</p>"
    rows = "".join(
        f"<dt>{escape(who)}</dt><dd>{escape(why)}</dd>" for who, why in run.manifest.excluded
    )
    return f'<dl class="ls-facts">{rows}</dl>'


def _known(row: pd.Series, name: str) -> bool:
    return name in row and pd.notna(row[name])
