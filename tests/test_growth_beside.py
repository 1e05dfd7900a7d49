"""What stands beside a growth walk: observed lesions of each size, and the slice it came from."""

import numpy as np
import pytest

from core.growth.observed import NEAREST, WITHIN, observed_beside
from core.growth.simulate import grow
from core.latent.direction import Direction


def key_row(run):
    keys = np.flatnonzero(run.rows["key_slice"].to_numpy(bool))
    sizes = run.rows["short_axis_mm"].to_numpy(float)[keys]
    return int(keys[np.argsort(sizes)[len(keys) // 2]])


def disc(codes):
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")
    away = np.hypot(y, x)[None] * 0.573 - (5 + codes[:, 0])[:, None, None] / 2
    return (0.8 - 0.5 / (1 + np.exp(np.clip(away / 0.12, -50, 50)))).astype(np.float32)


def test_observed_lesions_are_of_other_patients_and_of_the_size_asked(tiny_run):
    row = key_row(tiny_run)
    move = np.zeros(tiny_run.codes.shape[1], np.float32)
    move[0] = 1
    along = Direction("short_axis_mm", move, "mm", "Larger.", "dimension")
    walk = grow(
        tiny_run.codes[row] * 0, along, np.array([-1.0, 0, 1, 2]), decode=disc,
        spacing_mm=(0.573, 0.573), score=lambda codes: codes[:, 0] * 0 + 0.3,
    )  # fmt: skip
    found = observed_beside(tiny_run, walk, row)
    rows = tiny_run.rows
    assert len(found)
    for line in found.itertuples():
        assert 1 <= line.n <= NEAREST
        assert line.low <= line.mean <= line.high
        assert line.walk == pytest.approx(0.3)
        for other in line.rows:
            assert rows["patient_id"].iloc[other] != rows["patient_id"].iloc[row]
            size = rows["short_axis_mm"].iloc[other]
            assert abs(size - line.size_mm) <= WITHIN * line.size_mm + 1e-6


def test_a_picture_goes_back_where_it_was_cut_and_nowhere_else(tiny_run):
    from dashboard.growing import in_slice

    row = key_row(tiny_run)
    scan, _ = in_slice(tiny_run, row, tiny_run.patches[row])
    grown, (top, left) = in_slice(tiny_run, row, np.ones((32, 32), np.float32))
    changed = np.argwhere(scan != grown)
    assert (changed >= (top, left)).all()
    assert (changed < (top + 32, left + 32)).all()
    assert grown[top : top + 32, left : left + 32].min() == 1
