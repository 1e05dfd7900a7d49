"""Heat maps over patches: evidence for in orange, against in purple, opacity by value.

All lesions of a patient share one scale, so a weak map stays weak beside a strong one, and an
empty one is said in words instead of being stretched into noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from PIL import Image

from core.arrays import Map2D, Mask, Patch
from core.explain.explanation import Explanation, colour_limit
from core.explain.faithfulness.checked import Checked
from dashboard.figures import pictures
from dashboard.figures.heat_badge import BADGE_CSS, HeatCard, badge, line_html
from dashboard.figures.heat_line import checks, nothing
from dashboard.figures.heat_scale import (
    AGAINST,
    ENDS,
    FOR,
    SCALE_CSS,
    full_colour,
    own_scales_html,
    scale_html,
    shared_html,
)
from dashboard.figures.window import windowed

SIDE_PX = 320


def overlay(
    patch: Patch, signed: Map2D, *, scale: float, opacity: float, side_px: int = SIDE_PX
) -> np.ndarray:
    """A patch with its map laid over it, (side, side, 3) uint8.

    Args:
        patch: In [0, 1].
        signed: Evidence for (positive) and against (negative), on the patch's pixels.
        scale: Magnitude that gets the full opacity; 0 leaves the patch as it is.
        opacity: Of the strongest evidence, 0 to 1.
        side_px: Side of the result.
    """
    size = (side_px, side_px)
    base = Image.fromarray(np.asarray(patch, np.float32)).resize(size, Image.Resampling.BICUBIC)
    clean = np.nan_to_num(np.asarray(signed, np.float32), posinf=0, neginf=0)
    heat = np.asarray(Image.fromarray(clean).resize(size, Image.Resampling.BILINEAR))
    strength = np.clip(np.abs(heat) / scale, 0, 1) if scale > 0 else np.zeros(size)
    alpha = (opacity * strength)[..., None]
    colour = np.where(heat[..., None] > 0, np.array(FOR), np.array(AGAINST))
    grey = 255 * np.clip(np.asarray(base), 0, 1)[..., None]
    return np.round((1 - alpha) * grey + alpha * colour).astype(np.uint8)


def cards_html(
    cards: Sequence[HeatCard], *, scale: float | None, opacity: float = 0.75, outlines: bool = True
) -> str:
    """Lesions side by side on one colour scale, as one element.

    Args:
        cards: The lesions, in the order to be shown.
        scale: The patient's `colour_limit`; None where every map is flat.
        opacity: Of the strongest evidence, 0 to 1.
        outlines: Whether the masks' edges are drawn.
    """
    scale = scale or 0.0
    shown = "".join(_card(card, scale, opacity, outlines) for card in cards)
    maps = (card.explanation for card in cards)
    strongest = max((float(np.abs(one.map).max()) for one in maps if one.is_drawable), default=0.0)
    ramp = scale_html(scale, strongest, opacity=opacity)
    return f'<style>{CSS}</style>{ramp}<div class="heat-row">{shown}</div>'


def methods_html(cards: Sequence[HeatCard], *, opacity: float = 0.75) -> str:
    """One lesion by several methods, each on its own colour scale, with its checks."""
    shown = []
    for card in cards:
        found = card.explanation
        scale = colour_limit((found,)) or 0.0
        drawn = heat_svg(card, scale=scale, opacity=opacity, outlines=True)
        made = escape(checks(found, mask=card.mask))
        shown.append(
            f'<article class="heat-card{card.tone}"><div class="ls-picture"><img '
            f'alt="{escape(card.title)}: heat map. {made}" '
            f'src="{pictures.url(drawn.encode(), "svg+xml")}"></div>{_empty(found)}'
            f"<h3>{escape(card.title)}</h3>"
            f"{badge(card)}"
            f'<p class="heat-checks">{made}{full_colour(scale)}</p></article>'
        )
    return f'<style>{CSS}</style>{own_scales_html()}<div class="heat-row">{"".join(shown)}</div>'


@dataclass(frozen=True)
class Plain:
    """Maps with one line each, for lessons.

    Attributes:
        maps: What is shown.
        titles: One a map.
        lines: One a map, under its title.
        scale: Magnitude of full colour; None gives each map its own.
        window: Lowest and highest grey shown.
        masks: Outlines to draw, or None.
        tested: What each map passes, None where it was not tested, or why it cannot be.
        lesion: What the cohort calls one.
        spacing_mm: Side of a pixel; None where neither it nor the patient's sides are known.
        blob: Whether the blob in the middle is marked.
        ends: What the colours of the bar's ends stand for, where each map has its own scale.
    """

    maps: Sequence[Explanation]
    titles: Sequence[str]
    lines: Sequence[str]
    scale: float | None
    window: tuple[float, float]
    masks: Sequence[Mask] | None
    tested: Sequence[str | Checked | None]
    lesion: str
    spacing_mm: float | None
    blob: bool = False
    ends: tuple[str, str] = ENDS

    @property
    def cards(self) -> list[HeatCard]:
        """One card a map; its score is not shown."""
        return [
            HeatCard(
                title=self.titles[at],
                explanation=found,
                mask=self.masks[at] if self.masks else None,
                score=0.0,
                threshold=1.0,
                left_out=None,
                spacing_mm=self.spacing_mm,
                window=self.window,
                checked=None if isinstance(said := self.tested[at], str) else said,
                untestable=said if isinstance(said, str) else "",
                lesion=self.lesion,
            )
            for at, found in enumerate(self.maps)
        ]


def plain_html(plain: Plain) -> str:
    """Such maps side by side; a dashed circle in the middle where the blob is marked."""
    shown = []
    for card, line, said in zip(plain.cards, plain.lines, plain.tested, strict=True):
        found = card.explanation
        scale = (colour_limit((found,)) or 0.0) if plain.scale is None else plain.scale
        drawn = heat_svg(card, scale=scale, opacity=0.75, outlines=True, blob=plain.blob)
        reason = said if isinstance(said, str) else ""
        shown.append(
            f'<article class="heat-card{card.tone}"><div class="ls-picture"><img '
            f'alt="{escape(card.title)}: {escape(line)}" '
            f'src="{pictures.url(drawn.encode(), "svg+xml")}"></div>{_empty(found)}'
            f"<h3>{escape(card.title)}</h3><p>{escape(line)}</p>"
            f"{line_html(card.checked, reason=reason, lesion=plain.lesion)}"
            f'<p class="heat-checks">{escape(checks(found, mask=card.mask))}'
            f"{full_colour(scale) if plain.scale is None else ''}</p></article>"
        )
    ramp = own_scales_html(plain.ends) if plain.scale is None else shared_html(plain.scale)
    return f'<style>{CSS}</style>{ramp}<div class="heat-row">{"".join(shown)}</div>'


def _empty(explanation: Explanation) -> str:
    said = nothing(explanation)
    return f'<p class="heat-empty">{escape(said)}</p>' if said else ""


def bar_mm(width: int, spacing_mm: float) -> int:
    """How long the scale bar of a picture is: 5 mm, or 20 mm where it shows 4 cm and more."""
    return 5 if width * spacing_mm < 40 else 20


def sides_and_bar(height: int, width: int, spacing_mm: float | None) -> str:
    """R, L, A, P and a scale bar, which every picture of a patient has; "" where not known."""
    if not spacing_mm:
        return ""
    bar = pictures.bar_svg(height, width, spacing_mm, bar_mm(width, spacing_mm))
    return pictures.letters_svg(height, width) + bar


def heat_svg(
    card: HeatCard, *, scale: float, opacity: float, outlines: bool, blob: bool = False
) -> str:
    """A lesion's picture with its map, outline, sides and scale bar, as an SVG document."""
    found = card.explanation
    height, width = found.patch.shape
    signed = found.map if found.is_drawable else found.map * 0
    shown = windowed(found.patch, card.window)
    picture = overlay(shown, signed, scale=scale, opacity=opacity)
    marks = ""
    if outlines and card.mask is not None and card.mask.any():
        marks = pictures.outline_svg(card.mask, colour="#fff", width=0.3)
    if blob:  # two standard deviations of `centre_blob`
        marks += (
            f'<circle cx="{width / 2 + 0.5}" cy="{height / 2 + 0.5}" r="{width / 4}" '
            'fill="none" stroke="#FFD166" stroke-width=".4" stroke-dasharray="1.2 .8"/>'
        )
    marks += sides_and_bar(height, width, card.spacing_mm)
    source = pictures.url(pictures.webp(picture, quality=88), "webp")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{SIDE_PX}" height="{SIDE_PX}">'
        f'<image href="{source}" width="{width}" height="{height}"/>{marks}</svg>'
    )


def _card(card: HeatCard, scale: float, opacity: float, outlines: bool) -> str:
    found = card.explanation
    side = "above" if card.score >= card.threshold else "below"
    alt = f"{card.title}: heat map, score {card.score:.2f}. {checks(found, mask=card.mask)}"
    drawn = heat_svg(card, scale=scale, opacity=opacity, outlines=outlines)
    change = "" if card.left_out is None else _change(card.left_out)
    return (
        f'<article class="heat-card{card.tone}"><div class="ls-picture"><img alt="{escape(alt)}" '
        f'src="{pictures.url(drawn.encode(), "svg+xml")}"></div>{_empty(found)}'
        f'<h3>{escape(card.title)}</h3><p class="heat-score {side}"><b>{card.score:.2f}</b> '
        f"{'suspicious' if side == 'above' else 'not suspicious'}</p>"
        f'<div class="heat-gauge"><i class="{side}" style="width:{100 * card.score:.0f}%"></i>'
        f'<u style="left:{100 * card.threshold:.0f}%"></u></div>{change}'
        f"{badge(card)}"
        f'<p class="heat-checks">{escape(checks(found, mask=card.mask))}</p></article>'
    )


def _change(change: float) -> str:
    shown = round(100 * change, 1)
    if not shown:
        return "<p>Without it, the patient's score would be the same.</p>"
    return (
        f"<p>Without it, the patient's score would be <b>{abs(shown):.1f}</b> "
        f"{'point' if abs(shown) == 1 else 'points'} {'lower' if shown < 0 else 'higher'}.</p>"
    )


CSS = (
    BADGE_CSS
    + SCALE_CSS
    + """
.heat-row { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); }
.heat-card { position: relative; }
.heat-card h3 { font-size: 1.05rem; margin: .45rem 0 0; padding: 0; }
.heat-card p { margin: .15rem 0 0; line-height: 1.35; }
.heat-score b { font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.heat-gauge { position: relative; height: 7px; border-radius: 4px; margin: .3rem 0 .2rem;
  background: color-mix(in srgb, currentColor 16%, transparent); }
.heat-gauge i { position: absolute; inset: 0 auto 0 0; border-radius: 4px; background: #2E86C1; }
.heat-gauge i.above { background: #D55E00; }
.heat-gauge u { position: absolute; top: -3px; bottom: -3px; width: 2px; background: currentColor; }
.heat-checks { font-size: .82rem; opacity: .78; }
.heat-empty { font-size: .92rem; font-weight: 600; }
"""
)
