"""Laws of the closed lines that fences are made of."""

import numpy as np
import pytest

from core.growth.compiled_fence import closed_line
from tests import plain_ruler


def closed_lines(gain, *, jump, bend):
    return [closed_line(table, jump, bend) for table in gain]


@pytest.mark.parametrize("jump", [1, 2])
def test_a_line_is_the_one_that_dynamic_programming_by_the_book_finds(jump):
    gain = np.random.default_rng(3).normal(size=(4, 9, 7)).round(1)  # rounded, so that ways tie
    found = closed_lines(gain, jump=jump, bend=0.1)
    plainly = [plain_ruler.closed_line(table, jump, 0.1) for table in gain]
    assert [line.tolist() for line in found] == plainly


def test_a_line_closes_and_never_jumps_further_than_it_may():
    gain = np.random.default_rng(4).normal(size=(20, 32, 24))
    for line in closed_lines(gain, jump=2, bend=0.0):
        assert np.abs(np.diff([*line, line[0]])).max() <= 2


def test_where_bends_cost_more_than_they_gain_the_line_is_a_circle():
    gain = np.random.default_rng(5).random((1, 16, 10))
    (line,) = closed_lines(gain, jump=2, bend=100.0)
    assert set(line.tolist()) == {int(gain[0].sum(0).argmax())}
