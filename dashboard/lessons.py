"""Cached answers of Why's lessons: maps of random weights, shuffled labels, moved pictures."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import streamlit as st

from core.arrays import Map2D
from core.explain.explanation import Explanation
from core.run import Run
from dashboard import explaining, state
from dashboard.queueing import LINE, silent
from dashboard.ways import BY_KEY, is_quick

if TYPE_CHECKING:
    from core.model import Model


Answer = TypeVar("Answer")
KEPT = 64  # answers kept for a run; each is some maps of one patient
Moved: TypeAlias = tuple[tuple[Explanation, ...], tuple[Map2D, ...]]


def dissolved(
    folder: str,
    sha: str,
    rows: tuple[int, ...],
    variant: str,
    stage: str,
    told: Callable[[int], None] = silent,
) -> tuple[Explanation, ...]:
    """The maps of some rows when the model's weights are random from the top to a stage.

    Args:
        folder: Of the run.
        sha: Of its weights.
        rows: Which.
        variant: How the maps are made, by its key.
        stage: The last one that is drawn afresh.
        told: How many visitors are before this one, where the method is slow.

    Raises:
        Busy: Too many wait for a slow method.
    """

    def make() -> tuple[Explanation, ...]:
        from core.explain.faithfulness.randomise import STAGES, randomised
        from core.model import Model

        run = state.reopened(folder, sha)
        served = state.model(run)
        reached = next(one for one in STAGES if one == stage)
        other = Model.of(
            randomised(served.network, reached), served.kit, served.settings, served.training_codes
        )
        return explaining.mapped(run, other, rows, BY_KEY[variant])

    kept: dict[tuple[object, ...], tuple[Explanation, ...]] = _maps(folder, sha)
    return _once(kept, ("random", rows, variant, stage), variant, told, make)


def shuffled(
    folder: str,
    sha: str,
    rows: tuple[int, ...],
    variant: str,
    number: int,
    told: Callable[[int], None] = silent,
) -> tuple[Explanation, ...]:
    """The maps of some rows when the head was fitted on labels dealt out by chance.

    Args:
        folder: Of the run.
        sha: Of its weights.
        rows: Which.
        variant: How the maps are made, by its key.
        number: Of the shuffle.
        told: How many visitors are before this one, where the method or the head is slow.

    Raises:
        Busy: Too many wait.
    """
    run = state.reopened(folder, sha)
    heads = _heads(folder, sha)
    if number not in heads:
        with LINE.turn(told, task="heads"):
            if number not in heads:  # somebody before us may have asked the same
                heads[number] = _on_shuffled(run, number)

    def make() -> tuple[Explanation, ...]:
        return explaining.mapped(run, heads[number], rows, BY_KEY[variant])

    return _once(_maps(folder, sha), ("shuffled", rows, variant, number), variant, told, make)


def moved(
    folder: str,
    sha: str,
    rows: tuple[int, ...],
    variant: str,
    seed: int,
    told: Callable[[int], None] = silent,
) -> Moved:
    """The same lesions off the middle of their patches, with their maps and outlines.

    Args:
        folder: Of the run.
        sha: Of its weights.
        rows: Which.
        variant: How the maps are made, by its key.
        seed: Of the moves.
        told: How many visitors are before this one, where the method is slow.

    Raises:
        Busy: Too many wait for a slow method.
    """

    def make() -> Moved:
        from core.explain.faithfulness.shifted import shifted

        run = state.reopened(folder, sha)
        away = shifted(run, np.array(rows, dtype=np.int64), seed=seed)
        found = explaining.mapped(run, state.model(run), rows, BY_KEY[variant], moved=away)
        return found, tuple(away.masks)

    return _once(_moved(folder, sha), (rows, variant, seed), variant, told, make)


def _once(
    kept: dict[tuple[object, ...], Answer],
    key: tuple[object, ...],
    variant: str,
    told: Callable[[int], None],
    make: Callable[[], Answer],
) -> Answer:
    """What is kept, or made now: in one's turn where the method is slow, the oldest let go."""
    found = kept.get(key)
    if found is not None:
        return found
    with nullcontext() if is_quick(BY_KEY[variant]) else LINE.turn(told):
        found = kept.get(key)  # somebody before us may have asked the same
        if found is None:
            found = kept[key] = make()
    for old in list(kept)[:-KEPT]:
        kept.pop(old, None)
    return found


# not `cache_data`: who waits in the line is told on the page, and a cached function may not draw
@st.cache_resource(max_entries=8, show_spinner=False)
def _maps(folder: str, sha: str) -> dict[tuple[object, ...], tuple[Explanation, ...]]:
    return {}


@st.cache_resource(max_entries=8, show_spinner=False)
def _moved(folder: str, sha: str) -> dict[tuple[object, ...], Moved]:
    return {}


@st.cache_resource(max_entries=8, show_spinner=False)
def _heads(folder: str, sha: str) -> "dict[int, Model]":
    return {}  # as many as there are shuffles to choose from


def _on_shuffled(run: Run, number: int) -> "Model":
    from core.training.shuffled import on_shuffled_labels

    return on_shuffled_labels(run, state.model(run), seed=number)


def called(run: Run, explanations: tuple[Explanation, ...]) -> list[bool]:
    """Whether the model calls each of the pictures explained."""
    threshold = state.model(run).node_logit_threshold
    return [one.score >= threshold for one in explanations]
