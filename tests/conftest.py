"""What several test files stand on: a small synthetic cohort on disk and a finished run of it.

`core` is imported inside the fixtures: jaxtyping's hook must be active before `core` is first
imported, or its annotations are not checked.
"""

import importlib.util
import inspect
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
NO_SKIP = os.environ.get("LYMPHOSCAPE_NO_SKIP") == "1"
# `background networking` would ask Chromium's own maker for updates
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
NO_REAL = os.environ.get("LYMPHOSCAPE_NO_REAL") == "1"
_KEPT_OF = pytest.StashKey()  # whose file's pages were visited last
_MAIN = sys.modules["__main__"]


def pytest_configure(config):
    # one core a test process: parallel heavy jobs make every timing a lie
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if importlib.util.find_spec("jaxtyping") and importlib.util.find_spec("beartype"):
        from jaxtyping import install_import_hook

        importlib.import_module("tests.checked")  # the hook looks it up by name
        config.shape_hook = install_import_hook("core", "tests.checked.checked")


def pytest_xdist_auto_num_workers(config):
    # a browser's test waits about half of its time: with one more no core stands idle meanwhile
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config, items):
    if config.getoption("-m"):
        return
    asked = {Path(argument.split("::")[0]).name for argument in config.args}
    for item in items:
        # a slow test named on the command line is asked for
        if item.get_closest_marker("slow") and item.path.name not in asked:
            item.add_marker(pytest.mark.skip(reason="slow: ask for it with -m slow"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        slow = item.get_closest_marker("slow") and not item.config.getoption("-m")
        excused = NO_REAL and item.get_closest_marker("real")
        if not slow and not excused:  # CI runs the slow tests in a call of their own
            report.outcome = "failed"
            report.longrepr = f"skipped under LYMPHOSCAPE_NO_SKIP=1: {report.longrepr}"


@pytest.fixture
def rng():
    """A generator of its own for each test, so that no test shares randomness."""
    return np.random.default_rng(20)


@pytest.fixture(autouse=True)
def main_is_ours():
    """Streamlit makes its page `__main__`, and each process begun later would import all of it."""
    sys.modules["__main__"] = _MAIN
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session")
def scanned_once():
    """Streamlit looks for components in every installed package at each AppTest; once will do."""
    from streamlit.components.v2 import manifest_scanner

    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


def _emptied():
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def nothing_kept():
    """For fixtures under which pages answer otherwise: nothing kept from before or for after."""
    _emptied()
    yield
    _emptied()


@pytest.fixture
def caches(request, scanned_once):
    """What pages keep between reruns, kept from test to test as between two visitors.

    A test that asks for `monkeypatch` or `tmp_path` by itself may make pages answer otherwise:
    it has nothing kept, as a fixture that asks for `nothing_kept`, and as a file's first test.
    """
    asked = inspect.signature(request.function).parameters
    if request.config.stash.get(_KEPT_OF, None) != request.path:
        _emptied()
    if not {"monkeypatch", "tmp_path"}.isdisjoint(asked):
        request.getfixturevalue("nothing_kept")
    request.config.stash[_KEPT_OF] = request.path


@pytest.fixture(scope="session")
def real_data():
    """The folder of real images, or a skip that says why."""
    place = os.environ.get("LYMPHOSCAPE_REAL_DATA")
    if not place or not Path(place).is_dir():
        pytest.skip("LYMPHOSCAPE_REAL_DATA does not name a folder of real images")
    return Path(place)


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium, or a skip that says why."""
    found = next((p for n in ("chromium", "chromium-browser") if (p := shutil.which(n))), None)
    if not found:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    return found


@pytest.fixture(scope="session")
def tiny_cohort(tmp_path_factory):
    """Sixteen synthetic patients on disk, drawn once for all tests."""
    from core.cohort.phantom import draw_cohort
    from core.progress import silent

    place = tmp_path_factory.mktemp("cohorts") / "phantom-16-3"
    draw_cohort(place, patients=16, seed=3, progress=silent)
    return place


@pytest.fixture(scope="session")
def tiny_settings(tiny_cohort):
    """Settings that finish in seconds: a small network, a few epochs, all else as in quick."""
    from core.command_line import with_overrides
    from core.settings import Settings

    asked = {
        "cohort.path": str(tiny_cohort),
        "vae.latent": "16",
        "vae.width": "8",
        "training.epochs": "8",
        "training.threads": "1",
        "training.snapshots": "3",
        "objective.attribute": "150",
        "objective.outline": "800",
        "objective.equivariance": "0.5",
        "head.epochs": "5",
        "head.copies": "2",
        "map.clusters": "3",
    }
    pairs = [word for name, value in asked.items() for word in (f"--{name}", value)]
    return with_overrides(Settings.preset("quick"), pairs)


@pytest.fixture(scope="session")
def tiny_run(tiny_settings, tmp_path_factory):
    """A finished run on the tiny cohort, made by the whole road once for all tests."""
    from core.cohort.source import ready_cohort
    from core.progress import silent
    from core.training.road import train

    cohort = ready_cohort(tiny_settings.cohort, progress=silent)
    return train(
        tiny_settings,
        cohort,
        out=tmp_path_factory.mktemp("runs"),
        name="tiny",
        preset="quick",
        device="cpu",
        progress=silent,
        report=lambda sentence: None,
    )


@pytest.fixture(scope="session")
def two_runs(tiny_run, tmp_path_factory):
    """The tiny run, and the same as a cohort of bare patches with words of its own."""
    import json

    import pandas as pd

    place = tmp_path_factory.mktemp("two")
    shutil.copytree(tiny_run.folder, place / "tiny")
    bare = place / "bare"
    shutil.copytree(tiny_run.folder, bare)
    said = json.loads((bare / "run.json").read_text(encoding="utf-8"))
    words = {
        "lesion": "tumour",
        "outcome": "metastasis",
        "no_outcome": "no metastasis",
        "modality": "T1w MRI",
    }
    said |= {"name": "bare", "has_masks": False, "synthetic": False, "words": words}
    said |= {"cohort": "sarcoma", "finished": "2020-01-01T00:00:00+00:00"}
    (bare / "run.json").write_text(json.dumps(said), encoding="utf-8")
    rows = pd.read_parquet(bare / "rows.parquet")
    sizes = [
        "short_axis_mm",
        "long_axis_mm",
        "elongation",
        "compactness",
        "convexity",
        "irregularity",
    ]
    rows[[*sizes, "heterogeneity", "contrast", "area_mm2"]] = np.nan
    rows.to_parquet(bare / "rows.parquet")
    np.save(bare / "masks.npy", np.zeros_like(tiny_run.masks))
    return place


@pytest.fixture(scope="session")
def server(tiny_run, tmp_path_factory):
    """The dashboard on the tiny run, started once for all browser tests."""
    from tests.sessions import Server

    place = tmp_path_factory.mktemp("server")
    with Server(tiny_run.folder.parent, cwd=place, run=tiny_run.name) as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium):
    """A headless Chromium; a module's own, since its event loop would be in others' way."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser, server):
    """Open a page of the dashboard and wait for something on it; scripts may not complain."""
    from tests.browsing import PATIENCE_MS, settle

    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def opened(place, wanted):
        page.goto(f"{server.url}/{place}")
        page.wait_for_selector(wanted, timeout=PATIENCE_MS)
        settle(page)
        return page

    yield opened
    assert not complaints
    context.close()
