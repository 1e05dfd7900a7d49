"""Laws of the conformal sets: their coverage, and what too few patients allow."""

import numpy as np
import pytest

from core.evaluation.conformal import ConformalRule, fit_conformal


def simulated(rng, *, positives, negatives):
    labels = np.repeat([True, False], [positives, negatives])
    logits = rng.normal(size=labels.size) + 1.5 * labels - 1
    return labels, 1 / (1 + np.exp(-logits))


def test_each_outcome_is_covered_at_ninety_percent():
    rng = np.random.default_rng(0)
    held_positive, held_negative = [], []
    for _ in range(200):
        rule = fit_conformal(*simulated(rng, positives=15, negatives=50))
        labels, p = simulated(rng, positives=200, negatives=200)
        held_positive.append(rule.holds_positive(p[labels]).mean())
        held_negative.append(rule.holds_negative(p[~labels]).mean())
    # exact expectation is ceil((n + 1) 0.9) / (n + 1): 15 of 16, 46 of 51
    assert np.mean(held_positive) == pytest.approx(15 / 16, abs=0.015)
    assert np.mean(held_negative) == pytest.approx(46 / 51, abs=0.015)


def test_coverage_per_outcome_does_not_need_calibrated_probabilities():
    rng = np.random.default_rng(1)
    held = []
    for _ in range(150):
        labels, p = simulated(rng, positives=39, negatives=39)
        rule = fit_conformal(labels, p**4)
        labels, p = simulated(rng, positives=300, negatives=300)
        held.append(rule.holds_positive(p[labels] ** 4).mean())
    assert np.mean(held) == pytest.approx(0.9, abs=0.015)


def test_a_hand_worked_rule():
    labels = np.repeat([True, False], [9, 9])
    p = np.concatenate([np.linspace(0.2, 1.0, 9), np.linspace(0.0, 0.8, 9)])
    rule = fit_conformal(labels, p)
    assert rule.positive_from == pytest.approx(0.2)
    assert rule.negative_to == pytest.approx(0.8)
    assert rule.answers(np.array([0.1, 0.5, 0.9])) == ["N0", "no answer", "N+"]


def test_where_nothing_is_ordinary_there_is_no_answer():
    rule = ConformalRule(alpha=0.1, positive_from=0.7, negative_to=0.3, positives=50, negatives=50)
    assert rule.answers(np.array([0.2, 0.5, 0.8])) == ["N0", "no answer", "N+"]


@pytest.mark.parametrize(("positives", "told"), [(8, False), (9, True)])
def test_under_nine_positives_nobody_is_told_that_there_is_none(positives, told):
    labels = np.repeat([True, False], [positives, 40])
    p = np.concatenate([np.full(positives, 0.9), np.full(40, 0.1)])
    rule = fit_conformal(labels, p)
    assert rule.can_rule_out_positive is told
    assert (rule.answers(np.array([0.0])) == ["N0"]) is told


def test_with_too_few_of_both_nobody_gets_an_answer():
    rule = fit_conformal(np.array([1, 1, 0, 0, 0]), np.array([0.9, 0.8, 0.1, 0.2, 0.3]))
    assert set(rule.answers(np.linspace(0, 1, 11))) == {"no answer"}


def test_a_rule_survives_json():
    rule = fit_conformal(*simulated(np.random.default_rng(0), positives=20, negatives=30))
    assert ConformalRule.from_json(rule.to_json()) == rule


def test_alpha_must_be_a_share():
    with pytest.raises(ValueError, match="alpha"):
        fit_conformal(np.array([1, 0]), np.array([0.5, 0.5]), alpha=1.0)
