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
from dashboard.figures.pictures import edge_lines

Pixels: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]  # (height, width, 3)

LINE_PX, MARGIN_PX = 17, 8
NOTICE = "Research and teaching only, not for diagnosis."
FOOT = 5  # lines under all, where there is only one picture
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


def sheet(tiles: Sequence[Tile], foot: str) -> bytes:
    """A PNG of pictures, four in a line, with a sentence and the notice under all."""
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
    ends = wrap(f"{foot} {NOTICE}", WRAP * columns)
    for number, line in enumerate(ends):
        below = whole.height - (len(ends) - number) * LINE_PX - 4
        pen.text((4, below), line, fill="black", font=font)
    buffer = BytesIO()
    whole.save(buffer, "PNG")
    return buffer.getvalue()


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
