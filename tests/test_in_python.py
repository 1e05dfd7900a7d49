"""Every page's "this view in Python" runs as it stands there, whatever the run can offer."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

FRAME = Path(__file__).parent.parent / "dashboard" / "frame.py"
PAGES = ("start", "patients", "atlas", "growth", "dials", "why", "how_good", "inflated")
SIZES = (
    "short_axis_mm",
    "long_axis_mm",
    "elongation",
    "compactness",
    "convexity",
    "irregularity",
    "area_mm2",
)


@pytest.fixture(scope="module")
def runs(tiny_run, tmp_path_factory):
    """The tiny run, and one whose cohort has no outlines and nothing measured of patients."""
    place = tmp_path_factory.mktemp("python") / "mine"
    shutil.copytree(tiny_run.folder, place / "tiny")
    bare = place / "bare"
    shutil.copytree(tiny_run.folder, bare)
    said = json.loads((bare / "run.json").read_text(encoding="utf-8"))
    said |= {"name": "bare", "has_masks": False}
    (bare / "run.json").write_text(json.dumps(said), encoding="utf-8")
    rows = pd.read_parquet(bare / "rows.parquet")
    rows[[*SIZES, "heterogeneity", "contrast"]] = np.nan
    rows.to_parquet(bare / "rows.parquet")
    np.save(bare / "masks.npy", np.zeros_like(tiny_run.masks))
    figures = json.loads((bare / "metrics.json").read_text(encoding="utf-8"))
    figures["figures"] = {}
    (bare / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    return place


@pytest.mark.parametrize("run", ["tiny", "bare"])
@pytest.mark.parametrize("page", PAGES)
def test_the_code_under_a_page_runs(page, run, runs, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(runs)])
    app = AppTest.from_file(str(FRAME), default_timeout=180)
    app.session_state["run_name"] = run
    app.run()
    app.switch_page(f"views/{page}.py").run()
    assert not app.exception, app.exception[0].message
    shown = [one.value for one in app.code if "from core.run import" in one.value]
    assert len(shown) == 1
    # as a reader would: in a folder beside the runs
    shutil.copytree(runs, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    exec(compile(shown[0], f"{page}.py", "exec"), {})
