"""Heat maps as files: pictures with their line beside them, NIfTI in the scan's space, numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import ImageDraw

from core.explain.explanation import CAVEAT, Explanation, Variant, colour_limit
from core.explain.faithfulness.checked import CHECKS
from dashboard.figures.heat import SIDE_PX, HeatCard, Plain, overlay
from dashboard.figures.heat_badge import PALE, badge_lines
from dashboard.figures.heat_line import checks, nothing
from dashboard.figures.sheet import NOTICE, Pixels, Tile, marked, sheet
from dashboard.figures.window import windowed

if TYPE_CHECKING:
    from core.cohort.scanned import Scan


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
    tiles = []
    for card, lines in zip(cards, said, strict=True):
        found = card.explanation
        drawn = overlay(
            windowed(found.patch, card.window),
            found.map if found.is_drawable else found.map * 0,
            scale=(colour_limit((found,)) or 0.0) if scale is None else scale,
            opacity=opacity,
        )
        if card.greyed:
            drawn = greyed(drawn)
        picture = marked(
            drawn,
            shape=found.patch.shape,
            mask=card.mask if outlines else None,
            spacing_mm=card.spacing_mm,
        )
        if blob:  # two standard deviations of `centre_blob`
            ring = ((SIDE_PX / 4,) * 2, (3 * SIDE_PX / 4,) * 2)
            ImageDraw.Draw(picture).ellipse(ring, outline="#FFD166", width=3)
        tiles.append(Tile(picture, lines))
    full = "each its own colour scale" if scale is None else f"full colour at {scale:.2g}"
    return sheet(tiles, f"Orange for, purple against; {full}. {CAVEAT}")


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
        checks(card.explanation, mask=card.mask),
    ]


def greyed(drawn: Pixels) -> Pixels:
    """A picture without its colours and paler, as the page shows a map that must not be read."""
    grey = drawn.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    pale = PALE * grey + (1 - PALE) * 255
    return np.repeat(np.round(pale)[..., None], 3, axis=2).astype(np.uint8)


def nifti(explanations: Sequence[Explanation], places: pd.DataFrame, scan: "Scan | None") -> bytes:
    """The signed maps as `.nii.gz` on the scan's own voxels; without it, on those cut from."""
    from core.explain.export import map_bytes

    return map_bytes([one.map for one in explanations], places, scan=scan)


def where_nifti_lies(scan: "Scan | None", spacing_mm: float) -> tuple[str, str]:
    """The end of the file's name, and in a sentence which grid it has.

    Args:
        scan: Where the maps are laid; None where the scan is not at hand.
        spacing_mm: Of the study's pixels.
    """
    over = "It lies over the scan in any viewer."
    if scan is None:
        return "cut-grid", (
            "The scan does not lie here, so this is the grid that patches were cut from: the "
            f"scan's own where its pixels measure about {spacing_mm} mm, else the scan resampled "
            f"to that, its axes turned to right, front and top. {over}"
        )
    if scan.step.stays:
        return "scan-grid", f"On the scan's own voxels, value for value. {over}"
    return "scan-grid", (
        "On the scan's own voxels: patches were cut from the scan resampled, and each value goes "
        f"back to the voxels it stands for. {over}"
    )


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
