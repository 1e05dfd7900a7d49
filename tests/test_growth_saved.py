"""What stands beside a walk, to be saved: the flip, a pair, the ways between two, the charts."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.growth import saved
from core.growth.counterfactual import Flip
from core.growth.film import CAPTION_PX, NOTICE, SIDE_PX
from tests.test_film import disc_walk


@pytest.fixture(scope="module")
def walked():
    return disc_walk()


def opened(content):
    return Image.open(io.BytesIO(content))


def test_pictures_side_by_side_carry_each_its_own_mark_and_the_notice():
    flat = np.full((3, 32, 32), 0.4, np.float32)
    told = {"titles": ["one", "two", "three"], "spacing_mm": (0.5, 0.5)}
    made = opened(saved.beside(flat, marks=["SIMULATED", "SYNTHETIC", ""], **told))
    assert made.size == (3 * SIDE_PX, SIDE_PX + CAPTION_PX)
    assert made.text["Comment"] == NOTICE
    corner = [np.asarray(made)[4:26, at * SIDE_PX + 200 : (at + 1) * SIDE_PX] for at in range(3)]
    white = [(one > 240).all(-1).sum() for one in corner]
    assert white[0] > 100
    assert white[1] > 100
    assert not white[2], "a scan of a patient is marked as nothing else"
    with pytest.raises(ValueError, match="shorter"):
        saved.beside(flat, marks=["SIMULATED"], **told)


def test_without_millimetres_no_bar_and_no_sides_are_drawn():
    flat = np.full((1, 32, 32), 0.4, np.float32)
    bare = np.asarray(opened(saved.beside(flat, [""], [""], spacing_mm=None)))[:SIDE_PX]
    assert np.ptp(bare) == 0
    barred = np.asarray(opened(saved.beside(flat, [""], [""], spacing_mm=(0.5, 0.5))))[:SIDE_PX]
    assert np.ptp(barred) > 200


def test_the_ways_between_two_stand_under_each_other_with_nothing_lost(walked):
    one, two = (
        opened(saved.strips({"Straight": walked})),
        opened(saved.strips({"Straight": walked, "Spherical": walked})),
    )
    assert two.size == (one.size[0], 2 * one.size[1])
    assert one.size[0] == len(walked) * SIDE_PX, "four pictures, so four are drawn"
    first = np.asarray(one)
    assert np.array_equal(np.asarray(two)[: len(first)][saved.HEAD_PX :], first[saved.HEAD_PX :])
    with pytest.raises(ValueError, match="none"):
        saved.strips({})


def test_numbers_say_what_they_are_and_read_back_as_they_were():
    table = pd.DataFrame({"size_mm": [4.25, 5.5], "mean": [0.1, 0.25]})
    text = saved.numbers(table, "Scores\nat each size")
    head = text.splitlines()[:2]
    assert head == [f"# {NOTICE}", "# Scores at each size"]
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(text), comment="#"), table)


def test_a_flip_is_told_before_and_after_and_what_is_not_read_stays_open(walked):
    flip = Flip(
        found=True, code=np.zeros(3, np.float32), picture=walked.pictures[2],
        before=walked.measurements[0], after=None, score_before=0.3, score_after=0.7,
        typicality=0.5, named=True, size_sd=1.0,
    )  # fmt: skip
    table = saved.flip_table(flip).set_index("what")
    assert table.loc["short_axis_mm", "before"] == walked.measurements[0].short_axis_mm
    assert np.isnan(table.loc["short_axis_mm", "after"])
    assert list(table.loc["score"]) == [0.3, 0.7]
