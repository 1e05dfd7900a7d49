"""Cached answers of Why's lessons: maps of random weights, shuffled labels, moved pictures."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Map2D
from core.explain.explanation import Explanation, Variant
from core.run import Run
from dashboard import explaining, state
from dashboard.queueing import LINE
from dashboard.ways import BY_KEY, is_quick

if TYPE_CHECKING:
    from core.model import Model


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
    with _in_turn(BY_KEY[variant]):
        return explaining.mapped(run, other, rows, BY_KEY[variant])


@st.cache_data(max_entries=64, show_spinner="Fitting the head on shuffled labels")
def shuffled(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, number: int
) -> tuple[Explanation, ...]:
    """The maps of some rows when the head was fitted on labels dealt out by chance."""
    run = state.reopened(folder, sha)
    other = _on_shuffled(folder, sha, number)
    with _in_turn(BY_KEY[variant]):
        return explaining.mapped(run, other, rows, BY_KEY[variant])


@st.cache_resource(max_entries=16, show_spinner=False)
def _on_shuffled(folder: str, sha: str, number: int) -> "Model":
    from core.training.shuffled import on_shuffled_labels

    run = state.reopened(folder, sha)
    with LINE.turn():
        return on_shuffled_labels(run, state.model(run), seed=number)


@st.cache_data(max_entries=64, show_spinner="Moving the pictures")
def moved(
    folder: str, sha: str, rows: tuple[int, ...], variant: str, seed: int
) -> tuple[tuple[Explanation, ...], tuple[Map2D, ...]]:
    """The same lesions off the middle of their patches, with their maps and outlines."""
    from core.explain.faithfulness.shifted import shifted

    run, way = state.reopened(folder, sha), BY_KEY[variant]
    away = shifted(run, np.array(rows, dtype=np.int64), seed=seed)
    with _in_turn(way):
        found = explaining.mapped(run, state.model(run), rows, way, moved=away)
    return found, tuple(away.masks)


def called(run: Run, explanations: tuple[Explanation, ...]) -> list[bool]:
    """Whether the model calls each of the pictures explained."""
    threshold = state.model(run).node_logit_threshold
    return [one.score >= threshold for one in explanations]


def _in_turn(way: Variant) -> AbstractContextManager[None]:
    return nullcontext() if is_quick(way) else LINE.turn()
