import numpy as np
import pandas as pd
import pytest

from core.growth.calibrate import calibrated_directions
from core.growth.simulate import grow
from core.latent.space import LatentSpace

SPACING_MM = (0.5, 0.5)
ROWS = 240


def space_with(codes, split=None):
    patient = np.arange(ROWS) // 2
    split = np.array(["train", "train", "validation", "test"])[patient % 4]
    rows = pd.DataFrame(
        {
            "patient_id": [f"p{i}" for i in patient],
            "split": split,
            "label": patient % 2,
            "short_axis_mm": 6 + codes[:, 0],
        }
    )
    return LatentSpace("a-run", codes, rows, split == "train", ("short_axis_mm",))


def drawing(*weights):
    """A decoder of discs whose diameter is 6 mm plus the weighted first coordinates."""
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")

    def decode(codes):
        size_mm = 6 + codes[:, : len(weights)] @ np.array(weights)
        away = np.hypot(y, x)[None] * SPACING_MM[0] - size_mm[:, None, None] / 2
        return (0.8 - 0.5 / (1 + np.exp(np.clip(away / 0.12, -50, 50)))).astype(np.float32)

    return decode


def sizes_of(space, decode):
    return next(
        found
        for found in calibrated_directions(space, decode=decode, spacing_mm=SPACING_MM)
        if found.name == "short_axis_mm"
    )


def test_a_decoder_that_draws_half_of_what_is_asked_doubles_the_step():
    codes = np.random.default_rng(0).normal(size=(ROWS, 4)).astype(np.float32)
    space, decode = space_with(codes), drawing(0.5)
    plain, found = space.direction("short_axis_mm"), sizes_of(space, decode)
    assert found.length == pytest.approx(2 * plain.length, rel=0.03)
    walked = grow(codes[0], found, np.array([1.0, 2.0]), decode=decode, spacing_mm=SPACING_MM)
    assert walked.measured_mm == pytest.approx(walked.asked_mm, abs=0.1)


def test_a_dimension_that_the_decoder_does_not_draw_is_not_the_way():
    random = np.random.default_rng(1)
    codes = random.normal(size=(ROWS, 4)).astype(np.float32)
    codes[:, 1] = codes[:, 0] + 0.3 * codes[:, 1]
    space = space_with(codes)
    assert space.direction("short_axis_mm").way == "dimension"
    decode = drawing(0.0, 1.0)
    found = sizes_of(space, decode)
    assert found.way != "dimension"
    walked = grow(codes[0], found, np.array([1.0]), decode=decode, spacing_mm=SPACING_MM)
    assert walked.measured_mm == pytest.approx(walked.asked_mm, abs=0.15)


def test_what_cannot_be_judged_comes_back_as_it_was_fitted():
    codes = np.random.default_rng(2).normal(size=(ROWS, 4)).astype(np.float32)
    space = space_with(codes)

    def grey(asked):
        return np.full((len(asked), 32, 32), 0.5, np.float32)

    fitted = space.directions()
    back = calibrated_directions(space, decode=grey, spacing_mm=SPACING_MM)
    assert [found.name for found in back] == ["short_axis_mm", "label"]
    for one, other in zip(fitted, back, strict=True):
        assert np.array_equal(one.move, other.move)


@pytest.mark.slow
def test_test_patients_do_not_take_part():
    codes = np.random.default_rng(3).normal(size=(ROWS, 4)).astype(np.float32)
    space = space_with(codes)
    seen = []

    def watched(asked):
        seen.append(asked[:, 1])
        return drawing(1.0)(asked)

    calibrated_directions(space, decode=watched, spacing_mm=SPACING_MM)
    drawn = np.unique(np.concatenate(seen[:1]))
    assert np.isin(drawn, codes[space.validation, 1]).all()
