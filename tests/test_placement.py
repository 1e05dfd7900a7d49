"""A new node on a map that is already there."""

import numpy as np
import pytest

from core.latent.placement import kept_by, place
from core.latent.transform import curve, fuzzy_weights, transform
from core.settings import MapSettings


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


def test_memberships_add_up_to_the_logarithm_of_their_number(rng):
    weights = fuzzy_weights(np.sort(rng.uniform(0.5, 2, size=15)))
    assert weights[1:].sum() == pytest.approx(np.log2(15), abs=1e-4)
    assert (np.diff(weights) <= 0).all()


def test_the_map_s_curve_is_umap_learn_s():
    assert curve(0.1) == pytest.approx((1.577, 0.895), abs=2e-3)  # printed by umap-learn


def test_a_transformed_place_lies_among_its_own_and_the_same_whatever_else_is_placed(rng):
    centres = np.array([[-8.0, 0, 0], [8, 0, 0], [0, 9, 0]])
    codes = (np.repeat(centres, 60, 0) + rng.normal(size=(180, 3))).astype(np.float32)
    places = np.repeat([[-6.0, 0], [6, 0], [0, 6]], 60, 0) + rng.normal(size=(180, 2))
    asked = {"settings": MapSettings(), "seed": 3}
    alone = transform(codes[70] + 0.01, codes, places, **asked)
    transform(codes[9] + 0.5, codes, places, **asked)
    assert transform(codes[70] + 0.01, codes, places, **asked) == alone
    assert np.linalg.norm(np.array([alone.x, alone.y]) - [6, 0]) < 3
