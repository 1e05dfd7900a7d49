"""Two selections side by side: their difference as a picture, attributes as a chart, the way."""

from collections.abc import Sequence
from html import escape
from io import BytesIO

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageFont

from core.arrays import Map2D, Patches
from core.latent.attributes import attribute_unit, attribute_words, spoken_unit
from core.latent.contrast import Effect
from dashboard.figures import pictures, theme
from dashboard.figures.selection_sheet import notice
from dashboard.words import counted

SIDE_PX, LINE_PX = 320, 24  # of a picture and of a line of words in `means_png`
COLOURS = (theme.POSITIVE, theme.NEGATIVE)  # the map rings A and B in these


def difference_html(difference: Map2D, caption: str) -> str:
    """A signed difference: orange brighter, purple darker, grey alike; its scale is written."""
    shown, scale = _signed(difference)
    source = pictures.url(pictures.png(shown, side_px=384))
    said = escape(f"{caption}: orange brighter, purple darker, full colour at {scale:.2f}")
    return (
        f'<div><div class="ls-picture"><img alt="{said}" src="{source}"></div>'
        f'<p class="ls-caption">{said}</p></div>'
    )


def _signed(difference: Map2D) -> tuple[np.ndarray, float]:
    """A signed difference in colours, (height, width, 3) uint8, and where they are full."""
    scale = float(max(np.abs(difference).max(), 1e-6))
    stops = np.array([theme_rgb(colour) for _, colour in theme.SIGNED], float)
    at = np.clip((difference / scale + 1) / 2, 0, 1) * (len(stops) - 1)
    shown = np.stack([np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)], -1)
    return np.round(shown).astype(np.uint8), scale


def means_png(
    means: Patches, names: tuple[str, str], window: tuple[float, float], *, synthetic: bool
) -> bytes:
    """Both mean pictures and their difference side by side, with words above and below."""
    difference, scale = _signed(means[1] - means[0])
    shown = [pictures.grey(one, low=window[0], high=window[1]) for one in means]
    heads = [f"Mean of {name}" for name in names]
    heads.append(f"{names[1]} less {names[0]}: orange brighter, full at {scale:.2f}")
    sheet = Image.new("RGB", (3 * SIDE_PX, SIDE_PX + 2 * LINE_PX), "#14181b")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for number, (picture, head) in enumerate(zip([*shown, difference], heads, strict=True)):
        image = Image.fromarray(picture).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
        sheet.paste(image.convert("RGB"), (number * SIDE_PX, LINE_PX))
        pen.text((number * SIDE_PX + 6, 3), head, fill="white", font=font)
    said = notice(synthetic=synthetic)
    pen.text((6, SIDE_PX + LINE_PX + 3), said, fill="white", font=font)
    held = BytesIO()
    sheet.save(held, "PNG")
    return held.getvalue()


def effects_csv(found: Sequence[Effect], first: str, second: str) -> str:
    """Each attribute's effect, one a line: second less first, p after correction (Holm)."""
    lines = [f"attribute,unit,mean of {second},mean of {first},d,low,high,p"]
    lines += [
        f'"{attribute_words(one.name)}",{attribute_unit(one.name)},{one.mean:.6g},{one.other:.6g},'
        f"{one.d:.4f},{one.low:.4f},{one.high:.4f},{one.p:.4g}"
        for one in found
    ]
    return "\n".join(lines) + "\n"


def drawn_words(
    rows: pd.DataFrame, a: Sequence[int], b: Sequence[int], first: str, second: str
) -> str:
    """What a difference of two drawn groups cannot show, and how many patients are in both."""
    sides = [set(rows["patient_id"].iloc[list(side)]) for side in (a, b)]
    both = len(sides[0] & sides[1])
    shared = (
        f"{counted(both, 'patient')} of {len(sides[0] | sides[1])} "
        f"{'has' if both == 1 else 'have'} pictures on both sides. "
        if both else ""
    )  # fmt: skip
    return (
        f"{shared}Who draws {first} and {second} by eye on a map of size finds that they differ in "
        "size: a difference in what the map shows, or is coloured by, is how they were made and no "
        "finding, whatever its p."
    )


def theme_rgb(colour: str) -> tuple[int, int, int]:
    """ "#RRGGBB" as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def effects(found: Sequence[Effect], rows: pd.DataFrame) -> go.Figure:
    """Each attribute's effect with its interval; filled marks stand after correction.

    The rows of the run say in which units means are shown.
    """
    units = [spoken_unit(one.name, rows) for one in found]
    names = [
        attribute_words(one.name) + (f" ({unit})" if unit else "")
        for one, (unit, _) in zip(found, units, strict=True)
    ]
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
            customdata=[
                [one.mean / per, one.other / per, one.p]
                for one, (_, per) in zip(found, units, strict=True)
            ],
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
        f"{attribute_words(one.name)} {one.d:+.1f} sd ({one.low:+.1f} to {one.high:+.1f})"
        for one in found
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
