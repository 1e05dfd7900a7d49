"""Every page in a real browser: it draws, asks nobody but this machine, and can be read by all."""

import re
from urllib.parse import urlparse

import pytest

from tests.browsing import settle

PAGES = ("", "patients", "atlas", "growth", "dials", "why", "how-good", "inflated")
OUR_OWN = re.compile(r"ls-|lymphoscape|BidiComponent")  # what stands in our components, too

pytestmark = pytest.mark.browser


def opened(browser):
    """A new window that writes down what it asks for, is refused and complains of."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.asked, page.refused, page.complaints = [], [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("response", lambda got: page.refused.append(got.url) if got.status >= 400 else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


@pytest.fixture
def page(browser):
    page = opened(browser)
    yield page
    page.context.close()


@pytest.fixture(scope="module", params=PAGES)
def shown(request, browser, server):
    """Every page in turn, opened once by its address for all that is looked at on it."""
    page = opened(browser)
    settled(page, f"{server.url}/{request.param}")
    # what the script says may stand in the page a moment later
    page.get_by_text("not for diagnosis").first.wait_for(timeout=90_000)
    yield page
    page.context.close()


def settled(page, url):
    """Open a page and wait until its script has run and nothing is being redrawn."""
    page.goto(url)
    page.wait_for_selector("h1", timeout=90_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=90_000)
    page.wait_for_timeout(500)


def test_every_page_draws_without_an_error_and_asks_only_this_machine(shown):
    assert shown.locator("[data-testid=stException]").count() == 0
    assert not shown.complaints
    assert not shown.refused
    hosts = {urlparse(url).hostname for url in shown.asked if url.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}
    text = shown.inner_text("body")
    assert "not for diagnosis" in text
    assert "synthetic" in text.lower()


def test_every_page_fits_a_narrow_window(shown):
    shown.set_viewport_size({"width": 800, "height": 1000})
    shown.wait_for_timeout(1000)  # charts and columns take their new width
    wide = shown.evaluate(
        """() => { const main = document.querySelector('[data-testid=stMain]');
                   return main.scrollWidth - main.clientWidth; }"""
    )
    shown.set_viewport_size({"width": 1440, "height": 900})
    assert wide <= 1


def test_a_page_opened_at_a_lesion_by_its_address_leaves_no_error_in_the_console(server, page):
    settled(page, f"{server.url}/why?row=5")
    assert not page.refused


def ours(page):
    """What axe finds in what we render, not in what Streamlit or Plotly do."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
        if OUR_OWN.search(node["html"]) or OUR_OWN.search(str(node["target"]))
    ]


def darken(page):
    """Ask for the dark theme, and wait until it is there."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        """() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor
                 .match(/\\d+/g).slice(0, 3).every((one) => Number(one) < 60)""",
        timeout=60_000,
    )


def test_axe_finds_nothing_in_what_we_render(shown):
    shown.wait_for_timeout(500)  # as wide as it was
    assert not ours(shown)
    darken(shown)
    assert not ours(shown), "in the dark"


@pytest.mark.slow
def test_axe_finds_nothing_on_the_atlas_with_its_panels_open(server, page, tiny_run):
    from core.latent.selection import write_rows

    count = len(tiny_run.rows)
    a, b = (write_rows(rows, count) for rows in (range(20), range(30, count)))
    settled(page, f"{server.url}/atlas?a={a}&b={b}&atlas_layout=PCA")
    page.get_by_text("What sets B apart from A").wait_for(timeout=60_000)
    page.get_by_text("Watch the map form during training").click()
    page.get_by_text("The map as a table").click()
    page.locator(".map [name=moment]").wait_for(timeout=60_000)
    settle(page)  # what is run again is pale meanwhile
    looked = {"selections": ours(page)}
    page.get_by_text("How far can this map be trusted?").click()
    page.get_by_text("Where the map misleads most").wait_for(timeout=60_000)
    page.get_by_text("Place the chosen one as if it were new").click()
    page.get_by_text("Placed as a new").wait_for(timeout=60_000)
    settle(page)
    looked["trust"] = ours(page)
    darken(page)
    settle(page)
    looked["trust, dark"] = ours(page)
    page.get_by_text("What sets A and B apart?").click()
    page.get_by_text("What sets B apart from A").wait_for(timeout=60_000)
    settle(page)
    looked["selections, dark"] = ours(page)
    assert not [(where, *found) for where, found in looked.items() if found]


def test_the_chosen_node_travels_from_page_to_page_and_stands_in_the_link(server, page):
    settled(page, f"{server.url}/why?row=5")
    page.get_by_role("link", name="Growth").click()
    page.wait_for_url(re.compile(r"/growth\?.*row=5"), timeout=60_000)
    page.wait_for_selector("h1", timeout=60_000)
    assert "sub-" not in page.url
