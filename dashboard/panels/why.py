"""Panels of Why: the heat maps with their opacity, and the bars that add up to the score."""

from typing import Literal

import streamlit as st

from core.explain.explanation import METHODS, colour_limit
from core.run import Run
from dashboard import answers, parts, state, words
from dashboard.figures import heat, prediction, tiles
from dashboard.figures.window import in_words, window_of
from dashboard.panels.chart import chart

SCORE = "suspicion score"
PARTS = {"t_stage": "T stage", "age": "age", "sex": "sex"}
SHOWN = 6  # cards before "show all": a patient may have 25


def pick_method() -> Literal["grad_cam", "hires_cam"]:
    """How the maps are made."""
    return st.selectbox(
        "Method",
        ("grad_cam", "hires_cam"),
        format_func=METHODS.__getitem__,
        key="why_method",
        persist_state="session",
    )


def pick_layer() -> Literal[8, 16]:
    """Where in the network the maps are taken."""
    return st.selectbox(
        "Layer",
        (8, 16),
        format_func=lambda side: f"{side} × {side}",
        key="why_layer",
        persist_state="session",
    )


@parts.fragment
def heat_maps(run: Run, asked: answers.Asked) -> None:
    """A patient's lesions on one colour scale, with an opacity of their own."""
    left, middle, right = st.columns([3, 2, 3], vertical_alignment="bottom")
    with left:
        percent = st.slider(
            "Opacity of the maps, in %", 0, 100, 75, 5, key="why_opacity", persist_state="session"
        )
    with middle:
        outlines = st.toggle(
            "Outlines",
            True,
            key="why_outlines",
            persist_state="session",
            disabled=not run.manifest.has_masks,
        )
    window = window_of(run.patches[list(asked.rows)])
    cards = [_card(run, asked, place, window) for place in range(len(asked.rows))]
    with right:
        everything = len(cards) <= SHOWN or st.toggle(
            f"Show all {len(cards)} {run.words.lesions}", False, key="why_all"
        )
    shown = cards if everything else cards[:SHOWN]
    scale = colour_limit(asked.explanations)
    st.html(heat.cards_html(shown, scale=scale, opacity=percent / 100, outlines=outlines))
    st.caption(f"Greys of all pictures: {in_words(window)}.")
    if not run.manifest.has_masks:
        st.caption("This cohort has no outlines: how much of a map lies inside cannot be told.")


def verdict(run: Run, asked: answers.Asked) -> None:
    """What was said of the patient, and from where on the model flags."""
    found = asked.prediction
    parts.section("What the score is made of")
    said = {
        "positive": f"Answer: {run.words.outcome}",
        "negative": f"Answer: {run.words.no_outcome}",
    }
    st.html(
        tiles.wrapped(
            [
                tiles.tile_html(
                    f"{found.probability:.2f}",
                    words.score_is(run.words),
                    f"flagged from {found.threshold:.2f}",
                ),
                tiles.tile_html(
                    said.get(found.answer, "No answer"),
                    "where the model may stay silent",
                    "an answer is not a clearance",
                ),
            ]
        )
    )


def bars(run: Run, asked: answers.Asked) -> None:
    """The parts that add up, and each lesion's exact share."""
    found = asked.prediction
    note = {
        "logit": "The bars add up exactly on the scale of log odds; the axis is lettered with "
        "the score it stands for.",
        "probability": "The bars add up exactly to the score.",
    }
    names = {"nodes": f"{run.words.lesions} together", **PARTS}
    chart(
        prediction.waterfall(found, names=names),
        key="waterfall",
        alt="Bars from an average patient to this one",
    )
    st.caption(note[found.scale])
    chart(
        prediction.left_out([_name(run, row) for row in asked.rows], asked.left_out),
        key="left_out",
        alt="Change of the score without each one",
    )
    st.caption(
        f"What would change if one {run.words.lesion} were not shown to the model. Orange ones "
        "raised the score, blue ones lowered it."
    )


def _card(run: Run, asked: answers.Asked, place: int, window: tuple[float, float]) -> heat.HeatCard:
    row = asked.rows[place]
    return heat.HeatCard(
        title=_name(run, row, sized=True),
        explanation=asked.explanations[place],
        mask=run.masks[row] if run.manifest.has_masks else None,
        score=asked.scores[place],
        threshold=float(run.preprocessing["node_threshold"]),
        left_out=asked.left_out[place],
        spacing_mm=answers.pixel_mm(run, row),
        window=window,
    )


def _name(run: Run, row: int, *, sized: bool = False) -> str:
    one = state.at(row)
    size = f", {words.mm(one.short_axis_mm)}" if sized and one.short_axis_mm else ""
    return f"{words.capital(run.words.lesion)} {one.node}{size}"
