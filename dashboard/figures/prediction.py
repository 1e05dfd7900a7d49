"""One patient's score taken apart: bars that add up, and what each lesion alone changes."""

from collections.abc import Mapping, Sequence
from colorsys import rgb_to_hls
from dataclasses import replace
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go

from core.prediction import Part, Prediction
from dashboard.figures import theme

WIDE = 3.0  # log odds; beyond, evenly spaced scores would crowd at the ends
GAPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
FEW = 9  # bars that a reader still reads; the smallest of more are summed into one
ODDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
RAISES = theme.POSITIVE
LOWERS = "#7C52BE"  # the purple of evidence against, as on the heat maps beside these bars
APART = 0.1  # of the axis between two letters on it, or they would be turned on their side
LESIONS = 4  # of a patient with a bar of their own; with the rest and clinical facts FEW in all
HUES = (
    (15, "red"),
    (45, "orange"),
    (70, "yellow"),
    (170, "green"),
    (250, "blue"),
    (320, "purple"),
    (361, "red"),
)
"""Where, in degrees of hue, each colour's name ends."""
LETTERS = 24  # a line of a bar's name: more leaves the bars no room
EDGE = 1e-6  # a score of 0 or 1 has no log odds


def by_lesion(
    prediction: Prediction, names: Sequence[str], left_out: Sequence[float], *, lesions: str
) -> Prediction:
    """The prediction with the lesions' one part taken apart, a part each; the sum is the same.

    A lesion's part is the exact change when it alone is left out, on the scale of the parts. What
    lesions do only together is not any one's, so it stands as a part of its own.

    Args:
        prediction: What was said.
        names: Of the lesions.
        left_out: Change of the probability without each.
        lesions: What the cohort calls several.
    """
    place = next((at for at, part in enumerate(prediction.parts) if part.name == "nodes"), None)
    if place is None or len(names) < 2:
        return prediction
    own = [_worth(prediction, change) for change in left_out]
    order = sorted(range(len(own)), key=lambda at: -abs(own[at]))
    apart = [Part(names[at], own[at]) for at in order[:LESIONS]]
    if rest := order[LESIONS:]:
        what = f"the other {len(rest)} {lesions}" if len(rest) > 1 else names[rest[0]]
        apart.append(Part(what, sum(own[at] for at in rest)))
    whole = prediction.parts[place].value
    apart.append(Part(beyond(lesions), whole - sum(part.value for part in apart)))
    parts = (*prediction.parts[:place], *apart, *prediction.parts[place + 1 :])
    return replace(prediction, parts=parts)


def beyond(lesions: str) -> str:
    """What the bar is called that belongs to no single lesion."""
    return f"{lesions} together, beyond each alone"


def beyond_words(whole: Prediction, apart: Prediction, *, lesion: str, lesions: str) -> str:
    """What that bar is, with this patient's numbers; "" where there is no such bar.

    Args:
        whole: What was said.
        apart: The same from `by_lesion`.
        lesion, lesions: What the cohort calls one and several.
    """
    name = beyond(lesions)
    rest = next((part.value for part in apart.parts if part.name == name), None)
    nodes = next((part.value for part in whole.parts if part.name == "nodes"), None)
    if rest is None or nodes is None:
        return ""
    return (
        f"Together the {lesions} move the score by {_worded(whole, nodes)} from an average "
        f"patient's. A {lesion}'s bar is the exact change when it alone is left out; the others "
        f"still speak then, so these bars come to {_worded(whole, nodes - rest)}. What is missing, "
        f"{_worded(whole, rest)}, is no single {lesion}'s: “{name}”."
    )


def hue_word(colour: str) -> str:
    """What people call a colour, read off its definition: "orange", "purple"."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    hue = 360 * rgb_to_hls(channels[0], channels[1], channels[2])[0]
    return next(word for end, word in HUES if hue < end)


def waterfall(prediction: Prediction, *, names: Mapping[str, str]) -> go.Figure:
    """Bars from the average patient to this one; each starts where the last ended.

    Bars of a logit scale add up exactly; their axis is lettered with the score they stand for.

    Args:
        prediction: What was said.
        names: How its parts are called on screen; others keep their names.
    """
    parts = gathered(prediction.parts)
    logit = prediction.scale == "logit"
    ends = np.cumsum([part.value for part in parts])
    shown = [names.get(part.name, part.name) for part in parts[1:]]
    titles = ["an average patient", *("<br>".join(wrap(name, LETTERS)) for name in shown)]
    figure = go.Figure()
    for place, part in enumerate(parts[1:], start=1):
        figure.add_bar(
            orientation="h",
            base=[ends[place - 1]],
            x=[part.value],
            y=[titles[place]],
            marker={"color": RAISES if part.value > 0 else LOWERS},
            text=[f"{part.value:+.2f}" if logit else f"{100 * part.value:+.1f} points"],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: " + f"{part.value:+.3f}<extra></extra>",
        )
    cut = prediction.threshold
    if logit:
        cut = _log_odds(min(max(cut, 1e-6), 1 - 1e-6))
    for at, name in ((ends[0], titles[0]), (ends[-1], "this patient")):
        figure.add_scatter(
            x=[at],
            y=[name],
            mode="markers+text",
            marker={"symbol": "diamond", "size": 14, "color": theme.NEUTRAL},
            text=[f"<b>{_score(at, logit)}</b>"],
            textposition="middle right" if at >= cut else "middle left",  # off the line
            textfont={"size": 16},
            cliponaxis=False,
            hoverinfo="skip",
        )
    low, high = _reach(ends)
    theme.layout(figure, height=120 + 40 * (len(parts) + 1), x="model score", legend="none")
    figure.update_xaxes(range=[low, high], tickformat=None if logit else ".2f")
    if logit:
        kept = _ticks(low, high)
        figure.update_xaxes(
            tickvals=[_log_odds(share) for share in kept],
            ticktext=[f"{share:.3g}" for share in kept],
        )
    if low <= cut <= high:
        figure.add_vline(
            x=cut,
            line={"color": theme.NEUTRAL, "dash": "dash"},
            annotation_text="threshold",
            annotation_position="top",
        )
    order = [titles[0], *titles[1:], "this patient"]
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=order[::-1],
        automargin=True,
        showgrid=False,
        tickfont={"size": 15},
    )
    figure.update_layout(margin={"l": 8, "t": 26}, bargap=0.35)
    return figure


def left_out(names: Sequence[str], changes: Sequence[float]) -> go.Figure:
    """What each lesion adds to the patient's score, exactly, largest first.

    One without which the score falls raises it: its bar points right, in that colour.

    Args:
        names: Of the lesions.
        changes: Of the probability, when each is left out.
    """
    adds = -np.asarray(changes, dtype=float)
    order = np.argsort(-np.abs(adds), kind="stable")
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[100 * adds[at] for at in order],
            y=[names[at] for at in order],
            marker={"color": [RAISES if adds[at] > 0 else LOWERS for at in order]},
            text=[f"{round(100 * adds[at], 1) + 0.0:+.1f}" for at in order],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y} adds %{x:+.2f} points<extra></extra>",
        )
    )
    theme.layout(
        figure, height=90 + 32 * len(names), x="added to the model score, points", legend="none"
    )
    largest = max(1.0, 130 * float(np.abs(adds).max(initial=0)))
    figure.update_xaxes(range=[-largest, largest], zeroline=True)
    figure.update_yaxes(
        autorange="reversed", automargin=True, showgrid=False, tickfont={"size": 15}
    )
    figure.update_layout(margin={"l": 8})
    return figure


def gathered(parts: Sequence[Part], *, few: int = FEW) -> tuple[Part, ...]:
    """The base rate, then the largest parts, and the rest summed into one: the sum is the same."""
    first, rest = parts[0], sorted(parts[1:], key=lambda part: -abs(part.value))
    if len(rest) <= few:
        return (first, *rest)
    kept, others = rest[: few - 1], rest[few - 1 :]
    return (first, *kept, Part(f"{len(others)} smaller", sum(part.value for part in others)))


def _reach(ends: np.ndarray) -> tuple[float, float]:
    """Where the axis begins and ends: all bars, and room for what is written beside them."""
    low, high = float(ends.min()), float(ends.max())
    room = 0.3 * max(high - low, 0.4)
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """Round scores to letter an axis of log odds with: few over a wide range, fine in a narrow."""
    ends = [float(1 / (1 + np.exp(-end))) for end in (low, high)]
    if high - low > WIDE:
        kept: list[float] = []
        for share in (share for share in ODDS if ends[0] <= share <= ends[1]):
            if not kept or _log_odds(share) - _log_odds(kept[-1]) >= APART * (high - low):
                kept.append(share)
        return kept
    gap = next(gap for gap in GAPS if (ends[1] - ends[0]) / gap <= 6)
    first = int(np.ceil(ends[0] / gap))
    return [gap * at for at in range(max(1, first), int(ends[1] / gap) + 1) if gap * at < 1]


def _worded(prediction: Prediction, value: float) -> str:
    if prediction.scale == "probability":
        return f"{100 * value:+.1f} points"
    return f"{value:+.2f} (log odds)"


def _worth(prediction: Prediction, change: float) -> float:
    if prediction.scale == "probability":
        return -change
    without = min(max(prediction.probability + change, EDGE), 1 - EDGE)
    return prediction.logit - _log_odds(without)


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _score(value: float, logit: bool) -> str:
    return f"{1 / (1 + np.exp(-value)) if logit else value:.2f}"
