"""The presenter view of Growth, and the lesions marked for it."""

import streamlit as st

from core.run import Run
from dashboard import parts, state


def presenting() -> bool:
    """Whether the page is shown to a room: the film alone, in large type."""
    return bool(state.recall("growth_present", False))


def presenter(run: Run, chosen: state.Chosen) -> None:
    """The switch to the presenter view, the marked lesions, and a way to mark this one."""
    marked: list[int] = state.recall("growth_marked", [])
    on, mark, jump = st.columns([2, 2, 6], vertical_alignment="center")
    on.toggle(
        "Presenter view",
        key="growth_present",
        persist_state="session",
        bind="query-params",
        help="Full width, large type, no side bar. The arrow keys grow and shrink; F11 fills "
        "the screen.",
    )
    here = chosen.row in marked
    if mark.button(
        "Unmark" if here else "Mark this one",
        icon=":material/bookmark_remove:" if here else ":material/bookmark_add:",
        key="growth_mark",
    ):
        marked = [row for row in marked if row != chosen.row] + ([] if here else [chosen.row])
        state.remember("growth_marked", marked)
        st.rerun()
    if marked:
        # another key for another lesion, so that it never holds a row that is no longer shown
        at = jump.segmented_control(
            "Marked",
            marked,
            default=chosen.row if here else None,
            format_func={row: _short_title(row) for row in marked}.__getitem__,
            key=f"growth_jump_{chosen.row}_{len(marked)}",
            label_visibility="collapsed",
        )
        if at is not None and at != chosen.row:
            state.choose_row(int(at))
            st.rerun()
    if presenting():
        parts.for_a_room()


def _short_title(row: int) -> str:
    one = state.at(row)
    return f"{one.patient_id}, {one.node}"
