"""Laws of lesions of one size: who is held out, what is true of them, who calls them."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.same_size import HALF_MM, Lesions, held_out_lesions


def lesions(rng, *, n=200):
    size = rng.uniform(3, 11, n)
    positive = rng.random(n) < 0.4
    score = np.clip(0.5 * positive + 0.5 * rng.random(n), 0, 1)
    return Lesions(
        rows=np.arange(n),
        patient_ids=np.array([f"sub-{number // 3:03d}" for number in range(n)]),
        size_mm=size,
        positive=positive,
        own_truth=True,
        score=score,
        tested=np.arange(n) % 2 == 0,
        model=score >= 0.5,
        rule=size > 5,
        esgar=size > 8,
    )


def test_a_band_holds_the_lesions_of_that_size_the_nearest_first(rng):
    found = lesions(rng)
    near = found.near(6.0)
    away = np.abs(found.size_mm[near] - 6.0)
    assert away.max() <= HALF_MM
    assert (np.diff(away) >= 0).all()
    assert len(near) == (np.abs(found.size_mm - 6.0) <= HALF_MM).sum()


def test_within_a_band_a_size_rule_calls_all_or_none_and_the_score_still_tells(rng):
    found = lesions(rng)
    near = found.near(7.0)
    caught = found.caught(near)
    assert caught["rule"][0] == caught["rule"][1]
    assert caught["rule"][2] == caught["rule"][3]
    assert caught["esgar"][0] == caught["esgar"][2] == 0
    assert found.auc(near).value > 0.8
    assert caught["model"][1] + caught["model"][3] == found.tested[near].sum() < len(near)


def test_too_few_of_a_kind_have_no_auc(rng):
    found = lesions(rng)
    assert found.auc(np.flatnonzero(found.positive)) is None


def test_lesions_of_training_patients_are_not_among_them(tiny_run):
    found = held_out_lesions(tiny_run)
    assert set(tiny_run.rows["split"].iloc[found.rows]) <= {"validation", "test"}
    assert tiny_run.rows["key_slice"].iloc[found.rows].all()
    assert found.own_truth
    size = tiny_run.rows["short_axis_mm"].to_numpy()[found.rows]
    assert np.array_equal(found.rule, size > 5)
    # an N0 patient has no malignant node
    labels = tiny_run.rows["label"].to_numpy()[found.rows]
    assert not (found.positive & (labels == 0)).any()
    assert found.positive.mean() == pytest.approx(found.positive.sum() / len(found))


def test_in_a_cohort_of_tumours_bands_are_wider_and_rules_that_flag_all_are_left_out(rng):
    small = lesions(rng)
    assert set(small.calls) == {"model", "rule", "esgar"}
    size = small.size_mm * 8
    large = replace(small, size_mm=size, rule=size > 5, esgar=size > 9)
    assert large.in_cm
    assert set(large.calls) == set(large.caught(large.near(50.0))) == {"model"}
    assert np.abs(size[large.near(50.0)] - 50).max() > HALF_MM
