"""One bounded line for what costs seconds: first come, first served, and everybody sees where.

Thirty people who press one button wait in one line instead of fighting for two cores. Who would
stand too far back, or waits too long, is told so in a sentence that names the way out.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic
from typing import Literal, TypeAlias

from core.errors import LymphoscapeError

MOST = 40  # in the line at once: a class of thirty, and some
PATIENCE_S = 90.0
LOOK_S = 0.3  # between two looks at the place in the line
Task: TypeAlias = Literal["maps", "tests", "heads"]
WAY_OUT: dict[Task, str] = {
    "maps": "Try again in a minute, or choose Grad-CAM or HiResCAM, which answer at once.",
    "tests": "What was tested until now is kept: press again in a minute for the rest. Tests wait "
    "whatever the method is.",
    "heads": "Try again in a minute. Fitting on shuffled labels waits whatever the method is; a "
    "shuffle that somebody asked for before is not fitted again.",
}
"""What somebody can do who does not get a turn, by what was asked for."""


class Busy(LymphoscapeError):
    """The line is too long, or did not move in time."""

    def __init__(self, before: int, waited_s: float, task: Task = "maps") -> None:
        self.before, self.waited_s = before, waited_s
        waited = f" after {waited_s:.0f} seconds" if waited_s >= 1 else ""
        super().__init__(
            f"The server is busy with other visitors: {before} are before you{waited}. "
            f"{WAY_OUT[task]}"
        )


def silent(before: int) -> None:
    """Tell nobody."""


class Line:
    """A line of callers, one of whom works at a time."""

    def __init__(self, *, most: int = MOST, patience_s: float = PATIENCE_S) -> None:
        self.most, self.patience_s = most, patience_s
        self._moved = Condition()
        self._waiting: deque[object] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def turn(self, told: Callable[[int], None] = silent, *, task: Task = "maps") -> Iterator[None]:
        """Wait for one's turn, work, and let the next come.

        Args:
            told: Called with how many are before one, each time that changes; 0 is one's turn.
            task: What the turn is for, which decides the way out that `Busy` names.

        Raises:
            Busy: The line is full, or one's turn did not come in time.
        """
        ticket, began = object(), monotonic()
        with self._moved:
            if len(self._waiting) >= self.most:
                raise Busy(len(self._waiting), 0.0, task)
            self._waiting.append(ticket)
        try:
            self._wait(ticket, began, told, task)
            yield
        finally:
            with self._moved:
                self._waiting.remove(ticket)
                self._moved.notify_all()

    def _wait(self, ticket: object, began: float, told: Callable[[int], None], task: Task) -> None:
        last = -1
        while True:
            with self._moved:
                before = self._waiting.index(ticket)
                if before and before == last:
                    self._moved.wait(LOOK_S)
                    before = self._waiting.index(ticket)
            if before != last:  # told outside the lock: it may draw on a page
                told(before)
                last = before
            if not before:
                return
            waited = monotonic() - began
            if waited > self.patience_s:
                raise Busy(before, waited, task)


LINE = Line()
"""Of this server: slow maps, checks and heads fitted again."""
