"""Laws of the ordinal outcome: the fit, and how well an order is ranked."""

import numpy as np
import pytest
from scipy.optimize import check_grad, minimize

from core.training.logistic_bag import balance, fit_logistic_bag
from core.training.ordinal_bag import (
    LEAST_GAP,
    MOST_GAP,
    best_gap,
    fit_ordinal_bag,
    ordinal_loss,
)


def staged(rng, *, patients=400, gap=1.5):
    """One row a patient; the stage follows the first of two features, by proportional odds."""
    x = rng.normal(size=(patients, 2))
    latent = 1.4 * x[:, 0] + rng.logistic(size=patients)
    return x, (latent > 0.5).astype(int) + (latent > 0.5 + gap)


def chances_of(logit, gap):
    """P(stage 0), P(1), P(2) as differences, (patient, 3): the formula as books have it."""
    one, two = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(gap - logit))
    return np.column_stack((1 - one, one - two, two))


def test_the_fit_is_the_maximum_of_the_cumulative_likelihood(rng):
    x, stages = staged(rng)
    weigh = balance(stages > 0)
    none = np.zeros((len(x), 0))
    ours = fit_ordinal_bag(x, np.arange(len(x)), stages, none, penalty=2.0)

    def miss(at):
        told = chances_of(at[2] + x @ at[:2], np.exp(at[3]))
        told = told[np.arange(len(x)), stages]
        return -(weigh * np.log(told)).sum() + at[:2] @ at[:2]

    peer = minimize(miss, np.zeros(4), method="BFGS").x
    np.testing.assert_allclose([*ours.weights, ours.base], peer[:3], atol=2e-3)
    logit = ours.logits(x, np.arange(len(x)), none)
    assert best_gap(logit, stages, weigh) == pytest.approx(np.exp(peer[3]), abs=5e-3)


def test_the_loss_is_minus_the_log_of_the_stages_probability_and_the_slope_its_gradient(rng):
    logit, stages, weigh = rng.normal(0, 2, 9), np.arange(9) % 3, rng.random(9) + 0.5
    loss, _ = ordinal_loss(logit, stages, weigh, gap=0.7)
    told = chances_of(logit, 0.7)[np.arange(9), stages]
    np.testing.assert_allclose(loss, -weigh * np.log(told))
    gap = check_grad(
        lambda z: ordinal_loss(z, stages, weigh, gap=0.7)[0].sum(),
        lambda z: ordinal_loss(z, stages, weigh, gap=0.7)[1],
        logit,
    )
    assert gap < 1e-5


def test_the_loss_stays_finite_where_a_logit_is_huge():
    loss, slope = ordinal_loss(np.array([900.0, -900, 900]), np.arange(3), np.ones(3), gap=1.0)
    assert np.isfinite(loss).all()
    assert np.isfinite(slope).all()


def test_without_a_second_stage_it_is_the_binary_fit(rng):
    x, stages = staged(rng)
    labels, none = (stages > 0).astype(int), np.zeros((len(x), 0))
    one = fit_ordinal_bag(x, np.arange(len(x)), labels, none, penalty=3.0)
    other = fit_logistic_bag(x, np.arange(len(x)), labels, none, penalty=3.0)
    np.testing.assert_allclose(one.weights, other.weights, atol=2e-3)
    assert one.base == pytest.approx(other.base, abs=2e-3)


def test_a_missing_stage_leaves_the_gap_at_an_end():
    logit, weigh = np.linspace(-2, 2, 6), np.ones(6)
    assert best_gap(logit, np.array([0, 0, 0, 2, 2, 2]), weigh) == LEAST_GAP
    assert best_gap(logit, np.array([0, 0, 0, 1, 1, 1]), weigh) == MOST_GAP


def test_an_unknown_stage_is_a_slip(rng):
    x, stages = staged(rng, patients=20)
    stages[0] = -1
    with pytest.raises(ValueError, match="0, 1 and 2"):
        fit_ordinal_bag(x, np.arange(20), stages, np.zeros((20, 0)), penalty=1.0)
