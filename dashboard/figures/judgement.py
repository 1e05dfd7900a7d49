"""How good a run is, as charts: patients as dots, ROC with its band, calibration, calls, worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.evaluation.calibration import CalibrationBin, Predictive
from core.evaluation.classification import Confusion
from core.evaluation.roc import RocCurve
from core.run import Words
from dashboard.figures import theme

BAND = "rgba(128,138,144,0.22)"
MARKS = {  # colour and shape both say it, so that neither is needed
    "right": (theme.ACCENT, "circle"),
    "wrong": (theme.POSITIVE, "x"),
    "no answer": (theme.NEUTRAL, "circle-open"),
}


@dataclass(frozen=True)
class Verdict:
    """What the model said of one patient.

    Attributes:
        patient_id: Whose it is.
        label: 1 with the outcome.
        score: The model's score.
        answer: "right", "wrong" or "no answer".
    """

    patient_id: str
    label: int
    score: float
    answer: str


def patient_dots(verdicts: Sequence[Verdict], words: Words, *, columns: int = 20) -> go.Figure:
    """Every patient that was judged as one dot: with the outcome above, without it below."""
    figure = go.Figure()
    tops, top = {}, 0.0
    for label, name in ((1, words.outcome), (0, words.no_outcome)):
        own = sorted(
            (each for each in verdicts if each.label == label),
            key=lambda each: (tuple(MARKS).index(each.answer), each.patient_id),
        )
        tops[f"{len(own)} patient{'s' * (len(own) != 1)}<br>with {name}"] = top
        places = [(number % columns, top - number // columns) for number in range(len(own))]
        for answer, (colour, symbol) in MARKS.items():
            chosen = [at for at, each in enumerate(own) if each.answer == answer]
            figure.add_scatter(
                x=[places[at][0] for at in chosen],
                y=[places[at][1] for at in chosen],
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 13, "line": {"width": 2}},
                name=answer,
                legendgroup=answer,
                showlegend=bool(chosen)
                and not any(trace.name == answer and trace.showlegend for trace in figure.data),
                text=[f"{own[at].patient_id}, score {own[at].score:.2f}" for at in chosen],
                hovertemplate="%{text}<extra>" + answer + "</extra>",
            )
        top -= max(1, -(-len(own) // columns)) + 0.6
    height = int(70 + 24 * -top)
    theme.layout(figure, height=height)
    figure.update_layout(margin={"l": 118, "r": 8, "t": 34, "b": 4})
    figure.update_xaxes(visible=False, range=[-0.6, columns - 0.4], fixedrange=True)
    figure.update_yaxes(
        showgrid=False,
        zeroline=False,
        range=[top + 0.3, 0.7],
        fixedrange=True,
        tickvals=list(tops.values()),
        ticktext=list(tops),
    )
    return figure


def roc(
    curves: dict[str, RocCurve],
    *,
    threshold: float | None = None,
    at: tuple[float, float] | None = None,
) -> go.Figure:
    """One ROC curve a run, each with its 95 % band.

    Args:
        curves: By what they are of.
        threshold: Marked on the first curve, where one threshold was chosen.
        at: Share flagged of those without and with, where each fold chose its own.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": theme.NEUTRAL, "dash": "dot", "width": 1},
        name="guessing",
        hoverinfo="skip",
    )
    for number, (name, curve) in enumerate(curves.items()):
        colour = theme.category_colour(number)
        figure.add_scatter(
            x=np.r_[curve.band_rate, curve.band_rate[::-1]],
            y=np.r_[curve.band_high, curve.band_low[::-1]],
            fill="toself",
            fillcolor=_faint(colour),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=curve.false_positive_rate,
            y=curve.sensitivity,
            mode="lines",
            line={"color": colour, "width": 3, "shape": "hv"},
            name=f"{name}: {curve.auc.value:.2f} ({curve.auc.low:.2f} to {curve.auc.high:.2f})",
            hovertemplate="of 100 with %{y:.0%}, of 100 without %{x:.0%} flagged<extra></extra>",
        )
        if threshold is not None and number == 0:
            place = int(np.flatnonzero(curve.thresholds >= threshold)[-1])
            at = float(curve.false_positive_rate[place]), float(curve.sensitivity[place])
        if at is not None and number == 0:
            figure.add_scatter(
                x=[at[0]],
                y=[at[1]],
                mode="markers",
                marker={"color": colour, "size": 13, "line": {"color": "#fff", "width": 2}},
                name="at the chosen threshold",
            )
    theme.layout(
        figure, height=400, x="of those without, share flagged", y="of those with, share flagged"
    )
    figure.update_layout(legend={"y": -0.22, "yanchor": "top"}, margin={"t": 8})
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(range=[-0.02, 1.02], tickformat=".0%", constrain="domain")
    return figure


def calibration(bins: Sequence[CalibrationBin]) -> go.Figure:
    """Of those told so much, how many had it: bins of patients against the line of truth."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": theme.NEUTRAL, "dash": "dot", "width": 1},
        name="means what it says",
        hoverinfo="skip",
    )
    observed = [each.observed for each in bins]
    figure.add_scatter(
        x=[each.predicted for each in bins],
        y=[each.value for each in observed],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [each.high - each.value for each in observed],
            "arrayminus": [each.value - each.low for each in observed],
            "color": theme.NEUTRAL,
        },
        mode="markers+lines",
        marker={"size": 11, "color": theme.NEGATIVE},
        line={"color": theme.NEGATIVE, "width": 1},
        text=[f"{each.n} patients" for each in bins],
        hovertemplate="%{text}: told %{x:.0%}, were %{y:.0%}<extra></extra>",
        name="patients in bins of equal count",
    )
    theme.layout(figure, height=400, x="mean model score", y="share that had the outcome")
    figure.update_layout(legend={"y": -0.22, "yanchor": "top"}, margin={"t": 8})
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(range=[-0.03, 1.03], tickformat=".0%")
    return figure


def confusion(counts: Confusion, words: Words) -> go.Figure:
    """The four counts at the threshold; right calls on the diagonal."""
    grid = [
        [counts.true_positive, counts.false_negative],
        [counts.false_positive, counts.true_negative],
    ]
    shares = [[n / max(1, sum(row)) for n in row] for row in grid]
    signed = [[shares[0][0], -shares[0][1]], [-shares[1][0], shares[1][1]]]
    figure = go.Figure(
        go.Heatmap(
            z=signed,
            zmin=-1,
            zmax=1,
            colorscale=[[0, "#D55E00"], [0.5, "#d7dcdf"], [1, "#009E73"]],
            x=["flagged", "not flagged"],
            y=[f"with {words.outcome}", f"without ({words.no_outcome})"],
            text=[
                [f"<b>{n}</b><br>{share:.0%}" for n, share in zip(*pair, strict=True)]
                for pair in zip(grid, shares, strict=True)
            ],
            texttemplate="%{text}",
            textfont={"size": 18, "color": "#10151a"},  # readable on all three, in both themes
            showscale=False,
            xgap=4,
            ygap=4,
            hoverinfo="skip",
        )
    )
    theme.layout(figure, height=300, legend="none")
    figure.update_layout(margin={"l": 110, "t": 30, "b": 8})
    figure.update_xaxes(side="top", showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def predictive(values: Sequence[Predictive], chosen: Predictive) -> go.Figure:
    """What a flag and an all-clear are worth, over the share of patients that has the outcome."""
    figure = go.Figure()
    x = [each.prevalence for each in values]
    for name, colour, pick in (
        ("a flag is right (PPV)", theme.POSITIVE, lambda each: each.ppv),
        ("a non-flag is right (NPV)", theme.NEGATIVE, lambda each: each.npv),
    ):
        ends = [pick(each) for each in values]
        figure.add_scatter(
            x=[*x, *x[::-1]],
            y=[*(end.high for end in ends), *(end.low for end in ends[::-1])],
            fill="toself",
            fillcolor=_faint(colour),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=x,
            y=[end.value for end in ends],
            mode="lines",
            line={"color": colour, "width": 3},
            name=name,
            hovertemplate="%{y:.0%} where %{x:.0%} have it<extra></extra>",
        )
        figure.add_scatter(
            x=[chosen.prevalence],
            y=[pick(chosen).value],
            mode="markers",
            marker={"color": colour, "size": 13, "line": {"color": "#fff", "width": 2}},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_vline(x=chosen.prevalence, line={"color": theme.NEUTRAL, "dash": "dot"})
    theme.layout(figure, height=320, x="share of patients that has the outcome", y="share right")
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    figure.update_yaxes(tickformat=".0%", range=[-0.02, 1.02])
    return figure


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
