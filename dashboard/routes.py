"""What the pages' own JavaScript fetches: the sheet of all patches of a run, once a visitor.

A route bypasses the script's protection, so it takes a run's name and nothing else: no path, no
patient, and other sites may not read it.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import LymphoscapeError
from dashboard import album, brushing, state

HEADERS = {
    "Cache-Control": "private, max-age=86400",  # the link carries the weights' digest
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


async def sheet(request: Request) -> Response:
    """All patches of a run, side by side, as WebP (PNG where WebP ends)."""
    try:
        content, kind = await run_in_threadpool(_sheet_of, request.path_params["run"])
    except LymphoscapeError:
        return Response("No such run.", status_code=404, media_type="text/plain")
    return Response(content, media_type=f"image/{kind}", headers=HEADERS)


def _sheet_of(name: str) -> tuple[bytes, str]:
    run = state.open_run(name)
    return album.sheet(*state.key(run), tuple(range(len(run.rows))))


ROUTES = [
    Route("/lymphoscape/sheets/{run}", sheet, methods=["GET"]),
    Route("/lymphoscape/painted/{run}/{row:int}", brushing.painted, methods=["POST"]),
]
