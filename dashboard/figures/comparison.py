"""Figures beside figures: each with its interval, so that a difference within it is seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figures import theme

LINE_PX, GAP_PX, TOP_PX = 38, 58, 70  # a run's line, room for title and ticks, the legend


@dataclass(frozen=True)
class Measured:
    """One figure of a run as a chart needs it.

    Attributes:
        run: Whose figure it is.
        name: What is measured, in words.
        value: What was found.
        low: Lower end of the 95 % interval, None without one.
        high: Upper end of the 95 % interval, None without one.
        n: How many were measured, with their unit: "34 patients".
    """

    run: str
    name: str
    value: float
    low: float | None
    high: float | None
    n: str


def intervals(measured: Sequence[Measured], *, digits: int = 2) -> go.Figure:
    """One line a figure, one colour a run; values with their intervals, each on its own scale."""
    names = list(dict.fromkeys(each.name for each in measured))
    runs = list(dict.fromkeys(each.run for each in measured))
    inner = (LINE_PX * len(runs) + 8) * len(names) + GAP_PX * (len(names) - 1)
    figure = make_subplots(
        rows=len(names), cols=1, vertical_spacing=GAP_PX / inner if len(names) > 1 else 0
    )
    for row, name in enumerate(names, start=1):
        for number, run in enumerate(runs):
            found = [each for each in measured if each.name == name and each.run == run]
            if not found:
                continue
            one = found[0]
            known = one.low is not None and one.high is not None
            figure.add_scatter(
                x=[one.value],
                y=[number],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [one.high - one.value if known else 0],
                    "arrayminus": [one.value - one.low if known else 0],
                    "thickness": 2,
                },
                mode="markers+text",
                marker={"size": 12, "color": theme.category_colour(number)},
                text=[f"{one.value:.{digits}f}"],
                textposition="top center",
                name=run,
                legendgroup=run,
                showlegend=row == 1,
                hovertemplate=f"{run}: {_spelt(one, digits)}<extra>{one.n}</extra>",
                row=row,
                col=1,
            )
        figure.update_yaxes(
            range=[len(runs) - 0.4, -0.9],
            showticklabels=False,
            row=row,
            col=1,
        )
    theme.layout(figure, height=inner + TOP_PX + 32)
    figure.update_yaxes(showgrid=False, zeroline=False)
    figure.update_layout(margin={"l": 24, "t": TOP_PX, "b": 32}, legend={"y": 1 + 34 / inner})
    for row, name in enumerate(names, start=1):
        figure.add_annotation(
            text=f"<b>{name}</b>",
            xref="x domain" if row == 1 else f"x{row} domain",
            yref="y domain" if row == 1 else f"y{row} domain",
            x=0,
            y=1.0,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
        )
    return figure


def bars(values: Mapping[str, Measured], *, guessing: float | None = 0.5) -> go.Figure:
    """A few figures of one kind as bars with intervals; a line where guessing would land."""
    colours = (theme.BOTH, theme.IMAGE, theme.CLINICAL, theme.NEUTRAL)
    figure = go.Figure()
    for number, (name, one) in enumerate(values.items()):
        known = one.low is not None and one.high is not None
        figure.add_bar(
            x=[one.value],
            y=[name],
            orientation="h",
            marker={"color": colours[number % len(colours)]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [one.high - one.value if known else 0],
                "arrayminus": [one.value - one.low if known else 0],
                "color": theme.NEUTRAL,
            },
            text=[f"{one.value:.2f}"],
            textposition="inside",
            insidetextanchor="start",
            hovertemplate=f"{_spelt(one, 2)}<extra>{one.n}</extra>",
        )
    theme.layout(figure, height=90 + 52 * len(values), x="AUC", legend="none")
    figure.update_layout(margin={"l": 8})
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    if guessing is not None:
        figure.add_vline(x=guessing, line={"color": theme.NEUTRAL, "dash": "dot"})
        figure.add_annotation(
            x=guessing, y=1, yref="paper", yanchor="bottom", text="guessing", showarrow=False
        )
        figure.update_layout(margin={"t": 30})
    return figure


def bands(counts: Mapping[str, Mapping[str, int]], *, colours: Mapping[str, str]) -> go.Figure:
    """Patients by band, stacked by what became of them."""
    figure = go.Figure()
    names = list(counts)
    for kind, colour in colours.items():
        values = [counts[name].get(kind, 0) for name in names]
        figure.add_bar(
            x=names,
            y=values,
            name=kind,
            marker={"color": colour},
            text=[str(value) if value else "" for value in values],
            textangle=0,
            hovertemplate="%{x}: %{y} " + kind + "<extra></extra>",
        )
    theme.layout(figure, height=320, y="patients")
    figure.update_layout(barmode="stack", bargap=0.35)
    return figure


def _spelt(one: Measured, digits: int) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:.{digits}f}"
    return f"{one.value:.{digits}f} ({one.low:.{digits}f} to {one.high:.{digits}f})"
