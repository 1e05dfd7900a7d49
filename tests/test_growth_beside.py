"""What stands beside a growth walk: observed lesions of each size, and the slice it came from."""

import dataclasses

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


def test_a_step_that_is_not_to_be_trusted_stands_in_no_curve_beside_observed_lesions(tiny_run):
    row = key_row(tiny_run)
    move = np.zeros(tiny_run.codes.shape[1], np.float32)
    move[0] = 1
    along = Direction("short_axis_mm", move, "mm", "Larger.", "dimension")
    walk = grow(
        tiny_run.codes[row] * 0, along, np.array([-1.0, 0, 1, 2]), decode=disc,
        spacing_mm=(0.573, 0.573), score=lambda codes: codes[:, 0] * 0 + 0.3,
    )  # fmt: skip
    refused = dataclasses.replace(walk, refused=("", "", "", "Refused: it left the patch."))
    kept = observed_beside(tiny_run, refused, row)["size_mm"]
    assert kept.max() < walk.asked_mm[3]
    assert observed_beside(tiny_run, walk, row)["size_mm"].max() == pytest.approx(walk.asked_mm[3])


def test_the_ways_neighbours_are_lesions_and_none_of_the_two_at_its_ends(tiny_run):
    from core.growth.walked import other_lesions

    rows = tiny_run.rows
    lesion = rows["patient_id"].astype(str) + " " + rows["node"].astype(str)
    start = int(np.flatnonzero(lesion.duplicated(keep=False))[0])
    end = key_row(tiny_run)
    found = lesion.iloc[other_lesions(tiny_run, start, end)]
    assert found.is_unique
    assert not found.isin([lesion.iloc[start], lesion.iloc[end]]).any()
    assert len(found) == len({*lesion} - {lesion.iloc[start], lesion.iloc[end]})


def test_the_slice_with_a_simulated_lesion_says_so_in_pixels_and_header():
    import io

    from PIL import Image

    from core.growth.film import NOTICE, png
    from dashboard.figures.growth_story import marked_slice

    whole = np.full((90, 100), 0.4, np.float32)
    drawn = marked_slice(whole, (30, 40), 32)
    scale = drawn.shape[0] // 90
    above = drawn[30 * scale - 40 : 30 * scale - 4, 40 * scale : 72 * scale]
    assert above.max() == 255, "SIMULATED stands over the frame"
    assert (drawn[:60, : drawn.shape[1] // 2] == 255).any(), "and in the slice's own corner"
    opened = Image.open(io.BytesIO(png(drawn)))
    assert opened.text["Comment"] == NOTICE
    assert np.array_equal(np.asarray(opened), drawn)
