"""The lesion shown first is one whose call changes as it grows."""

import numpy as np
import pytest

from core.growth.telling import telling
from core.latent.direction import Direction

SIZE = Direction(
    name="short_axis_mm",
    move=np.array([1.0, 0, 0], np.float32),
    unit="mm",
    description="larger",
    way="dimension",
    low=2.0,
    high=12.0,
)


@pytest.fixture
def lesions(rng):
    """Codes whose first number is the size; log odds rise by 1 a mm and cross .5 at 6 mm."""
    codes = rng.normal(size=(200, 3)).astype(np.float32)
    codes[:, 0] = rng.uniform(2, 12, 200)
    return codes, 1 / (1 + np.exp(6 - codes[:, 0].astype(float)))


def asked(codes, scores, **changed):
    given = {"sizes_mm": codes[:, 0].astype(float), "threshold": 0.5, "among": codes[:, 0] > 0}
    return telling(codes, scores, SIZE, **{**given, **changed})


def test_only_lesions_whose_call_changes_on_the_first_half_of_the_way_are_told(lesions):
    codes, scores = lesions
    told, size = asked(codes, scores) > 0, codes[:, 0]
    up = 0.45 * 10  # of the range, and no lesion below 7.5 mm is held by the largest size
    assert told.any()
    assert np.array_equal(told, (size + 0.15 * up < 6) & (size + 0.5 * up >= 6))


def test_what_is_told_is_how_much_the_score_rises(lesions):
    codes, scores = lesions
    rises = asked(codes, scores)
    told = rises > 0
    top = 1 / (1 + np.exp(6 - codes[told, 0] - 4.5))
    assert np.allclose(rises[told], top - scores[told], atol=1e-3)


def test_a_lesion_without_a_size_and_one_not_asked_about_are_not_told(lesions):
    codes, scores = lesions
    (first, *_) = np.flatnonzero(asked(codes, scores))
    sizes = codes[:, 0].astype(float)
    sizes[first] = np.nan
    assert asked(codes, scores, sizes_mm=sizes)[first] == 0
    among = np.ones(len(codes), bool)
    among[first] = False
    assert asked(codes, scores, among=among)[first] == 0


def test_what_the_head_is_told_beside_the_code_is_not_taken_for_the_code(lesions, rng):
    codes, scores = lesions
    told = (codes[:, :1] + rng.normal(0, 0.5, (200, 1))).astype(np.float32)
    odds = np.log(scores / (1 - scores)) + 0.5 * told[:, 0] - 3
    rises = asked(codes, 1 / (1 + np.exp(-odds)), beside=told)
    one = int(rises.argmax())
    up = min(4.5, 12 - codes[one, 0])
    top = 1 / (1 + np.exp(-(odds[one] + up)))  # 1 a mm through the code, none through the rest
    assert rises[one] == pytest.approx(top - 1 / (1 + np.exp(-odds[one])), abs=1e-3)
