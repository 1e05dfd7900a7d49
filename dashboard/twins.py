"""The truth twin, cached for the pages: the same lesion truly drawn larger (core.growth.twin)."""

import streamlit as st

from core.arrays import Patches
from core.growth.twin import offered as offered
from dashboard import state


@st.cache_data(max_entries=24, show_spinner="Drawing the truth")
def twins(folder: str, sha: str, row: int, steps_mm: tuple[float, ...]) -> Patches | None:
    """The lesion of a row drawn truly larger by each step, on the patch's own grid and greys.

    None where the cohort is not synthetic, or not the one that its name says.
    """
    from core.cohort.phantom import Change
    from core.growth.twin import twins_of

    changes = [Change(short_axis_mm=step) for step in steps_mm]
    found = twins_of(state.reopened(folder, sha), row, changes)
    return None if found is None else found.pictures
