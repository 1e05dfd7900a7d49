"""What of a page stands in its link beside run and row: numbers and rows, never a patient."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from dashboard import state

PRESENT = "growth_present"
MOST_ROWS = 40  # in a link that people still can pass on


def linked_number(name: str) -> int | None:
    """A number that the link named when this session came by it; taken once, None without."""
    said = _taken(name)
    return int(said) if said.isdecimal() else None


def link_number(name: str, number: int) -> None:
    """Put a number of the page's own into the link; it goes when the page is left."""
    _put(name, str(number))


def linked_word(name: str) -> str:
    """What the link said when this session came by it, unchecked; taken once, "" without."""
    return _taken(name)


def link_word(name: str, word: str) -> None:
    """Put a word of the page's own into the link; it goes when the page is left."""
    _put(name, word)


def linked_rows(name: str) -> list[int]:
    """The rows that the link named when this session came by it, each once; taken once."""
    found = [int(one) for one in _taken(name).split("-")[:MOST_ROWS] if one.isdecimal()]
    return list(dict.fromkeys(found))


def link_rows(name: str, rows: Sequence[int]) -> None:
    """Put rows into the link, or take them out of it where there are none."""
    if rows:
        _put(name, "-".join(str(row) for row in rows[:MOST_ROWS]))
    elif name in st.query_params:
        del st.query_params[name]


def room_asked() -> bool:
    """Whether the presenter view is what will be drawn, known before anything is."""
    held = state.recall(PRESENT)
    asked = st.query_params.get(PRESENT) == "true" if held is None else bool(held)
    return asked and urlsplit(st.context.url or "").path.rstrip("/").endswith("/growth")


def _taken(name: str) -> str:
    taken = state.recall("taken_from_link", frozenset())
    if name in taken:
        return ""
    state.remember("taken_from_link", taken | {name})
    return str(st.query_params.get(name, ""))


def _put(name: str, said: str) -> None:
    if st.query_params.get(name) != said:
        st.query_params[name] = said
