"""Cached answers of How good about single calls: who was called wrongly, and one size's lesions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.bands import COUNTS, Edges, count_name, size_edges, size_name
from core.evaluation.chosen_on import chosen_on
from core.evaluation.same_size import Lesions, held_out_lesions
from core.evaluation.verdict import FOLDER, PREDICTIONS
from core.run import Run, Words
from dashboard import crossing, judging, state, words

SHOWN = 8  # pictures a row
EVERY = "all sizes"
ANY = "any number"
WHO = {"model": "model", "rule": "5 mm rule", "esgar": "ESGAR rule"}


@dataclass(frozen=True)
class FalseCall:
    """A patient who was called wrongly when everybody had to be called.

    Attributes:
        patient_id: Who.
        row: Key slice of the most suspicious lesion where wrongly flagged, of the largest one
            where missed.
        label: 1 with the outcome, so missed.
        score: The model score, averaged over repeats where there are some.
        largest_mm: Short axis of the largest lesion, None without sizes.
        lesions: How many the patient has.
    """

    patient_id: str
    row: int
    label: int
    score: float
    largest_mm: float | None
    lesions: int


@st.cache_data(max_entries=8, show_spinner=False)
def false_calls(folder: str, sha: str, changed_ns: int) -> tuple[FalseCall, ...]:
    """Wrong calls, the surest mistakes first; of all patients where they were cross-validated."""
    run = state.reopened(folder, sha)
    if crossing.verdict(folder, sha, changed_ns):
        path = run.folder / "added" / FOLDER / PREDICTIONS
        table = pd.read_csv(path, dtype={"patient": str}).rename(columns={"patient": "patient_id"})
    else:
        table = run.predictions[run.predictions["split"] == "test"].assign(
            called=lambda own: own["probability"] >= float(run.preprocessing["threshold"])
        )
    told = table.groupby("patient_id", sort=True)[["label", "called", "probability"]].mean()
    wrong = told[(told["called"] >= 0.5) != (told["label"] > 0)]
    found = []
    for who, label, score in zip(wrong.index, wrong["label"], wrong["probability"], strict=True):
        own = state.nodes_of(run.rows, str(who))
        first = own if label else own.sort_values("node_score", ascending=False, kind="stable")
        size = float(own["short_axis_mm"].iloc[0])
        known = size if np.isfinite(size) else None
        found.append(
            FalseCall(str(who), int(first.index[0]), int(label), float(score), known, len(own))
        )
    return tuple(sorted(found, key=lambda one: one.score * (1 if one.label else -1)))


def false_calls_of(run: Run) -> tuple[FalseCall, ...]:
    """The same for a run."""
    return false_calls(*state.key(run), crossing.changed(run))


def edges_of(run: Run) -> Edges:
    """The size bands of a run's patients."""
    return size_edges(judging.largest_mm(run).to_numpy(dtype=float))


def band_names(found: tuple[FalseCall, ...], edges: Edges) -> list[str]:
    """Size bands to choose from, all sizes first; none where sizes are not known."""
    if any(one.largest_mm is None for one in found) or not found:
        return []
    return [EVERY, *(size_name(low, high) for low, high in edges)]


def in_band(found: tuple[FalseCall, ...], name: str, edges: Edges) -> tuple[FalseCall, ...]:
    """The wrong calls whose largest lesion lies in a size band, in their order."""
    bands = {size_name(low, high): (low, high) for low, high in edges}
    if name not in bands:
        return found
    low, high = bands[name]
    return tuple(
        one for one in found if one.largest_mm is not None and low <= one.largest_mm < high
    )


def number_names(found: tuple[FalseCall, ...]) -> list[str]:
    """Bands of how many lesions a patient has, any number first; none where one holds all."""
    filled = [
        count_name(least, below)
        for least, below in COUNTS
        if any(least <= one.lesions < below for one in found)
    ]
    return [ANY, *filled] if len(filled) > 1 else []


def of_number(found: tuple[FalseCall, ...], name: str) -> tuple[FalseCall, ...]:
    """The wrong calls whose patients have so many lesions, in their order."""
    bands = {count_name(least, below): (least, below) for least, below in COUNTS}
    if name not in bands:
        return found
    least, below = bands[name]
    return tuple(one for one in found if least <= one.lesions < below)


@st.cache_data(max_entries=8, show_spinner=False)
def lesions(folder: str, sha: str) -> Lesions | None:
    """Held-out lesions with what is said of them; None where sizes are not known."""
    return held_out_lesions(state.reopened(folder, sha))


def held_out_words(run: Run) -> str:
    """Whose lesions are lined up, what was fitted on them, and on whom calls are counted."""
    return (
        f"{words.capital(run.words.lesions)} of one size, of validation and test patients; neither "
        "autoencoder nor head was fitted on them. Calls are counted on test patients alone, since "
        f"the threshold comes from {chosen_on(run)}."
    )


def kinds(found: Lesions, said_as: Words) -> tuple[str, str]:
    """What the two rows of one size show: lesions' own truth, or only their patients'."""
    if found.own_truth:
        return "malignant (drawn so)", "benign (drawn so)"
    return f"from patients with {said_as.outcome}", f"from patients with {said_as.no_outcome}"


def calls_words(found: Lesions, place: int) -> str:
    """Who flags one lesion, and who does not."""
    return " · ".join(
        f"{WHO[name]} {'flags' if called[place] else 'does not'}"
        for name, called in found.calls.items()
    )


def band_words(found: Lesions, size_mm: float, said_as: Words) -> str:
    """How well the model tells those of one size apart, in a sentence."""
    places = found.near(size_mm)
    positives = int(found.positive[places].sum())
    area, by_size = found.auc(places), found.size_auc(places)
    first, second = kinds(found, said_as)
    counted = words.counted(len(places), said_as.lesion, said_as.lesions)
    who = (
        f"{counted} of validation and test patients within {_said(found)}: {positives} "
        f"{first}, {len(places) - positives} {second}."
    )
    near_guessing = by_size is not None and by_size.low <= 0.5 <= by_size.high
    held = ", no more than guessing because size is held" if near_guessing else ""
    if area is None or by_size is None:
        return f"{who} Too few of a kind to say how well the model tells them apart."
    return (
        f"{who} Among them the model's score ranks one of the first above one of the second "
        f"{100 * area.value:.0f} of 100 times (AUC {area.value:.2f}, {area.low:.2f} to "
        f"{area.high:.2f}; of only {min(positives, len(places) - positives)} of a kind), size "
        f"alone {100 * by_size.value:.0f} of 100 ({by_size.low:.2f} to {by_size.high:.2f})"
        f"{held}."
    )


def asked_sizes(found: Lesions) -> tuple[float, float, float]:
    """Smallest and largest size to ask for, and where to begin, in halves of the lesions' unit."""
    size = found.size_mm / unit_mm(found)
    low, high = np.percentile(size, [5, 98])
    least, most = np.floor(2 * low) / 2, np.ceil(2 * high) / 2
    middle = np.median(size[found.positive]) if found.positive.any() else (low + high) / 2
    return float(least), float(most), float(np.clip(np.round(2 * middle) / 2, least, most))


def unit_mm(found: Lesions) -> float:
    """What the unit in which these lesions are spoken of is in mm."""
    return 10.0 if found.in_cm else 1.0


def unit_name(found: Lesions) -> str:
    """That unit as it is written."""
    return "cm" if found.in_cm else "mm"


def _said(found: Lesions) -> str:
    return f"{found.half_mm / unit_mm(found):g} {unit_name(found)}"
