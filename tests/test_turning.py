import numpy as np
import pytest

from core.growth.turning import Drawn, Room, shortest, stretched, turned
from core.latent.shell import Shell

SLOPE = np.array([1.0, 2.0, 0.0])


def room(within, start=(0, 0, 0)):
    return Room.of(Shell(np.zeros(3), np.eye(3) / within**2), np.array(start, float), np.eye(3))


def drawing(answer):
    def draw(amounts):
        codes = amounts.astype(np.float32)
        return Drawn(amounts, codes, np.zeros((len(codes), 2, 2), np.float32), answer(amounts))

    return draw


def test_the_shortest_step_goes_along_the_slope_where_there_is_room():
    found = shortest(SLOPE, 5.0, room(10.0))
    assert found == pytest.approx(SLOPE, abs=1e-6)


def test_a_step_that_would_leave_the_shell_is_bent_inwards_and_still_gains_what_is_needed():
    start = np.array([0, 0.9, 0])
    tight = room(1.0, start)
    found = shortest(SLOPE, 0.4, tight)
    assert tight.holds(found)
    assert SLOPE @ found == pytest.approx(0.4, abs=1e-6)
    plain = 0.4 * SLOPE / (SLOPE @ SLOPE)
    assert not tight.holds(plain)
    assert np.linalg.norm(found) > np.linalg.norm(plain)


def test_where_the_shell_is_too_narrow_as_much_is_gained_as_it_allows():
    found = shortest(SLOPE, 50.0, room(1.0))
    assert found == pytest.approx(SLOPE / np.linalg.norm(SLOPE), abs=1e-6)


def test_a_start_outside_the_shell_may_move_but_not_further_out():
    outside = room(1.0, (0, 0, 2.0))
    assert outside.holds(np.zeros(3))
    assert outside.holds(np.array([0.5, 0, -0.2]))
    assert not outside.holds(np.array([0, 0, 0.1]))


def test_a_picture_that_answers_less_and_elsewhere_than_its_slope_says_is_still_turned():
    def softer(amounts):
        return 0.5 * amounts[:, 0] + 0.8 * np.tanh(amounts[:, 1])

    def steeper(at):
        return np.array([0.3, 2.0 / np.cosh(at[1]) ** 2, 0.2])

    found, reached = turned(drawing(softer), steeper, wanted=2.0, room=room(9.0), directions=3)
    assert reached
    assert found.logits[0] >= 2.0
    assert not (softer(0.97 * found.amounts) >= 2.0).any(), "and no smaller change of its kind does"


def test_what_no_point_of_the_shell_reaches_is_not_found():
    found, reached = turned(
        drawing(lambda amounts: amounts @ SLOPE), lambda at: SLOPE, wanted=9.0, room=room(2.0),
        directions=3,
    )  # fmt: skip
    assert not reached
    assert np.linalg.norm(found.amounts) <= 2 + 1e-6
    assert found.logits[0] > 0.9 * 2 * np.linalg.norm(SLOPE)


def test_a_straight_way_takes_no_more_than_turns_the_call():
    found, reached = stretched(
        drawing(lambda amounts: amounts @ SLOPE), 2 * SLOPE, wanted=5.0, room=room(10.0)
    )
    assert reached
    assert found.amounts[0] == pytest.approx(SLOPE, rel=0.02)
