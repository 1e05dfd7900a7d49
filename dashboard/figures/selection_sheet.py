"""Selected patches as one picture to take away: a part for each selection, headed in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

MOST = 400  # patches of one selection that are drawn
COLUMNS = 20
HEAD_PX = 22
NOTICE = "Research and teaching only, not for diagnosis"


def notice(*, synthetic: bool) -> str:
    """What stands in every picture that is taken away."""
    return f"Synthetic. {NOTICE}" if synthetic else NOTICE


@dataclass(frozen=True, eq=False)
class Part:
    """One selection on the sheet.

    Attributes:
        name: "A" or "B".
        colour: That of its rings on the map, "#RRGGBB".
        shown: The patches drawn, (patch, height, width) 8-bit grey, at most `MOST`.
        total: Patches in the selection.
    """

    name: str
    colour: str
    shown: np.ndarray
    total: int

    @property
    def heading(self) -> str:
        """What stands above its patches: how many there are, and how many are drawn."""
        if len(self.shown) < self.total:
            return f"{self.name}: the first {len(self.shown)} of {self.total:,} patches"
        return f"{self.name}: {self.total:,} patch{'' if self.total == 1 else 'es'}"


def png(parts: Sequence[Part], *, synthetic: bool) -> bytes:
    """The parts one below the other as PNG, twenty patches a row."""
    height, width = parts[0].shown.shape[1:]
    lines = [-(-len(part.shown) // COLUMNS) for part in parts]
    tall = sum(HEAD_PX + height * count for count in lines) + HEAD_PX
    sheet = Image.new("RGB", (COLUMNS * width, tall), "#14181b")
    pen, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(13), 0
    for part, count in zip(parts, lines, strict=True):
        pen.rectangle((0, top + 2, 9, top + HEAD_PX - 3), fill=part.colour)
        pen.text((16, top + 3), part.heading, fill="white", font=font)
        top += HEAD_PX
        for number, patch in enumerate(part.shown):
            row, column = divmod(number, COLUMNS)
            sheet.paste(Image.fromarray(patch), (column * width, top + row * height))
        top += count * height
    pen.text((6, top + 3), notice(synthetic=synthetic), fill="white", font=font)
    held = BytesIO()
    sheet.save(held, "PNG")
    return held.getvalue()
