"""Cached answers of Why: one patient taken apart, and maps for any question.

Keyed by the run's folder, its weights and plain values. A slow map costs seconds, so visitors wait
in one line for it, and what was drawn once is kept for all; what maps pass is `checking`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Map2D
from core.evaluation.intervals import Interval
from core.explain.code_alone import ranked_by_code_alone
from core.explain.explanation import Explanation, Variant, mass_inside
from core.explain.question import NODE_LOGIT, Question
from core.run import Run
from dashboard import answers, state, words
from dashboard.questions import NODE, put_to
from dashboard.queueing import LINE, silent
from dashboard.ways import BY_KEY, is_quick

if TYPE_CHECKING:
    from core.cohort.scanned import Scan
    from core.explain.faithfulness.shifted import Shifted
    from core.model import Model
    from core.prediction import Part, Prediction


@st.cache_data(max_entries=8, show_spinner=False)
def code_alone(folder: str, sha: str) -> tuple[int, Interval] | None:
    """How alike the score and its part through the code order held-out lesions, and how many."""
    run = state.reopened(folder, sha)
    rows = np.flatnonzero(run.rows["key_slice"] & (run.rows["split"] == "test"))
    found = ranked_by_code_alone(state.model(run), run, rows)
    return None if found is None else (len(rows), found)


def code_alone_words(run: Run) -> str:
    """What no map of a head that reads measures shows; "" where the code says all."""
    told = code_alone(*state.key(run))
    if told is None:
        return ""
    n, rho = told
    return (
        "**No map shows all of the score**: a map follows the picture's code, and the score also "
        "reads measures off outline and greys. The code alone puts "
        f"{words.counted(n, f'held-out {run.words.lesion}', f'held-out {run.words.lesions}')} "
        f"in the score's order up to a rank correlation of {rho.value:.2f} ({rho.low:.2f} to "
        f"{rho.high:.2f})."
    )


@dataclass(frozen=True)
class Asked:
    """One patient before the model: rows, prediction and a map a lesion, most suspicious first.

    Attributes:
        rows: Key-slice rows, most suspicious first.
        scores: Their suspicion scores.
        left_out: Change of the patient's probability without each.
        explanations: One map each.
        prediction: What was said of the patient.
    """

    rows: tuple[int, ...]
    scores: tuple[float, ...]
    left_out: tuple[float, ...]
    explanations: tuple[Explanation, ...]
    prediction: "Prediction"


def asked(
    folder: str,
    sha: str,
    patient_id: str,
    variant: str,
    question: str,
    told: Callable[[int], None] = silent,
) -> Asked:
    """One patient's prediction taken apart, with a heat map for every lesion.

    Args:
        folder: Of the run.
        sha: Of its weights.
        patient_id: Who.
        variant: How the maps are made, by its key.
        question: What they explain, by its key.
        told: How many visitors are before this one, where the method is slow.

    Raises:
        Busy: Too many wait.
    """
    rows, scores, changes, prediction = _taken_apart(folder, sha, patient_id)
    drawn = maps(folder, sha, rows, variant, question, told)
    return Asked(rows, scores, changes, drawn, prediction)


@st.cache_data(max_entries=64, show_spinner="Asking the model")
def _taken_apart(
    folder: str, sha: str, patient_id: str
) -> "tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...], Prediction]":
    run = state.reopened(folder, sha)
    prediction = answers.predict(run, patient_id)
    own = np.flatnonzero(run.rows["patient_id"] == patient_id)
    place = {int(row): at for at, row in enumerate(own)}
    keys = [int(row) for row in state.nodes_of(run.rows, patient_id).index]
    keys.sort(key=lambda row: -float(prediction.node_scores[place[row]]))
    return (
        tuple(keys),
        tuple(float(prediction.node_scores[place[row]]) for row in keys),
        tuple(-float(prediction.node_shares[place[row]]) for row in keys),
        prediction,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def formula(folder: str, sha: str, patient_id: str) -> "tuple[Part, ...]":
    """The terms of the paper's formula for one patient; none for a run with another head."""
    from core.explain.formula import paper_terms

    run = state.reopened(folder, sha)
    model = state.model(run)
    if model.head_kind != "paper":
        return ()
    own = run.rows[run.rows["patient_id"] == patient_id]
    return paper_terms(
        model,
        run.codes[own.index.to_numpy()],
        features=answers.features(run, own.index.to_numpy()),
        clinical=answers.clinical(own.iloc[0]),
    )


# for minutes only: a cohort may come or go while the page is open
@st.cache_data(max_entries=64, show_spinner=False, ttl=300)
def scan(folder: str, sha: str, patient_id: str) -> "Scan | None":
    """The scan that a patient's patches were cut from; None where it does not lie here."""
    from core.explain.export import scan_of

    return scan_of(state.reopened(folder, sha), patient_id)


def maps(
    folder: str,
    sha: str,
    rows: tuple[int, ...],
    variant: str,
    question: str = NODE,
    told: Callable[[int], None] = silent,
) -> tuple[Explanation, ...]:
    """A map for each of some rows of one patient; the slow ones from the run, if kept there.

    Args:
        folder: Of the run.
        sha: Of its weights.
        rows: Which.
        variant: How the maps are made, by its key.
        question: What they explain, by its key.
        told: How many visitors are before this one, where the method is slow.

    Raises:
        Busy: Too many wait for a slow method; what was drawn until then is kept.
    """
    if is_quick(BY_KEY[variant]):
        return _quick(folder, sha, rows, variant, question)
    if question == NODE and (kept := _from_run(folder, sha, rows, variant)) is not None:
        return kept
    drawn = _drawn(folder, sha)
    for row in rows:  # a turn each: a patient may have 25, and others wait for one
        key = row, variant, question
        if key in drawn:
            continue
        with LINE.turn(told):
            if key not in drawn:  # somebody before us may have asked the same
                (drawn[key],) = _answered(folder, sha, (row,), variant, question)
    return tuple(drawn[row, variant, question] for row in rows)


def at_hand(folder: str, sha: str, rows: tuple[int, ...], variant: str) -> bool:
    """Whether the maps of the suspicion score can be shown without waiting."""
    return (
        is_quick(BY_KEY[variant])
        or all((row, variant, NODE) in _drawn(folder, sha) for row in rows)
        or _from_run(folder, sha, rows, variant) is not None
    )


@st.cache_data(max_entries=256, show_spinner="Drawing the maps")
def _quick(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, question: str
) -> tuple[Explanation, ...]:
    return _answered(folder, sha, rows, variant, question)


@st.cache_resource(max_entries=8, show_spinner=False)
def _drawn(folder: str, sha: str) -> dict[tuple[int, str, str], Explanation]:
    # bounded by the run itself: 8 kB a lesion, slow method and question that somebody asked for
    return {}


@st.cache_data(max_entries=256, show_spinner=False)
def _from_run(
    folder: str, sha: str, rows: tuple[int, ...], variant: str
) -> tuple[Explanation, ...] | None:
    from core.explain.kept import kept_maps

    run, way = state.reopened(folder, sha), BY_KEY[variant]
    kept = kept_maps(run, way, rows)
    return None if kept is None else _as_kept(run, rows, way, kept)


def _answered(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, question: str
) -> tuple[Explanation, ...]:
    run = state.reopened(folder, sha)
    way, put = BY_KEY[variant], put_to(run, question, rows)
    return mapped(run, state.model(run), rows, way, question=put)


def mapped(
    run: Run,
    model: "Model",
    rows: tuple[int, ...],
    way: Variant,
    *,
    question: Question = NODE_LOGIT,
    moved: "Shifted | None" = None,
) -> tuple[Explanation, ...]:
    """A model's maps of some rows, as they are or cut again elsewhere; not cached."""
    chosen = list(rows)
    masks = moved.masks if moved else run.masks[chosen]
    return model.explain(
        moved.patches if moved else run.patches[chosen],
        features=answers.features(run, np.array(chosen)),
        masks=masks if run.manifest.has_masks else None,
        rows=rows,
        method=way.method,
        layer=way.layer or 8,
        question=question,
    )


def _as_kept(
    run: Run, rows: tuple[int, ...], way: Variant, kept: list[Map2D]
) -> tuple[Explanation, ...]:
    """Kept maps as Explanations; the score is read again, which costs one pass."""
    chosen = list(rows)
    scores = state.model(run).node_logit(run.codes[chosen], answers.features(run, chosen))
    found = []
    for at, (row, drawn) in enumerate(zip(rows, kept, strict=True)):
        mask = run.masks[row] if run.manifest.has_masks else None
        plain = Explanation(
            row=row,
            patch=run.patches[row],
            map=drawn,
            score=float(scores[at]),
            layer=None,
            method=way.method,
            raw_max=max(0.0, float(drawn.max())),
            mass_inside=None,
            area_share=None,
        )
        if mask is not None and mask.any():
            inside = mass_inside(drawn, mask)
            plain = replace(plain, mass_inside=inside, area_share=float(mask.mean()))
        found.append(plain)
    return tuple(found)
