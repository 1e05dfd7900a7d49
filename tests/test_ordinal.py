"""Laws of the ordinal outcome: the fit, and how well an order is ranked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad, minimize

from core.evaluation.classification import auc
from core.evaluation.contenders import contenders
from core.evaluation.crossed import Crossed, standing
from core.evaluation.folds import outer_folds
from core.evaluation.nested import judge_fold
from core.evaluation.ordinal import concordance, ordered
from core.evaluation.people import UNKNOWN, People
from core.training.logistic_bag import balance, fit_logistic_bag
from core.training.ordinal_bag import LOG_GAP, fit_ordinal_bag, ordinal_loss
from tests.people import people


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
    ours, gap = fit_ordinal_bag(x, np.arange(len(x)), stages, none, penalty=2.0)

    def miss(at):
        told = chances_of(at[2] + x @ at[:2], np.exp(at[3]))
        told = told[np.arange(len(x)), stages]
        return -(weigh * np.log(told)).sum() + at[:2] @ at[:2]

    peer = minimize(miss, np.zeros(4), method="BFGS").x
    np.testing.assert_allclose([*ours.weights, ours.base], peer[:3], atol=2e-3)
    assert gap == pytest.approx(np.exp(peer[3]), abs=5e-3)


def test_the_loss_is_minus_the_log_of_the_stages_probability_and_the_slope_its_gradient(rng):
    logit, stages, weigh = rng.normal(0, 2, 9), np.arange(9) % 3, rng.random(9) + 0.5
    loss, _, by_gap = ordinal_loss(logit, stages, weigh, gap=0.7)
    told = chances_of(logit, 0.7)[np.arange(9), stages]
    np.testing.assert_allclose(loss, -weigh * np.log(told))
    gap = check_grad(
        lambda z: ordinal_loss(z, stages, weigh, gap=0.7)[0].sum(),
        lambda z: ordinal_loss(z, stages, weigh, gap=0.7)[1],
        logit,
    )
    assert gap < 1e-5
    wider, narrower = (ordinal_loss(logit, stages, weigh, gap=g)[0].sum() for g in (0.701, 0.699))
    assert by_gap == pytest.approx((wider - narrower) / 0.002, rel=1e-4)


def test_the_loss_stays_finite_where_a_logit_is_huge():
    loss, slope, _ = ordinal_loss(np.array([900.0, -900, 900]), np.arange(3), np.ones(3), gap=1.0)
    assert np.isfinite(loss).all()
    assert np.isfinite(slope).all()


def test_without_a_second_stage_it_is_the_binary_fit_and_the_gap_runs_to_its_end(rng):
    x, stages = staged(rng)
    labels, none = (stages > 0).astype(int), np.zeros((len(x), 0))
    one, gap = fit_ordinal_bag(x, np.arange(len(x)), labels, none, penalty=3.0)
    other = fit_logistic_bag(x, np.arange(len(x)), labels, none, penalty=3.0)
    np.testing.assert_allclose(one.weights, other.weights, atol=2e-3)
    assert one.base == pytest.approx(other.base, abs=2e-3)
    assert gap > 0.9 * np.exp(LOG_GAP[1])  # nobody is past the second cut-off


def test_an_unknown_stage_is_a_slip(rng):
    x, stages = staged(rng, patients=20)
    stages[0] = -1
    with pytest.raises(ValueError, match="0, 1 and 2"):
        fit_ordinal_bag(x, np.arange(20), stages, np.zeros((20, 0)), penalty=1.0)


def test_the_concordance_of_three_stages_is_counted_by_hand():
    stages, scores = np.array([0, 0, 1, 2]), np.array([0.1, 0.6, 0.5, 0.5])
    # N1 beats one N0 of two, N2 as well, and they tie: 2.5 of 5 pairs
    assert concordance(stages, scores).value == pytest.approx(2.5 / 5)


def test_of_two_stages_the_concordance_is_the_auc(rng):
    stages, scores = np.arange(60) % 2, rng.normal(size=60)
    assert concordance(stages, scores).value == pytest.approx(auc(stages, scores))


def test_a_perfect_order_is_one_and_a_score_minus_itself_is_nothing(rng):
    stages = np.arange(60) % 3
    told = concordance(stages, stages + 0.1 * rng.random(60))
    assert told.value == told.low == 1
    nothing = concordance(stages, stages * 1.0, minus=stages * 1.0)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)


def test_a_score_that_knows_the_outcome_alone_cannot_tell_n2_from_n1(rng):
    who = people(rng, patients=90)
    told = np.where(who.labels > 0, 0.9, 0.1)[None]
    graded = 0.1 + 0.4 * who.stages[None]
    rows = {
        key: Crossed(key, key, "head", False, who.labels, told, chance, told, told, told, varies)
        for key, chance, varies in (("ordinal", graded, "logistic"), ("logistic", told, ""))
    }
    first, other = ordered(who.stages, rows)
    assert (first.top.value, other.top.value) == (1.0, 0.5)
    assert first.gain is None
    assert first.top_patients == (who.stages == 2).sum()
    assert other.gain.value == pytest.approx(first.c_index.value - other.c_index.value)
    assert other.gain.low > 0
    assert ordered(who.stages, {"logistic": rows["logistic"]}) == []


def test_the_row_is_absent_where_a_stage_is_not_known(rng):
    who = people(rng)
    assert "ordinal" in keys(who)
    unknown = who.stages.copy()
    unknown[3] = UNKNOWN
    assert "ordinal" not in keys(replace(who, stages=unknown))
    assert "ordinal" not in keys(replace(who, stages=who.labels))


def test_a_run_of_labels_alone_knows_no_stage():
    rows = pd.DataFrame(
        {"patient_id": ["a", "a", "b"], "label": [1, 1, 0], "node": [1, 2, 1], "key_slice": True}
    )
    found = People.from_rows(rows.assign(n_stage=np.nan), np.zeros((3, 2), np.float32), named=0)
    assert found.stages.tolist() == [UNKNOWN, UNKNOWN]
    assert not found.has_stages
    assert not found.has_distances
    staged_rows = rows.assign(n_stage=[2.0, 2.0, 0.0])
    known = People.from_rows(staged_rows, np.zeros((3, 2), np.float32), named=0)
    assert known.stages.tolist() == [2, 0]


def test_a_variation_differs_from_its_plain_row_in_one_thing_and_says_by_how_much(rng):
    who = people(rng, patients=90)
    folds = outer_folds(who.labels, folds=2, repeats=1, inner=2)
    rows = {each.key: each for each in contenders(who)}
    told = {
        key: Crossed.of(
            rows[key],
            pd.concat([judge_fold(rows[key], who, fold) for fold in folds]),
            who.patient_ids,
        )
        for key in ("ordinal", "logistic")
    }
    assert rows["ordinal"].varies == "logistic"
    own = standing(told["ordinal"], told["logistic"], options={}, plain=told["logistic"])
    gap = auc(who.labels, told["ordinal"].averaged) - auc(who.labels, told["logistic"].averaged)
    assert own.change.difference.value == pytest.approx(gap)
    assert own.against.difference.value == pytest.approx(-gap)


def keys(who):
    return {each.key for each in contenders(who)}
