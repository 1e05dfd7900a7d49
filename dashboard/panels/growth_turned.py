"""What was turned beside a walk, or on Dials, as a walk of its own: measured, and to take along."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Code
from core.growth.span import FRAMES
from core.latent.direction import Direction
from core.run import Run
from dashboard import answers, state, words
from dashboard.components.film_slider import Knob, Reel
from dashboard.panels.takeaway import files

if TYPE_CHECKING:
    from core.growth.delivery import Keep
    from core.growth.trajectory import Trajectory

LEAST = 1e-9  # a knob that stands where it stood


def taken_along(run: Run, row: int, film: Reel, *, key: str, keep: "Keep", at: Code) -> None:
    """The files of the walk from a lesion to where the dials stand; nothing while none is turned.

    Args:
        run: The run.
        row: The lesion.
        film: The film whose knobs were turned.
        key: The film's on the page.
        keep: What of the scan is kept.
        at: The code that the knobs are turned from.
    """
    knobs = film.live.knobs if film.live else ()
    amounts = turned(knobs, state.recall(key))
    if not any(abs(amount) > LEAST for amount in amounts):
        return
    said = in_words(knobs, amounts)
    move = at - run.codes[row]
    for knob, amount in zip(knobs, amounts, strict=True):
        move = move + np.float32(amount) * knob.move
    walk = turned_walk(*state.key(run), row, tuple(float(one) for one in move), said, keep=keep)
    with st.expander("Take what is turned along", icon=":material/download:", expanded=True):
        last = walk.measurements[-1]
        read = "" if last is None else f", {words.mm(last.short_axis_mm)} by ruler at its end"
        score = f", score {walk.score[0]:.2f} → {walk.score[-1]:.2f}"
        st.caption(
            f"From the {run.words.lesion} as it is to where the dials stand: {said}{read}{score}."
        )
        if walk.refused[-1]:
            st.caption(f"Not to be trusted: {walk.refused[-1]}")
        files(walk, f"{run.name}-row{row}-turned", key="turned")


def turned(knobs: tuple[Knob, ...], told: object) -> tuple[float, ...]:
    """How far each knob stands from the lesion's own value, in its unit.

    Args:
        knobs: Those of the film that is shown now.
        told: What the film's component holds; another film's knobs are not asked about.
    """
    said = told.get("turned") if isinstance(told, Mapping) else None
    if not said or list(said["knobs"]) != [knob.title for knob in knobs]:
        return (0.0,) * len(knobs)
    return tuple(float(amount) for amount in said["amounts"])


def in_words(knobs: tuple[Knob, ...], amounts: tuple[float, ...]) -> str:
    """What is turned and how far, as it stands on the dials."""
    named = []
    for knob, amount in zip(knobs, amounts, strict=True):
        if abs(amount) <= LEAST:
            continue
        before, now = knob.own, knob.own + amount
        if knob.reciprocal:
            before, now = 1 / before, 1 / now
        if knob.unit == "mm":
            said = f"{words.mm(before)} → {words.mm(now)}"
        else:
            said = f"{before:.2f} → {now:.2f} {knob.unit}".strip()
        named.append(f"{knob.title.split(':')[0]} {said}")
    return ", ".join(named)


@st.cache_data(max_entries=24, show_spinner="Drawing what is turned")
def turned_walk(
    folder: str, sha: str, row: int, move: tuple[float, ...], said: str, *, keep: "Keep"
) -> "Trajectory":
    """From a lesion's code to where its dials stand, in as many pictures as any walk."""
    from core.growth.walked import walked

    run = state.reopened(folder, sha)
    along = Direction("turned", np.array(move, np.float32), "share", said, "mixed")
    steps = np.linspace(0.0, 1.0, FRAMES)
    return walked(answers.ground_of(run, row), row, along, steps, closed=False, keep=keep)
