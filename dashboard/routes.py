"""What the pages' own JavaScript fetches, gathered for the app.

A route bypasses the script's protection: each takes names of things and no path, no patient.
"""

from starlette.routing import BaseRoute, Route, WebSocketRoute

from dashboard import atlas_routes, brushing, live, page_address

ROUTES: list[BaseRoute] = [
    *page_address.ROUTES,
    *atlas_routes.ROUTES,
    Route("/lymphoscape/painted/{run}/{row:int}/{way}", brushing.painted, methods=["POST"]),
    WebSocketRoute("/lymphoscape/live/{run}/{row:int}/{keep}", live.decoding),
]
