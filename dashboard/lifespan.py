"""What happens around serving: the model is loaded beside the first page, rubbish on a clock.

Streamlit's own collection after every script run is off (config.toml): with a network loaded it
costs more than the run. What is loaded once is frozen instead, and the rest is collected twice a
minute.
"""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Thread

import streamlit as st

from core.errors import LymphoscapeError
from dashboard import libraries, state, studies
from dashboard.prompt import answer_at_once

COLLECT_S = 30.0
# The event loop waits so long for Python's lock while a worker thread computes; with Python's own
# 5 ms every message of a class that drags would wait that long.
SWITCH_S = 0.0005


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, object]]:
    """Warm up in a background thread, so that the first page opens without waiting."""
    studies.open_desk()
    answer_at_once()
    sys.setswitchinterval(SWITCH_S)
    warming = asyncio.create_task(asyncio.to_thread(_warm_up))
    collecting = asyncio.create_task(_collect())
    try:
        yield {}
    finally:
        studies.close_desk()
        for task in (warming, collecting):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _warm_up() -> None:
    from core.growth.readying import ready_beside

    compiling = Thread(target=ready_beside, daemon=True)
    compiling.start()
    libraries.ready()
    try:
        state.warm_up()
    except LymphoscapeError as error:
        logging.getLogger(__name__).info("Nothing to warm up: %s", error)
    compiling.join()
    gc.collect()
    gc.freeze()


async def _collect() -> None:
    while True:
        await asyncio.sleep(COLLECT_S)
        gc.collect()
