"""Laws of what Why asks: checks that stay, groups told apart, thirty people at one button."""

import inspect
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
    together = checking.known(tiny_run, "hires_cam_8", (first, second))
    st.cache_resource.clear()
    checking.take(tiny_run, "hires_cam_8", (second,))
    assert checking.known(tiny_run, "hires_cam_8", (first, second)) == {second: together[second]}


def test_what_the_run_brings_is_neither_taken_again_nor_overruled(tiny_run, monkeypatch):
    from dashboard import checking
    from tests.test_heat_trust import checked

    row = keys(tiny_run)[0]
    brought = checked(row)
    monkeypatch.setattr(checking, "shipped", lambda run, variant: {row: brought})
    here = checking._tested_here(*state_key(tiny_run), "hires_cam_8", "node")
    here[row] = checked(row, worth=-1.0)  # as an older server may still hold
    assert checking.known(tiny_run, "hires_cam_8", (row,)) == {row: brought}
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


def test_the_view_in_python_draws_the_pages_own_maps_for_every_question(tiny_run):
    from core.explain.explanation import QUICK
    from dashboard import explaining, questions
    from dashboard.panels.why_code import in_python

    row = keys(tiny_run)[0]
    patient = str(tiny_run.rows["patient_id"].iloc[row])
    own = tuple(at for at in keys(tiny_run) if tiny_run.rows["patient_id"].iloc[at] == patient)
    assert len(own) < (tiny_run.rows["patient_id"] == patient).sum()  # more slices than lesions
    known = questions.questions(tiny_run, row)
    assert {key.split()[0] for key in known} == {"node", "patient", "near", "rather", "along"}
    for key in known:
        told = {"run": tiny_run}
        exec(in_python(patient, QUICK, key, outlined=True), told)
        wanted = explaining.maps(*state_key(tiny_run), own, QUICK.key, key)
        assert tuple(one.row for one in told["maps"]) == own
        for found, one in zip(told["maps"], wanted, strict=True):
            assert found.score == pytest.approx(one.score, abs=1e-4), key
            assert np.allclose(found.map, one.map, atol=1e-4 * np.abs(one.map).max()), key


def test_maps_that_dissolve_keep_the_true_maps_colours(tiny_run, monkeypatch):
    from core.explain.explanation import QUICK, colour_limit
    from dashboard import explaining
    from dashboard.panels import why_lessons

    rows, shown, key = keys(tiny_run)[:2], {}, state_key(tiny_run)
    monkeypatch.setattr(why_lessons.state, "key", lambda: key)
    monkeypatch.setattr(why_lessons.st, "select_slider", lambda *told, **named: "layer 16")
    monkeypatch.setattr(
        why_lessons.heat, "plain_html", lambda plain: shown.update(vars(plain)) or "<p></p>"
    )
    inspect.unwrap(why_lessons.dissolving)(tiny_run, rows, QUICK)  # a fragment needs a page
    true = explaining.maps(*key, rows, QUICK.key)
    assert shown["scale"] == colour_limit(true) != colour_limit(shown["maps"])
    full = float(np.abs(true[0].map).max())
    left = float(np.abs(shown["maps"][0].map).max()) / full
    assert shown["lines"][0].endswith(f"{left:.0%} as strong")


def test_who_waits_for_a_lesson_is_told_the_place_in_line_and_gets_what_was_kept(
    tiny_run, monkeypatch
):
    from contextlib import contextmanager

    from dashboard import lessons

    turns, asked = [], []

    @contextmanager
    def turn(told, *, task="maps"):
        turns.append(task)
        told(3)
        yield

    monkeypatch.setattr(lessons.LINE, "turn", turn)
    monkeypatch.setattr(lessons, "_on_shuffled", lambda run, number: "head")
    monkeypatch.setattr(lessons.explaining, "mapped", lambda *told, **named: ("map",))
    key, rows = state_key(tiny_run), keys(tiny_run)[:1]
    for _ in range(2):
        assert lessons.dissolved(*key, rows, "occlusion", "heads", asked.append) == ("map",)
    assert asked == [3]  # once: the second time it was kept
    lessons.dissolved(*key, rows, "hires_cam_8", "heads", asked.append)
    assert len(turns) == 1  # a quick method waits for nobody
    lessons.shuffled(*key, rows, "hires_cam_8", 1, asked.append)
    assert turns == ["maps", "heads"]  # but a head must be fitted
    assert lessons.moved(*key, rows, "occlusion", 0, asked.append)[0] == ("map",)
    assert asked == [3, 3, 3]


def one_by_one(monkeypatch, module, *, turns, before=lambda turn: None):
    """A line whose turns are counted; `before` is done when one's turn has come."""
    from contextlib import contextmanager

    @contextmanager
    def turn(told, *, task="maps"):
        turns.append(task)
        before(len(turns))
        yield

    monkeypatch.setattr(module.LINE, "turn", turn)


def test_every_test_has_its_own_turn_and_what_was_tested_is_kept_when_the_line_is_full(
    tiny_run, monkeypatch
):
    from dashboard import checking
    from dashboard.queueing import Busy

    rows = keys(tiny_run)[:3]
    first, second, _ = rows
    here, turns = checking._tested_here(*state_key(tiny_run), "hires_cam_8", "node"), []

    def before(turn):
        if turn == 2:  # somebody else tested the second while we waited
            here[second] = "theirs"
        if turn == 3:
            raise Busy(39, 90.0, "tests")

    one_by_one(monkeypatch, checking, turns=turns, before=before)
    with pytest.raises(Busy, match="kept"):
        checking.take(tiny_run, "hires_cam_8", rows)
    assert turns == ["tests"] * 3
    assert set(here) == {first, second}
    assert here[second] == "theirs"
    one_by_one(monkeypatch, checking, turns=turns)
    checking.take(tiny_run, "hires_cam_8", rows)
    assert len(turns) == 4  # only the third was left
    assert set(here) == set(rows)


def test_every_slow_map_has_its_own_turn_and_is_the_one_drawn_alone(tiny_run, monkeypatch):
    from dashboard import explaining

    rows, key, turns, drawn = keys(tiny_run)[:3], state_key(tiny_run), [], []
    kept = explaining._drawn(*key)

    def answered(folder, sha, asked, variant, question):
        drawn.extend(asked)
        return asked

    def before(turn):
        if turn == 2:
            kept[rows[1], "occlusion", "node"] = "theirs"

    monkeypatch.setattr(explaining, "_answered", answered)
    one_by_one(monkeypatch, explaining, turns=turns, before=before)
    assert explaining.maps(*key, rows, "occlusion") == (rows[0], "theirs", rows[2])
    assert len(turns) == 3
    assert drawn == [rows[0], rows[2]]
    explaining.maps(*key, rows, "occlusion")
    assert len(turns) == 3


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
