"""Every page in a real browser: it draws, asks nobody but this machine, and can be read by all."""

import re
from urllib.parse import urlparse

import pytest

from tests.sessions import Server

PAGES = ("", "patients", "atlas", "growth", "dials", "why", "how-good", "inflated")
# `background networking` would ask Chromium's own maker for updates
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
OUR_OWN = re.compile(r"ls-|lymphoscape|BidiComponent")  # what stands in our components, too

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tiny_run, tmp_path_factory):
    place = tmp_path_factory.mktemp("server")
    with Server(tiny_run.folder.parent, cwd=place, run=tiny_run.name) as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.asked, opened.complaints = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()


def settled(page, url):
    """Open a page and wait until its script has run and nothing is being redrawn."""
    page.goto(url)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=90_000)
    page.wait_for_selector("h1", timeout=90_000)
    page.wait_for_timeout(500)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_draws_without_an_error_and_asks_only_this_machine(name, server, page):
    settled(page, f"{server.url}/{name}")
    assert page.locator("[data-testid=stException]").count() == 0
    assert not page.complaints
    hosts = {urlparse(url).hostname for url in page.asked if url.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}
    text = page.inner_text("body")
    assert "not for diagnosis" in text
    assert "synthetic" in text.lower()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_a_narrow_window(name, server, page):
    page.set_viewport_size({"width": 800, "height": 1000})
    settled(page, f"{server.url}/{name}")
    wide = page.evaluate(
        """() => { const main = document.querySelector('[data-testid=stMain]');
                   return main.scrollWidth - main.clientWidth; }"""
    )
    assert wide <= 1


@pytest.mark.parametrize("name", ["", "why?row=5", "how-good"])
def test_a_page_opened_by_its_address_leaves_no_error_in_the_console(name, server, page):
    refused = []
    page.on("response", lambda got: refused.append(got.url) if got.status >= 400 else None)
    settled(page, f"{server.url}/{name}")
    assert not refused


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_what_we_render(name, server, page):
    from axe_playwright_python.sync_playwright import Axe

    settled(page, f"{server.url}/{name}")
    found = Axe().run(page).response["violations"]
    ours = [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
        if OUR_OWN.search(node["html"]) or OUR_OWN.search(str(node["target"]))
    ]
    assert not ours


def test_the_chosen_node_travels_from_page_to_page_and_stands_in_the_link(server, page):
    settled(page, f"{server.url}/why?row=5")
    page.get_by_role("link", name="Growth").click()
    page.wait_for_url(re.compile(r"/growth\?.*row=5"), timeout=60_000)
    page.wait_for_selector("h1", timeout=60_000)
    assert "sub-" not in page.url
