"""A class of thirty opens every page at once, and nobody sees an error."""

import asyncio

import pytest

from tests.sessions import Server, visit

PAGES = ("", "patients", "atlas", "growth", "dials", "why", "how-good", "inflated")


@pytest.mark.slow
def test_thirty_sessions_use_every_page_without_an_error(tiny_run, tmp_path):
    async def everybody(server):
        orders = [PAGES[i % len(PAGES) :] + PAGES[: i % len(PAGES)] for i in range(30)]
        return await asyncio.gather(*(visit(server, order, timeout_s=300) for order in orders))

    with Server(tiny_run.folder.parent, cwd=tmp_path, run=tiny_run.name) as server:
        sessions = asyncio.run(everybody(server))
        assert server.process.poll() is None
    problems = [(page, p) for session in sessions for page, _, _, ps in session for p in ps]
    assert not problems
    drawn = {page: min(n for s in sessions for q, _, n, _ in s if q == page) for page in PAGES}
    assert all(elements > 5 for elements in drawn.values()), drawn
    assert len(sessions) == 30
