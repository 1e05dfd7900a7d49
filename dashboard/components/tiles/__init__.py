"""Tiles: one round picture a patient, the largest lesion to scale, ringed in its stage's colour."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import streamlit as st

from dashboard.components.sheet import Sheet

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "lymphoscape_tiles",
    html=(HERE / "tiles.html").read_text(encoding="utf-8"),
    css=(HERE / "tiles.css").read_text(encoding="utf-8"),
    js=(HERE / "tiles.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Tile:
    """One patient.

    Attributes:
        patient: Study pseudonym, told back on a click.
        at: Number of the picture in the sheet.
        cut_px: Side of the square cut from that picture's middle.
        side_px: Diameter on screen.
        seen: Whether the patient was seen in training.
        says: What the tooltip and a screen reader say.
    """

    patient: str
    at: int
    cut_px: float
    side_px: float
    seen: bool
    says: str


@dataclass(frozen=True)
class TileGroup:
    """Tiles under one heading and in one colour."""

    title: str
    says: str
    colour: str
    tiles: tuple[Tile, ...]


def tiles(
    groups: Sequence[TileGroup],
    *,
    sheet: Sheet,
    chosen: str,
    key: str,
    on_pick: Callable[[], None],
) -> str | None:
    """Show the tiles; returns the patient just clicked, if one was.

    Args:
        groups: What is shown, in order.
        sheet: Holds the pictures.
        chosen: The patient marked as chosen.
        key: Names this mount on the page.
        on_pick: Called before the next script run after a click.
    """
    listed = [asdict(group) for group in groups]
    data = {
        "id": sha256(repr((listed, sheet.source)).encode()).hexdigest()[:16],
        "groups": listed,
        "sheet": sheet.source,
        "columns": sheet.columns,
        "size_px": sheet.size_px,
        "chosen": chosen,
    }
    picked = _mount(key=key, data=data, on_picked_change=on_pick).get("picked")
    return str(picked) if picked else None
