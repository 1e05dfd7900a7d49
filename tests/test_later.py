"""Answers that take long: found beside the page, asked for once, and never twice."""

from threading import Event

import pytest
import streamlit as st

from dashboard import later, studies


@pytest.fixture
def served():
    st.cache_resource.clear()
    studies.open_desk()
    yield
    studies.close_desk()
    st.cache_resource.clear()


def test_without_a_server_everything_is_answered_at_once():
    st.cache_resource.clear()
    assert later.ask(lambda one: one + 1, 4) == 5


def test_what_is_quickly_found_is_answered_at_once(served):
    assert later.ask(_double, 4) == 8


def test_what_takes_long_is_asked_once_and_answered_when_it_is_there(served):
    begun, go = [], Event()

    def slow(number):
        begun.append(number)
        go.wait(20)
        return 2 * number

    first, second = later.ask(slow, 3), later.ask(slow, 3)
    assert isinstance(first, later.Asked)
    assert first is second
    go.set()
    first.work.result(20)
    assert begun == [3]
    assert later.ask(slow, 3) == 6


def test_what_a_cache_let_go_of_is_found_beside_the_page_again(served):
    go, begun = Event(), []

    @st.cache_resource(max_entries=1, show_spinner=False)
    def slow(number):
        begun.append(number)
        if len(begun) > 2:
            go.wait(20)
        return 2 * number

    assert later.ask(slow, 3) == 6
    assert later.ask(slow, 4) == 8  # the cache holds one answer, and this is it
    asked = later.ask(slow, 3)
    assert isinstance(asked, later.Asked)
    go.set()
    asked.work.result(20)
    assert later.ask(slow, 3) == 6
    assert begun == [3, 4, 3]


def test_what_is_known_does_not_wait_behind_what_takes_long(served):
    assert later.ask(_double, 4) == 8
    go = Event()

    def slow(number):
        go.wait(20)
        return number

    waiting = [later.ask(slow, number) for number in range(later.AT_ONCE + 1)]
    assert all(isinstance(one, later.Asked) for one in waiting)
    assert later.ask(_double, 4) == 8
    go.set()


def test_a_study_that_failed_can_be_asked_for_again(served, monkeypatch):
    begun = []
    monkeypatch.setattr(studies, "_carry_out", lambda desk, *asked: begun.append(asked))
    looking = studies.look("folder", "sha", "kmeans", "all")
    looking.problem = "no memory"
    assert studies.look("folder", "sha", "kmeans", "all").problem == "no memory"
    studies.forget("folder", "sha", "kmeans", "all")
    assert studies.look("folder", "sha", "kmeans", "all").problem == ""
    studies.forget("folder", "sha", "kmeans", "all")  # under way: it is left at its work
    studies.look("folder", "sha", "kmeans", "all")
    assert len(begun) == 2


def test_what_went_wrong_is_raised_where_it_was_asked(served):
    with pytest.raises(ValueError, match="no such thing"):
        later.ask(_wrong, 1)


def _double(number):
    return 2 * number


def _wrong(number):
    raise ValueError("no such thing")
