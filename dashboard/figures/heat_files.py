"""Heat maps as files: pictures with their line beside them, NIfTI in the scan's space, numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from io import BytesIO
from textwrap import wrap
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from core.explain.explanation import CAVEAT, Explanation, Variant, colour_limit
from core.explain.faithfulness.checked import CHECKS
from dashboard.figures.heat import SIDE_PX, HeatCard, Plain, bar_mm, checks, nothing, overlay
from dashboard.figures.heat_badge import PALE, badge_lines
from dashboard.figures.pictures import edge_lines
from dashboard.figures.window import windowed

Pixels: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]  # (height, width, 3)

LINE_PX, MARGIN_PX = 17, 8
NOTICE = "Research and teaching only, not for diagnosis."
FOOT = 5  # lines under all, where there is only one picture
WRAP = 46  # characters in a line under a picture


def png(
    cards: Sequence[HeatCard],
    *,
    scale: float | None,
    opacity: float = 0.75,
    outlines: bool = True,
    scored: bool = True,
) -> bytes:
    """The maps side by side as the page shows them, each with what must stand beside it.

    Args:
        cards: The lesions, in the order to be shown.
        scale: Magnitude of full colour, one for all; None gives each map its own.
        opacity: Of the strongest evidence, 0 to 1.
        outlines: Whether the masks' edges are drawn.
        scored: Whether the cards' scores are printed.
    """
    said = [beside(card, f"{card.title}: {card.score:.2f}." if scored else card.title)
            for card in cards]  # fmt: skip
    return _sheet(cards, said, scale=scale, opacity=opacity, outlines=outlines, blob=False)


def plain_png(plain: Plain) -> bytes:
    """A lesson's maps side by side, each with its line and what must stand beside it."""
    said = []
    for card, line, tested in zip(plain.cards, plain.lines, plain.tested, strict=True):
        reason = tested if isinstance(tested, str) else ""
        said.append(beside(card, f"{card.title}: {line}", reason=reason))
    return _sheet(
        plain.cards, said, scale=plain.scale, opacity=0.75, outlines=True, blob=plain.blob
    )


def _sheet(
    cards: Sequence[HeatCard],
    said: Sequence[Sequence[str]],
    *,
    scale: float | None,
    opacity: float,
    outlines: bool,
    blob: bool,
) -> bytes:
    texts = [[line for one in own for line in wrap(one.replace("×", "x"), WRAP)] for own in said]
    deep = max(len(lines) for lines in texts) * LINE_PX + 2 * MARGIN_PX
    columns = min(4, len(cards))
    rows = -(-len(cards) // columns)
    sheet = Image.new(
        "RGB",
        (columns * (SIDE_PX + MARGIN_PX), rows * (SIDE_PX + deep) + FOOT * LINE_PX),
        "white",
    )
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for at, (card, lines) in enumerate(zip(cards, texts, strict=True)):
        left = (at % columns) * (SIDE_PX + MARGIN_PX)
        top = (at // columns) * (SIDE_PX + deep)
        found = card.explanation
        drawn = overlay(
            windowed(found.patch, card.window),
            found.map if found.is_drawable else found.map * 0,
            scale=(colour_limit((found,)) or 0.0) if scale is None else scale,
            opacity=opacity,
        )
        if card.greyed:
            drawn = greyed(drawn)
        marked = _marked(drawn, card, outlines=outlines)
        if blob:  # two standard deviations of `centre_blob`
            ring = ((SIDE_PX / 4,) * 2, (3 * SIDE_PX / 4,) * 2)
            ImageDraw.Draw(marked).ellipse(ring, outline="#FFD166", width=3)
        sheet.paste(marked, (left, top))
        for number, line in enumerate(lines):
            below = top + SIDE_PX + MARGIN_PX + number * LINE_PX
            pen.text((left + 2, below), line, fill="black", font=font)
    full = "each its own colour scale" if scale is None else f"full colour at {scale:.2g}"
    foot = wrap(f"Orange for, purple against; {full}. {CAVEAT} {NOTICE}", WRAP * columns)
    for number, line in enumerate(foot):
        below = sheet.height - (len(foot) - number) * LINE_PX - 4
        pen.text((4, below), line, fill="black", font=font)
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def file_name(run: str, explanation: Explanation, patient: str, question: str) -> str:
    """A file's name without its ending: run, patient, method, layer and question."""
    way = Variant(explanation.method, explanation.layer).key.replace("_", "-")
    who, asked = (
        "".join(letter if letter.isalnum() else "-" for letter in text)
        for text in (patient, question)
    )
    return f"why-{run}-{who}-{way}-{asked}"


def beside(card: HeatCard, first: str, *, reason: str = "") -> list[str]:
    """What is printed under a map: its first line, its warning, what it passes, how it was made.

    Args:
        card: The map.
        first: Its title, with its score or another line.
        reason: Why it cannot be tested, where that is not the question that it answers.
    """
    empty = [said] if (said := nothing(card.explanation)) else []
    return [
        first,
        *empty,
        *([reason] if reason else badge_lines(card)),
        checks(card.explanation),
    ]


def greyed(drawn: Pixels) -> Pixels:
    """A picture without its colours and paler, as the page shows a map that must not be read."""
    grey = drawn.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    pale = PALE * grey + (1 - PALE) * 255
    return np.repeat(np.round(pale)[..., None], 3, axis=2).astype(np.uint8)


def _marked(drawn: Pixels, card: HeatCard, *, outlines: bool) -> Image.Image:
    """A map with its outline, R, L, A, P and a scale bar."""
    picture = Image.fromarray(drawn)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(15)
    height, width = card.explanation.patch.shape
    cell = SIDE_PX / max(height, width)
    if outlines and card.mask is not None and card.mask.any():
        for (x, y), (x_end, y_end) in edge_lines(card.mask):
            pen.line((cell * x, cell * y, cell * x_end, cell * y_end), "white", 2)
    if card.spacing_mm:
        middle, far = SIDE_PX / 2, SIDE_PX - 12
        for letter, at in (
            ("R", (12, middle)), ("L", (far, middle)), ("A", (middle, 12)), ("P", (middle, far)),
        ):  # fmt: skip
            pen.text(at, letter, "white", font, "mm", stroke_width=2, stroke_fill="black")
        length_mm = bar_mm(width, card.spacing_mm)
        long = length_mm / card.spacing_mm * cell
        right, low = SIDE_PX - 14, SIDE_PX - 18
        pen.rectangle((right - long, low, right, low + 3), "white", "black")
        said, at = f"{length_mm} mm", (right - long / 2, low - 9)
        pen.text(at, said, "white", font, "mm", stroke_width=2, stroke_fill="black")
    return picture


def nifti(explanations: Sequence[Explanation], places: pd.DataFrame) -> bytes:
    """The signed maps as `.nii.gz` on the voxels that the patches were cut from."""
    from core.explain.export import map_bytes

    return map_bytes([one.map for one in explanations], places)


def csv(cards: Sequence[HeatCard]) -> bytes:
    """One line a map: how it was made, its numbers, the checks it passes."""
    lines = []
    for card in cards:
        found = card.explanation
        line: dict[str, object] = {
            "row": found.row,
            "title": card.title,
            "method": found.method,
            "layer": found.layer,
            "explains": found.asked,
            "score_explained": found.score,
            "suspicion_score": card.score,
            "raw_maximum": found.raw_max,
            "mass_inside": found.mass_inside,
            "area_share": found.area_share,
            "left_out": card.left_out,
            "empty": found.is_empty,
            "tested": card.checked is not None,
            "greyed_out": card.greyed,
        }
        if card.checked:
            line |= {"passed": card.checked.passed, "checks_taken": len(card.checked.taken)}
            line |= {name: getattr(card.checked, name) for name in CHECKS}
            line |= {k: v for k, v in asdict(card.checked).items() if k != "row"}
        lines.append(line)
    table = pd.DataFrame(lines).to_csv(index=False)
    return f"# {CAVEAT} {NOTICE}\n{table}".encode()
