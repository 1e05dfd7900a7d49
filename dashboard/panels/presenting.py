"""The presenter view of Growth, and the lesions marked for it."""

from collections.abc import Callable

import streamlit as st

from core.run import Run
from dashboard import page_link, parts, state

MARKED, MARKED_IN, LINKED = "growth_marked", "growth_marked_in", "marked"


def presenting() -> bool:
    """Whether the page is shown to a room: the film alone, in large type."""
    return bool(state.recall(page_link.PRESENT, False))


def presenter(run: Run, chosen: state.Chosen) -> None:
    """The switch to the presenter view, the marked lesions, and a way to mark this one."""
    marked = marked_of(run)
    on, mark, jump = st.columns([2, 2, 6], vertical_alignment="center")
    on.toggle(
        "Presenter view",
        key=page_link.PRESENT,
        persist_state="session",
        bind="query-params",
        help="Full width, large type, no side bar. The arrow keys grow and shrink, N and P go to "
        "the next and the previous marked one; F11 fills the screen.",
    )
    here = chosen.row in marked
    if mark.button(
        "Unmark" if here else "Mark this one",
        icon=":material/bookmark_remove:" if here else ":material/bookmark_add:",
        key="growth_mark",
    ):
        marked = [row for row in marked if row != chosen.row] + ([] if here else [chosen.row])
        state.remember(MARKED, marked)
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
    page_link.link_rows(LINKED, marked)
    if presenting():
        parts.for_a_room()


def marked_of(run: Run) -> list[int]:
    """The rows marked in this run: those of another are dropped, a link's are taken once."""
    if state.recall(MARKED_IN) != state.key(run):
        linked = page_link.linked_rows(LINKED)
        # a link that named a run which is not here marked that one's rows
        taken = [] if state.recall("lost_run") else linked
        state.remember(MARKED, [row for row in taken if row < len(run.rows)])
        state.remember(MARKED_IN, state.key(run))
    return list(state.recall(MARKED, []))


def jumper(run: Run, chosen: state.Chosen, key: str) -> Callable[[], None]:
    """What to do when N or P was pressed in the film with this key: look at the next marked one."""

    def jump() -> None:
        way, marked = state.recall(key, {}).get("jump"), marked_of(run)
        if not way or not marked:
            return
        at = marked.index(chosen.row) + int(way) if chosen.row in marked else min(int(way), 0)
        state.choose_row(marked[at % len(marked)])

    return jump


def jumped(chosen: state.Chosen) -> None:
    """Run the whole page anew where a key chose another lesion than this fragment shows."""
    if state.row() != chosen.row:
        st.rerun()


def _short_title(row: int) -> str:
    one = state.at(row)
    return f"{one.patient_id}, {one.node}"
