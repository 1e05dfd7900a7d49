"""Tests of maps, drawn or counted: agreement of methods, likeness, hits beside a blob's."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.arrays import Map2D, Mask
from core.explain.explanation import Explanation
from core.explain.faithfulness.baselines import centre_blob
from core.explain.faithfulness.likeness import agreement as agreement_of
from core.explain.faithfulness.likeness import ssim
from core.explain.faithfulness.place import points_inside
from dashboard.figures import theme


def agreement(names: Sequence[str], maps: Sequence[Map2D]) -> go.Figure:
    """Rank correlation of every two maps as a lettered table."""
    table = agreement_of(maps)
    figure = go.Figure(
        go.Heatmap(
            z=table,
            x=list(names),
            y=list(names),
            zmin=-1,
            zmax=1,
            colorscale=theme.SIGNED,
            text=[[f"{value:.2f}" for value in row] for row in table],
            texttemplate="%{text}",
            hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
            colorbar={"title": "agreement", "thickness": 12},
        )
    )
    theme.layout(figure, height=90 + 42 * len(names), legend="none")
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.update_xaxes(automargin=True, showgrid=False, tickangle=-30)
    return figure


def likeness(before: Sequence[Explanation], after: Sequence[Explanation]) -> list[float]:
    """SSIM of each map with what became of it."""
    return [ssim(one.map, other.map) for one, other in zip(before, after, strict=True)]


def hits(
    maps: Sequence[Explanation], masks: Sequence[Mask], called: Sequence[bool]
) -> list[tuple[bool, bool]]:
    """Whether each map's strongest evidence for the model's call, and a blob, lie on the lesion.

    Args:
        maps: Of the suspicion score's logit.
        masks: The outlines, where the patches were cut.
        called: Whether the model calls each; the evidence against is what speaks for the others.
    """
    found = []
    for one, mask, yes in zip(maps, masks, called, strict=True):
        evidence, blob = np.maximum(one.map if yes else -one.map, 0), centre_blob(mask.shape)
        found.append((_on(evidence, mask), _on(blob, mask)))
    return found


def _on(relevance: Map2D, mask: Mask) -> bool:
    return (points_inside(relevance, mask) or 0) >= 0.5
