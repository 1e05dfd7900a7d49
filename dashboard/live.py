"""Pictures decoded while a slider is dragged, over one WebSocket a visitor.

A visitor sends codes, and how many times a picture is to be enlarged at the end of a corrected
walk; of several that wait only the newest is drawn. Two lanes, one for each core that the goals
are stated for, serve all visitors: what waits is drawn in passes and sent at once, and in other
passes, while nobody waits, the ruler reads the newest picture of each visitor: ten times a second
for one alone, since nobody reads numbers that change faster, and for a class as often as leaves
the pictures their time. The last picture of a drag is always read. A message is a number and a
code, nothing else:

    in    uint32 number, float32 times enlarged, float32 * latent           (little endian)
    out   uint32 number, uint32 1, float32 score, typicality, uint8 * pixels, UTF-8 refusal
    out   uint32 number, uint32 2, float32 short axis mm, elongation, contrast, texture, border

A route bypasses the script's protection: another site's page, a message of another length, a
value that is not finite and a flood all end the connection, and the page goes on with the film
that it has.
"""

import asyncio
import logging
import struct
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from core.arrays import Patch
from core.errors import LymphoscapeError
from core.growth.finishing import MOST_TIMES
from dashboard.live_pictures import Bench, Told, Wish, bench_of, drawn, readings_of

MOST_VISITORS = 128
MOST_A_SECOND = 240  # messages of one visitor; live.js sends at most 125
LANES = 2  # one for each core of the goals: loops and networks hold no lock of Python's
TOGETHER = 12  # pictures in a pass: more save little, and whoever comes meanwhile waits for all
READ_TOGETHER = 4  # readings in a pass: pictures that come meanwhile wait no longer than this
READINGS_A_SECOND = 40  # of all visitors: pictures need the rest of the worker's time
LEAST_GAP_S = 0.1  # between two readings of one visitor; a page holds one for current for 0.15 s
OVERDUE_S = 0.5  # a reading that waited so long goes before pictures, if it is this one's turn
FURTHEST = 1e4  # no code lies so far out
ROUNDING = 1e-4  # of a quarter more, in float32
POLICY, BAD_DATA, BUSY, FAILED = 1008, 1007, 1013, 1011

Work = TypeVar("Work")
Found = TypeVar("Found")


@dataclass(eq=False)
class Visitor:
    """One connection: its lesion, and the newest message that waits."""

    socket: WebSocket
    bench: Bench
    waiting: tuple[int, Wish] | None = None
    unread: tuple[int, Patch] | None = None
    drawing: bool = False  # its picture is in a lane: an older one may not arrive after a newer
    wake: Callable[[], None] = lambda: None
    read_at: float = 0.0  # when its latest reading was begun
    sending: asyncio.Task[None] | None = None
    leaving: asyncio.Task[None] | None = None
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_A_SECOND))

    def floods(self, now: float) -> bool:
        """Whether this visitor sent too much within the last second."""
        full = len(self.recent) == MOST_A_SECOND and now - self.recent[0] < 1
        self.recent.append(now)
        return full

    @property
    def free(self) -> bool:
        """Whether its last message has left: nobody else waits for a slow connection."""
        return not self.drawing and (self.sending is None or self.sending.done())

    def send(self, message: bytes) -> None:
        """Begin to send, behind what is still on its way; nobody else waits for that."""
        self.sending = asyncio.create_task(_sent(self, message, self.sending))


class Worker:
    """Serves the visitors of one event loop, in a thread a lane."""

    def __init__(self) -> None:
        self.visitors: set[Visitor] = set()
        self.awake = asyncio.Event()
        self.pool = ThreadPoolExecutor(LANES, thread_name_prefix="live")
        self.queue: deque[Visitor] = deque()  # who asked first is drawn first
        self.lanes = [asyncio.create_task(self._serve()) for _ in range(LANES)]

    def ask(self, visitor: Visitor, asked: tuple[int, Wish]) -> None:
        """Put a visitor's newest wish in its place; it keeps its turn."""
        if visitor.waiting is None:
            self.queue.append(visitor)
        visitor.waiting = asked
        self.awake.set()

    async def _serve(self) -> None:
        while True:
            self.awake.clear()
            now = time.monotonic()
            due = self._due(now)
            overdue = bool(due) and now - due[0].read_at > max(OVERDUE_S, 2 * self._gap(now))
            asking = [] if overdue else self._asking()
            if asking:
                await self._draw(asking)
            elif due:
                await self._read(due, now)
            else:
                await self._rest(now)

    def _asking(self) -> list[Visitor]:
        """Who is drawn next; who still receives an earlier picture keeps the place in the queue."""
        kept = [one for one in self.queue if one in self.visitors and one.waiting]
        chosen = [one for one in kept if one.free][:TOGETHER]
        taken = set(chosen)
        self.queue = deque(one for one in kept if one not in taken)
        return chosen

    def _gap(self, now: float) -> float:
        """Seconds between two readings of one visitor."""
        drag = sum(bool(one.recent) and now - one.recent[-1] < 1 for one in self.visitors)
        return max(LEAST_GAP_S, drag / READINGS_A_SECOND)

    def _due(self, now: float) -> list[Visitor]:
        """Whose newest picture may be read, who waited longest first."""
        gap = self._gap(now)
        may = [one for one in self.visitors if one.unread and now - one.read_at >= gap]
        return sorted(may, key=lambda one: one.read_at)[:READ_TOGETHER]

    async def _draw(self, asking: list[Visitor]) -> None:
        taken = [(one, *one.waiting) for one in asking if one.waiting]
        for one in asking:
            one.waiting, one.drawing = None, True
        work = [(one.bench, wish) for one, _, wish in taken]
        told = await self._computed(drawn, work, asking)
        for one in asking:
            one.drawing = False
        for (one, number, _), found in zip(taken, told, strict=bool(told)):
            one.unread = (number, found.picture)
            one.send(picture_message(number, found))
        await asyncio.sleep(0)  # they leave before the next pass takes the interpreter's lock

    async def _read(self, due: list[Visitor], now: float) -> None:
        taken = [(one, *one.unread) for one in due if one.unread]
        for one in due:
            one.unread, one.read_at = None, now
        work = [(one.bench, picture) for one, _, picture in taken]
        found = await self._computed(readings_of, work, due)
        for (one, number, _), values in zip(taken, found, strict=bool(found)):
            one.send(struct.pack("<II5f", number, 2, *values))

    async def _computed(
        self, asked: Callable[[list[Work]], list[Found]], work: list[Work], of: list[Visitor]
    ) -> list[Found]:
        """What the thread finds; where it fails, these visitors are let go and the others stay."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, asked, work)
        except Exception:
            logging.getLogger(__name__).exception("Live pictures could not be drawn")
            for one in of:
                self.visitors.discard(one)
                one.leaving = asyncio.create_task(one.socket.close(FAILED))
            return []

    async def _rest(self, now: float) -> None:
        """Until somebody asks, a message has left, or a reading may be made."""
        late = [one.read_at + self._gap(now) - now for one in self.visitors if one.unread]
        with suppress(TimeoutError):
            await asyncio.wait_for(self.awake.wait(), max(0.0, min(late)) if late else None)


_workers: dict[asyncio.AbstractEventLoop, Worker] = {}


def _worker() -> Worker:
    """The one worker of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _workers:
        _workers.clear()  # an earlier loop's worker ended with it
        _workers[loop] = Worker()
    return _workers[loop]


async def decoding(socket: WebSocket) -> None:
    """The route: codes in, pictures out, until the visitor leaves or misbehaves."""
    if not same_site(socket.headers.get("origin"), socket.headers.get("host")):
        await socket.close(POLICY)
        return
    worker = _worker()
    if len(worker.visitors) >= MOST_VISITORS:
        await socket.close(BUSY)
        return
    where = socket.path_params
    try:
        bench = await asyncio.to_thread(bench_of, where["run"], where["row"], where["keep"])
    except (LymphoscapeError, IndexError, ValueError):
        await socket.close(POLICY)
        return
    await socket.accept()
    visitor = Visitor(socket, bench, wake=worker.awake.set)
    worker.visitors.add(visitor)
    try:
        while True:
            message = await socket.receive()
            if message["type"] != "websocket.receive":
                return
            asked = asked_of(message.get("bytes"), bench.latent)
            if asked is None or visitor.floods(time.monotonic()):
                await socket.close(BAD_DATA if asked is None else POLICY)
                return
            worker.ask(visitor, asked)
    except (WebSocketDisconnect, RuntimeError):
        return
    finally:
        worker.visitors.discard(visitor)


def same_site(origin: str | None, host: str | None) -> bool:
    """Whether a page of this very server asks."""
    return bool(origin and host) and urlsplit(origin or "").netloc == host


def asked_of(message: bytes | None, latent: int) -> tuple[int, Wish] | None:
    """Number and wish of a message; None where its length or its values are wrong."""
    if message is None or len(message) != 8 + 4 * latent:
        return None
    values = np.frombuffer(message, "<f4", offset=4)
    if not np.isfinite(values).all() or np.abs(values).max() > FURTHEST:
        return None
    times = float(values[0])
    if not 1 / (MOST_TIMES + ROUNDING) <= times <= MOST_TIMES + ROUNDING:
        return None
    return int.from_bytes(message[:4], "little"), Wish(values[1:], times)


async def _sent(visitor: Visitor, message: bytes, before: asyncio.Task[None] | None) -> None:
    if before is not None:
        await before
    if visitor.socket.client_state == WebSocketState.CONNECTED:
        try:
            await visitor.socket.send_bytes(message)
        except (WebSocketDisconnect, RuntimeError):
            visitor.waiting = visitor.unread = None
    visitor.wake()


def picture_message(number: int, told: Told) -> bytes:
    """A picture as it travels."""
    head = struct.pack("<IIff", number, 1, told.score, told.typicality)
    pixels: bytes = np.round(255 * np.clip(told.picture, 0, 1)).astype(np.uint8).tobytes()
    return head + pixels + told.refused.encode()
