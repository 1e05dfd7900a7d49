"""A score's AUC on two scanners: a step from one dot to another for each score."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.abroad import Moved
from dashboard.figures import theme

APART = 0.16  # of a row, between the dot of one scanner and that of the other


def steps(moved: Sequence[Moved], *, best: float | None) -> go.Figure:
    """Own scanner above, other below, with intervals; a dashed line at the best possible."""
    figure = go.Figure()
    looks = (
        ("scanner of the training", theme.BOTH, "circle", -APART),
        ("another scanner", theme.CLINICAL, "diamond", APART),
    )
    for number, (name, colour, symbol, shift) in enumerate(looks):
        values = [(each.own, each.other)[number] for each in moved]
        figure.add_scatter(
            x=[value for value, _, _ in values],
            y=[place + shift for place in range(len(moved))],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [high - value for value, _, high in values],
                "arrayminus": [value - low for value, low, _ in values],
                "thickness": 2.5,
            },
            mode="markers+text",
            marker={"size": 13, "color": colour, "symbol": symbol},
            text=[f"{value:.2f}" for value, _, _ in values],
            textposition="top center" if shift < 0 else "bottom center",
            name=name,
            hovertemplate="%{x:.3f}<extra>" + name + "</extra>",
        )
    theme.layout(figure, height=150 + 92 * len(moved), x="AUC")
    figure.update_yaxes(
        range=[len(moved) - 0.4, -0.6],
        tickvals=list(range(len(moved))),
        ticktext=[each.name for each in moved],
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    figure.add_vline(x=0.5, line={"color": theme.NEUTRAL, "dash": "dot"})
    marks = [(0.5, "guessing")]
    if best is not None:
        figure.add_vline(x=best, line={"color": theme.NEUTRAL, "dash": "dash"})
        marks.append((best, "best possible"))
    for x, text in marks:
        figure.add_annotation(
            x=x, y=0, yref="paper", yanchor="bottom", xanchor="right", text=text, showarrow=False
        )
    figure.update_layout(margin={"l": 8})
    return figure
