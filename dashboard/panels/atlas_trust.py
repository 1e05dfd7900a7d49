"""How far the map can be trusted: neighbours kept and lost, layout by layout and point by point."""

from functools import partial

import streamlit as st

from core.run import Run
from dashboard import album, cartography, controls, later, parts, state, studies
from dashboard.components.picture_row import picture_row
from dashboard.figures import points as mapping
from dashboard.figures import trust

WORST = 12  # points whose neighbours the map loses most


def ready(layout: mapping.Layout) -> mapping.Layout:
    """The layout asked for, or the usual one while another seed's is being laid out."""
    if layout == mapping.AGAIN and studies.again(*state.key()) is not True:
        _wait()
        return mapping.WHOLE
    return layout


@parts.fragment(run_every=2.0)
def _wait() -> None:
    found = studies.again(*state.key())
    if found is True:
        st.rerun()
    if found is None:
        st.caption("Another seed's map is laid out while the dashboard is served, not here.")
    elif found.problem:
        parts.failed(
            f"Another seed's map could not be laid out: {found.problem}",
            key="seed_again", again=partial(studies.forget, *state.key(), "again"),
        )  # fmt: skip
    else:
        st.caption(":material/hourglass_top: UMAP is being laid out from another seed")


def show(run: Run, layout: mapping.Layout) -> None:
    """The whole section."""
    parts.section("How far this map can be trusted")
    found = later.ask(cartography.trust, *state.key(), layout)
    if isinstance(found, later.Asked):
        later.wait(found, "Counting neighbours on the map and in the latent space")
        return
    st.markdown(trust.sentence(found, layout))
    judged = len(found.overlap)
    if judged < len(run.rows):
        st.caption(f"Judged at {judged:,} of {len(run.rows):,} points, drawn at random.")
    asked = {
        name: later.ask(cartography.trusted, *state.key(), name)
        for name in cartography.layouts_there()
    }
    known = {name: one for name, one in asked.items() if not isinstance(one, later.Asked)}
    st.dataframe(trust.table(known), hide_index=True, height="content")
    for name, one in asked.items():
        if isinstance(one, later.Asked):
            later.wait(one, f"Judging {name}")
            break
    st.caption(
        "Trustworthy: neighbours on the map are neighbours to the model. Continuous: the model's "
        "neighbours stay neighbours on the map. Kept: of 15 true neighbours, how many are among "
        "the 15 beside a point. 1 is perfect; intervals by resampling patients. The map of the "
        "named dimensions is held against these, every other against the whole code. PCA is the "
        "floor: what a plain shadow keeps. Colour the map by one of the three “trust” columns "
        "to see where it can be read, and change the layout to another seed: what moves was no "
        "finding."
    )
    was = bool(state.recall("atlas_place"))
    st.toggle(
        "Place the chosen one as if it were new", key="atlas_place", persist_state="session",
        bind="query-params",
        help="On a flat map: its place among other patients' patches, one at a time, and a halo "
        "within which half of its true neighbours lie. A wide halo is an unsure place.",
    )  # fmt: skip
    if bool(state.recall("atlas_place")) != was:
        st.rerun()  # the link asked for it, and the map above has drawn no halo yet
    _placed(run, layout)
    worst = cartography.least_trusted(*state.key(), layout, WORST)
    parts.section(
        "Where the map misleads most", "Points whose true neighbours lie elsewhere on it."
    )
    picture_row(
        album.plain_items(run, worst), sheet=album.small_sheet(run, worst), key="worst",
        on_pick=controls.row_picker("worst"), width_rem=5,
    )  # fmt: skip


def _placed(run: Run, layout: mapping.Layout) -> None:
    if busy := cartography.placing(layout, state.row()):
        later.wait(busy, "Placing it as if it were new")
        return
    halos = cartography.halos(layout, state.row())
    if not halos:
        return
    others = later.ask(cartography.placements, *state.key(), layout)
    if isinstance(others, later.Asked):
        later.wait(others, "Placing others to compare")
    else:
        st.markdown(trust.placed(halos[0].reach, others, run.words))
