"""A second direction that goes along with a walk in millimetres."""

import numpy as np
import pytest

from core.growth.simulate import grow
from tests.test_trajectory import (
    SIZE,
    SPACING_MM,
    START,
    STEPS,
    direction,
    disc_decoder,
    textured_original,
)

TEXTURE = direction(0.4, 0.5, 0, 0, name="texture", unit="")  # and it makes the disc larger


def walked(**changes):
    asked = {"loop": "closed", "beside": TEXTURE, "spacing_mm": SPACING_MM} | changes
    return grow(START, SIZE, STEPS, decode=disc_decoder(bend=1.2), **asked)


def test_the_size_of_a_sum_is_corrected_while_the_second_stays_as_it_was_asked():
    open_, closed = walked(loop="open"), walked()
    assert np.abs(open_.measured_mm - open_.asked_mm).max() > 0.5
    assert closed.measured_mm == pytest.approx(closed.asked_mm, abs=0.06)
    assert closed.refused == ("",) * len(STEPS)
    for found in (open_, closed):
        assert found.codes[:, 1] - START[1] == pytest.approx(0.5 * STEPS, abs=1e-6)


def test_nothing_goes_along_with_no_step_and_nothing_added_is_the_walk_alone():
    found = walked()
    assert np.array_equal(found.codes[1], START)
    nothing, alone = walked(beside=0 * TEXTURE), walked(beside=None)
    assert nothing.measured_mm == pytest.approx(alone.measured_mm, abs=0.06)
    assert "Together with" in found.title
    assert "Together with" not in alone.title


def test_a_blended_sum_keeps_the_surroundings_for_a_warp_knows_of_nothing_but_size():
    kept = {"original": textured_original()}
    blended = walked(keep="blended", share=0.5, **kept)
    assert np.array_equal(blended.pictures, walked(keep="surroundings", **kept).pictures)
