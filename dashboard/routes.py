"""What the pages' own JavaScript fetches, gathered for the app.

A route bypasses the script's protection: each takes names of things and no path, no patient.
"""

from starlette.routing import BaseRoute, WebSocketRoute

from dashboard import atlas_routes, live

ROUTES: list[BaseRoute] = [
    *atlas_routes.ROUTES,
    WebSocketRoute("/lymphoscape/live/{run}/{row:int}/{keep}", live.decoding),
]
