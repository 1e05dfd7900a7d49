"""Atlas map: every patch as a point on a canvas, pictures pinned on it, pointer in the browser.

TypeScript in `src`, bundled into `built/atlas_map.js`, which is checked in: who installs or runs
this needs no Node. Columns do not pass through the page: the component fetches them once from our
own routes as typed arrays, asks there what a selection holds, and tells the page of a finished
gesture; `src/types.ts` says what crosses.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.columns import bits_of

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "lymphoscape_atlas_map",
    html=(HERE / "atlas_map.html").read_text(encoding="utf-8"),
    css=(HERE / "atlas_map.css").read_text(encoding="utf-8"),
    js=(HERE / "built" / "atlas_map.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Links:
    """Where the component finds its columns and pictures, relative to the app's root.

    Attributes:
        rows: Whose patch, how large, which label.
        near: One row's true neighbours, where they do not come with the rows; `{row}` stands
            for its number.
        lines: Asked by POST what A and B hold.
        places: Where each lies.
        colours: Its colour, and the legend.
        pictures: A part of the sheet of all patches; `{part}` stands for its number.
        grid: Decodings over the whole map; "" where it has three dimensions, and places between
            its points mean nothing.
        forming: Places at moments of training; "" where they are not shown.
        between: The socket that decodes exactly: patches on every map, places on flat ones.
    """

    rows: str
    near: str
    lines: str
    places: str
    colours: str
    pictures: str
    grid: str
    forming: str
    between: str


@dataclass(frozen=True)
class Halo:
    """A node that is placed on the map and how sure its place is, in the map's units."""

    x: float
    y: float
    reach: float


@dataclass(frozen=True)
class GroupName:
    """What a group is called, and the row of its typical patch."""

    row: int
    name: str


@dataclass(frozen=True)
class Shape:
    """How pictures lie in their sheets."""

    size_px: int
    part_rows: int
    part_columns: int
    grid_side: int


def atlas_map(
    links: Links,
    shape: Shape,
    *,
    run: str,
    label: str,
    rows: int,
    split: str,
    chosen: int,
    selections: tuple[Sequence[int], Sequence[int]],
    stamp: int,
    key: str,
    on_pick: Callable[[], None],
    on_select: Callable[[], None],
    on_view: Callable[[], None],
    view: str,
    nearest_in: str,
    notice: str,
    halos: Sequence[Halo] = (),
    names: Sequence[GroupName] = (),
) -> None:
    """Show the map; a click and a finished selection come back through the callbacks.

    Args:
        links: Where its columns are.
        shape: How its pictures lie in their sheets.
        run: Name of the run; another one begins anew.
        label: What the map shows, for who cannot see it.
        rows: How many points there are.
        split: Points of other splits are grey; "all" greys none.
        chosen: The row ringed as chosen.
        selections: Rows of A and B as the page knows them.
        stamp: Another number makes the map take `selections` over; gestures do not change it.
        key: Names this mount on the page; `picked`, `selected` and `viewed` are its triggers.
        on_pick: Called before the next script run after a click.
        on_select: Called before the next script run after a gesture changed A or B.
        on_view: Called when the view is to stand in the page's link; `viewed` is its word.
        view: Such a word: how the map looks when it opens; "" looks at all of it.
        nearest_in: Where the neighbours are looked for that threads lead to, in words.
        notice: What a picture of the map that is taken away must say.
        halos: Nodes placed on the map that are no points of it.
        names: Groups whose names stand on the map.
    """
    a, b = (_bits(one, rows) for one in selections)
    data = {
        "id": run,
        "label": label,
        "links": asdict(links),
        **asdict(shape),
        "split": split,
        "chosen": chosen,
        "a": a,
        "b": b,
        "stamp": stamp,
        "halos": [asdict(halo) for halo in halos],
        "names": [asdict(name) for name in names],
        "nearest_in": nearest_in,
        "notice": notice,
        "view": view,
    }
    _mount(
        key=key, data=data, on_picked_change=on_pick, on_selected_change=on_select,
        on_viewed_change=on_view,
    )  # fmt: skip


def _bits(rows: Sequence[int], count: int) -> str:
    if not rows:
        return ""
    chosen = np.zeros(count, bool)
    chosen[list(rows)] = True
    return b64encode(bits_of(chosen).tobytes()).decode("ascii")
