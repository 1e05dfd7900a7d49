"""Pictures decoded while a slider is dragged, over one WebSocket a visitor.

A visitor sends codes; of several that wait only the newest is drawn. One worker serves all
visitors, a micro-batch at a time: first every waiting picture, then, while nobody waits, what
the ruler reads of the pictures that stand. A message is a number and a code, nothing else:

    in    uint32 number, float32 * latent                                   (little endian)
    out   uint32 number, uint32 1, float32 score, typicality, uint8 * pixels
    out   uint32 number, uint32 2, float32 short axis mm, elongation, signal, texture, border

A route bypasses the script's protection: another site's page, a message of another length, a
value that is not finite and a flood all end the connection, and the page goes on with the film
that it has.
"""

import asyncio
import struct
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from core.arrays import Code, Codes, Patch, Values
from core.errors import LymphoscapeError
from core.growth.delivery import KEEPS, Keep, Lesion, read
from dashboard import answers, state

MOST_VISITORS = 128
MOST_A_SECOND = 240  # messages of one visitor; a mouse sends at most 125 or so
TOGETHER = 16  # pictures in a batch: some 20 ms, so that nobody waits long
FURTHEST = 1e4  # no code lies so far out
POLICY, BAD_DATA, BUSY = 1008, 1007, 1013
READINGS = ("short_axis_mm", "elongation", "signal", "texture", "border")


@dataclass(frozen=True)
class Told:
    """A picture with its score and how far its code lies from training codes."""

    picture: Patch
    score: float
    typicality: float


@dataclass(frozen=True, eq=False)
class Bench:
    """What pictures of one lesion are drawn with."""

    lesion: Lesion
    score: Callable[[Codes], Values]
    typicality: Callable[[Codes], Values]
    latent: int


@dataclass(eq=False)
class Visitor:
    """One connection: its lesion, and the newest message that waits."""

    socket: WebSocket
    bench: Bench
    waiting: tuple[int, Code] | None = None
    unread: tuple[int, Patch] | None = None
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_A_SECOND))

    def floods(self, now: float) -> bool:
        """Whether this visitor sent too much within the last second."""
        full = len(self.recent) == MOST_A_SECOND and now - self.recent[0] < 1
        self.recent.append(now)
        return full


class Worker:
    """Serves the visitors of one event loop, in one thread."""

    def __init__(self) -> None:
        self.visitors: set[Visitor] = set()
        self.awake = asyncio.Event()
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="live")
        self.task = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.awake.wait()
            asking = [one for one in self.visitors if one.waiting][:TOGETHER]
            if asking:
                taken = [(one, *one.waiting) for one in asking if one.waiting]
                for one in asking:
                    one.waiting = None
                work = [(one.bench, code) for one, _, code in taken]
                told = await loop.run_in_executor(self.pool, drawn, work)
                for (one, number, _), found in zip(taken, told, strict=True):
                    one.unread = (number, found.picture)
                    await _sent(one, picture_message(number, found))
                continue
            reading = next((one for one in self.visitors if one.unread), None)
            if reading is None or reading.unread is None:
                self.awake.clear()
                continue
            number, picture = reading.unread
            reading.unread = None
            found = await loop.run_in_executor(self.pool, reading_of, reading.bench, picture)
            await _sent(reading, struct.pack("<II5f", number, 2, *found))


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
    visitor = Visitor(socket, bench)
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
            visitor.waiting = asked
            worker.awake.set()
    except (WebSocketDisconnect, RuntimeError):
        return
    finally:
        worker.visitors.discard(visitor)


def same_site(origin: str | None, host: str | None) -> bool:
    """Whether a page of this very server asks."""
    return bool(origin and host) and urlsplit(origin or "").netloc == host


def asked_of(message: bytes | None, latent: int) -> tuple[int, Code] | None:
    """Number and code of a message; None where its length or its values are wrong."""
    if message is None or len(message) != 4 + 4 * latent:
        return None
    code = np.frombuffer(message, "<f4", offset=4)
    if not np.isfinite(code).all() or np.abs(code).max() > FURTHEST:
        return None
    return int.from_bytes(message[:4], "little"), code


def picture_message(number: int, told: Told) -> bytes:
    """A picture as it travels."""
    head = struct.pack("<IIff", number, 1, told.score, told.typicality)
    pixels: bytes = np.round(255 * np.clip(told.picture, 0, 1)).astype(np.uint8).tobytes()
    return head + pixels


def bench_of(name: str, row: int, keep: str) -> Bench:
    """What a lesion's pictures are drawn with.

    Raises:
        RunNotFound: There is no such run.
        IndexError: The run has no such row.
        ValueError: Nothing like that can be kept.
    """
    run = state.open_run(name)
    if not 0 <= row < len(run.rows):
        raise IndexError(row)
    kept: Keep = KEEPS[KEEPS.index(keep)]  # type: ignore[arg-type]  # index() refuses others
    model, space = state.model(run), state.latent_space(run)
    lesion = Lesion.of(
        run.codes[row],
        model.decode,
        original=run.patches[row],
        spacing_mm=answers.ruler_mm(run, row),
        keep=kept,
        outlined=answers.outlined(run, row),
    )
    return Bench(lesion, answers.scorer(run, row), space.typicality, model.latent)


def drawn(work: list[tuple[Bench, Code]]) -> list[Told]:
    """Pictures of several visitors; those who share a network are decoded together."""
    found: dict[int, Told] = {}
    networks: dict[object, list[int]] = {}
    for at, (bench, _) in enumerate(work):
        # a bound method is equal to another one of the same network
        networks.setdefault(bench.lesion.decode, []).append(at)
    for places in networks.values():
        first, codes = work[places[0]][0], np.stack([work[at][1] for at in places])
        pictures, far = first.lesion.decode(codes), first.typicality(codes)
        for at, code, picture, away in zip(places, codes, pictures, far, strict=True):
            bench = work[at][0]
            (whole,) = bench.lesion.complete(picture[None], code[None])
            found[at] = Told(whole, float(bench.score(code[None])[0]), float(away))
    return [found[at] for at in range(len(work))]


def reading_of(bench: Bench, picture: Patch) -> tuple[float, ...]:
    """What the ruler reads of a picture, in the order of READINGS; NaN where it fails."""
    (found,) = read(picture[None], bench.lesion.spacing_mm)
    return tuple(float(getattr(found, name)) if found else float("nan") for name in READINGS)


async def _sent(visitor: Visitor, message: bytes) -> None:
    if visitor.socket.client_state != WebSocketState.CONNECTED:
        return
    try:
        await visitor.socket.send_bytes(message)
    except (WebSocketDisconnect, RuntimeError):
        visitor.waiting = visitor.unread = None
