"""The map while the model learned: a slider over the moments that the run kept."""

from functools import partial

import streamlit as st

from core.latent.space import Over
from core.run import Run
from dashboard import parts, state, studies
from dashboard.figures import points as mapping


def ready(run: Run, layout: mapping.Layout) -> bool:
    """Whether the slider was asked for, and its moments are laid out for this layout."""
    asked = bool(state.recall("atlas_forming")) and _offered(run) and layout in mapping.FORMING
    return asked and (layout == "PCA" or studies.forming(*state.key(), over(layout)) is True)


def choose(run: Run, layout: mapping.Layout) -> None:
    """Ask for the slider, and say how far it is or why there is none."""
    if not _offered(run):
        return
    was = bool(state.recall("atlas_forming"))
    st.toggle(
        "Watch the map form during training", key="atlas_forming", persist_state="session",
        bind="query-params",
        help="Moments of training, one point a lesion. Each is laid out for itself and turned onto "
        "the next, from the finished model backwards.",
    )  # fmt: skip
    if bool(state.recall("atlas_forming")) != was:
        st.rerun()  # the link asked for it, which is known once its switch is drawn
    if not state.recall("atlas_forming"):
        return
    if layout not in mapping.FORMING:
        st.caption(
            "Choose a flat UMAP of this run's own or PCA above: moments of training are laid out "
            "for these."
        )
    elif layout != "PCA" and studies.forming(*state.key(), over(layout)) is not True:
        _wait(over(layout))


def over(layout: mapping.Layout) -> Over:
    """Of which dimensions a layout's moments are laid out."""
    return "attributes" if layout == mapping.NAMED else "all"


def _offered(run: Run) -> bool:
    from core.latent.forming import has_moments

    return has_moments(run)


@parts.fragment(run_every=2.0)
def _wait(asked: Over) -> None:
    found = studies.forming(*state.key(), asked)
    if found is True:
        st.rerun()
    if found is None:
        st.caption("Moments of training are laid out while the dashboard is served, not here.")
    elif found.problem:
        parts.failed(
            f"Moments of training could not be laid out: {found.problem}",
            key="forming_again", again=partial(studies.forget, *state.key(), "forming", asked),
        )  # fmt: skip
    else:
        share = found.done / found.total if found.total else 0.0
        st.progress(share, "Laying out moments of training, once for everybody: minutes")
        st.button(
            "Watch PCA meanwhile", key="forming_pca", icon=":material/timelapse:",
            on_click=state.remember, args=("atlas_layout", "PCA"),
        )  # fmt: skip
