"""Routes of the map: columns and pictures by GET, what a selection holds by POST, by WebSocket the
picture under the pointer.

A route bypasses the script's protection. Each takes a run's name and names from fixed lists, no
path and no patient; other sites may not read them, and the socket is refused to other origins.
"""

import math
import struct
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.errors import LymphoscapeError
from core.latent.grouping import METHODS
from core.run import Run
from dashboard import album, atlas_packs, cartography, state
from dashboard.columns import rows_of
from dashboard.figures import groups
from dashboard.figures import points as mapping

HEADERS = {
    "Cache-Control": "private, max-age=86400",  # the link carries the weights' digest
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
ASKED = struct.Struct("<Iff")  # number of the question, x, y: a place on a flat map
ASKED_ROW = struct.Struct("<II")  # number of the question, row: a patch, on any map
FAR = 3.0  # places lie within 1.15; a pointer beyond this is no question
PER_SECOND = 90  # questions a socket may ask; a screen shows 60 pictures a second
OTHER_ORIGIN, NOT_A_QUESTION, TOO_MANY = 4403, 4400, 4429

Answer = Callable[[Request, tuple[str, str]], bytes]


def _served(answer: Answer, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def route(request: Request) -> Response:
        try:
            run = await run_in_threadpool(state.open_run, request.path_params["run"])
            content = await run_in_threadpool(answer, request, state.key(run))
        except (LymphoscapeError, LookupError, ValueError):
            return _refused("No such thing.", 404)
        return Response(content, media_type=kind, headers=HEADERS)

    return route


def _rows(request: Request, key: tuple[str, str]) -> bytes:
    layout = _layout(request.query_params.get("layout", mapping.WHOLE))
    return atlas_packs.rows(*key, layout)


def _places(request: Request, key: tuple[str, str]) -> bytes:
    return atlas_packs.places(*key, _layout(request.query_params["layout"]))


def _colours(request: Request, key: tuple[str, str]) -> bytes:
    asked = request.query_params
    by, run = asked["by"], state.reopened(*key)
    if by not in mapping.colour_names(run):
        raise LookupError(by)
    return atlas_packs.colours(*key, by, _layout(asked["layout"]), _grouped(asked))


def _grid(request: Request, key: tuple[str, str]) -> bytes:
    layout = _layout(request.query_params["layout"])
    if len(mapping.COLUMNS[layout]) != 2:
        raise LookupError(layout)
    return atlas_packs.grid(*key, layout)


def _near(request: Request, key: tuple[str, str]) -> bytes:
    row = int(request.path_params["row"])
    if row >= len(state.reopened(*key).rows):
        raise LookupError(row)
    layout = _layout(request.query_params.get("layout", mapping.WHOLE))
    return atlas_packs.near(*key, row, layout)


def _forming(request: Request, key: tuple[str, str]) -> bytes:
    return atlas_packs.forming(*key, _layout(request.query_params["layout"]))


def _part(request: Request, key: tuple[str, str]) -> bytes:
    number, rows = int(request.path_params["part"]), len(state.reopened(*key).rows)
    if number * album.PART >= rows:
        raise LookupError(number)
    return album.part(*key, number)


def _layout(name: str) -> mapping.Layout:
    found = [one for one in mapping.LAYOUTS if one == name]
    if not found:
        raise LookupError(name)
    return found[0]


def _grouped(asked: QueryParams) -> cartography.Grouped:
    k = int(asked.get("k", "2"))
    if not 2 <= k <= cartography.MOST_CLUSTERS:
        raise LookupError(k)
    method = next((one for one in METHODS if one == asked.get("method")), "kmeans")
    return cartography.Grouped(
        method, "attributes" if asked.get("over") == "attributes" else "all", k
    )


async def lines(request: Request) -> Response:
    """What A and B hold, in a line each: asked with one bit a row, those of A and then of B."""
    if not _same_origin(request):
        return _refused("Not from this site.", 403)
    try:
        run = await run_in_threadpool(state.open_run, request.path_params["run"])
    except LymphoscapeError:
        return _refused("No such thing.", 404)
    long, sent = math.ceil(len(run.rows) / 8), b""
    async for part in request.stream():
        sent += part
        if len(sent) > 2 * long:
            break
    if len(sent) != 2 * long:
        return _refused(f"{2 * long} bytes are wanted.", 400)
    found = await run_in_threadpool(_lines, run, sent[:long], sent[long:])
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _lines(run: Run, a: bytes, b: bytes) -> dict[str, str]:
    sets = {"a": rows_of(a, len(run.rows)), "b": rows_of(b, len(run.rows))}
    return {name: groups.selection_line(run, rows) if rows else "" for name, rows in sets.items()}


def _refused(why: str, status: int) -> Response:
    return Response(why, status_code=status, media_type="text/plain")


async def between(socket: WebSocket) -> None:
    """Draw what lies under the pointer; the page asks its latest place when an answer is there."""
    if not _same_origin(socket):
        await socket.close(OTHER_ORIGIN)
        return
    try:
        run = await run_in_threadpool(state.open_run, socket.path_params["run"])
        layout = _layout(socket.query_params["layout"])
    except (LymphoscapeError, LookupError):
        await socket.close(NOT_A_QUESTION)
        return
    await socket.accept()
    key, since, asked = state.key(run), monotonic(), 0
    try:
        while True:
            question = await socket.receive_bytes()
            if monotonic() - since > 1:
                since, asked = monotonic(), 0
            asked += 1
            if asked > PER_SECOND:
                await socket.close(TOO_MANY)
                return
            try:
                number, draw = _question(question, len(run.rows), layout)
            except ValueError:
                await socket.close(NOT_A_QUESTION)
                return
            await socket.send_bytes(struct.pack("<I", number) + await run_in_threadpool(draw, *key))
    except (WebSocketDisconnect, KeyError):  # starlette's KeyError: text where bytes were wanted
        return


def _question(
    question: bytes, rows: int, layout: mapping.Layout
) -> tuple[int, Callable[[str, str], bytes]]:
    """A question's number and what draws its answer; raises ValueError where it is none."""
    if len(question) == ASKED_ROW.size:
        number, row = ASKED_ROW.unpack(question)
        if row >= rows:
            raise ValueError(row)
        return number, partial(atlas_packs.drawn_row, row=row)
    if len(question) != ASKED.size or len(mapping.COLUMNS[layout]) != 2:
        raise ValueError(layout)
    number, x, y = ASKED.unpack(question)
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) <= FAR):
        raise ValueError(x, y)
    return number, partial(atlas_packs.drawn_at, layout=layout, x=x, y=y)


def _same_origin(asked: HTTPConnection) -> bool:
    origin = asked.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == asked.headers.get("host")


BYTES = "application/octet-stream"
ROUTES: list[BaseRoute] = [
    Route("/lymphoscape/atlas/{run}/rows", _served(_rows, BYTES), methods=["GET"]),
    Route("/lymphoscape/atlas/{run}/places", _served(_places, BYTES), methods=["GET"]),
    Route("/lymphoscape/atlas/{run}/colours", _served(_colours, BYTES), methods=["GET"]),
    Route("/lymphoscape/atlas/{run}/near/{row:int}", _served(_near, BYTES), methods=["GET"]),
    Route("/lymphoscape/atlas/{run}/lines", lines, methods=["POST"]),
    Route("/lymphoscape/atlas/{run}/forming", _served(_forming, BYTES), methods=["GET"]),
    Route("/lymphoscape/atlas/{run}/grid", _served(_grid, "image/webp"), methods=["GET"]),
    Route(
        "/lymphoscape/atlas/{run}/pictures/{part:int}",
        _served(_part, "image/webp"),
        methods=["GET"],
    ),
    WebSocketRoute("/lymphoscape/atlas/{run}/between", between),
]
