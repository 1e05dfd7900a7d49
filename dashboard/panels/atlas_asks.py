"""What the map is asked: one of three panels below it."""

import streamlit as st

ASKS = {
    "groups": "Are there groups?",
    "selections": "What sets A and B apart?",
    "trust": "How far can this map be trusted?",
}


CONTROLS = """
- **Point** to look, **click** to choose. After a click the wheel zooms, the arrow keys walk, N
  (or Shift and an arrow) visits a point's true neighbours, and Space selects.
- **Lasso**, **Box**: draw around points. First **A**, then **B**; below, the page says what sets
  them apart. Shift adds, Ctrl (on a Mac Option) takes away. **Take as A** and **Take as B** do the
  same with a whole group, a patient, or those nearest to a patch.
- **Drawn**: beside a patch as it was cut stands the same drawn by the model from its code. Where
  no patch lies, the model draws what would lie there. It is nobody's.
- **Threads** lead to a point's 8 nearest in what the map shows, the named dimensions or the whole
  code. Long ones: the map tore them apart.
- **Pictures** pins examples on the map. **Link** puts zoom, place and what stands alone into the
  page's address.
"""


def explain() -> None:
    """What the map's controls do, a line each."""
    st.caption(CONTROLS)


def choose() -> str:
    """The question chosen; a lasso on the map leads to the second."""
    return (
        st.segmented_control(
            "Ask the map", ASKS, default="groups", key="atlas_ask", required=True,
            format_func=ASKS.__getitem__, persist_state="session", bind="query-params",
        )
        or "groups"
    )  # fmt: skip
