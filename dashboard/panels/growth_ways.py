"""The three ways between two lesions side by side, each as a strip with its steps."""

import numpy as np
import streamlit as st

from core.errors import LatentError
from core.growth.paths import MODES, Mode
from core.run import Run
from dashboard import growing, parts, state
from dashboard.figures import pictures
from dashboard.figures.window import window_of, windowed
from dashboard.panels.growth_saved import ways_files
from dashboard.panels.takeaway import MARK

MODE_WORDS: dict[Mode, str] = {
    "straight": "Straight",
    "spherical": "Spherical",
    "neighbours": "By neighbours",
}
STRIP = 9  # pictures of a way
COLUMNS = {
    "way": "way",
    "length": "length in the code",
    "worst_step": "largest step / mean",
    "picture_step": "mean change of grey a picture",
    "worst_picture_step": "largest",
    "typicality": "mean distance from training codes",
    "worst_typicality": "furthest",
    "outside": "share outside",
}


@parts.fragment
def beside_each_other(run: Run, start: int, end: int) -> None:
    """All three at once, drawn only where somebody asks."""
    with st.expander("The three ways side by side", icon=":material/alt_route:"):
        if not st.toggle("Draw them", key="growth_three"):
            st.caption("Straight, spherical and by neighbours, with the steps that each takes.")
            return
        from core.growth.three_ways import step_table

        walks = {}
        for mode in MODES:
            try:
                walks[mode] = growing.between(*state.key(run), start, end, mode)
            except LatentError as error:
                st.caption(f"{MODE_WORDS[mode]}: {error}")
        window = window_of(np.concatenate([walk.pictures for walk in walks.values()]))
        for mode, walk in walks.items():
            places = np.linspace(0, len(walk) - 1, STRIP).round().astype(int)
            st.markdown(f"**{MODE_WORDS[mode]}**")
            st.html(
                pictures.strip_html(
                    windowed(walk.pictures[places], window),
                    alts=[f"{MODE_WORDS[mode]}, {walk.steps[at]:.0%} of the way" for at in places],
                    captions=[
                        f"{walk.steps[at]:.0%}{', not to be trusted' if walk.refused[at] else ''}"
                        for at in places
                    ],
                    mark=MARK,
                )
            )
        table = step_table({MODE_WORDS[mode]: walk for mode, walk in walks.items()})
        st.dataframe(table.rename(columns=COLUMNS).round(3), hide_index=True, width="stretch")
        st.caption("Distance from training codes: above 1 is outside what training showed.")
        named = {MODE_WORDS[mode]: walk for mode, walk in walks.items()}
        ways_files(run, named, table, name=f"row{start}-to-row{end}-ways")
