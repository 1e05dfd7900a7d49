"""Answers that take long are found beside the page: it asks, goes on, and looks again.

A question is a cached function with plain arguments. What is quickly found is answered at once;
the rest is worked on in threads, two at a time, so that heavy answers do not fight over the
processor. What was answered before is mostly still in its own cache, so it does not queue behind
these; where that cache has let go of it, it is found anew, beside the page like the first time.
Without the server's lifespan (single pages in tests) everything is answered at once.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import ParamSpec, TypeVar, cast

import streamlit as st

from dashboard import parts, studies

SOON_S = 0.25  # what is found within is shown without a word about waiting
AT_ONCE = 2
AGAIN_AT_ONCE = 8  # of what was answered before: nearly all of it is only looked up
REMEMBERED = 1000  # questions known to be answered; the answers live in their own caches

Asking = ParamSpec("Asking")
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Asked:
    """A question that is being worked on, and since when."""

    work: "Future[object]"
    began: float

    @property
    def seconds(self) -> float:
        """How long it has been worked on."""
        return monotonic() - self.began


@dataclass
class _Room:
    asked: dict[object, Asked] = field(default_factory=dict)
    known: set[object] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE))
    again: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AGAIN_AT_ONCE))


@st.cache_resource(show_spinner=False)
def _room() -> _Room:
    return _Room()


def ask(
    answer: Callable[Asking, Found], *args: Asking.args, **named: Asking.kwargs
) -> Found | Asked:
    """The answer, or the question while it is being worked on; what went wrong is raised."""
    room = _room()
    key = (answer.__module__, answer.__qualname__, args, tuple(sorted(named.items())))
    if not studies.served():
        return answer(*args, **named)
    with room.lock:
        if key not in room.asked:
            threads = room.again if key in room.known else room.threads
            room.asked[key] = Asked(threads.submit(answer, *args, **named), monotonic())
        asked = room.asked[key]
    try:
        found = cast(Found, asked.work.result(SOON_S))
    except NotYet:
        return asked
    finally:
        if asked.work.done():
            with room.lock:
                room.asked.pop(key, None)
    if len(room.known) >= REMEMBERED:
        room.known.clear()
    room.known.add(key)
    return found


@parts.fragment(run_every=1.0)
def wait(asked: Asked, what: str) -> None:
    """Say what is being found; the page starts again when it is there."""
    if asked.work.done():
        st.rerun()
    st.caption(f":material/hourglass_top: {what}: {asked.seconds:.0f} s so far. Go on meanwhile.")
