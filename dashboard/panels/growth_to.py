"""The panel of Growth that walks from one lesion to another."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.growth.paths import MODES
from core.latent.attributes import CM_FROM_MM
from core.run import Run
from dashboard import controls, growing, page_link, parts, state, words
from dashboard.components.film_slider import ReelWords, film_slider
from dashboard.figures import reel
from dashboard.panels import growth_beside as beside
from dashboard.panels import growth_python as python
from dashboard.panels.growth import kinds
from dashboard.panels.growth_missing import not_offered
from dashboard.panels.growth_ways import MODE_WORDS, beside_each_other
from dashboard.panels.lively import live_of
from dashboard.panels.presenting import jumped, jumper, presenting
from dashboard.panels.takeaway import files, strip
from dashboard.panels.walks import call_words


@parts.fragment
def walk_to(run: Run, chosen: state.Chosen) -> None:
    """The walk from the chosen lesion to another one."""
    jumped(chosen)
    place = st.container(key="growth-facts")
    with place:
        parts.badges(parts.seen_badge(chosen), *kinds(run))
    left, right = place.columns([2, 1], vertical_alignment="bottom")
    rows = run.rows[run.rows["key_slice"].astype(bool)]
    others = [int(row) for row in rows.index if row != chosen.row]
    if not others:
        parts.empty("There is no second one to walk to.", "python train.py --cohort DIR")
        return
    key, linked = f"growth_end_{chosen.row}", page_link.linked_number("end")
    if linked in others or state.recall(key) not in others:
        state.remember(key, linked if linked in others else others[_contrast(run, chosen, others)])
    with left:
        end = st.selectbox(
            f"Walk to this {run.words.lesion}",
            others,
            key=key,
            format_func={row: _titled(row) for row in others}.__getitem__,
        )
    with right:
        mode = st.segmented_control(
            "Way",
            MODES,
            default="spherical",
            key="growth_mode",
            persist_state="session",
            bind="query-params",
            format_func=MODE_WORDS.__getitem__,
        )
    walk = growing.between(*state.key(), chosen.row, end, mode or "spherical")
    film = reel.reel_of(
        walk,
        original=walk.pictures[0],
        threshold=float(run.preprocessing["node_threshold"]),
        start=len(walk.pictures) // 2,
        sized=run.manifest.has_masks,
        live=live_of(run, chosen.row, walk, "nothing", without=None),
        words=ReelWords(
            original="Start, as the model draws it",
            grown="Simulated, on the way",
            asked="between the two",
            slider="Share of the way",
        ),
    )
    largest_mm = max(one.short_axis_mm or 0.0 for one in (chosen, state.at(end)))
    film = replace(film, in_cm=largest_mm >= CM_FROM_MM)  # as both are said in the choices above
    name = f"between-{run.name}-{chosen.row}-{end}-{mode}"
    at = state.recall(f"{name}-stood", page_link.linked_number("step"))
    step = film_slider(
        film, key=name, present=presenting(), at=at, on_jump=jumper(run, chosen, name)
    )
    state.remember(f"{name}-stood", step)
    page_link.link_number("end", end)
    page_link.link_number("step", step)
    st.markdown(call_words(film))
    st.caption("Nothing between two patients is anybody's: every picture here is the model's own.")
    own = run.rows["node_score"].iloc[end] if "node_score" in run.rows else np.nan
    if np.isfinite(own) and np.isfinite(walk.score[-1]) and run.settings.reads_measures:
        st.caption(
            f"What was measured of the first {run.words.lesion} on its scan stays with the score "
            f"along the way: at the end it is {walk.score[-1]:.2f}, where the second one's own, "
            f"with its own measures, is {float(own):.2f}."
        )
    if presenting():
        return
    if mode == "neighbours":
        beside.through(run, growing.passed(*state.key(), chosen.row, end))
    strip(walk, film)
    beside.likely(walk)
    beside_each_other(run, chosen.row, end)
    files(walk, f"{run.name}-row{chosen.row}-to-{end}")
    not_offered(run, chosen, film, between=True)
    parts.in_python(python.between(chosen.row, end, mode=mode or "spherical"))


def _titled(row: int) -> str:
    one, run = state.at(row), state.run()
    size = f", {words.mm(one.short_axis_mm)}" if one.short_axis_mm else ""
    origin = words.from_patient(one.label, run.words)
    return f"{one.patient_id}: {run.words.lesion} {one.node}{size}, {origin}"


def _contrast(run: Run, chosen: state.Chosen, others: list[int]) -> int:
    """A telling end of the walk: the largest held-out one of a patient with the other label."""
    rows = run.rows.loc[others]
    held = rows["split"].isin(controls.HELD_OUT) & (rows["label"] != chosen.label)
    sizes = rows["short_axis_mm"].to_numpy(float, na_value=0.0)
    return int(np.argmax(np.where(held, 1 + np.nan_to_num(sizes), 0)))
