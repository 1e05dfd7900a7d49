"""The raw dimensions of a code: how much each says, and whether the head listens."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.arrays import Values
from core.latent.dimensions import Dimension
from dashboard.figures import theme


def kl_bars(dimensions: Sequence[Dimension], *, names: Sequence[str]) -> go.Figure:
    """KL of every dimension, the active ones in colour; hovering says what each measures."""
    figure = go.Figure()
    for active, colour, name in (
        (True, theme.NEGATIVE, "active"),
        (False, theme.NEUTRAL, "silent"),
    ):
        chosen = [at for at, each in enumerate(dimensions) if each.active is active]
        if chosen:
            figure.add_bar(
                x=[dimensions[at].index for at in chosen],
                y=[amount(dimensions[at]) for at in chosen],
                name=name,
                marker={"color": colour},
                text=[names[at] for at in chosen],
                textposition="none",
                hovertemplate="dimension %{x}: %{y:.2f}<br>%{text}<extra></extra>",
            )
    in_nats = any(each.kl_nats is not None for each in dimensions)
    theme.layout(
        figure,
        height=260,
        x="dimension",
        y="KL, in nats" if in_nats else "variance of the mean",
    )
    return figure


def table(
    dimensions: Sequence[Dimension], weights: Values, *, names: Sequence[str]
) -> pd.DataFrame:
    """One line a dimension, the most telling first: what it measures, says and weighs."""
    found = pd.DataFrame(
        {
            "dimension": [each.index for each in dimensions],
            "measures": list(names),
            "says": [amount(each) for each in dimensions],
            "active": [each.active for each in dimensions],
            "weight in the head": np.asarray(weights, float).round(3),
        }
    )
    return found.sort_values("says", ascending=False, kind="stable", ignore_index=True)


def amount(dimension: Dimension) -> float:
    """How much a dimension says: its KL in nats, or its variance where KL is not known."""
    return dimension.sd**2 if dimension.kl_nats is None else dimension.kl_nats


def weight_bars(weights: Values, chosen: Sequence[int]) -> go.Figure:
    """How much chosen dimensions move a lesion's logit, for or against."""
    values = np.asarray(weights)[list(chosen)]
    figure = go.Figure(
        go.Bar(
            x=[f"d{number}" for number in chosen],
            y=values,
            marker={"color": [theme.POSITIVE if v > 0 else theme.NEGATIVE for v in values]},
            hovertemplate="%{x}: %{y:+.3f}<extra></extra>",
        )
    )
    return theme.layout(
        figure, height=260, x="dimension", y="change of the logit per unit", legend="none"
    )
