"""Work that two processes share: no shared memory, no fork, and Ctrl-C left to the parent."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

PROCESSES = 2


def side_by_side(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    prepare: Callable[[], None],
    processes: int = PROCESSES,
) -> Iterator[tuple[Job, Result]]:
    """Do every job in one of two processes; each is given back with its result when it is done.

    Args:
        work: A function of a module, so that another process finds it.
        jobs: Plain data, in the order in which they are begun.
        prepare: Called once in each process.
        processes: At most so many.
    """
    if not jobs:
        return
    with ProcessPoolExecutor(
        max_workers=min(processes, len(jobs)),
        # a forked child of a program with threads may never wake up
        mp_context=get_context("spawn"),
        initializer=prepare,
    ) as pool:
        pending: dict[Future[Result], Job] = {pool.submit(work, job): job for job in jobs}
        try:
            while pending:
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    yield pending.pop(future), future.result()
        finally:
            # whoever interrupts waits for two jobs, not for all of them
            pool.shutdown(cancel_futures=True)
