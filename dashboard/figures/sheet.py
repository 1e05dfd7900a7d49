"""Pictures side by side on one sheet to be saved, each with its lines, and a foot under all."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from textwrap import wrap
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.arrays import Mask
from dashboard.figures.heat import SIDE_PX, bar_mm
from dashboard.figures.heat_scale import AGAINST, FOR
from dashboard.figures.pictures import edge_lines

Pixels: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]  # (height, width, 3)

LINE_PX, MARGIN_PX = 17, 8
NOTICE = "Research and teaching only, not for diagnosis."
FOOT = 6  # lines under all, where there is only one picture, and the colour bar
ENDS = ("evidence against", "evidence for")
BAR_PX = 120
WRAP = 46  # characters in a line under a picture
ACROSS = 4


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture of a sheet.

    Attributes:
        picture: Of `SIDE_PX` a side.
        lines: What stands under it.
    """

    picture: Image.Image
    lines: Sequence[str]


def sheet(tiles: Sequence[Tile], foot: str, ends: tuple[str, str] = ENDS) -> bytes:
    """A PNG of pictures, four in a line, with a colour bar, a sentence and the notice under all.

    Args:
        tiles: The pictures.
        foot: The sentence.
        ends: What the bar's two ends mean, purple and orange.
    """
    texts = [
        [line for one in tile.lines for line in wrap(one.replace("×", "x"), WRAP)] for tile in tiles
    ]
    deep = max(len(lines) for lines in texts) * LINE_PX + 2 * MARGIN_PX
    columns = min(ACROSS, len(tiles))
    rows = -(-len(tiles) // columns)
    whole = Image.new(
        "RGB",
        (columns * (SIDE_PX + MARGIN_PX), rows * (SIDE_PX + deep) + FOOT * LINE_PX),
        "white",
    )
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    for at, (tile, lines) in enumerate(zip(tiles, texts, strict=True)):
        left = (at % columns) * (SIDE_PX + MARGIN_PX)
        top = (at // columns) * (SIDE_PX + deep)
        whole.paste(tile.picture, (left, top))
        for number, line in enumerate(lines):
            below = top + SIDE_PX + MARGIN_PX + number * LINE_PX
            pen.text((left + 2, below), line, fill="black", font=font)
    lines = wrap(f"{foot} {NOTICE}", WRAP * columns)
    for number, line in enumerate(lines):
        below = whole.height - (len(lines) - number) * LINE_PX - 4
        pen.text((4, below), line, fill="black", font=font)
    _bar(whole, whole.height - (len(lines) + 1) * LINE_PX - 6, ends)
    buffer = BytesIO()
    whole.save(buffer, "PNG")
    return buffer.getvalue()


def _bar(whole: Image.Image, top: int, ends: tuple[str, str]) -> None:
    """The colours from one end to the other, with what the ends mean."""
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    left = 4 + int(font.getlength(ends[0])) + 8
    pen.text((4, top), ends[0], fill="black", font=font)
    half = np.linspace(1, 0, BAR_PX // 2)[:, None]
    low, high = (np.array(colour) * half + 255 * (1 - half) for colour in (AGAINST, FOR))
    row = np.concatenate([low, high[::-1]]).round().astype(np.uint8)
    whole.paste(Image.fromarray(np.repeat(row[None], 12, 0)), (left, top + 3))
    pen.text((left + BAR_PX + 8, top), ends[1], fill="black", font=font)


def marked(
    drawn: Pixels,
    *,
    shape: tuple[int, ...],
    mask: Mask | None,
    spacing_mm: float | None,
    word: str = "",
) -> Image.Image:
    """A picture with an outline, R, L, A, P and a scale bar.

    Args:
        drawn: Of `SIDE_PX` a side.
        shape: Height and width of the patch that it shows, in pixels.
        mask: The lesion, or None.
        spacing_mm: Side of a patch's pixel; None where neither it nor the sides are known.
        word: Written along the upper edge.
    """
    picture = Image.fromarray(drawn)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(15)
    height, width = shape
    cell = SIDE_PX / max(height, width)

    def write(said: str, at: tuple[float, float]) -> None:
        pen.text(at, said, "white", font, "mm", stroke_width=2, stroke_fill="black")

    if mask is not None and mask.any():
        for (x, y), (x_end, y_end) in edge_lines(mask):
            pen.line((cell * x, cell * y, cell * x_end, cell * y_end), "white", 2)
    middle, far = SIDE_PX / 2, SIDE_PX - 12
    if spacing_mm:
        front = middle if not word else SIDE_PX / 4  # beside the word
        for letter, at in (
            ("R", (12, middle)), ("L", (far, middle)), ("A", (front, 12)), ("P", (middle, far)),
        ):  # fmt: skip
            write(letter, at)
        length_mm = bar_mm(width, spacing_mm)
        long = length_mm / spacing_mm * cell
        right, low = SIDE_PX - 14, SIDE_PX - 18
        pen.rectangle((right - long, low, right, low + 3), "white", "black")
        write(f"{length_mm} mm", (right - long / 2, low - 9))
    if word:
        write(word, (middle, 14))
    return picture
