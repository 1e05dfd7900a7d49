"""A new node on a map that is already there."""

import numpy as np
import pytest

from core.latent.placement import kept_by, place


@pytest.fixture
def plane(rng):
    places = rng.uniform(-1, 1, size=(400, 2))
    return places, np.concatenate([places, places], 1).astype(np.float32)


def test_on_a_map_that_keeps_everything_a_node_lands_where_it_belongs(plane):
    places, codes = plane
    found = place(np.array([0.2, -0.3, 0.2, -0.3], np.float32), codes, places)
    assert np.allclose([found.x, found.y], [0.2, -0.3], atol=0.1)
    assert kept_by(np.array([0.2, -0.3]), found, places) == 1


def test_a_place_does_not_depend_on_what_else_is_placed(plane):
    places, codes = plane
    alone = place(codes[3] + 0.01, codes, places)
    place(codes[9] + 0.5, codes, places)
    assert place(codes[3] + 0.01, codes, places) == alone


def test_neighbours_scattered_over_the_map_make_a_wide_halo(plane, rng):
    places, codes = plane
    sure = place(codes[0], codes, places)
    unsure = place(codes[0], codes, rng.permutation(places))
    assert unsure.reach > 3 * sure.reach


def test_no_neighbour_is_kept_far_away(plane):
    places, codes = plane
    found = place(codes[0], codes, places)
    assert kept_by(places[0] + 0, found, places) > 0.9
    far = places[np.argmax(np.linalg.norm(places - places[0], axis=1))]
    assert kept_by(far, found, places) == 0
