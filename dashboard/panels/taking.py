"""Two buttons that make some patches selection A or B: a group, a patient, who lies nearest."""

from collections.abc import Sequence

import streamlit as st

from dashboard import cartography


def offer(rows: Sequence[int], what: str, *, key: str) -> None:
    """Offer some rows as A or as B.

    Args:
        rows: Which patches; none are offered where there are none.
        what: What they are, for who only hears the buttons.
        key: Names the buttons on the page.
    """
    if not len(rows):
        return
    with st.container(horizontal=True):
        for which, letter in (("a", "A"), ("b", "B")):
            st.button(
                f"Take as {letter}", key=f"take_{which}_{key}", on_click=cartography.take,
                args=(which, rows), help=f"Make {what} selection {letter}. Once A and B both hold "
                "patches, the page says what sets them apart.",
            )  # fmt: skip
