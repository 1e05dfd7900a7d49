"""Panel of Why that shows one lesion by every method, with what each passes and who agrees."""

from collections.abc import Callable

import streamlit as st

from core.explain.explanation import VARIANTS, Variant
from core.run import Run
from dashboard import answers, checking, explaining, parts, state
from dashboard.figures import heat, heat_files, heat_trust, map_tests
from dashboard.figures.window import window_of
from dashboard.panels import why_trust
from dashboard.panels.chart import chart
from dashboard.panels.why import ALWAYS
from dashboard.panels.why_files import save_picture
from dashboard.panels.why_waiting import test_button, waiting_line


def title(run: Run) -> str:
    """Of the section that this panel fills; other panels send a reader there."""
    return f"One {run.words.lesion} by every method"


@parts.fragment
def all_methods(run: Run, row: int) -> None:
    """One lesion by every method, with what each passes and how far they agree.

    The slow methods that the run does not bring are drawn when somebody asks for them.
    """
    missing = [each for each in VARIANTS if not explaining.at_hand(*state.key(), (row,), each.key)]
    shown = [each for each in VARIANTS if each not in missing]
    if missing:
        _draw_button(row, missing)
    passed = {each.key: checking.known(run, each.key, (row,)).get(row) for each in shown}
    _test_button(run, row, [each for each in shown if passed[each.key] is None])
    maps = [explaining.maps(*state.key(), (row,), each.key)[0] for each in shown]
    window = window_of(run.patches[[row]])
    cards = [
        heat.HeatCard(
            title=each.name,
            explanation=drawn,
            mask=run.masks[row] if run.manifest.has_masks else None,
            score=0.0,
            threshold=1.0,
            left_out=None,
            spacing_mm=answers.pixel_mm(run, row),
            window=window,
            checked=passed[each.key],
            lesion=run.words.lesion,
            caution=heat_trust.missed(tuple(why_trust.on_spot(each).values())),
        )
        for each, drawn in zip(shown, maps, strict=True)
    ]
    st.html(heat.methods_html(cards))
    save_picture(
        "Every method (PNG)",
        lambda: heat_files.png(cards, scale=None, scored=False),
        f"why-{run.name}-row{row}-methods",
    )
    st.caption(
        f"{ALWAYS} Each method has its own units, so each map has its own colour scale: compare "
        "where they point, not how strongly."
    )
    chart(
        map_tests.agreement([each.name for each in shown], [one.map for one in maps]),
        key="why_agreement",
        alt="How far every two methods agree on this picture, as rank correlation",
    )
    st.caption(
        "Rank correlation of every two maps over the pixels: 1 is the same order, 0 none, below 0 "
        "the reverse. Where methods disagree, a map is a story about the method."
    )


def _draw_button(row: int, missing: list[Variant]) -> None:
    named = ", ".join(each.name for each in missing)
    if st.button(f"Draw the slow ones: {named}", key="why_draw_slow", icon=":material/draw:"):
        with st.spinner("Drawing; visitors take turns"), waiting_line() as told:
            for each in missing:
                explaining.maps(*state.key(), (row,), each.key, told=told)
        st.rerun()


def _test_button(run: Run, row: int, waiting: list[Variant]) -> None:
    def test(told: Callable[[int], None]) -> None:
        for each in waiting:
            checking.take(run, each.key, (row,), told)

    test_button(len(waiting), test, key="why_test_all")
