"""What the pages' own JavaScript fetches, gathered for the app.

A route bypasses the script's protection: each takes names of things and no path, no patient.
"""

from starlette.routing import BaseRoute

from dashboard import atlas_routes

ROUTES: list[BaseRoute] = [*atlas_routes.ROUTES]
