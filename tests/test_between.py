"""What lies between the points of a map, and what a selection of them is called."""

import numpy as np
import pytest

from core.errors import LatentError, UndefinedDirection
from core.latent.between import Between
from core.latent.projection import onto
from core.latent.selection import (
    between_means,
    direction_between,
    direction_name,
    leads_to_the_rest,
    read_rows,
    write_rows,
)


@pytest.fixture
def between(rng):
    places = rng.uniform(-1, 1, size=(300, 2))
    return Between(places, np.concatenate([places, places * 0], 1).astype(np.float32))


def test_a_patchs_own_place_gives_its_own_code(between):
    found = between.mix(between.places[:20])
    assert np.allclose(found.codes, between.codes[:20], atol=1e-4)
    assert np.allclose(found.emptiness, 0)


def test_between_patches_codes_follow_the_place(between):
    at = np.array([[0.1, -0.2], [0.4, 0.5]])
    assert np.allclose(between.mix(at).codes[:, :2], at, atol=0.12)
    assert np.allclose(between.mix(at).weights.sum(1), 1)


def test_far_from_every_patch_is_empty_and_inside_is_not(between):
    far, near = between.mix(np.array([[4.0, 4.0], [0.0, 0.0]])).emptiness
    assert far > 10
    assert near < 2


def test_a_place_that_is_not_finite_is_refused(between):
    with pytest.raises(ValueError, match="finite"):
        between.mix(np.array([[np.nan, 0.0]]))


def test_one_patch_alone_is_what_every_place_draws():
    alone = Between(np.zeros((1, 2)), np.ones((1, 3), np.float32))
    assert np.allclose(alone.mix(np.array([[0.3, 0.4]])).codes, 1)


def test_a_selection_reads_back_as_it_was_written(rng):
    for count in (1, 7, 8, 1207, 100_000):
        rows = tuple(int(row) for row in np.flatnonzero(rng.random(count) < 0.3))
        assert read_rows(write_rows(rows, count), count) == rows
    assert write_rows((), 10) == ""


@pytest.mark.parametrize("text", ["?", "AAAA", "x" * 40, "eJw"])
def test_a_broken_selection_is_one_clear_line(text):
    with pytest.raises(LatentError, match="lasso it again"):
        read_rows(text, 100)


def test_a_selection_of_a_larger_run_is_refused():
    with pytest.raises(LatentError, match="another run"):
        read_rows(write_rows((95,), 96), 90)


def test_the_way_from_a_to_b_begins_at_a_and_ends_at_b(rng):
    codes = rng.normal(size=(60, 4)).astype(np.float32)
    codes[30:] += [2, 0, 0, 1]
    train = np.arange(60) % 2 == 0
    a, b = range(30), range(30, 60)
    found = direction_between(codes, direction_name(a, b, 60), train=train)
    start, end = codes[:30][train[:30]].mean(0), codes[30:][train[30:]].mean(0)
    assert np.allclose(start + found.move, end, atol=1e-5)
    assert np.allclose(found.read(np.stack([start, end])), [0, 1], atol=1e-5)
    assert "training patients" in found.description
    back = direction_between(codes, direction_name(b, a, 60), train=train)
    assert np.allclose(back.move, -found.move, atol=1e-6)


def test_patients_outside_training_do_not_turn_the_way(rng):
    codes = rng.normal(size=(60, 4)).astype(np.float32)
    train, name = np.arange(60) % 2 == 0, direction_name(range(30), range(30, 60), 60)
    moved = codes.copy()
    moved[~train] += 5
    first = direction_between(codes, name, train=train)
    assert np.array_equal(first.move, direction_between(moved, name, train=train).move)


def test_codes_between_two_means_begin_at_the_first_and_end_at_the_second(rng):
    codes = rng.normal(size=(60, 4)).astype(np.float32)
    first, second = list(range(10)), list(range(30, 60))
    found = between_means(codes, first, second, steps=5)
    assert np.allclose(found[0], codes[first].mean(0), atol=1e-6)
    assert np.allclose(found[-1], codes[second].mean(0), atol=1e-6)
    assert np.allclose(np.diff(found, axis=0), (found[-1] - found[0]) / 4, atol=1e-6)


def test_a_way_to_all_others_is_told_from_a_way_to_a_second_set(rng):
    assert leads_to_the_rest(direction_name((1, 3), (0, 2, 4), 5), 5)
    assert not leads_to_the_rest(direction_name((1, 3), (0, 2), 5), 5)
    codes, every = rng.normal(size=(5, 3)).astype(np.float32), np.ones(5, bool)
    rest, other = (
        direction_between(codes, direction_name((1, 3), rows, 5), train=every).description
        for rows in ((0, 2, 4), (0, 2))
    )
    assert "to the rest" in rest
    assert "to the rest" not in other


def test_an_empty_set_leads_nowhere():
    codes = np.eye(4, dtype=np.float32)
    with pytest.raises(UndefinedDirection):
        direction_between(codes, direction_name((0,), (), 4), train=np.ones(4, bool))


def test_a_run_answers_to_the_way_between_two_selections(tiny_run):
    from core.latent.space import LatentSpace

    space = LatentSpace.open(tiny_run)
    name = direction_name(range(10), range(20, 40), len(space.rows))
    assert space.direction(name).length > 0


def test_a_turned_and_flipped_layout_is_laid_onto_its_own(rng):
    fixed = rng.normal(size=(50, 2))
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]])
    moving = 3 * (fixed * [1, -1]) @ turn + [5, -2]
    assert np.allclose(onto(fixed, moving), fixed)


def test_a_tear_of_the_map_shows_as_codes_that_are_not_alike(rng):
    near = rng.uniform(-1, 1, size=(400, 2))
    codes = np.concatenate([near, 0.01 * near], 1).astype(np.float32)
    codes[near[:, 0] > 0, 1] += 40  # alike to the left and to the right, far apart across
    across, within = Between(near, codes).mix(np.array([[0.0, 0.1], [0.6, 0.1]])).spread
    assert within < 1.2
    assert across > 4 * within
