import numpy as np
import pytest

from core.growth.blending import nearness
from core.growth.measure import measure
from core.growth.simulate import grow
from core.growth.trial import warp
from tests.test_trajectory import (
    SIZE,
    SPACING_MM,
    START,
    direction,
    disc_decoder,
    textured_original,
)

STEPS = np.array([0.0, 2.0])


def blended(share, *, along=SIZE, steps=STEPS, loop="open"):
    return grow(
        START, along, steps, decode=disc_decoder(), spacing_mm=SPACING_MM, loop=loop,
        original=textured_original(), keep="blended", share=share,
    )  # fmt: skip


def test_with_no_share_of_the_network_the_picture_is_the_plain_warp_within_the_scan():
    original, found = textured_original(), blended(0.0)
    assert np.array_equal(found.pictures[0], original)
    reading = measure(original, spacing_mm=SPACING_MM)
    plain = warp(original, reading, 2.0, SPACING_MM)
    inside = nearness(reading.region) > 0.99
    assert np.abs(found.pictures[1] - plain)[inside].max() < 1e-3
    assert np.abs(found.pictures[1] - original)[:3].max() < 1e-3


def test_the_share_lies_straight_between_the_warp_and_all_that_the_network_draws():
    none, half, all_of_it = (blended(share).pictures[1] for share in (0.0, 0.5, 1.0))
    unclipped = (half > 0) & (half < 1)
    assert np.allclose(half[unclipped], ((none + all_of_it) / 2)[unclipped], atol=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_blended_walk_reaches_the_millimetres_that_are_asked(share):
    found = blended(share, loop="closed", steps=np.array([-1.0, 1.0, 2.0]))
    assert found.measured_mm == pytest.approx(found.asked_mm, abs=0.1)


def test_a_smaller_lesion_is_asked_of_the_other_direction_alike():
    up = blended(0.3, steps=np.array([-1.0])).pictures
    down = blended(0.3, along=-SIZE, steps=np.array([1.0])).pictures
    assert np.allclose(up, down, atol=1e-5)


def test_a_plain_warp_knows_of_size_alone_so_nothing_else_is_blended():
    other = direction(0, 1, 0, 0, name="elongation", unit="sd")
    asked = {"decode": disc_decoder(), "spacing_mm": SPACING_MM, "original": textured_original()}
    kept = grow(START, other, STEPS, keep="surroundings", **asked).pictures
    assert np.array_equal(blended(0.2, along=other).pictures, kept)
    assert np.array_equal(blended(None).pictures, grow(START, SIZE, STEPS, **asked).pictures)
