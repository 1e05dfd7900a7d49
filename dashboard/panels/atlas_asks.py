"""What the map is asked: one of three panels below it."""

import streamlit as st

ASKS = {
    "groups": "Are there groups?",
    "selections": "What sets A and B apart?",
    "trust": "How far can this map be trusted?",
}


def choose() -> str:
    """The question chosen; a lasso on the map leads to the second."""
    return (
        st.segmented_control(
            "Ask the map", ASKS, default="groups", key="atlas_ask", required=True,
            format_func=ASKS.__getitem__, persist_state="session",
        )
        or "groups"
    )  # fmt: skip
