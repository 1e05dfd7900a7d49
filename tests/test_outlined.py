"""Laws of growth by the outline, where the ruler cannot read a cohort's pictures."""

import numpy as np
import pytest

from core.growth.delivery import Lesion
from core.growth.outlined import GROWTH, Outlined
from core.growth.ruler_check import agrees

SIDE = 32


def disc(radius_px):
    down, across = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return np.hypot(down, across) < radius_px


def size_of(codes):
    return 10.0 + codes[:, 0].astype(np.float64)


def blank(codes):
    """A network that draws the same grey whatever it is told."""
    return np.full((len(codes), SIDE, SIDE), 0.5, np.float32)


@pytest.fixture
def lesion():
    mask = disc(5.0)
    picture = np.where(mask, 0.2, 0.6).astype(np.float32)
    return Lesion.of(
        np.zeros(3, np.float32),
        blank,
        original=picture,
        spacing_mm=None,
        keep="surroundings",
        outlined=Outlined(mask, 10.0, size_of),
    )


def test_a_lesion_grows_by_the_share_that_is_asked_of_its_outline(lesion):
    codes = np.array([[0, 0, 0], [5, 0, 0]], np.float32)
    same, larger = lesion.deliver(codes).pictures
    assert np.abs(same - lesion.picture).max() < 0.02
    area = (larger < 0.4).sum() / (same < 0.4).sum()
    assert area == pytest.approx(1.5**2, rel=0.12)


def test_what_lies_far_from_it_stays_as_it_was(lesion):
    (larger,) = lesion.deliver(np.array([[3, 0, 0]], np.float32)).pictures
    far = ~disc(11.0)
    assert np.array_equal(larger[far], lesion.picture[far])


def test_growth_is_counted_from_the_outline_and_bounded():
    outlined = Outlined(disc(5.0), 10.0, size_of)
    codes = np.array([[0, 0], [2, 0], [-50, 0], [500, 0]], np.float32)
    assert outlined.growth(codes, codes[0]).tolist() == [1.0, 1.2, *GROWTH]


def test_a_ruler_that_reads_another_edge_or_none_does_not_agree():
    assert agrees(9.0, 10.0)
    assert not agrees(2.7, 14.6)
    assert not agrees(float("nan"), 5.0)


def test_an_outline_that_would_leave_the_patch_is_refused_with_a_sentence(lesion):
    from core.growth.simulate import grow
    from core.latent.direction import Direction

    size = Direction("short_axis_mm", np.array([1, 0, 0], np.float32), "mm", "Larger.", "dimension")
    walk = grow(
        lesion.code, size, np.array([0.0, 2.0, 25.0]), decode=blank, spacing_mm=None,
        original=lesion.picture, outlined=lesion.outlined,
    )  # fmt: skip
    assert [bool(reason) for reason in walk.refused] == [False, False, True]
    assert "leave the patch" in walk.refused[2]
