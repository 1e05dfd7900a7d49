"""Panel of Why: whether this run's heat maps can be trusted, before anybody reads one."""

import streamlit as st

from core.explain.explanation import DEFAULT, VARIANTS, Variant
from core.explain.faithfulness.checked import STEADY
from core.explain.lesson import kept_lesson
from core.run import Run
from dashboard import checking, explaining, parts
from dashboard.figures import heat_asked, heat_trust
from dashboard.panels.why_files import save_table

TITLE = "Can these maps be trusted?"


def on_spot(variant: Variant) -> dict[str, float]:
    """What a method puts on the planted spot, in times its area, by network of the lesson."""
    lesson = kept_lesson()
    lines = lesson.lines if lesson else ()
    return {line.network: line.cause / line.area for line in lines if line.variant == variant.key}


def _usual() -> float | None:
    """What a map that only knows where spots lie puts on one, in times its area."""
    lesson = kept_lesson()
    if lesson is None or lesson.usual is None:
        return None
    return lesson.usual / lesson.lines[0].area


def _other_training(run: Run) -> str:
    """Which training the maps of two are of; "" where nobody compared two."""
    known = run.metrics.get("explain.retrained_ssim")
    if not known:
        return ""
    return (
        f" The other of the two trainings is named by the command, `{known['command']}`; one of "
        "another recipe or length may look elsewhere still."
    )


def in_general(run: Run, variant: Variant) -> None:
    """The verdict on maps by one method in a line, to be read before any of them."""
    said = heat_trust.in_general(
        run.metrics,
        tuple(checking.shipped(run, variant.key).values()),
        variant=variant,
        spot=on_spot(variant),
        usual=_usual(),
        lesion=run.words.lesion,
    )
    parts.note(f"{said} {parts.link(TITLE)}")
    if told := explaining.code_alone_words(run):
        parts.note(told)


def verdict(run: Run) -> None:
    """What this run's maps reached beside maps that know nothing, and what each method passes."""
    lesion = run.words.lesion
    said = heat_trust.summary(run.metrics, lesion=lesion)
    checked = [
        (each, tuple(checking.shipped(run, each.key).values()))
        for each in sorted(VARIANTS, key=lambda each: each != DEFAULT)
    ]
    methods = heat_trust.passing(checked)
    if not said and not methods:
        parts.empty(
            "Nobody has judged this run's heat maps yet, so none is known to be right.",
            f"python train.py explain --run {run.name}",
        )
        return
    if said:
        parts.note(f"**{said}**")
    asked = heat_asked.lines(run.metrics, lesion=lesion)
    if asked:
        st.html(heat_trust.lines_html(asked))
        st.caption(
            f"Maps of {DEFAULT.name}, with which this page opens, on held-out pictures; in "
            "brackets 95% intervals by patient (exact ones where all maps agree), of whom there "
            "are fewer than pictures. A goal is open where its interval holds values on either "
            "side. What costs more, or needs another run, is taken on fewer; planted rows are of "
            "other pictures and another network. The blob in the middle, the edges and chance know "
            "nothing of the model: what they reach, any map gets for free. No model changes a blob "
            "or edges, so their likeness to themselves "
            "under random weights or another training is 1: likeness alone is no merit. "
            "Integrated gradients multiply a slope by the picture's own detail: a network with "
            "random weights shares that factor and noise changes it, so the method limits these "
            "two figures, and not the model alone."
            f"{_other_training(run)}"
        )
        save_table(
            "What the maps reached (CSV)", lambda: heat_asked.csv(asked), f"why-{run.name}-reached"
        )
    if methods:
        st.html(heat_trust.passing_html(methods, lesion=lesion))
        save_table(
            "What each method passes (CSV)",
            lambda: heat_trust.passing_csv(methods),
            f"why-{run.name}-methods-pass",
        )
        st.caption(
            "A pass rate: the share of each method's tested maps that passes each check. "
            f"{heat_trust.unlike(run.metrics, methods, lesion=lesion)}Greyed out: a blob in the "
            "middle, or chance, tells as much of what moves the score, so the page silences the "
            f"map. One with no more of its evidence on the {lesion} than such a blob keeps its "
            f"colours and is warned of. Steady passes up to a relative change of {STEADY:.2f}, ten "
            "times the goal of 0.05."
        )
