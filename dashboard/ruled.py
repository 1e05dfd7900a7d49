"""Whether the ruler may be asked of one lesion, cached."""

import streamlit as st

from dashboard import state


@st.cache_data(max_entries=512, show_spinner=False)
def agrees_on(folder: str, sha: str, row: int, spacing_mm: tuple[float, float]) -> bool:
    """Whether the ruler reads on a lesion's scan about what is outlined there."""
    from core.growth.measure import short_axes_mm
    from core.growth.ruler_check import agrees

    run = state.reopened(folder, sha)
    read_mm = short_axes_mm(run.patches[[row]], spacing_mm=spacing_mm)[0]
    return agrees(float(read_mm), float(run.rows["short_axis_mm"].iloc[row]))
