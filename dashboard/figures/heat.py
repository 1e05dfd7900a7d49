"""Heat maps over patches: evidence for in orange, against in purple, opacity by value.

All lesions of a patient share one scale, so a weak map stays weak beside a strong one, and an
empty one is said in words instead of being stretched into noise.
"""

from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from core.arrays import Map2D, Mask, Patch
from core.explain.explanation import CAVEAT, METHODS, Explanation, colour_limit
from core.explain.faithfulness.checked import Checked
from core.explain.question import NODE_LOGIT
from dashboard.figures import pictures
from dashboard.figures.heat_badge import BADGE_CSS, HeatCard, badge, line_html
from dashboard.figures.window import windowed

FOR, AGAINST = (230, 97, 1), (124, 82, 190)  # PuOr's ends, the purple lighter to read on grey
SIDE_PX = 320
NOTHING = "Nothing in this picture speaks for a higher score, as this map sees it."


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
    ramp = _scale_html(scale, strongest)
    return f'<style>{CSS}</style>{ramp}<div class="heat-row">{shown}</div>'


def methods_html(cards: Sequence[HeatCard], *, opacity: float = 0.75) -> str:
    """One lesion by several methods, each on its own colour scale, with its checks."""
    shown = []
    for card in cards:
        found = card.explanation
        scale = colour_limit((found,)) or 0.0
        drawn = heat_svg(card, scale=scale, opacity=opacity, outlines=True)
        shown.append(
            f'<article class="heat-card{card.tone}"><div class="ls-picture"><img '
            f'alt="{escape(card.title)}: heat map. {escape(checks(found))}" '
            f'src="{pictures.url(drawn.encode(), "svg+xml")}"></div>{_empty(found)}'
            f"<h3>{escape(card.title)}</h3>"
            f"{badge(card)}"
            f'<p class="heat-checks">{escape(checks(found))}</p></article>'
        )
    return f'<style>{CSS}</style><div class="heat-row">{"".join(shown)}</div>'


def plain_html(
    maps: Sequence[Explanation],
    *,
    titles: Sequence[str],
    lines: Sequence[str],
    scale: float | None,
    window: tuple[float, float],
    masks: Sequence[Mask] | None = None,
    blob: bool = False,
    tested: Sequence[str | Checked | None],
    lesion: str,
) -> str:
    """Maps with one line each, for lessons; `blob` draws a dashed circle in the middle.

    Args:
        maps: What is shown.
        titles: One a map.
        lines: One a map, under its title.
        scale: Magnitude of full colour; None gives each map its own.
        window: Lowest and highest grey shown.
        masks: Outlines to draw, or None.
        blob: Whether the blob in the middle is marked.
        tested: What each map passes, None where it was not tested, or why it cannot be.
        lesion: What the cohort calls one.
    """
    shown = []
    for at, found in enumerate(maps):
        height, width = found.patch.shape
        signed = found.map if found.is_drawable else found.map * 0
        full = (colour_limit((found,)) or 0.0) if scale is None else scale
        picture = overlay(windowed(found.patch, window), signed, scale=full, opacity=0.75)
        marks = pictures.outline_svg(masks[at], colour="#fff", width=0.3) if masks else ""
        if blob:  # two standard deviations of `centre_blob`
            marks += (
                f'<circle cx="{width / 2 + 0.5}" cy="{height / 2 + 0.5}" r="{width / 4}" '
                'fill="none" stroke="#FFD166" stroke-width=".4" stroke-dasharray="1.2 .8"/>'
            )
        source = pictures.url(pictures.webp(picture, quality=88), "webp")
        drawn = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{SIDE_PX}" height="{SIDE_PX}">'
            f'<image href="{source}" width="{width}" height="{height}"/>{marks}</svg>'
        )
        said = tested[at]
        reason, checked = (said, None) if isinstance(said, str) else ("", said)
        tone = " heat-pale" if reason else ""
        tone = " heat-dim" if checked and checked.no_better_than_blob else tone
        shown.append(
            f'<article class="heat-card{tone}"><div class="ls-picture"><img '
            f'alt="{escape(titles[at])}: {escape(lines[at])}" '
            f'src="{pictures.url(drawn.encode(), "svg+xml")}"></div>{_empty(found)}'
            f"<h3>{escape(titles[at])}</h3><p>{escape(lines[at])}</p>"
            f"{line_html(checked, reason=reason, lesion=lesion)}"
            f'<p class="heat-checks">{escape(checks(found))}</p></article>'
        )
    return f'<style>{CSS}</style><div class="heat-row">{"".join(shown)}</div>'


def nothing(explanation: Explanation) -> str:
    """What an empty map says; "" where there is something to see."""
    if not explanation.is_empty:
        return ""
    if explanation.asked == NODE_LOGIT.name:
        return NOTHING
    return f"Nothing in this picture speaks for more of {explanation.asked}, as this map sees it."


def _empty(explanation: Explanation) -> str:
    said = nothing(explanation)
    return f'<p class="heat-empty">{escape(said)}</p>' if said else ""


def checks(explanation: Explanation) -> str:
    """The line beside every map: how it was made, how strong it is, where it lies."""
    layer = explanation.layer
    where = f"layer {layer} × {layer}" if layer else "on the pixels"
    made = f"{METHODS[explanation.method]}, {where}, raw maximum {explanation.raw_max:.3g}"
    if explanation.asked != NODE_LOGIT.name:
        made = f"{made}, explains {explanation.asked}"
    if explanation.mass_inside is None or explanation.area_share is None:
        return f"{made}. {CAVEAT}"
    return (
        f"{made}; {explanation.mass_inside:.0%} of the evidence for lies inside the outline, "
        f"which covers {explanation.area_share:.0%} of the picture. {CAVEAT}"
    )


def heat_svg(card: HeatCard, *, scale: float, opacity: float, outlines: bool) -> str:
    """A lesion's picture with its map, outline, sides and scale bar, as an SVG document."""
    found = card.explanation
    height, width = found.patch.shape
    signed = found.map if found.is_drawable else found.map * 0
    shown = windowed(found.patch, card.window)
    picture = overlay(shown, signed, scale=scale, opacity=opacity)
    marks = pictures.letters_svg(height, width) if card.spacing_mm else ""
    if outlines and card.mask is not None and card.mask.any():
        marks += pictures.outline_svg(card.mask, colour="#fff", width=0.3)
    if card.spacing_mm:
        long = 5 if width * card.spacing_mm < 40 else 20
        marks += pictures.bar_svg(height, width, card.spacing_mm, long)
    source = pictures.url(pictures.webp(picture, quality=88), "webp")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{SIDE_PX}" height="{SIDE_PX}">'
        f'<image href="{source}" width="{width}" height="{height}"/>{marks}</svg>'
    )


def _card(card: HeatCard, scale: float, opacity: float, outlines: bool) -> str:
    found = card.explanation
    side = "above" if card.score >= card.threshold else "below"
    alt = f"{card.title}: heat map, score {card.score:.2f}. {checks(found)}"
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
        f'<p class="heat-checks">{escape(checks(found))}</p></article>'
    )


def _change(points: float) -> str:
    return (
        f"<p>Left out, the patient's score changes by <b>{round(100 * points, 1) + 0.0:+.1f}</b> "
        f"{'point' if abs(round(100 * points, 1)) == 1 else 'points'}.</p>"
    )


def _scale_html(scale: float, strongest: float) -> str:
    against, towards = (f"rgb({r} {g} {b})" for r, g, b in (AGAINST, FOR))
    return (
        '<div class="heat-scale"><span>evidence against</span>'
        f"<span>{-scale:.2g}</span>"
        f'<i style="background:linear-gradient(90deg,{against},transparent,{towards})"></i>'
        f"<span>{scale:.2g}</span><span>evidence for</span>"
        "<em>one scale for all of this patient's pictures; the strongest pixel has "
        f"{strongest:.2g}</em></div>"
    )


CSS = (
    BADGE_CSS
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
.heat-scale { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0 0 .7rem;
  font-size: .9rem; }
.heat-scale i { width: 11rem; height: .8rem; border-radius: 3px; }
.heat-scale em { opacity: .75; font-style: normal; }
"""
)
