"""Days under a doubling time that somebody sets."""

import pytest

from core.growth.doubling import days_between


def test_a_diameter_doubles_in_three_doublings_of_the_volume():
    assert days_between(5, 10, doubling_days=100) == pytest.approx(300)
    assert days_between(10, 5, doubling_days=100) == pytest.approx(-300)
    assert days_between(5, 5, doubling_days=100) == 0


def test_days_add_along_a_way():
    parts = days_between(4, 5, doubling_days=80) + days_between(5, 7, doubling_days=80)
    assert parts == pytest.approx(days_between(4, 7, doubling_days=80))


@pytest.mark.parametrize("wrong", [(0, 5, 10), (5, -1, 10), (5, 6, 0)])
def test_sizes_and_days_are_above_nothing(wrong):
    start, end, days = wrong
    with pytest.raises(ValueError, match="above 0"):
        days_between(start, end, doubling_days=days)
