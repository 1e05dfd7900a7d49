"""How a long step says how far it is, without knowing who listens."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, how many there are)."""


def silent(what: str, done: int, total: int) -> None:
    """Listen to nothing; the default where no person is waiting."""


@contextmanager
def on_terminal() -> Iterator[Progress]:
    """Show one bar a step on a terminal; where there is none, one line every ten seconds."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        tasks = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


class _Lines:
    """Progress for a log file: the first, the last, and one line every ten seconds."""

    def __init__(self) -> None:
        self.what, self.said = "", 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self.what or done >= total or now - self.said > 10:
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)
            self.what, self.said = what, now
