"""Laws of disentanglement, on codes whose answer is known in closed form."""

import numpy as np
import pytest

from core.evaluation.disentangle import disentangled, modularity, mutual_information


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
