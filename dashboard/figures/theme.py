"""How everything looks: colours, Plotly's layout, the few CSS rules. Works in light and dark.

Colours are Okabe and Ito's (2008) and Matplotlib's viridis, safe for colour-blind readers; the
signed scale is purple to orange (PuOr, Brewer), grey in the middle so that zero is quiet on both
grounds. Marks keep 3 : 1 against both of our grounds.
"""

from typing import Literal

import plotly.graph_objects as go

POSITIVE = "#D55E00"  # vermillion: a patient with the outcome
NEGATIVE = "#2E86C1"  # a blue that reads on paper and on slate
NEUTRAL = "#808A90"
ACCENT = "#009E73"
GOLD = "#E69F00"
ASKED, MEASURED = "#808A90", "#009E73"
IMAGE, CLINICAL, BOTH = "#2E86C1", "#E69F00", "#009E73"

CATEGORIES = (
    "#2E86C1",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6BB1",
    "#A6761D",
    "#808A90",
)
"""For names without order; further ones start again from the first."""

CLUSTERS = (
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#A6761D",
    "#8C6BB1",
    "#E69F00",
    "#FF4488",
    "#999933",
    "#1B6F8A",
    "#B0484E",
    "#6DCD59",
    "#5B5BD6",
    "#117733",
    "#AA4499",
    "#DDCC77",
    "#332288",
    "#44AA99",
    "#FFAA88",
    "#FF88FF",
    "#C8A2C8",
)
"""For groups; the blue and the vermillion of the two labels are left out."""

STAGES = ("#2E86C1", "#E69F00", "#D55E00")
"""N0, N1, N2: an order that also reads without colour, as the letters stand on the tiles."""

SEQUENTIAL = "Viridis"
SIGNED = [
    [0.0, "#5E3C99"],
    [0.25, "#B2ABD2"],
    [0.5, "#C8C8C8"],
    [0.75, "#FDB863"],
    [1.0, "#E66101"],
]
"""For heat maps and differences: purple below zero, orange above."""

FONT = "'Source Sans', 'Source Sans Pro', sans-serif"
GRID = "rgba(128,138,144,0.22)"
INK = "rgba(128,138,144,1)"


def label_colour(label: int) -> str:
    """The colour of a patient with or without the outcome."""
    return POSITIVE if label else NEGATIVE


def category_colour(number: int) -> str:
    """The colour of the n-th name."""
    return CATEGORIES[number % len(CATEGORIES)]


def cluster_colour(number: int) -> str:
    """The colour of the n-th group, on the map and on its card."""
    return CLUSTERS[number % len(CLUSTERS)]


def layout(
    figure: go.Figure,
    *,
    height: int,
    x: str = "",
    y: str = "",
    legend: Literal["top", "right", "none"] = "top",
) -> go.Figure:
    """Give a chart the house's look; returns the same figure.

    Args:
        figure: What to dress.
        height: In px.
        x: Title of the horizontal axis, with its unit.
        y: Title of the vertical axis, with its unit.
        legend: Where the legend stands.
    """
    places = {
        "top": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "right": {"orientation": "v", "x": 1.02, "y": 1, "xanchor": "left", "yanchor": "top"},
        "none": {},
    }
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 36 if legend == "top" else 12, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 14},
        legend={**places[legend], "title": None},
        showlegend=legend != "none",
        hoverlabel={"font": {"family": FONT, "size": 14}},
        colorway=list(CATEGORIES),
    )
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GRID, "ticks": ""}
    figure.update_xaxes(title=x or None, **axis)
    figure.update_yaxes(title=y or None, **axis)
    return figure


def picture_layout(figure: go.Figure, *, height: int) -> go.Figure:
    """The same for pictures: no axes, square pixels, first row on top."""
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 14},
        showlegend=False,
    )
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x")
    return figure
