"""What Why's slow answers share: the place in the line, and the button that tests maps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import words
from dashboard.queueing import Busy


@contextmanager
def waiting_line() -> Iterator[Callable[[int], None]]:
    """A line that says how many visitors are before one; it goes when one's turn is over."""
    place = st.empty()

    def told(before: int) -> None:
        if before:
            place.caption(
                f"{words.counted(before, 'visitor')} before you. You need not press again."
            )
        else:
            place.empty()

    try:
        yield told
    finally:
        place.empty()


def test_button(waiting: int, test: Callable[[Callable[[int], None]], None], *, key: str) -> None:
    """Offer to test maps now; who does not get a turn still sees what was tested until then.

    Args:
        waiting: How many maps are not tested; no button where none is.
        test: Tests them, and is given whom to tell the place in the line.
        key: The button's.
    """
    count = words.counted(waiting, "map")
    if not waiting or not st.button(f"Test {count} now", key=key, icon=":material/fact_check:"):
        return
    try:
        with (
            st.spinner(f"Testing {count}; visitors take turns, map by map"),
            waiting_line() as told,
        ):
            test(told)
    except Busy as busy:  # told here, so that the maps below are drawn with what was tested
        st.error(str(busy), icon=":material/error:")
        return
    st.rerun()
