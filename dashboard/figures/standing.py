"""A cross-validation as charts: areas with their folds, differences, worth, calls by band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

import plotly.graph_objects as go

from core.evaluation.bands import Band
from core.evaluation.calibration import CalibrationBin
from core.evaluation.crossed import Standing
from core.evaluation.report import CODELESS
from core.evaluation.verdict import Benefit, Line
from dashboard.figures import judgement, theme

CALLS = {  # what a call was, and its colour
    "rightly flagged": theme.ACCENT,
    "missed": theme.GOLD,
    "wrongly flagged": theme.POSITIVE,
    "rightly left alone": theme.NEGATIVE,
}
FROM = 0.3  # left end of the axis of areas
GUESSING = 0.5  # where their bars begin, so that a length says how far from guessing
LABEL = 30  # letters a line of a row's title: at 800 px more leaves its interval no room
COLOURS = {
    "model": theme.CATEGORIES[3],
    "image": theme.IMAGE,
    "clinical": theme.CLINICAL,
    "rule": theme.CLINICAL,
}


@dataclass(frozen=True)
class Reader:
    """What the literature reports of readers or rules, at one working point."""

    name: str
    sensitivity: float
    specificity: float


LITERATURE = (
    Reader("radiologists, 37 studies (2021)", 0.73, 0.74),
    Reader("5 mm rule", 0.75, 0.64),
    Reader("irregular border or mixed signal", 0.81, 0.67),
    Reader("both of these", 0.74, 0.79),
    Reader("a later system on 458 patients (2026)", 0.866, 0.724),
)


def areas(standings: Sequence[Standing]) -> go.Figure:
    """AUCs as bars with intervals; every fold of every repeat as a dot."""
    figure = go.Figure()
    shown = [each for each in standings if each.auc is not None]
    for place, each in enumerate(shown):
        dots = [area for repeat in each.fold_areas for area in repeat]
        group = "clinical" if each.key in CODELESS else each.group
        figure.add_bar(
            x=[each.auc.value - GUESSING],
            base=[GUESSING],
            y=[place],
            orientation="h",
            marker={"color": COLOURS.get(group, theme.BOTH)},
            width=0.5,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [each.auc.high - each.auc.value],
                "arrayminus": [each.auc.value - each.auc.low],
                "thickness": 3,
                "color": theme.INK,
            },
            hovertemplate=f"{_spelt(each)}<extra></extra>",
        )
        figure.add_scatter(
            x=dots,
            # three lines under the bar, so that folds of equal area do not hide one another
            y=[place + 0.34 + 0.06 * (number % 3) for number in range(len(dots))],
            mode="markers",
            marker={"color": theme.NEUTRAL, "size": 5, "opacity": 0.6},
            hovertemplate="one fold: %{x:.2f}<extra></extra>",
        )
        figure.add_annotation(
            x=FROM,
            y=place,
            text=f"<b>{each.auc.value:.2f}</b>",
            xanchor="left",
            showarrow=False,
            font={"size": 16},
        )
    theme.layout(figure, height=84 + 64 * len(shown), x="AUC", legend="none")
    figure.update_layout(margin={"l": 8, "t": 30})
    figure.update_xaxes(range=[FROM, 1.02])
    figure.update_yaxes(
        range=[len(shown) - 0.4, -0.5],
        tickvals=list(range(len(shown))),
        ticktext=["<br>".join(wrap(each.title, LABEL)) for each in shown],
        automargin=True,
        showgrid=False,
    )
    figure.add_vline(x=GUESSING, line={"color": theme.NEUTRAL, "dash": "dot"})
    figure.add_annotation(
        x=GUESSING, y=1, yref="paper", yanchor="bottom", text="guessing", showarrow=False
    )
    return figure


def differences(standings: Sequence[Standing]) -> go.Figure:
    """The model's AUC minus each row's, paired, with intervals; right of zero the model leads."""
    figure = go.Figure()
    rivals = [each for each in standings if each.against is not None and each.auc is not None]
    most = max((each.repeats for each in rivals), default=0)
    for each in sorted(rivals, key=lambda one: one.against.difference.value):
        gap = each.against.difference
        sure = gap.low > 0 or gap.high < 0
        colour = (theme.ACCENT if gap.value > 0 else theme.POSITIVE) if sure else theme.NEUTRAL
        figure.add_scatter(
            x=[gap.value],
            y=[f"{'<br>'.join(wrap(_repeated(each, most), LABEL))}  <b>{each.auc.value:.2f}</b>"],
            mode="markers",
            marker={"color": colour, "size": 11, "symbol": "diamond" if sure else "circle"},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [gap.high - gap.value],
                "arrayminus": [gap.value - gap.low],
                "thickness": 2.5,
                "color": colour,
            },
            hovertemplate=(
                f"{gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}), permutation p "
                f"{each.against.p_permutation:.3f}<extra></extra>"
            ),
        )
    rows, lines = len(figure.data), max((row.y[0].count("<br>") for row in figure.data), default=0)
    row_px = 36 + 12 * max(0, lines - 1)  # a title of three lines keeps off its neighbours
    theme.layout(figure, height=96 + row_px * rows, x="model's AUC minus this one's", legend="none")
    figure.update_layout(margin={"l": 8, "t": 34})
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.add_vline(x=0, line={"color": theme.INK, "width": 1.5})
    for text, anchor, x in (
        ("this is better", "right", -0.004),
        ("model is better", "left", 0.004),
    ):
        figure.add_annotation(
            x=x, y=1, yref="paper", yanchor="bottom", xanchor=anchor, text=text, showarrow=False
        )
    return figure


def _repeated(row: Standing, most: int) -> str:
    """A row's title; with its repeats where others have more, since its difference is of those."""
    if row.repeats >= most:
        return row.title
    return f"{row.title}, {row.repeats} repeat{'s' * (row.repeats != 1)}"


def calibration(bins: Sequence[CalibrationBin], curve: Line | None) -> go.Figure:
    """Bins of patients, and the smooth curve with its band."""
    figure = judgement.calibration(bins)
    if curve is not None:
        _with_band(figure, curve, theme.ACCENT, "smooth curve")
        figure.update_layout(legend={"y": -0.22, "yanchor": "top"})
    return figure


def benefit(found: Benefit, *, rule: str) -> go.Figure:
    """Net benefit over the threshold from which somebody would act."""
    figure = go.Figure()
    _with_band(figure, found.model, theme.ACCENT, "this run's model")
    lines = {"acting on everybody": (found.treat_all, theme.NEGATIVE, "dash")}
    if found.rule is not None:
        lines[rule] = (found.rule, theme.GOLD, "solid")
    lines["acting on nobody"] = ([0.0] * len(found.model.x), theme.NEUTRAL, "dot")
    for name, (values, colour, dash) in lines.items():
        figure.add_scatter(
            x=found.model.x,
            y=values,
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            name=name,
            hovertemplate="%{y:.3f} where one would act from %{x:.0%}<extra></extra>",
        )
    theme.layout(figure, height=400, x="score from which one would act", y="net benefit")
    top = max(max(found.model.high), max(found.treat_all))
    figure.update_layout(legend={"y": -0.22, "yanchor": "top"}, margin={"t": 8})
    figure.update_xaxes(tickformat=".0%")
    figure.update_yaxes(range=[-0.1, top * 1.05])
    return figure


def with_readers(figure: go.Figure) -> go.Figure:
    """Working points from the literature on a ROC curve; they were not measured here."""
    for number, each in enumerate(LITERATURE):
        figure.add_scatter(
            x=[1 - each.specificity],
            y=[each.sensitivity],
            mode="markers",
            marker={
                "symbol": ("square", "diamond", "cross", "triangle-up", "star")[number],
                "size": 11,
                "color": theme.GOLD,
                "line": {"color": "#10151a", "width": 1},
            },
            name=f"literature: {each.name}",
            hovertemplate="literature: %{y:.0%} of those with, %{x:.0%} of those without"
            "<extra></extra>",
        )
    figure.update_layout(height=540)
    return figure


def calls(found: Sequence[Band], *, by: str) -> Mapping[str, Mapping[str, int]]:
    """Calls by band, as `comparison.bands` draws them."""
    return {
        each.name: {
            "rightly flagged": each.counts.true_positive,
            "missed": each.counts.false_negative,
            "wrongly flagged": each.counts.false_positive,
            "rightly left alone": each.counts.true_negative,
        }
        for each in found
        if each.by == by
    }


def _with_band(figure: go.Figure, line: Line, colour: str, name: str) -> None:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    figure.add_scatter(
        x=[*line.x, *line.x[::-1]],
        y=[*line.high, *line.low[::-1]],
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.16)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=line.x, y=line.y, mode="lines", line={"color": colour, "width": 3}, name=name
    )


def _spelt(each: Standing) -> str:
    auc = each.auc
    return f"{auc.value:.3f} ({auc.low:.2f} to {auc.high:.2f})" if auc else ""
