"""Laws of the line before what costs seconds: in order, one at a time, never without end."""

from threading import Barrier, Thread
from time import sleep

import pytest

from dashboard.queueing import WAY_OUT, Busy, Line


def started(function, *arguments):
    thread = Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def waited_until(true):
    for _ in range(500):
        if true():
            return
        sleep(0.01)
    raise AssertionError("it never came")


def test_one_works_at_a_time_in_the_order_of_coming_and_all_see_their_place():
    line, order, seen, working = Line(patience_s=30), [], {}, []

    def come(number):
        with line.turn(seen.setdefault(number, []).append):
            working.append(number)
            assert len(working) == 1
            sleep(0.02)
            order.append(number)
            working.remove(number)

    threads = []
    with line.turn():
        for number in range(5):
            threads.append(started(come, number))
            waited_until(lambda wanted=number + 2: len(line) == wanted)
            waited_until(lambda which=number: bool(seen.get(which)))
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]
    assert len(line) == 0
    assert [seen[number][0] for number in range(5)] == [1, 2, 3, 4, 5]
    assert all(places[-1] == 0 for places in seen.values())
    assert all(places == sorted(places, reverse=True) for places in seen.values())


def test_a_full_line_and_one_that_does_not_move_say_so_and_name_the_way_out():
    line, told = Line(most=2, patience_s=0.2), []
    holds, frees = Barrier(2), Barrier(2)

    def hold():
        with line.turn():
            holds.wait(10)
            frees.wait(10)

    def late():
        try:
            with line.turn():
                pass
        except Busy as error:
            told.append(error)

    first = started(hold)
    holds.wait(10)
    second = started(late)
    waited_until(lambda: len(line) == 2)
    with pytest.raises(Busy, match="2 are before you"), line.turn():
        pass
    second.join(10)
    (error,) = told
    assert error.before == 1
    assert "choose Grad-CAM or HiResCAM" in str(error)
    frees.wait(10)
    first.join(10)
    with line.turn():  # whoever gave up does not block the line
        assert len(line) == 1


def test_who_does_not_get_a_turn_is_told_a_way_out_that_holds_for_what_was_asked():
    for task, way in WAY_OUT.items():
        line = Line(most=0)
        with pytest.raises(Busy) as told, line.turn(task=task):
            pass
        assert str(told.value).endswith(way)
        assert ("choose Grad-CAM" in way) == (task == "maps")  # the others wait by any method


def test_the_line_moves_on_after_an_error():
    line = Line()
    with pytest.raises(ZeroDivisionError), line.turn():
        raise ZeroDivisionError
    with line.turn():
        assert len(line) == 1
