"""Two selections held side by side: the film between them, and how large a pixel is."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from core.run import Run


@pytest.fixture
def run(tiny_run, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--runs", str(tiny_run.folder.parent)])
    st.cache_data.clear()
    st.cache_resource.clear()
    return tiny_run


def with_pixels_of(run, rows, factor):
    """The run with larger pixels in some rows' patches."""
    grid = run.grid.copy()
    for row in rows:
        affine = np.array(grid["affine"].iloc[row], float).reshape(4, 4)
        affine[:3, :2] *= factor
        grid.at[row, "affine"] = affine.ravel().tolist()
    changed = Run(run.folder, run.manifest)
    changed.__dict__["grid"] = grid
    return changed


def test_the_film_begins_at_as_mean_code_and_ends_at_bs(run):
    from core.model import Model
    from dashboard import selections

    order = np.argsort(run.rows["short_axis_mm"].to_numpy(), kind="stable")
    small, large = (tuple(sorted(order[part].tolist())) for part in (slice(12), slice(-30, None)))
    found = selections.compared(run, small, large)
    model = Model.open(run)
    means = np.stack([run.codes[list(rows)].mean(0) for rows in (small, large)])
    first, last = model.decode(means.astype(np.float32))
    assert np.allclose(found.way[0], first, atol=1e-5)
    assert np.allclose(found.way[-1], last, atol=1e-5)
    # where training patients' patches alone end is another picture, or the law says nothing
    train = (run.rows["split"] == "train").to_numpy()
    moves = [run.codes[[row for row in rows if train[row]]].mean(0) for rows in (small, large)]
    other = model.decode((means[0] + moves[1] - moves[0])[None].astype(np.float32))[0]
    assert np.abs(other - last).max() > 1e-4


def test_a_scale_bar_stands_only_where_all_pixels_are_alike(run):
    from dashboard import answers, selections

    rows, larger = np.arange(40), np.arange(25, 40)
    shared = selections.shared_pixel_mm(run, rows)
    assert shared == pytest.approx(answers.pixel_mm(run, 0), rel=0.01)
    mixed = with_pixels_of(run, larger.tolist(), 2.0)
    assert selections.shared_pixel_mm(mixed, rows) is None
    assert selections.shared_pixel_mm(mixed, larger) == pytest.approx(2 * shared, rel=0.01)
    bare = Run(run.folder, replace(run.manifest, has_masks=False))
    assert selections.shared_pixel_mm(bare, rows) is None
