"""Two selections side by side: their difference as a picture, attributes as a chart, the way."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from core.arrays import Map2D, Patches
from core.latent.attributes import attribute_unit, attribute_words
from core.latent.contrast import Effect
from dashboard.figures import pictures, theme

COLOURS = (theme.POSITIVE, theme.NEGATIVE)  # the map rings A and B in these


def difference_html(difference: Map2D, caption: str) -> str:
    """A signed difference: orange brighter, purple darker, grey alike; its scale is written."""
    scale = float(max(np.abs(difference).max(), 1e-6))
    stops = np.array([theme_rgb(colour) for _, colour in theme.SIGNED], float)
    at = np.clip((difference / scale + 1) / 2, 0, 1) * (len(stops) - 1)
    shown = np.stack([np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)], -1)
    source = pictures.url(pictures.png(np.round(shown).astype(np.uint8), side_px=384))
    said = escape(f"{caption}: orange brighter, purple darker, full colour at {scale:.2f}")
    return (
        f'<div><div class="ls-picture"><img alt="{said}" src="{source}"></div>'
        f'<p class="ls-caption">{said}</p></div>'
    )


def theme_rgb(colour: str) -> tuple[int, int, int]:
    """ "#RRGGBB" as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def effects(found: Sequence[Effect]) -> go.Figure:
    """Each attribute's effect with its interval; filled marks stand after correction."""
    names = [_named(one) for one in found]
    figure = go.Figure(
        go.Scatter(
            x=[one.d for one in found],
            y=names,
            mode="markers",
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [one.high - one.d for one in found],
                "arrayminus": [one.d - one.low for one in found],
                "thickness": 2,
            },
            marker={
                "size": 13,
                "color": theme.NEGATIVE,
                "symbol": ["circle" if one.is_clear else "circle-open" for one in found],
                "line": {"width": 2},
            },
            customdata=[[one.mean, one.other, one.p] for one in found],
            hovertemplate="%{y}: %{x:+.2f} sd<br>%{customdata[0]:.3g} against %{customdata[1]:.3g}"
            "<br>p %{customdata[2]:.3f}<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"color": theme.NEUTRAL, "width": 1.5})
    theme.layout(figure, height=90 + 34 * len(found), x="difference in sd", legend="none")
    figure.update_yaxes(autorange="reversed")
    return figure.update_layout(margin={"l": 250})


def effects_words(found: Sequence[Effect]) -> str:
    """The same for who cannot see it."""
    return "; ".join(
        f"{_named(one)} {one.d:+.1f} sd ({one.low:+.1f} to {one.high:+.1f})" for one in found
    )


def way_html(way: Patches, first: str, second: str, *, window: tuple[float, float]) -> str:
    """The way from one selection to the other, picture by picture."""
    low, high = window
    shown = np.clip((way - low) / max(high - low, 1e-9), 0, 1).astype(np.float32)
    captions = [
        first,
        *[f"{100 * at // (len(way) - 1)} %" for at in range(1, len(way) - 1)],
        second,
    ]
    alts = [f"{caption} of the way from {first} to {second}, simulated" for caption in captions]
    return pictures.strip_html(shown, alts=alts, captions=captions)


def _named(effect: Effect) -> str:
    unit = attribute_unit(effect.name)
    return attribute_words(effect.name) + (f" ({unit})" if unit else "")
