"""Pages through the frame, without a browser: a visitor, and what a page then says."""

import json
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"


def visitor(runs, monkeypatch):
    """Opens a page of a run as a visitor would; fails where it raises."""
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(runs)])

    def opened(page, run="tiny"):
        app = AppTest.from_file(str(FRAME), default_timeout=400)
        app.session_state["run_name"] = run
        open_page(app, page)
        assert not app.exception, app.exception[0].message
        assert not app.error, app.error[0].value
        return app

    return opened


def open_page(app, page):
    """Open a page as its address does: without looking at another one first."""
    if page == "how_good":  # found by its file's name only once its address, how-good, is known
        app.run()
    app.switch_page(f"views/{page}.py").run()
    if page != "start" and not app.exception:  # an unknown address shows Start, and says nothing
        heads = [one.proto.body for one in app.main.get("html")]
        assert any(f"<h1>{page.replace('_', ' ').capitalize()}" in head for head in heads)


def written(app):
    """Everything a reader can read in the page's own body."""
    kinds = ("html", "markdown", "caption", "code", "info", "warning", "subheader")
    return "\n".join(
        str(getattr(each.proto, "body", "") or getattr(each, "value", ""))
        for kind in kinds
        for each in app.main.get(kind)
    )


def charts(app):
    """The page's charts."""
    return app.main.get("plotly_chart")


def film_of(app):
    """What the page's first component was sent."""
    return json.loads(app.main.get("bidi_component")[0].proto.json)


def later_of(app):
    """What was handed to the film after it; nothing where it waits for nothing."""
    told = [json.loads(each.proto.json) for each in app.main.get("bidi_component")]
    return next((each for each in told if each.get("film") == film_of(app)["key"]), None)
