import numpy as np
import pytest

from core.growth.measure import measure
from core.growth.simulate import grow
from tests.test_trajectory import SIZE, SPACING_MM, START, disc_decoder, textured_original

STEPS = np.array([0.0, 1.0, 2.0, 5.0])


def stuck(codes):
    """Draws discs of at most 7 mm, whatever is asked."""
    return disc_decoder()(np.minimum(codes, 1.0))


def walked(decode=stuck, **changes):
    asked = {"original": textured_original(), "loop": "closed", "keep": "surroundings"} | changes
    return grow(START, SIZE, STEPS, decode=decode, spacing_mm=SPACING_MM, **asked)


@pytest.mark.parametrize("keep", ["residual", "surroundings"])
def test_a_size_just_beyond_what_the_network_draws_is_reached_by_a_warp_that_is_told(keep):
    found = walked(keep=keep)
    assert found.measured_mm[:3] == pytest.approx(found.asked_mm[:3], abs=0.06)
    assert found.refused[:3] == ("",) * 3
    assert found.enlarged[0] == 1
    drawn_mm = found.measured_mm[2] / found.enlarged[2]
    assert drawn_mm == pytest.approx(7, abs=0.3)
    assert found.table()["enlarged"].tolist() == found.enlarged.tolist()


def test_a_size_far_beyond_what_the_network_draws_is_still_refused_and_nothing_is_enlarged():
    found = walked()
    assert "could not be reached" in found.refused[3]
    assert found.enlarged[3] == 1


def test_what_the_network_draws_at_the_size_asked_is_not_enlarged():
    found = walked(disc_decoder())
    assert np.array_equal(found.enlarged, np.ones(len(STEPS)))


def test_the_bare_model_and_an_open_walk_show_what_the_network_draws_alone():
    for found in (walked(original=None, keep="nothing"), walked(loop="open")):
        assert np.array_equal(found.enlarged, np.ones(len(STEPS)))


def test_the_scan_stays_where_neither_the_lesion_nor_the_enlarged_one_lies():
    original, found = textured_original(), walked()
    assert found.enlarged[2] > 1.02
    reading = measure(found.pictures[2], spacing_mm=SPACING_MM)
    far = np.hypot(*(np.indices(original.shape) - np.reshape(reading.centre_px, (2, 1, 1))))
    untouched = far > reading.long_axis_mm / 2 / SPACING_MM[0] + 4
    assert untouched.any()
    assert np.abs(found.pictures[2] - original)[untouched].max() < 1e-3


def test_a_walk_backwards_is_finished_alike():
    up = walked()
    down = grow(
        START, -SIZE, -STEPS, decode=stuck, spacing_mm=SPACING_MM, loop="closed",
        original=textured_original(), keep="surroundings",
    )  # fmt: skip
    assert np.allclose(up.enlarged, down.enlarged, atol=1e-6)
