"""Laws of the closed lines that fences are made of."""

import numpy as np
import pytest

from core.growth.lines import closed_lines


def plainly(gain, jump, bend):
    """The same by the book: every angle's best totals, then the way back through three turns."""
    angles, width = gain.shape
    moves = sorted(range(-jump, jump + 1), key=lambda by: (by != 0, by))
    totals, came = [gain[0]], []
    for turn in range(1, 3 * angles):
        reached = np.full((len(moves), width), -np.inf)
        for at, by in enumerate(moves):
            for place in range(width):
                if 0 <= place + by < width:
                    reached[at, place] = totals[-1][place + by] - bend * abs(by)
        came.append([moves[at] for at in reached.argmax(0)])
        totals.append(reached.max(0) + gain[turn % angles])
    line, at = [], int(np.argmax(totals[-1]))
    for turn in range(3 * angles - 1, -1, -1):
        line.append(at)
        at += came[turn - 1][at] if turn else 0
    return line[::-1][angles : 2 * angles]


@pytest.mark.parametrize("jump", [1, 2])
def test_a_line_is_the_one_that_dynamic_programming_by_the_book_finds(jump):
    gain = np.random.default_rng(3).normal(size=(4, 9, 7)).round(1)  # rounded, so that ways tie
    found = closed_lines(gain, jump=jump, bend=0.1)
    assert found.tolist() == [plainly(table, jump, 0.1) for table in gain]


def test_a_line_closes_and_never_jumps_further_than_it_may():
    gain = np.random.default_rng(4).normal(size=(20, 32, 24))
    for line in closed_lines(gain, jump=2, bend=0.0):
        assert np.abs(np.diff([*line, line[0]])).max() <= 2


def test_where_bends_cost_more_than_they_gain_the_line_is_a_circle():
    gain = np.random.default_rng(5).random((1, 16, 10))
    (line,) = closed_lines(gain, jump=2, bend=100.0)
    assert set(line.tolist()) == {int(gain[0].sum(0).argmax())}
