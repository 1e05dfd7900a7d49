"""How a chart is put on a page: without the tool bar, with words for who cannot see it."""

import plotly.graph_objects as go
import streamlit as st


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a chart.

    Args:
        figure: What a function of `dashboard.figures` drew.
        key: Names it on the page.
        alt: What a reader who cannot see it is told.
    """
    st.plotly_chart(figure, config={"displayModeBar": False}, key=key, alt=alt)
