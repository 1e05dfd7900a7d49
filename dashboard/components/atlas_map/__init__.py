"""Atlas map: every patch as a point on a canvas, pictures pinned on it, pointer in the browser."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components.sheet import Sheet
from dashboard.figures.points import Points

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "lymphoscape_atlas_map",
    html=(HERE / "atlas_map.html").read_text(encoding="utf-8"),
    css=(HERE / "atlas_map.css").read_text(encoding="utf-8"),
    js="\n".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("atlas_map.js", "pointer.js")
    ),
)


def atlas_map(
    points: Points,
    *,
    run: str,
    sheet: Sheet,
    chosen: int,
    marked: Sequence[int],
    key: str,
    on_pick: Callable[[], None],
    on_lasso: Callable[[], None],
) -> None:
    """Show the map; a click and a finished lasso come back through the callbacks.

    Args:
        points: What is drawn.
        run: Name of the run; another one begins anew.
        sheet: All patches, in the order of rows.
        chosen: The row ringed as chosen.
        marked: Rows of the last lasso; all others pale.
        key: Names this mount on the page; `picked` and `lassoed` are its triggers.
        on_pick: Called before the next script run after a click.
        on_lasso: Called before the next script run after a lasso.
    """
    data = {
        "id": run,
        "layout": points.layout,
        "colours": _packed(points.colours.astype(np.uint8)),
        "faded": _packed(points.faded.astype(np.uint8)),
        "says": list(points.says),
        "legend": vars(points.legend),
        "sheet": sheet.source,
        "columns": sheet.columns,
        "size_px": sheet.size_px,
        "chosen": chosen,
        "marked": [int(row) for row in marked],
    }
    axes = points.places.astype("<f4").T
    for name, values in zip("xyz", axes, strict=False):
        data[name] = _packed(values)
    _mount(key=key, data=data, on_picked_change=on_pick, on_lassoed_change=on_lasso)


def _packed(values: NDArray[np.generic]) -> str:
    return b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
