"""Clusters and selections in words, cards and charts: what a group of patches has in common."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.latent.attributes import column, say_length
from core.latent.clusters import ClusterCard, Clusters, Share, share_positive
from core.run import Run, Words
from dashboard import words
from dashboard.figures import theme

CLEAR = 0.05  # silhouette above the best of the clouds from which groups are spoken of


def verdict(clusters: Clusters, run: Run) -> str:
    """What the silhouette says about this K, in one sentence without jargon."""
    lesions, k = run.words.lesions, words.spelt(clusters.k)
    reach = max(clusters.null_silhouettes, default=float("nan"))
    if not np.isfinite(clusters.silhouette) or not np.isfinite(reach):
        return f"Too few {lesions} to say whether {k} groups are more than a convenient cut."
    numbers = f"silhouette {clusters.silhouette:.2f}, a cloud without groups reaches {reach:.2f}"
    if clusters.silhouette > reach + CLEAR:
        return f"These {k} groups hold together better than chance would make them: {numbers}."
    return f"A convenient cut through one cloud, not {k} kinds of {lesion_of(run)}: {numbers}."


def lesion_of(run: Run) -> str:
    """The lesion's name, for sentences."""
    return run.words.lesion


def share(found: Share, names: Words) -> str:
    """A share of patients with its interval: "34 % N+ (20 to 51 %) of 31 patients"."""
    if found.n == 0:
        return "no patient"
    low, high = round(100 * found.low), round(100 * found.high)
    return (
        f"{round(100 * found.value)} % {names.outcome} ({low} to {high} %) of "
        f"{words.counted(found.n, 'patient')}"
    )


def card_lines(card: ClusterCard, run: Run) -> tuple[str, ...]:
    """A cluster's card: how many, how large, whose."""
    means = {name: (mean, sd) for name, mean, sd in card.means}
    lines = [words.counted(len(card.rows), "patch", "patches")]
    if "short_axis_mm" in means:
        mean, sd = means["short_axis_mm"]
        lines.append(f"short axis {say_length(mean)} ± {say_length(sd, mean)}")
    return (*lines, share(card.positive, run.words))


def selection_facts(run: Run, rows: Sequence[int]) -> list[tuple[str, str]]:
    """What a selection has in common, beside all the others."""
    own = run.rows.iloc[list(rows)]
    rest = run.rows.drop(index=run.rows.index[list(rows)])
    found = [
        ("selected", f"{words.counted(len(own), 'patch', 'patches')} of {len(run.rows):,}"),
        ("whose", share(share_positive(own), run.words)),
        ("all other patches", share(share_positive(rest), run.words)),
    ]
    sizes, others = column(own, "short_axis_mm"), column(rest, "short_axis_mm")
    if np.isfinite(sizes).any() and np.isfinite(others).any():
        middle, other = float(np.nanmedian(sizes)), float(np.nanmedian(others))
        text = f"median {words.mm(middle)}, all other patches {words.mm(other)}"
        found.append(("short axis", text))
    return found


def elbow(numbers: pd.DataFrame, chosen: int) -> go.Figure:
    """Inertia against K; the chosen K marked."""
    figure = go.Figure(
        go.Scatter(
            x=numbers["k"],
            y=numbers["inertia"],
            mode="lines+markers",
            line={"color": theme.NEGATIVE, "width": 2.5},
            marker={"size": 8},
            hovertemplate="K = %{x}: %{y:.3g}<extra></extra>",
        )
    )
    _mark(figure, numbers, "inertia", chosen)
    theme.layout(figure, height=260, x="number of groups K", y="spread within", legend="none")
    return figure


def silhouettes(numbers: pd.DataFrame, chosen: int) -> go.Figure:
    """Silhouette against K over the band that clouds without any groups reach."""
    band = [*numbers["null_high"], *numbers["null_low"][::-1]]
    figure = go.Figure(
        [
            go.Scatter(
                x=[*numbers["k"], *numbers["k"][::-1]],
                y=band,
                fill="toself",
                fillcolor="rgba(128,138,144,.3)",
                line={"width": 0},
                name="clouds without groups",
                hoverinfo="skip",
            ),
            go.Scatter(
                x=numbers["k"],
                y=numbers["silhouette"],
                mode="lines+markers",
                name="this run",
                line={"color": theme.NEGATIVE, "width": 2.5},
                marker={"size": 8},
                hovertemplate="K = %{x}: %{y:.2f}<extra></extra>",
            ),
        ]
    )
    _mark(figure, numbers, "silhouette", chosen)
    return theme.layout(figure, height=260, x="number of groups K", y="silhouette")


def _mark(figure: go.Figure, numbers: pd.DataFrame, name: str, chosen: int) -> None:
    at = numbers[numbers["k"] == chosen]
    figure.add_scatter(
        x=at["k"],
        y=at[name],
        mode="markers",
        marker={"size": 16, "color": theme.POSITIVE, "symbol": "circle-open", "line": {"width": 3}},
        showlegend=False,
        hoverinfo="skip",
    )
