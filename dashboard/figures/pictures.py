"""Patches and slices as HTML pictures: enlarged smoothly, marks drawn over them as crisp SVG.

Every picture of a patient carries R, L, A, P and a scale bar. All pictures are greyscale PNG or
WebP inside the page itself (data URLs), so a row of them is one element and one message.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.arrays import Map2D, Mask, Patch, Patches
from core.latent.attributes import CM_FROM_MM

OUTLINE = "#FFD166"  # light amber: reads on grey tissue and on black
HALO = "rgba(0,0,0,.65)"


def grey(picture: Map2D, *, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """A picture as 8-bit grey between two values, as window and level would show it."""
    scaled = (np.asarray(picture, float) - low) / max(high - low, 1e-9)
    return np.round(np.clip(scaled, 0, 1) * 255).astype(np.uint8)


def png(picture: np.ndarray, *, side_px: int = 0) -> bytes:
    """An 8-bit picture as PNG; `side_px` enlarges it bicubically, as radiology viewers do."""
    image = Image.fromarray(picture)
    if side_px:
        height, width = picture.shape[:2]
        scale = side_px / max(height, width)
        size = (round(width * scale), round(height * scale))
        image = image.resize(size, Image.Resampling.BICUBIC)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def webp(picture: np.ndarray, *, quality: int = 80) -> bytes:
    """An 8-bit picture as WebP, for what is sent as it is and enlarged in the browser."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def url(content: bytes, kind: str = "png") -> str:
    """Bytes of a picture as a link that holds them."""
    return f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"


def patch_url(
    patch: Patch,
    *,
    side_px: int = 384,
    window: tuple[float, float] = (0.0, 1.0),
    mark: str = "",
) -> str:
    """A patch, enlarged, as a data URL.

    Args:
        patch: In [0, 1].
        side_px: Of the longer side.
        window: Lowest and highest value shown.
        mark: Written into the pixels, so that a saved picture still says what it is.
    """
    shown = grey(patch, low=window[0], high=window[1])
    return url(marked_png(shown, mark, side_px=side_px) if mark else png(shown, side_px=side_px))


def marked_png(picture: np.ndarray, mark: str, *, side_px: int) -> bytes:
    """An 8-bit picture, enlarged, with a word in the pixels of its lower left corner, as PNG."""
    image = Image.open(BytesIO(png(picture, side_px=side_px)))
    size = max(11, side_px // 17)
    ImageDraw.Draw(image).text(
        (size / 2, image.height - size / 2),
        mark,
        anchor="lb",
        fill=255,
        stroke_width=max(1, size // 8),
        stroke_fill=0,
        font=ImageFont.load_default(size),
    )
    return png(np.asarray(image))


def patch_html(
    patch: Patch,
    *,
    alt: str,
    spacing_mm: float | None = None,
    side_px: int = 384,
    mask: Mask | None = None,
    letters: bool = True,
    window: tuple[float, float] = (0.0, 1.0),
    caption: str = "",
    mark: str = "",
) -> str:
    """One patch as a figure: outline of the lesion, R / L / A / P and a scale bar over it.

    Args:
        patch: In [0, 1]; rows from anterior to posterior, columns from the patient's right.
        alt: What a reader who cannot see it is told.
        spacing_mm: Side of a pixel; without it there is no scale bar.
        side_px: How large it is drawn; the page may show it smaller.
        mask: The lesion, drawn as an outline.
        letters: Whether R, L, A, P stand at the edges.
        window: Lowest and highest value shown.
        caption: A line under the picture.
        mark: Written into its pixels: SIMULATED where it is.
    """
    drawn = patch_svg(
        patch,
        spacing_mm=spacing_mm,
        side_px=side_px,
        mask=mask,
        letters=letters,
        window=window,
        mark=mark,
    )
    below = f'<p class="ls-caption">{escape(caption)}</p>' if caption else ""
    source = url(drawn.encode(), "svg+xml")
    image = f'<img alt="{escape(alt)}" src="{source}">'
    return f'<div><div class="ls-picture">{image}</div>{below}</div>'


def patch_svg(
    patch: Patch,
    *,
    spacing_mm: float | None = None,
    side_px: int = 384,
    mask: Mask | None = None,
    letters: bool = True,
    window: tuple[float, float] = (0.0, 1.0),
    mark: str = "",
) -> str:
    """The same as an SVG document that holds its picture: the page's HTML may not hold SVG."""
    height, width = patch.shape
    marks = outline_svg(mask) if mask is not None and mask.any() else ""
    marks += letters_svg(height, width) if letters else ""
    if spacing_mm:
        wide_mm = width * spacing_mm
        marks += bar_svg(height, width, spacing_mm, 5 if wide_mm < 40 else 20)
    shown = patch_url(patch, side_px=side_px, window=window, mark=mark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{side_px}" height="{side_px * height / width:.0f}">'
        f'<image href="{shown}" width="{width}" height="{height}"/>'
        f"{marks}</svg>"
    )


def strip_html(
    patches: Patches,
    *,
    alts: Sequence[str],
    captions: Sequence[str] = (),
    side_px: int = 128,
    masks: Sequence[Mask | None] = (),
    mark: str = "",
) -> str:
    """A row of small patches as one element, each with a caption and a word in its pixels."""
    cells = []
    for number, patch in enumerate(patches):
        mask = masks[number] if masks else None
        caption = captions[number] if captions else ""
        cells.append(
            patch_html(
                patch,
                alt=alts[number],
                side_px=side_px,
                mask=mask,
                letters=False,
                caption=caption,
                mark=mark,
            )
        )
    return f'<div class="ls-strip">{"".join(cells)}</div>'


def row_html(cells: Sequence[str]) -> str:
    """Pictures of one size side by side as one element, as wide as the page has room for."""
    return f'<div class="ls-row">{"".join(cells)}</div>'


def outline_svg(mask: Mask, *, colour: str = OUTLINE, width: float = 0.35) -> str:
    """The edge of a mask as an SVG element in pixel units."""
    return (
        f'<path d="{edge(mask)}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linecap="round"/>'
    )


def edge(mask: Mask) -> str:
    """The edge of a mask along pixel borders, as the text of an SVG path in pixel units."""
    lines = edge_lines(mask)
    return "".join(f"M{x} {y}{'h' if x != x_end else 'v'}1" for (x, y), (x_end, _) in lines)


def edge_lines(mask: Mask) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The same as lines of one pixel's length, from (x, y) to (x, y)."""
    padded = np.pad(mask.astype(bool), 1)
    across = padded[1:, 1:-1] != padded[:-1, 1:-1]
    down = padded[1:-1, 1:] != padded[1:-1, :-1]
    lines = [((c, r), (c + 1, r)) for r, c in np.argwhere(across).tolist()]
    return lines + [((c, r), (c, r + 1)) for r, c in np.argwhere(down).tolist()]


def letters_svg(height: float, width: float) -> str:
    """R, L, A, P at the edges: the patient's right on the viewer's left."""
    size = 0.055 * max(height, width)
    places = {
        "R": (0.035 * width, height / 2),
        "L": (0.965 * width, height / 2),
        "A": (width / 2, 0.045 * height),
        "P": (width / 2, 0.955 * height),
    }
    return "".join(_text(letter, x, y, size) for letter, (x, y) in places.items())


def bar_svg(height: float, width: float, spacing_mm: float, length_mm: float) -> str:
    """A scale bar in the lower right corner, with its length in mm, from 20 mm on in cm."""
    long = length_mm / spacing_mm
    says = f"{length_mm / 10:g} cm" if length_mm >= CM_FROM_MM else f"{length_mm:g} mm"
    right, y = 0.96 * width, 0.945 * height
    size, thick = 0.05 * max(height, width), 0.012 * max(height, width)
    return (
        f'<rect x="{right - long:.2f}" y="{y:.2f}" width="{long:.2f}" height="{thick:.2f}" '
        f'fill="#fff" stroke="{HALO}" stroke-width="{thick / 4:.2f}"/>'
        + _text(says, right - long / 2, y - 0.7 * size, size)
    )


def _text(text: str, x: float, y: float, size: float) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}" fill="#fff" stroke="{HALO}" '
        f'stroke-width="{size / 7:.2f}" paint-order="stroke" text-anchor="middle" '
        f'dominant-baseline="central" font-family="sans-serif">{text}</text>'
    )
