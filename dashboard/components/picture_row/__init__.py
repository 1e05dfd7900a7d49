"""Picture row: patches side by side as buttons, all from one sheet; a click tells the row."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import streamlit as st

from dashboard.components.sheet import Sheet

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "lymphoscape_picture_row",
    html=(HERE / "picture_row.html").read_text(encoding="utf-8"),
    css=(HERE / "picture_row.css").read_text(encoding="utf-8"),
    js=(HERE / "picture_row.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Item:
    """One picture.

    Attributes:
        row: The run's row, told back on a click.
        title: First line under it, "" for none.
        lines: Further, quieter lines.
        colour: Of the dot in its corner, "" for none.
        outline: SVG path in patch pixels, "" for none.
        says: What a screen reader says where there is no text under the picture.
    """

    row: int
    title: str
    lines: tuple[str, ...] = ()
    colour: str = ""
    outline: str = ""
    says: str = ""


def picture_row(
    items: Sequence[Item],
    *,
    sheet: Sheet,
    key: str,
    on_pick: Callable[[], None],
    chosen: int | None = None,
    width_rem: float = 7.5,
) -> int | None:
    """Show the pictures; returns the row just clicked, if one was.

    Args:
        items: What is shown, in order.
        sheet: Holds the pictures, in the order of the items.
        key: Names this mount on the page.
        on_pick: Called before the next script run after a click.
        chosen: The row marked as chosen.
        width_rem: Least width of a picture on screen.
    """
    listed = [{**asdict(item), "at": at} for at, item in enumerate(items)]
    data = {
        "id": sha256(repr((listed, sheet.source, width_rem)).encode()).hexdigest()[:16],
        "items": listed,
        "sheet": sheet.source,
        "columns": sheet.columns,
        "size_px": sheet.size_px,
        "chosen": chosen,
        "width_rem": width_rem,
    }
    picked = _mount(key=key, data=data, on_picked_change=on_pick).get("picked")
    return int(picked) if picked is not None else None
