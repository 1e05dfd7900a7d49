"""What the decoder changes with each attribute, beside what it cannot draw: one colour scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from core.arrays import Map2D, Mask, Patch
from core.explain.explanation import FULL_COLOUR
from dashboard.figures import pictures
from dashboard.figures.heat import AGAINST, CSS, FOR, SIDE_PX, overlay, sides_and_bar
from dashboard.figures.sheet import Tile, marked, sheet
from dashboard.figures.window import windowed

OPACITY = 0.8


@dataclass(frozen=True, eq=False)
class Change:
    """What one attribute changes in the model's picture.

    Attributes:
        title: The attribute.
        signed: Picture with one standard deviation more, minus that with one less.
        sd: That standard deviation, in latent units.
    """

    title: str
    signed: Map2D
    sd: float


@dataclass(frozen=True, eq=False)
class Written:
    """One patch, the model's picture of it, and what each attribute changes there.

    Attributes:
        patch: As it was cut, in [0, 1].
        drawn: From its code alone.
        changes: One an attribute.
    """

    patch: Patch
    drawn: Patch
    changes: tuple[Change, ...]

    @property
    def error(self) -> Map2D:
        """The patch minus the model's picture of it."""
        return self.patch - self.drawn

    @property
    def scale(self) -> float:
        """Change of grey that gets the full colour, for every picture here."""
        every = [np.abs(self.error), *(np.abs(one.signed) for one in self.changes)]
        strength = np.concatenate([one.ravel() for one in every]).astype(np.float64)
        return float(np.percentile(strength, FULL_COLOUR)) or float(strength.max()) or 1.0


def written_html(
    told: Written,
    *,
    window: tuple[float, float],
    mask: Mask | None,
    lesion: str,
    spacing_mm: float | None,
) -> str:
    """The changes, the model's picture and its error side by side.

    Args:
        told: What is shown.
        window: Lowest and highest grey shown.
        mask: The lesion's outline, or None.
        lesion: What the cohort calls one.
        spacing_mm: Side of a pixel; None where neither it nor the patient's sides are known.
    """
    scale = told.scale
    cards = [
        _card(one, scale, window, mask, spacing_mm=spacing_mm) for one in _shown(told, mask, lesion)
    ]
    against, towards = (f"rgb({r} {g} {b})" for r, g, b in (AGAINST, FOR))
    ramp = (
        '<div class="heat-scale"><span>darker</span>'
        f"<span>{-scale:.2g}</span>"
        f'<i style="background:linear-gradient(90deg,{against},transparent,{towards})"></i>'
        f"<span>{scale:.2g}</span><span>brighter</span>"
        "<em>change of grey, on the picture's scale from 0 to 1; the same colours in every "
        "picture here</em></div>"
    )
    return f'<style>{CSS}</style>{ramp}<div class="heat-row">{"".join(cards)}</div>'


def written_png(
    told: Written,
    *,
    window: tuple[float, float],
    mask: Mask | None,
    lesion: str,
    spacing_mm: float | None,
) -> bytes:
    """The same as a picture to be saved; arguments as for `written_html`."""
    tiles = []
    for one in _shown(told, mask, lesion):
        drawn = overlay(windowed(one.ground, window), one.signed, scale=told.scale, opacity=OPACITY)
        picture = marked(
            drawn, shape=one.ground.shape, mask=mask, spacing_mm=spacing_mm, word=one.mark
        )
        tiles.append(Tile(picture, (one.title, one.line)))
    return sheet(
        tiles,
        f"Orange brighter, purple darker; full colour at a change of grey of {told.scale:.2g}, on "
        "a scale from 0 to 1. Simulated changes of appearance, not measurements.",
        ends=("darker", "brighter"),
    )


@dataclass(frozen=True, eq=False)
class _Picture:
    """One of the pictures, with what stands over and under it."""

    title: str
    line: str
    ground: Patch
    signed: Map2D
    mark: str


def _shown(told: Written, mask: Mask | None, lesion: str) -> Iterator[_Picture]:
    for one in told.changes:
        line = _strength(one.signed, mask, lesion)
        yield _Picture(one.title, line, told.drawn, one.signed, "SIMULATED")
    still = np.zeros_like(told.patch)
    line = "drawn from the code alone"
    yield _Picture("The model's picture", line, told.drawn, still, "RECONSTRUCTION")
    rms = float(np.sqrt(np.mean(np.square(told.error))))
    line = f"orange: brighter in the scan; root mean square {rms:.3f}"
    yield _Picture("What it cannot draw", line, told.patch, told.error, "")


def _strength(signed: Map2D, mask: Mask | None, lesion: str) -> str:
    total = float(np.abs(signed).sum())
    if total == 0:
        return "this attribute changes nothing here"
    said = f"largest change {float(np.abs(signed).max()):.2f}"
    if mask is None or not mask.any():
        return said
    return f"{said}; {float(np.abs(signed)[mask].sum()) / total:.0%} of it inside the {lesion}"


def _card(
    one: _Picture,
    scale: float,
    window: tuple[float, float],
    mask: Mask | None,
    *,
    spacing_mm: float | None,
) -> str:
    height, width = one.ground.shape
    picture = overlay(windowed(one.ground, window), one.signed, scale=scale, opacity=OPACITY)
    marks: Sequence[str] = [
        pictures.outline_svg(mask, colour="#fff", width=0.3) if mask is not None else "",
        f'<text x="{width / 2}" y="5.2" text-anchor="middle" font-family="sans-serif" '
        'font-weight="600" font-size="2.2" fill="#fff" stroke="#000" stroke-width=".5" '
        f'paint-order="stroke">{one.mark}</text>'
        if one.mark
        else "",
        sides_and_bar(height, width, spacing_mm),
    ]
    source = pictures.url(pictures.webp(picture, quality=88), "webp")
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{SIDE_PX}" height="{SIDE_PX}">'
        f'<image href="{source}" width="{width}" height="{height}"/>{"".join(marks)}</svg>'
    )
    return (
        f'<article class="heat-card"><div class="ls-picture"><img '
        f'alt="{escape(one.title)}: {escape(one.line)}" '
        f'src="{pictures.url(drawn.encode(), "svg+xml")}"></div>'
        f"<h3>{escape(one.title)}</h3><p>{escape(one.line)}</p></article>"
    )
