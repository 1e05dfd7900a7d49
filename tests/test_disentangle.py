"""Laws of disentanglement, on codes whose answer is known in closed form."""

import numpy as np
import pytest

from core.evaluation.dci import completeness, dci, disentanglement
from core.evaluation.disentangle import (
    BINS,
    disentangled,
    information_gap,
    modularity,
    mutual_information,
)


def made(rng, *, rows=600, attributes=3, latent=6, noise=0.0):
    truth = rng.normal(size=(rows, attributes))
    codes = rng.normal(size=(rows, latent)).astype(np.float32)
    codes[:, :attributes] = truth + noise * rng.normal(size=truth.shape)
    return codes, truth, np.arange(rows) // 3


def test_a_code_that_is_its_attributes_scores_one(rng):
    codes, truth, who = made(rng)
    found = disentangled(codes, truth, who, resamples=50)
    assert found.chosen == (0, 1, 2)
    assert found.score.value == pytest.approx(1, abs=1e-6)
    assert found.sap.value > 0.97
    assert found.scc.value == pytest.approx(1, abs=1e-6)
    assert found.modularity > 0.9


def test_noise_gives_its_closed_form(rng):
    codes, truth, who = made(rng, rows=6000, noise=0.5)
    found = disentangled(codes, truth, who, resamples=20)
    share = 1 / (1 + 0.25)  # var of the attribute over that of the dimension
    assert found.score.value == pytest.approx(share, abs=0.02)
    assert found.sap.value == pytest.approx(share, abs=0.02)
    rho = 6 / np.pi * np.arcsin(np.sqrt(share) / 2)  # Spearman of two normals
    assert found.scc.value == pytest.approx(rho, abs=0.01)


def test_two_dimensions_that_say_the_same_have_no_sap(rng):
    codes, truth, who = made(rng)
    codes[:, 3:6] = codes[:, :3]
    assert disentangled(codes, truth, who, resamples=20).sap.value == pytest.approx(0, abs=1e-6)


def test_a_turned_code_keeps_its_information_and_loses_its_meaning(rng):
    codes, truth, who = made(rng, latent=3)
    turn = np.linalg.qr(np.array([[1.0, 1, 1], [1, -1, 0], [1, 1, -2]]).T)[0]
    turned = disentangled((codes @ turn).astype(np.float32), truth, who, resamples=20)
    straight = disentangled(codes, truth, who, resamples=20)
    assert turned.score.value < straight.score.value - 0.1
    assert turned.modularity < straight.modularity


def test_modularity_of_hand_written_information():
    one = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    even = np.ones((2, 3))
    assert modularity(one) == 1
    assert modularity(even) == 0
    assert modularity(np.array([[2.0, 1.0, 0.0]])) == pytest.approx(1 - 1 / (4 * 2))
    assert modularity(np.zeros((2, 3))) == 0


def test_mutual_information_of_two_normals_is_its_closed_form(rng):
    x = rng.normal(size=(4000, 1))
    y = 0.8 * x + 0.6 * rng.normal(size=(4000, 1))
    found = mutual_information(x, y)[0, 0]
    assert found == pytest.approx(-0.5 * np.log(1 - 0.8**2), abs=0.05)


def test_an_unused_dimension_is_never_chosen(rng):
    codes, truth, who = made(rng)
    codes[:, 0] *= 1e-3
    found = disentangled(codes, truth, who, resamples=20)
    assert 0 not in found.chosen
    assert found.score.value < 0.75


def test_mig_is_the_lead_of_the_first_over_the_second_in_shares_of_the_entropy(rng):
    values = rng.normal(size=(400, 2))
    whole = np.log(BINS)  # of bins of equal count
    information = np.array([[0.9, 0.1], [0.4, 0.7], [0.0, 0.7]])
    assert information_gap(information, values) == pytest.approx((0.5 + 0.0) / 2 / whole)
    assert information_gap(information[:1], values) == pytest.approx((0.9 + 0.1) / 2 / whole)
    two = np.repeat([[0.0, 0.0], [1.0, 1.0]], 200, axis=0)  # a coin has ln 2
    assert information_gap(information[:1], two) == pytest.approx((0.9 + 0.1) / 2 / np.log(2))


def test_mig_of_a_perfect_dimension_with_a_tenth_of_noise_is_its_closed_form(rng):
    codes, truth, who = made(rng, rows=4000, attributes=2, latent=3, noise=0.1**0.5)
    found = disentangled(codes, truth, who, resamples=10)
    assert found.mig == pytest.approx(0.5 * np.log(11) / np.log(BINS), abs=0.03)


def test_dci_of_hand_written_importances():
    assert disentanglement(np.eye(3)) == completeness(np.eye(3)) == 1
    assert disentanglement(np.ones((3, 3))) == pytest.approx(0)
    assert completeness(np.ones((3, 3))) == pytest.approx(0)
    # two dimensions serve one attribute, the third is shared by both at half the weight
    shared = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    assert disentanglement(shared) == pytest.approx((2 + 2 + 0) / 6)
    share = np.array([2 / 3, 1 / 3])
    spread = -(share * np.log(share)).sum() / np.log(3)
    assert completeness(shared) == pytest.approx(1 - spread)
    assert disentanglement(np.zeros((2, 2))) == completeness(np.zeros((2, 2))) == 0


def test_trees_find_a_code_that_is_its_attributes_bent_and_not_one_that_is_turned(rng):
    codes, truth, who = made(rng, rows=300, attributes=2, latent=2)
    bent = np.sign(codes) * np.square(codes)
    straight = dci(bent.astype(np.float32), truth, who)
    assert min(straight.disentanglement, straight.completeness) > 0.9
    assert straight.informativeness > 0.9
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    turned = dci((codes @ turn).astype(np.float32), truth, who)
    assert max(turned.disentanglement, turned.completeness) < 0.5
    noise = dci(rng.normal(size=codes.shape).astype(np.float32), truth, who)
    assert noise.informativeness < 0.1
