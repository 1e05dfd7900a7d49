"""Slice viewer: a patient's slices, outlines numbered, window and level under the finger."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "lymphoscape_slice_viewer",
    html=(HERE / "slice_viewer.html").read_text(encoding="utf-8"),
    css=(HERE / "slice_viewer.css").read_text(encoding="utf-8"),
    js=(HERE / "slice_viewer.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Drawn:
    """One lesion's outline in a slice: polygons of (row, column) in pixels."""

    node: int
    points: tuple[tuple[tuple[float, float], ...], ...]
    says: str


@dataclass(frozen=True)
class Slice:
    """One slice to look at: its picture as a data URL, spacing (row, column) in mm, outlines."""

    picture: str
    spacing_mm: tuple[float, float]
    says: str
    outlines: tuple[Drawn, ...]


def slice_viewer(
    slices: Sequence[Slice],
    *,
    patient: str,
    chosen: int,
    start: int,
    key: str,
    on_pick: Callable[[], None],
    bar_mm: int = 20,
    sides_known: bool = True,
    lesions: str = "outlines",
) -> int | None:
    """Show a patient's slices; returns the lesion just clicked, if one was.

    Args:
        slices: In the order of the volume.
        patient: Whose they are; another patient begins anew.
        chosen: The lesion drawn in another colour.
        start: Number of the slice shown first.
        key: Names this mount on the page.
        on_pick: Called before the next script run after a click.
        bar_mm: Length of the scale bar.
        sides_known: Whether R, L, A, P and millimetres are known; bare patches have neither.
        lesions: What the slices were kept for, in the cohort's word.
    """
    data = {
        "id": patient,
        "says": f"Slice of patient {patient}.",
        "slices": [asdict(one) for one in slices],
        "chosen": chosen,
        "start": start,
        "bar_mm": bar_mm,
        "sides_known": sides_known,
        "lesions": lesions,
    }
    picked = _mount(key=key, data=data, on_picked_change=on_pick).get("picked")
    return int(picked) if picked is not None else None
