"""A page's own address, answered so that its browser asks the server at once where it really is.

Opened at `/why`, Streamlit's front end first tries `/why/_stcore/...` and leaves two errors in the
console before it tries `/_stcore/...` (its `getPossibleBaseUris`). Told where the server is, it
does not guess; pages lie one level deep, so the server is at `./`, also behind a proxy's prefix.

Opened as a presenter's link, the side bar would be seen until the script's own style arrives: a
few lines in the head (`components/room.js`) keep it hidden.
"""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit.file_util import get_static_dir

from dashboard.page_link import PRESENT

PAGES = ("patients", "atlas", "growth", "dials", "why", "how-good", "inflated")
ROOM = Path(__file__).parent / "components" / "room.js"
TOLD = (
    "<head><script>window.__streamlit = {...window.__streamlit, "
    "BACKEND_BASE_URL: new URL('./', location.href).href}</script>"
    f"<script>{ROOM.read_text(encoding='utf-8').replace('PRESENT', PRESENT)}</script>"
)


def page(_: Request) -> Response:
    """Streamlit's own page, with a few lines more."""
    return HTMLResponse(_told(), headers={"Cache-Control": "no-cache"})


@cache
def _told() -> str:
    text = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    return text.replace("<head>", TOLD, 1)


ROUTES: list[BaseRoute] = [Route(f"/{name}", page, methods=["GET"]) for name in PAGES]
