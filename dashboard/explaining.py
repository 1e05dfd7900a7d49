"""Cached answers of Why: maps for any question, what they pass, and how they dissolve.

Keyed by the run's folder, its weights and plain values. Testing a map costs some seconds, so
visitors wait in one queue for it, and what was tested once is kept for all.
"""

from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Map2D
from core.errors import UndefinedDirection
from core.explain.explanation import VARIANTS, Explanation, Variant, mass_inside
from core.explain.faithfulness.checked import Checked
from core.explain.question import NODE_LOGIT, Along, NearCentre, PatientLogit, Question
from core.latent.attributes import LABEL, attribute_words
from core.run import Run
from dashboard import answers, cartography, state

if TYPE_CHECKING:
    from core.explain.faithfulness.shifted import Shifted
    from core.model import Model
    from core.prediction import Part, Prediction

NODE, PATIENT = "node", "patient"
BY_KEY = {variant.key: variant for variant in VARIANTS}

_queue = Lock()


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


def questions(run: Run) -> dict[str, str]:
    """Every score that can be explained, by key, as the page says it."""
    found = {NODE: "its suspicion score", PATIENT: "the patient's model score"}
    for direction in state.latent_space(run).directions():
        if direction.name != LABEL:
            words = attribute_words(direction.name)
            found[f"along {direction.name}"] = f"its {words}, as the model reads it"
    shown = cartography.grouped()
    for number in range(len(cartography.clusters(*state.key(run), shown).centres)):
        # the grouping is part of the key, since answers are kept for all sessions
        key = f"near {shown.method} {shown.over} {shown.k} {number}"
        found[key] = f"why it is near group {number + 1} of the Atlas"
    return found


@st.cache_data(max_entries=64, show_spinner="Asking the model")
def asked(folder: str, sha: str, patient_id: str, variant: str, question: str) -> Asked:
    """One patient's prediction taken apart, with a heat map for every lesion."""
    run = state.reopened(folder, sha)
    prediction = answers.predict(run, patient_id)
    own = np.flatnonzero(run.rows["patient_id"] == patient_id)
    place = {int(row): at for at, row in enumerate(own)}
    keys = [int(row) for row in state.nodes_of(run.rows, patient_id).index]
    keys.sort(key=lambda row: -float(prediction.node_scores[place[row]]))
    return Asked(
        rows=tuple(keys),
        scores=tuple(float(prediction.node_scores[place[row]]) for row in keys),
        left_out=tuple(-float(prediction.node_shares[place[row]]) for row in keys),
        explanations=maps(folder, sha, tuple(keys), variant, question),
        prediction=prediction,
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


@st.cache_data(max_entries=256, show_spinner="Drawing the maps")
def maps(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, question: str = NODE
) -> tuple[Explanation, ...]:
    """A map for each of some rows of one patient; the slow ones from the run, if kept there."""
    from core.explain.kept import kept_maps

    run, way = state.reopened(folder, sha), BY_KEY[variant]
    kept = kept_maps(run, way, rows) if question == NODE and way.layer is None else None
    if kept is not None:
        return _as_kept(run, rows, way, kept)
    return _mapped(run, state.model(run), rows, way, question=_question(run, question, rows))


def tested(run: Run, variant: str, rows: tuple[int, ...]) -> dict[int, Checked]:
    """What the maps of some rows pass, of those that were tested; no test is started."""
    kept = shipped(run, variant)
    now = _tested_here(*state.key(run), variant)
    return {row: both[row] for row in rows if row in (both := {**kept, **now})}


def shipped(run: Run, variant: str) -> dict[int, Checked]:
    """What every map tested beforehand passes, by row; empty where none was."""
    return _kept(*state.key(run), variant, state.changed_ns(run))


def test(run: Run, variant: str, rows: tuple[int, ...]) -> None:
    """Test the maps of some rows now, one visitor at a time."""
    from core.explain.faithfulness.checks import check
    from core.explain.faithfulness.ground import ground
    from core.explain.faithfulness.held import Held

    here = _tested_here(*state.key(run), variant)
    with _queue:
        waiting = [row for row in rows if row not in here]
        if waiting:
            held = Held(run, state.model(run), np.array(waiting, dtype=np.int64))
            found = check(held, BY_KEY[variant], ground(held), draws=2)
            here.update({one.row: one for one in found})


@st.cache_data(max_entries=64, show_spinner="Drawing weights afresh")
def dissolved(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, stage: str
) -> tuple[Explanation, ...]:
    """The maps of some rows when the model's weights are random from the top to a stage."""
    from core.explain.faithfulness.randomise import STAGES, randomised
    from core.model import Model

    run = state.reopened(folder, sha)
    served = state.model(run)
    reached = next(one for one in STAGES if one == stage)
    other = Model.of(
        randomised(served.network, reached), served.kit, served.settings, served.training_codes
    )
    return _mapped(run, other, rows, BY_KEY[variant])


@st.cache_data(max_entries=64, show_spinner="Fitting the head on shuffled labels")
def shuffled(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, number: int
) -> tuple[Explanation, ...]:
    """The maps of some rows when the head was fitted on labels dealt out by chance."""
    run = state.reopened(folder, sha)
    return _mapped(run, _on_shuffled(folder, sha, number), rows, BY_KEY[variant])


@st.cache_resource(max_entries=16, show_spinner=False)
def _on_shuffled(folder: str, sha: str, number: int) -> "Model":
    from core.training.shuffled import on_shuffled_labels

    run = state.reopened(folder, sha)
    with _queue:
        return on_shuffled_labels(run, state.model(run), seed=number)


@st.cache_data(max_entries=64, show_spinner="Moving the pictures")
def moved(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, seed: int
) -> tuple[tuple[Explanation, ...], tuple[Map2D, ...]]:
    """The same lesions off the middle of their patches, with their maps and outlines."""
    from core.explain.faithfulness.shifted import shifted

    run, way = state.reopened(folder, sha), BY_KEY[variant]
    away = shifted(run, np.array(rows, dtype=np.int64), seed=seed)
    found = _mapped(run, state.model(run), rows, way, moved=away)
    return found, tuple(away.masks)


def called(run: Run, explanations: tuple[Explanation, ...]) -> list[bool]:
    """Whether the model calls each of the pictures explained."""
    threshold = state.model(run).node_logit_threshold
    return [one.score >= threshold for one in explanations]


def _mapped(
    run: Run,
    model: "Model",
    rows: tuple[int, ...],
    way: Variant,
    *,
    question: Question = NODE_LOGIT,
    moved: "Shifted | None" = None,
) -> tuple[Explanation, ...]:
    """A model's maps of some rows, as they are or cut again elsewhere."""
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


def _question(run: Run, key: str, rows: tuple[int, ...]) -> Question:
    if key.startswith("along "):
        name = key.removeprefix("along ")
        try:
            along = state.latent_space(run).direction(name)
        except UndefinedDirection:
            return NODE_LOGIT
        if not np.isfinite(along.per_length):
            return Along(attribute_words(name), along.vector)
        return Along(attribute_words(name), along.vector, along.per_length, along.zero)
    if key.startswith("near "):
        _, method, over, k, number = key.split()
        asked = cartography.Grouped(method, over, int(k))  # type: ignore[arg-type]  # as the key was made
        groups = cartography.clusters(*state.key(run), asked)
        return NearCentre(f"group {int(number) + 1}", groups.centres[int(number)])
    if key == PATIENT:
        who = str(run.rows["patient_id"].iloc[rows[0]])
        own = np.flatnonzero(run.rows["patient_id"] == who)
        places = {int(row): at for at, row in enumerate(own)}
        return PatientLogit(
            run.codes[own],
            tuple(places[row] for row in rows),
            answers.features(run, own),
            answers.clinical(run.rows.iloc[own[0]]),
        )
    return NODE_LOGIT


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


@st.cache_data(max_entries=32, show_spinner=False)
def _kept(folder: str, sha: str, variant: str, changed_ns: int) -> dict[int, Checked]:
    from core.explain.kept import kept_checks

    return kept_checks(state.reopened(folder, sha), BY_KEY[variant])


@st.cache_resource(max_entries=64, show_spinner=False)
def _tested_here(folder: str, sha: str, variant: str) -> dict[int, Checked]:
    return {}
