"""Panels of Why: what is asked, the heat maps with their checks, and the bars that add up."""

from math import exp

import streamlit as st

from core.evaluation.heads import title_of
from core.explain.explanation import (
    DEFAULT,
    LAYERS,
    METHODS,
    QUICK,
    Method,
    Variant,
    colour_limit,
)
from core.prediction import Prediction
from core.run import Run
from dashboard import answers, checking, explaining, parts, questions, state, words
from dashboard.figures import heat, prediction, tiles
from dashboard.figures.window import in_words, window_of
from dashboard.panels import why_waiting
from dashboard.panels.chart import chart
from dashboard.panels.why_files import patient_files

SCORE = "suspicion score"
ALWAYS = f'Here the {SCORE} is explained, whatever "Score to explain" says at the top.'
PARTS = {"t_stage": "T stage", "age": "age", "sex": "sex"}
SHOWN = 6  # cards before "show all": a patient may have 25


def pick_variant() -> Variant:
    """How the maps are made, and where in the network."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        method: Method = st.selectbox(
            "Method",
            tuple(METHODS),
            index=tuple(METHODS).index(DEFAULT.method),
            format_func=METHODS.__getitem__,
            key="why_method",
            persist_state="session",
        )
    with right:
        layer = st.selectbox(
            "Layer",
            LAYERS,
            index=LAYERS.index(QUICK.layer or 8),
            format_func=lambda side: f"{side} × {side}",
            key="why_layer",
            persist_state="session",
            disabled=method not in ("grad_cam", "hires_cam"),
        )
    return Variant(method, layer if method in ("grad_cam", "hires_cam") else None)


def pick_question(run: Run) -> str:
    """Which number the maps explain, by its key."""
    known = questions.questions(run, state.row())
    return st.selectbox(
        "Score to explain",
        tuple(known),
        format_func=lambda key: words.capital(known.get(key, key)),
        key="why_question",
    )


@parts.fragment
def heat_maps(
    run: Run, patient: str, asked: explaining.Asked, variant: Variant, question: str
) -> None:
    """A patient's lesions on one colour scale, each with its checks, and the files."""
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
    _test_button(run, asked, variant, question)
    cards = cards_of(run, asked, variant, question)
    with right:
        everything = len(cards) <= SHOWN or st.toggle(
            f"Show all {len(cards)} {run.words.lesions}", False, key="why_all"
        )
    shown = cards if everything else cards[:SHOWN]
    scale = colour_limit(asked.explanations)
    st.html(heat.cards_html(shown, scale=scale, opacity=percent / 100, outlines=outlines))
    st.caption(f"Greys of all pictures: {in_words(cards[0].window)}.")
    if not run.manifest.has_masks:
        st.caption("This cohort has no outlines: how much of a map lies inside cannot be told.")
    patient_files(
        run,
        asked,
        cards,
        patient=patient,
        question=question,
        scale=scale or 0.0,
        opacity=percent / 100,
        outlines=outlines,
    )


def cards_of(
    run: Run, asked: explaining.Asked, variant: Variant, question: str
) -> list[heat.HeatCard]:
    """One card a lesion, in the order of suspicion."""
    window = window_of(run.patches[list(asked.rows)])
    passed = checking.known(run, variant.key, asked.rows, question)
    return [
        heat.HeatCard(
            title=name_of(run, row, sized=True),
            explanation=asked.explanations[place],
            mask=run.masks[row] if run.manifest.has_masks else None,
            score=asked.scores[place],
            threshold=float(run.preprocessing["node_threshold"]),
            left_out=asked.left_out[place],
            spacing_mm=answers.pixel_mm(run, row),
            window=window,
            checked=passed.get(row),
            lesion=run.words.lesion,
        )
        for place, row in enumerate(asked.rows)
    ]


def ask(run: Run, patient: str, variant: Variant, question: str) -> explaining.Asked:
    """The patient before the model; who waits for a slow method sees the place in the line."""
    with why_waiting.waiting_line() as told:
        return explaining.asked(*state.key(run), patient, variant.key, question, told)


def node_score_is(run: Run) -> str:
    """What the number under each picture is, and what the tick on its bar."""
    threshold = float(run.preprocessing["node_threshold"])
    return (
        f"The number under each picture is its {SCORE}, from 0 to 1, learned from patients' "
        f"labels; nobody labelled single {run.words.lesions}. The tick on its bar, at "
        f"{threshold:.2f}, is where the model starts to call a {run.words.lesion} suspicious."
        + _of_means(run)
    )


def _of_means(run: Run) -> str:
    """Where a lesion speaks by the mean of its slices: what number and map are of."""
    if run.settings.head.slices != "mean":
        return ""
    return (
        f" It is of the mean of all slices of the {run.words.lesion}, a map of the slice that is "
        "shown alone."
    )


def verdict(run: Run, asked: explaining.Asked) -> None:
    """What was said of the patient, and from where on the model flags."""
    found = asked.prediction
    parts.section(
        "What the patient's score is made of",
        f"One number for the patient, from all {run.words.lesions} and the clinical facts "
        f"together; it is no {run.words.lesion}'s own score.",
    )
    said = {
        "positive": f"Answer: {run.words.outcome}",
        "negative": f"Answer: {run.words.no_outcome}",
    }
    flagged = "flagged" if found.probability >= found.threshold else "not flagged"
    rule = f"patients are flagged from {found.threshold:.2f} up: this one is {flagged}"
    st.html(
        tiles.wrapped(
            [
                tiles.tile_html(
                    f"{found.probability:.2f}",
                    words.score_is(run.words),
                    rule,
                ),
                tiles.tile_html(
                    said.get(found.answer, "No answer"),
                    "when the model may also stay silent",
                    "an answer is not a clearance"
                    if found.answer in said
                    else "both outcomes are still possible at this score",
                ),
            ]
        )
    )


def bars(run: Run, asked: explaining.Asked) -> None:
    """The parts that add up, and each lesion's exact share."""
    found = asked.prediction
    note = {
        "logit": "The bars add up exactly on the scale of log odds; the axis is lettered with "
        "the score it stands for.",
        "probability": "The bars add up exactly to the score.",
    }
    lesions = [name_of(run, row) for row in asked.rows]
    names = {"nodes": f"{run.words.lesions} together", **PARTS}
    apart = prediction.by_lesion(found, lesions, asked.left_out, lesions=run.words.lesions)
    chart(
        prediction.waterfall(apart, names=names),
        key="waterfall",
        alt="Bars from an average patient to this one",
    )
    beyond = prediction.beyond_words(
        found, apart, lesion=run.words.lesion, lesions=run.words.lesions
    )
    st.caption(f"{note[found.scale]} {beyond}{_flagged_already(found)}".strip())
    chart(
        prediction.left_out(lesions, asked.left_out),
        key="left_out",
        alt="What each one adds to the score",
    )
    raises, lowers = (prediction.hue_word(one) for one in (prediction.RAISES, prediction.LOWERS))
    st.caption(
        f"What each {run.words.lesion} adds to the patient's score: the score less what it would "
        f"be if this {run.words.lesion} alone were not shown to the model; a point is 0.01. "
        f"{words.capital(raises)} ones, to the right, raise the score; {lowers} ones, to the left, "
        "lower it."
    )


def _flagged_already(found: Prediction) -> str:
    """That an average patient lies above the threshold, which surprises; "" where not so."""
    base = found.parts[0].value
    average = 1 / (1 + exp(-base)) if found.scale == "logit" else base
    if average < found.threshold:
        return ""
    return (
        " An average patient is flagged already: the threshold was chosen so that 85 of 100 with "
        "the outcome are."
    )


def formula(run: Run, patient: str) -> None:
    """The paper's formula with this patient's numbers; for another head, one sentence."""
    terms = explaining.formula(*state.key(run), patient)
    if not terms:
        title = title_of(
            run.settings.head.kind,
            measured=run.settings.reads_measures and run.manifest.has_masks,
        )
        st.caption(
            "The paper's formula (0.72, 0.18 and 0.10 of three terms) is not this run's: its head "
            f"is another ({title[:1].lower()}{title[1:]}), taken apart by the bars above. "
            "`python train.py --settings paper` trains one with the paper's."
        )
        return
    titles = {
        "patient": f"0.72 × the patient network ({run.words.lesions}, clinical features, shape)",
        "largest node score": f"0.18 × the largest {SCORE}",
        "attention": f"0.10 × the attention over {run.words.lesions}",
    }
    parts.section("The paper's formula, term by term")
    parts.facts(
        [
            *((titles[term.name], f"{term.value:.3f}") for term in terms),
            ("together, before calibration", f"{sum(term.value for term in terms):.3f}"),
        ]
    )


def name_of(run: Run, row: int, *, sized: bool = False) -> str:
    """A lesion's name on a card: "Lymph node 3, 6.9 mm"."""
    one = state.at(row)
    size = f", {words.mm(one.short_axis_mm)}" if sized and one.short_axis_mm else ""
    return f"{words.capital(run.words.lesion)} {one.node}{size}"


def _test_button(run: Run, asked: explaining.Asked, variant: Variant, question: str) -> None:
    known = checking.known(run, variant.key, asked.rows, question)
    why_waiting.test_button(
        sum(row not in known for row in asked.rows),
        lambda told: checking.take(run, variant.key, asked.rows, told, question=question),
        key="why_test",
    )
