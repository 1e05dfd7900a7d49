"""Says, in the side bar, that a run is being trained and when a new one is ready."""

import streamlit as st

from core.run import drafts
from dashboard import parts, state

LOOK_EVERY_S = 4.0


@parts.fragment(run_every=LOOK_EVERY_S)
def watch() -> None:
    """Look through the runs folder now and then; silent while nothing happens."""
    names = {run.name for run in state.runs_now()}
    known = state.recall("known_runs")
    if known is None:
        state.remember("known_runs", names)
        known = names
    for name in sorted(names - known):
        st.success(f"The new run **{name}** is ready.", icon=":material/check_circle:")
        if st.button(f"Open {name}", key=f"open_{name}", type="primary", width="stretch"):
            state.choose_run(name)
            state.remember("known_runs", names)
            st.rerun()
    for name in drafts(state.runs_folder()):
        st.caption(f":material/hourglass_top: {name} is being trained")
