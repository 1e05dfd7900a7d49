"""Laws of what Why asks: checks that stay, groups told apart, thirty people at one button."""

import sys
from threading import Thread

import numpy as np
import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def tiny_only(tiny_run, monkeypatch):
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(sys, "argv", ["frame.py", "--runs", str(tiny_run.folder.parent)])


def keys(run):
    return tuple(int(row) for row in np.flatnonzero(run.rows["key_slice"].to_numpy(bool)))


def test_a_rows_checks_do_not_depend_on_who_asked_for_what_beside_it(tiny_run):
    from dashboard import checking

    first, second = keys(tiny_run)[:2]
    checking.take(tiny_run, "hires_cam_8", (first, second))
    together = checking.tested(tiny_run, "hires_cam_8", (first, second))
    st.cache_resource.clear()
    checking.take(tiny_run, "hires_cam_8", (second,))
    assert checking.tested(tiny_run, "hires_cam_8", (first, second)) == {second: together[second]}


def test_what_the_run_brings_is_neither_taken_again_nor_overruled(tiny_run, monkeypatch):
    from dashboard import checking
    from tests.test_heat_trust import checked

    row = keys(tiny_run)[0]
    brought = checked(row)
    monkeypatch.setattr(checking, "shipped", lambda run, variant: {row: brought})
    here = checking._tested_here(*state_key(tiny_run), "hires_cam_8")
    here[row] = checked(row, worth=-1.0)  # as an older server may still hold
    assert checking.tested(tiny_run, "hires_cam_8", (row,)) == {row: brought}
    del here[row]
    checking.take(tiny_run, "hires_cam_8", (row,))
    assert here == {}


def state_key(run):
    from dashboard import state

    return state.key(run)


def test_the_border_between_two_groups_is_where_both_centres_are_equally_far():
    from dashboard.questions import rather

    rng = np.random.default_rng(0)
    centres, codes = rng.normal(size=(3, 4)), rng.normal(size=(50, 6))
    asked = rather(centres, 0, 2, 6)
    inside = asked.zero + codes @ asked.vector
    own, other = (np.linalg.norm(codes[:, :4] - centres[at], axis=1) for at in (0, 2))
    assert np.array_equal(inside > 0, own < other)
    middle = np.concatenate([(centres[0] + centres[2]) / 2, [7.0, -3.0]])
    assert asked.zero + middle @ asked.vector == pytest.approx(0, abs=1e-5)
    apart = np.linalg.norm(centres[0] - centres[2])
    assert asked.zero + np.append(centres[0], [0, 0]) @ asked.vector == pytest.approx(apart / 2)


def test_what_the_decoder_writes_is_the_difference_of_two_pictures(tiny_run):
    from core.model import Model
    from dashboard import writing

    row, model = keys(tiny_run)[0], Model.open(tiny_run, device="cpu")
    names = writing.attributes(tiny_run)
    found = writing.written(*state_key(tiny_run), row, names)
    assert len(found.changes) == len(names) > 0
    assert np.allclose(found.error, tiny_run.patches[row] - model.decode(tiny_run.codes[[row]])[0])
    for one in found.changes:
        assert one.sd > 0
        assert one.signed.shape == found.patch.shape
        assert np.abs(one.signed).max() <= 1
    assert any(np.abs(one.signed).max() > 0 for one in found.changes)
    assert found.scale > 0


@pytest.mark.slow
def test_thirty_people_get_their_slow_maps_one_after_another_and_all_the_right_ones(tiny_run):
    from core.model import Model
    from dashboard import explaining, queueing

    rows, key = keys(tiny_run), state_key(tiny_run)
    asked = [(rows[at % len(rows)],) for at in range(30)]
    found, errors, most = {}, [], []

    def press(number):
        try:
            found[number] = explaining.maps(
                *key, asked[number], "occlusion", told=lambda before: most.append(before)
            )
        except Exception as error:
            errors.append(error)

    threads = [Thread(target=press, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert not errors
    assert len(found) == 30
    assert max(most) > 0
    assert len(queueing.LINE) == 0
    model = Model.open(tiny_run, device="cpu")
    for number, (one,) in found.items():
        (alone,) = model.explain(
            tiny_run.patches[list(asked[number])],
            features=feature_rows(tiny_run, asked[number]),
            method="occlusion",
        )
        assert np.abs(one.map - alone.map).max() < 1e-5


def feature_rows(run, rows):
    from dashboard import answers

    return answers.features(run, np.array(rows))
