"""Figures beside the film of Growth: scores of seen lesions, the slice, how a walk steps."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageFont

from core.arrays import Labels, Map2D, Values
from dashboard.figures import theme

if TYPE_CHECKING:
    from core.growth.trainings import Opinion

WIDE_PX = 900
VEIL = "rgba(46,134,193,.18)"  # the walk's own blue, thin
TOPS = (0.1, 0.2, 0.3, 0.5)
DASHES = ("solid", "dot", "dashdot", "longdash", "longdashdot", "dash")


def observed(found: pd.DataFrame, *, threshold: float, lesions: str, in_cm: bool) -> go.Figure:
    """The walk's score at each size, and the range of the nearest observed lesions there."""
    size = found["size_mm"] / (10 if in_cm else 1)
    figure = go.Figure()
    figure.add_scatter(
        x=size,
        y=found["mean"],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": found["high"] - found["mean"],
            "arrayminus": found["mean"] - found["low"],
            "thickness": 2,
        },
        mode="markers",
        name=f"nearest observed {lesions}: mean and range",
        marker={"size": 11, "color": theme.GOLD, "symbol": "diamond"},
        customdata=found[["n"]],
        hovertemplate="%{x:.1f}: mean %{y:.2f} of %{customdata[0]}<extra></extra>",
    )
    if np.isfinite(found["walk_low"]).all():
        figure.add_scatter(
            x=[*size, *size[::-1]],
            y=[*found["walk_high"], *found["walk_low"][::-1]],
            mode="lines",  # of few points Plotly would draw each as a dot
            fill="toself",
            fillcolor=VEIL,
            line={"width": 0},
            hoverinfo="skip",
            name="95 % of heads fitted on training patients drawn again",
        )
    figure.add_scatter(
        x=size,
        y=found["walk"],
        mode="lines+markers",
        name="this walk",
        line={"color": theme.NEGATIVE, "width": 3},
        hovertemplate="%{x:.1f}: %{y:.2f}<extra>this walk</extra>",
    )
    figure.add_hline(y=threshold, line={"color": theme.NEUTRAL, "dash": "dash"})
    figure.add_annotation(
        x=1, xref="paper", xanchor="left", y=threshold, text=" threshold", showarrow=False,
    )  # fmt: skip
    theme.layout(figure, height=320, x=f"short axis, {'cm' if in_cm else 'mm'}", y="score")
    most = max(1.5 * threshold, float(found[["high", "walk", "walk_high"]].max().max()))
    # as the curve under the film: to a round number above all that is shown
    figure.update_yaxes(range=[0, next((end for end in TOPS if most <= end), 1.0)])
    figure.update_layout(margin_r=84)
    return figure


def trainings(
    asked: Values,
    told: "Sequence[Opinion]",
    *,
    trusted: Labels,
    x: str,
    in_cm: bool = False,
) -> go.Figure:
    """What each training says of a walk's pictures, above or below its own threshold.

    Args:
        asked: What was asked of each picture.
        told: The run's own first, then other trainings'.
        trusted: Which steps are not refused, bool with shape (step,); the others are not drawn.
        x: What was asked, in words, with its unit.
        in_cm: Whether millimetres are said in cm.
    """
    at, figure = asked / (10 if in_cm else 1), go.Figure()
    margins = [np.where(trusted, one.margin, np.nan) for one in told]
    # another recipe may have another scale of scores, which is no spread of trainings
    (recipe, _), *_ = Counter(one.preset for one in told[1:]).most_common(1)
    rest = np.stack([one[trusted] for one in margins])[1:]
    rest = rest[[one.preset == recipe for one in told[1:]]]
    if len(rest) > 1:
        figure.add_scatter(
            x=[*at[trusted], *at[trusted][::-1]],
            y=[*rest.max(0), *rest.min(0)[::-1]],
            mode="lines",
            fill="toself",
            fillcolor="rgba(128,128,128,.25)",
            line={"width": 0},
            hoverinfo="skip",
            name=f"others of one recipe ({recipe}), lowest to highest",
        )
    for number, one in enumerate(told):
        own = number == 0
        figure.add_scatter(
            x=at,
            y=margins[number],
            mode="lines",
            name=f"{one.name}, this run" if own else _named(one, told[0]),
            line={
                "color": theme.NEGATIVE if own else theme.NEUTRAL,
                "width": 3 if own else 1.5,
                "dash": "solid" if own else DASHES[(number - 1) % len(DASHES)],
            },
            hovertemplate=f"%{{x:.1f}}: %{{y:+.2f}}<extra>{one.name}</extra>",
        )
    figure.add_hline(y=0, line={"color": theme.NEUTRAL, "dash": "dash"})
    figure.add_annotation(
        x=1, xref="paper", xanchor="left", y=0, text=" threshold", showarrow=False,
    )  # fmt: skip
    theme.layout(figure, height=320, x=x, y="score minus its own threshold")
    figure.update_layout(margin_r=84)
    return figure


def _named(one: "Opinion", own: "Opinion") -> str:
    """A training by its name, with its recipe where that is another."""
    return one.name if one.preset == own.preset else f"{one.name} ({one.preset})"


def step_sizes(hops: Values, changes: Values, typicality: Values) -> go.Figure:
    """How far each step of a walk goes in the code and in the picture, and how usual it is."""
    x = np.arange(1, len(hops)) / max(len(hops) - 1, 1) * 100
    figure = go.Figure()
    for values, name, colour in (
        (hops[1:] / max(float(hops.max()), 1e-9), "step in the code", theme.NEGATIVE),
        (changes[1:] / max(float(changes.max()), 1e-9), "change of the picture", theme.GOLD),
    ):
        figure.add_scatter(
            x=x, y=values, mode="lines", name=name, line={"color": colour, "width": 2.5}
        )
    if np.isfinite(typicality).all():
        figure.add_scatter(
            x=x,
            y=typicality[1:],
            mode="lines",
            name="distance from training codes; above 1 is outside",
            line={"color": theme.NEUTRAL, "dash": "dot", "width": 2.5},
        )
    return theme.layout(figure, height=260, x="% of the way", y="share of the largest")


def marked_slice(whole: Map2D, corner: tuple[int, int], side: int) -> np.ndarray:
    """A slice with a pasted picture, framed, SIMULATED written into its pixels, (h, w) uint8."""
    scale = max(1, round(WIDE_PX / whole.shape[1]))
    image = Image.fromarray(np.round(255 * np.clip(whole, 0, 1)).astype(np.uint8))
    size = (whole.shape[1] * scale, whole.shape[0] * scale)
    image = image.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    top, left = (scale * at for at in corner)
    box = (left - 1, top - 1, left + side * scale, top + side * scale)
    draw.rectangle(box, outline=255, width=2)
    write = {"fill": 255, "stroke_width": 3, "stroke_fill": 0}
    font = ImageFont.load_default(max(18, image.width // 36))
    draw.text((left + side * scale / 2, top - 6), "SIMULATED", anchor="mb", font=font, **write)
    draw.text((12, 10), "SIMULATED, not for diagnosis", font=font, **write)
    draw.text((10, image.height / 2), "R", anchor="lm", font=font, **write)
    draw.text((image.width - 10, image.height / 2), "L", anchor="rm", font=font, **write)
    return np.asarray(image)
