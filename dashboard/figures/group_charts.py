"""The evidence for groups as charts: cohesion, stability, gap, and where members go with K."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.latent.attributes import attribute_words
from core.latent.clusters import Clusters
from core.latent.evidence import STABLE, Study
from dashboard.figures import theme
from dashboard.figures.groups import trouble


def silhouettes(study: Study, chosen: int) -> go.Figure:
    """Silhouette against K over the band that clouds without any groups reach."""
    ks = [one.k for one in study.found]
    highs, lows = ([edge(one.nulls) for one in study.found] for edge in (max, min))
    figure = go.Figure(
        [
            go.Scatter(
                x=[*ks, *ks[::-1]],
                y=[*highs, *lows[::-1]],
                fill="toself",
                fillcolor="rgba(128,138,144,.3)",
                line={"width": 0},
                name="clouds without groups",
                hoverinfo="skip",
            ),
            _line(ks, [one.silhouette for one in study.found], "this run"),
        ]
    )
    _mark(figure, ks, [one.silhouette for one in study.found], chosen)
    return theme.layout(figure, height=260, x="number of groups K", y="silhouette")


def stability(study: Study, chosen: int) -> go.Figure:
    """How well the groups come back on other patients, with what is asked of them."""
    ks, values = [one.k for one in study.found], [one.ari for one in study.found]
    figure = go.Figure(
        [
            go.Scatter(
                x=[*ks, *ks[::-1]],
                y=[*[one.ari_high for one in study.found], *[o.ari_low for o in study.found][::-1]],
                fill="toself",
                fillcolor="rgba(46,134,193,.18)",
                line={"width": 0},
                name="95 % of resamples",
                hoverinfo="skip",
            ),
            _line(ks, values, "agreement (ARI)"),
        ]
    )
    figure.add_hline(y=STABLE, line={"color": theme.ACCENT, "dash": "dash", "width": 2})
    _mark(figure, ks, values, chosen)
    theme.layout(figure, height=260, x="number of groups K", y="agreement when drawn again")
    return figure.update_yaxes(range=[0, 1.03])


def gaps(study: Study, chosen: int) -> go.Figure:
    """The gap statistic with its standard errors."""
    found = [one for one in study.found if one.gap is not None]
    ks, values = [one.k for one in found], [one.gap or 0.0 for one in found]
    line = _line(ks, values, "gap")
    line.error_y = {"type": "data", "array": [one.gap_error for one in found], "thickness": 1.2}
    figure = go.Figure([line])
    _mark(figure, ks, values, chosen)
    return theme.layout(figure, height=260, x="number of groups K", y="gap", legend="none")


def table(study: Study) -> list[dict[str, object]]:
    """Everything a study found, one line a K, for a table on screen."""
    lines = []
    for one in study.found:
        line: dict[str, object] = {
            "K": one.k,
            "supported": "yes" if one.is_supported else "no",
            "silhouette": round(one.silhouette, 3),
            "minus null": round(one.silhouette_minus_null, 3),
            "against it": "" if one.is_supported else trouble(one),
            "ARI": round(one.ari, 3),
            "least Jaccard": round(min(one.jaccard, default=0.0), 2),
            "gap": None if one.gap is None else round(one.gap, 3),
            "AMI with outcome": None if one.ami_label is None else round(one.ami_label, 3),
            "AMI with T stage": None if one.ami_t_stage is None else round(one.ami_t_stage, 3),
        }
        for explained in one.explained:
            name = attribute_words(explained.name)
            line[f"eta² {name}"] = f"{explained.eta2:.2f} (p {explained.p:.3f})"
        lines.append(line)
    return lines


def members(before: Clusters, after: Clusters, names: Sequence[str]) -> go.Figure:
    """Where the members of one grouping's groups went in another (a Sankey diagram).

    Args:
        before: On the left.
        after: On the right.
        names: What the groups on the right are called.
    """
    sides = [_with_none(one.labels, one.k) for one in (before, after)]
    rows, columns = (one.k + (one.left_out > 0) for one in (before, after))
    counts = np.zeros((rows, columns), dtype=int)
    np.add.at(counts, (sides[0], sides[1]), 1)
    source, target = np.nonzero(counts)
    left = [f"Group {number + 1} of {before.k}" for number in range(before.k)]
    left += ["in none"] * (before.left_out > 0)
    right = [*names, *["in none"] * (after.left_out > 0)]
    colours = [theme.cluster_colour(number) for number in range(before.k)]
    colours += [theme.NEUTRAL] * (before.left_out > 0)
    others = [theme.cluster_colour(number) for number in range(after.k)]
    others += [theme.NEUTRAL] * (after.left_out > 0)
    figure = go.Figure(
        go.Sankey(
            node={"label": left + right, "color": colours + others, "pad": 14, "thickness": 16},
            link={
                "source": source,
                "target": target + rows,
                "value": counts[source, target],
                "color": [_faint(colours[one]) for one in source],
            },
        )
    )
    return theme.layout(figure, height=340, legend="none").update_layout(
        margin={"l": 12, "r": 12, "t": 12, "b": 12}
    )


def _with_none(labels: np.ndarray, k: int) -> np.ndarray:
    return np.where(labels >= 0, labels, k)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.32)"


def _line(ks: Sequence[int], values: Sequence[float], name: str) -> go.Scatter:
    return go.Scatter(
        x=list(ks),
        y=list(values),
        mode="lines+markers",
        name=name,
        line={"color": theme.NEGATIVE, "width": 2.5},
        marker={"size": 7},
        hovertemplate="K = %{x}: %{y:.2f}<extra></extra>",
    )


def _mark(figure: go.Figure, ks: Sequence[int], values: Sequence[float], chosen: int) -> None:
    at = [number for number, k in enumerate(ks) if k == chosen]
    figure.add_scatter(
        x=[ks[number] for number in at],
        y=[values[number] for number in at],
        mode="markers",
        marker={"size": 16, "color": theme.POSITIVE, "symbol": "circle-open", "line": {"width": 3}},
        showlegend=False,
        hoverinfo="skip",
    )
