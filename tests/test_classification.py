"""Laws of AUC, thresholds, counts and calibration, against closed forms and peers."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.metrics import roc_curve as peer_curve

from core.evaluation.calibration import (
    at_prevalence,
    brier,
    calibration_bins,
    calibration_line,
    expected_error,
    expected_error_interval,
)
from core.evaluation.calibration_curve import calibration_curve
from core.evaluation.classification import (
    Confusion,
    auc,
    auc_difference,
    auc_interval,
    confusion,
    newcombe_auc,
    threshold_for_sensitivity,
)
from core.evaluation.intervals import exact, share_interval, wilson
from core.evaluation.roc import roc_curve


def two_normals(rng, *, positives, negatives, apart):
    labels = np.repeat([True, False], [positives, negatives])
    return labels, rng.normal(size=labels.size) + apart * labels


def test_the_auc_of_hand_counted_pairs():
    labels = np.array([1, 1, 0, 0, 0])
    assert auc(labels, np.array([5.0, 2.0, 1.0, 2.0, 3.0])) == pytest.approx(4.5 / 6)
    assert auc(labels, np.array([9.0, 8.0, 1.0, 2.0, 3.0])) == 1
    assert auc(labels, np.ones(5)) == 0.5


def test_the_auc_equals_scikit_learns_with_ties():
    rng = np.random.default_rng(0)
    for _ in range(20):
        labels = rng.permutation(np.arange(50) < 12)
        scores = rng.integers(0, 9, 50).astype(float)
        assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_the_auc_of_two_normals_is_its_closed_form():
    labels, scores = two_normals(
        np.random.default_rng(0), positives=20_000, negatives=20_000, apart=1.0
    )
    assert auc(labels, scores) == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.006)


def test_an_auc_needs_both_outcomes():
    with pytest.raises(ValueError, match="both outcomes"):
        auc(np.ones(3), np.arange(3.0))


def test_bootstrap_intervals_of_the_auc_cover_the_truth():
    rng = np.random.default_rng(1)
    truth = norm.cdf(1 / np.sqrt(2))
    held = 0
    for trial in range(300):
        labels, scores = two_normals(rng, positives=25, negatives=60, apart=1.0)
        interval = auc_interval(labels, scores, resamples=400, seed=trial)
        held += interval.low <= truth <= interval.high
    assert 0.90 <= held / 300 <= 0.985  # nominal .95, its standard error here .013


def test_a_perfect_separation_is_not_certainty():
    labels = np.array([1, 1, 1, 0, 0, 0, 0])
    interval = auc_interval(labels, np.arange(7.0)[::-1])
    assert interval.value == interval.high == 1
    assert interval.low < 0.8
    assert newcombe_auc(1.0, positives=300, negatives=300).low > interval.low


def test_newcombes_interval_solves_its_own_equation():
    interval = newcombe_auc(0.8, positives=20, negatives=40)
    for end in (interval.low, interval.high):
        spread = 1 + 29 * ((1 - end) / (2 - end) + end / (1 + end))
        width = 1.959963985 * np.sqrt(end * (1 - end) * spread / 800)
        assert abs(0.8 - end) == pytest.approx(width, abs=1e-8)


def test_the_intervals_of_tied_scores_are_those_of_plain_resampling():
    rng = np.random.default_rng(0)
    labels = np.arange(70) < 25
    scores = (rng.normal(size=70) + labels).round()
    found = auc_interval(labels, scores)
    drawn = []
    for _ in range(2000):
        rows = np.concatenate([rng.integers(0, 25, 25), rng.integers(25, 70, 45)])
        drawn.append(auc(labels[rows], scores[rows]))
    wanted = np.percentile(drawn, [2.5, 97.5])
    assert (found.low, found.high) == pytest.approx(wanted, abs=0.012)


def test_the_same_seed_gives_the_same_interval():
    labels, scores = two_normals(np.random.default_rng(2), positives=20, negatives=30, apart=1)
    assert auc_interval(labels, scores, seed=3) == auc_interval(labels, scores, seed=3)


def test_delongs_interval_agrees_with_a_paired_bootstrap():
    rng = np.random.default_rng(0)
    labels, first = two_normals(rng, positives=60, negatives=90, apart=1.2)
    second = 0.5 * first + rng.normal(size=150)
    found = auc_difference(labels, first, second).difference
    drawn = []
    for _ in range(1500):
        rows = np.concatenate([rng.integers(0, 60, 60), rng.integers(60, 150, 90)])
        drawn.append(auc(labels[rows], first[rows]) - auc(labels[rows], second[rows]))
    assert found.value == pytest.approx(auc(labels, first) - auc(labels, second))
    assert (found.high - found.low) / 3.92 == pytest.approx(np.std(drawn), rel=0.1)


def test_a_score_does_not_differ_from_itself():
    labels, scores = two_normals(np.random.default_rng(0), positives=9, negatives=9, apart=1)
    same = auc_difference(labels, scores, 2 * scores)
    assert (same.difference.value, same.p) == (0, 1)


def test_delong_keeps_its_level_under_no_difference():
    rng = np.random.default_rng(4)
    small = 0
    for _ in range(400):
        labels = np.arange(80) < 30
        shared = rng.normal(size=80) + labels
        first, second = shared + rng.normal(size=80), shared + rng.normal(size=80)
        small += auc_difference(labels, first, second).p < 0.05
    assert 0.02 <= small / 400 <= 0.09


def test_the_threshold_is_the_highest_that_keeps_the_sensitivity():
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels, scores = two_normals(rng, positives=13, negatives=20, apart=0.5)
        threshold = threshold_for_sensitivity(labels, scores)
        kept = (scores[labels] >= threshold).mean()
        assert kept >= 0.85
        higher = scores[scores > threshold].min() + 1e-9
        assert (scores[labels] >= higher).mean() < 0.85 or not labels[scores > threshold].any()


def test_rounding_a_score_does_not_turn_a_call():
    labels, scores = np.array([1, 1, 0, 0]), np.array([0.912345678, 0.7, 0.3, 0.1])
    for sensitivity in (0.5, 1.0):
        threshold = threshold_for_sensitivity(labels, scores, sensitivity=sensitivity)
        rounded = scores.astype(np.float32).round(6).astype(np.float64)
        assert np.array_equal(rounded >= threshold, scores >= threshold)


def test_a_threshold_needs_a_positive():
    with pytest.raises(ValueError, match="positive patient"):
        threshold_for_sensitivity(np.zeros(4), np.arange(4.0))


def test_counts_of_a_hand_worked_table():
    counts = confusion(
        np.array([1, 1, 1, 0, 0]), np.array([0.9, 0.5, 0.1, 0.5, 0.2]), threshold=0.5
    )
    assert counts == Confusion(2, 1, 1, 1)
    assert counts.sensitivity == wilson(2, 3)
    assert counts.specificity == wilson(1, 2)
    assert counts.ppv == wilson(2, 3)
    assert counts.npv == wilson(1, 2)


def test_what_has_no_patients_has_no_share():
    counts = confusion(np.zeros(4), np.zeros(4), threshold=0.5)
    assert counts.sensitivity is None
    assert counts.ppv is None


@pytest.mark.parametrize(("rarer", "too_few"), [(19, True), (20, False)])
def test_under_twenty_events_are_too_few_to_judge(rarer, too_few):
    assert Confusion(rarer, 30, 70, 0).too_few_to_judge is too_few
    assert Confusion(70, rarer, 0, 30).too_few_to_judge is too_few
    assert Confusion(70, 0, rarer, 30).too_few_to_judge is too_few


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe, Statist. Med. 1998; 17:857-872, table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(successes, n, low, high):
    interval = wilson(successes, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_the_roc_curve_equals_scikit_learns_and_its_area_the_auc():
    rng = np.random.default_rng(0)
    labels, scores = two_normals(rng, positives=25, negatives=40, apart=1)
    scores = scores.round(1)
    curve = roc_curve(labels, scores, resamples=50)
    false, true, _ = peer_curve(labels, scores, drop_intermediate=False)
    assert np.allclose(curve.false_positive_rate, false)
    assert np.allclose(curve.sensitivity, true)
    area = np.trapezoid(curve.sensitivity, curve.false_positive_rate)
    assert area == pytest.approx(curve.auc.value)


def test_the_roc_band_holds_the_curve_and_narrows_with_patients():
    rng = np.random.default_rng(0)
    widths = []
    for times in (1, 10):
        labels, scores = two_normals(rng, positives=30 * times, negatives=40 * times, apart=1)
        curve = roc_curve(labels, scores, resamples=300)
        middle = np.interp(curve.band_rate, curve.false_positive_rate, curve.sensitivity)
        assert (curve.band_low <= middle + 1e-9).all()
        assert (middle[1:] <= curve.band_high[1:] + 1e-9).all()
        widths.append((curve.band_high - curve.band_low).mean())
    assert widths[1] < widths[0] / 2


def test_the_brier_score_equals_scikit_learns():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=50)
    labels = rng.uniform(size=50) < p
    assert brier(labels, p).mean() == pytest.approx(brier_score_loss(labels, p))


def test_bins_are_equal_in_count_and_hold_everyone_in_order():
    p = np.random.default_rng(0).uniform(size=103)
    bins = calibration_bins(p > 0.5, p)
    assert sum(each.n for each in bins) == 103
    assert {each.n for each in bins} == {10, 11}
    assert all(a.highest <= b.lowest for a, b in pairwise(bins))
    assert len(calibration_bins(p[:12] > 0.5, p[:12])) == 2


def test_honest_probabilities_are_calibrated_and_sharpened_ones_are_not():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=20_000)
    honest = 1 / (1 + np.exp(-logits))
    labels = rng.uniform(size=20_000) < honest
    sharpened = 1 / (1 + np.exp(-2 * logits))
    line = calibration_line(labels, honest)
    assert (line.slope.value, line.intercept.value) == pytest.approx((1, 0), abs=0.06)
    assert calibration_line(labels, sharpened).slope.value == pytest.approx(0.5, abs=0.03)
    assert expected_error(calibration_bins(labels, honest)) < 0.015
    assert expected_error(calibration_bins(labels, sharpened)) > 0.08


def test_the_calibration_line_equals_an_unpenalised_logistic_regression():
    rng = np.random.default_rng(3)
    logits = 2 * rng.normal(size=80)
    labels = rng.uniform(size=80) < 1 / (1 + np.exp(-0.7 * logits + 0.4))
    line = calibration_line(labels, 1 / (1 + np.exp(-logits)))
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(logits[:, None], labels)
    assert line.slope.value == pytest.approx(peer.coef_[0, 0], abs=1e-4)
    assert line.intercept.value == pytest.approx(peer.intercept_[0], abs=1e-4)


def test_intervals_of_the_calibration_slope_cover_the_truth():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        logits = rng.normal(size=120)
        labels = rng.uniform(size=120) < 1 / (1 + np.exp(-0.8 * logits))
        slope = calibration_line(labels, 1 / (1 + np.exp(-logits))).slope
        held += slope.low <= 0.8 <= slope.high
    assert 0.92 <= held / 300 <= 0.98  # nominal .95, its standard error here .013


def test_no_line_exists_through_separated_outcomes():
    assert calibration_line(np.array([1, 1, 0, 0]), np.array([0.9, 0.8, 0.2, 0.1])) is None
    assert calibration_line(np.array([1, 0]), np.array([0.5, 0.5])) is None


def test_predictive_values_at_the_cohorts_own_prevalence_are_the_counted_ones():
    counts = Confusion(30, 20, 140, 10)
    own = at_prevalence(counts, 40 / 200)
    assert own.ppv.value == pytest.approx(counts.ppv.value)
    assert own.npv.value == pytest.approx(counts.npv.value)


def test_rarer_outcomes_make_a_positive_call_worth_less():
    counts = Confusion(30, 20, 140, 10)
    rare, common = at_prevalence(counts, 0.05), at_prevalence(counts, 0.5)
    assert rare.ppv.value < common.ppv.value
    assert rare.npv.value > common.npv.value
    for each in (rare.ppv, rare.npv, common.ppv, common.npv):
        assert each.low <= each.value <= each.high


def test_predictive_intervals_cover_the_truth_on_simulation():
    rng = np.random.default_rng(0)
    truth = 0.8 * 0.3 / (0.8 * 0.3 + 0.25 * 0.7)
    held = 0
    for _ in range(400):
        tp, tn = int(rng.binomial(40, 0.8)), int(rng.binomial(80, 0.75))
        interval = at_prevalence(Confusion(tp, 80 - tn, tn, 40 - tp), 0.3).ppv
        held += interval.low <= truth <= interval.high
    assert held / 400 >= 0.92


def test_the_expected_error_has_an_interval_that_holds_it_and_narrows_with_patients(rng):
    wide, narrow = [], []
    for n, found in ((80, wide), (2000, narrow)):
        chance = rng.random(n)
        labels = (rng.random(n) < np.clip(chance + 0.15, 0, 1)).astype(int)
        interval = expected_error_interval(labels, chance, resamples=100)
        assert 0 <= interval.low <= interval.value <= interval.high
        assert interval.value == expected_error(calibration_bins(labels, chance))
        found.append(interval.high - interval.low)
    assert narrow[0] < wide[0]
    assert expected_error_interval(labels, chance).low > 0.08


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(20, 20, 0.8316, 1.0), (0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129)],  # Clopper-Pearson
)
def test_the_exact_interval_is_the_published_one(successes, n, low, high):
    interval = exact(successes, n)
    assert interval.value == successes / n
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-4)
    with pytest.raises(ValueError, match="0 <= successes"):
        exact(n + 1, n)


def test_a_share_that_every_row_passes_is_as_sure_as_its_patients_are_many():
    who = np.repeat([f"p{number}" for number in range(6)], 5)
    every, none = (share_interval(np.full(30, value), who) for value in (1.0, 0.0))
    assert (every.low, every.high) == pytest.approx((0.025 ** (1 / 6), 1))
    assert (none.low, none.high) == pytest.approx((0, 1 - 0.025 ** (1 / 6)))
    mixed = share_interval(np.tile([1.0, 1.0, 0.0, 1.0, 1.0], 6), who)
    assert mixed.value == pytest.approx(0.8)


def test_the_ici_of_calibrated_probabilities_lies_in_its_interval_however_small_it_is(rng):
    for _ in range(8):
        chance = rng.uniform(0.05, 0.6, 150)
        labels = (rng.random(150) < chance).astype(int)
        ici = calibration_curve(labels, chance, resamples=60).ici
        assert 0 <= ici.low <= ici.value <= ici.high
    # of those told 20 % nobody has it, of those told 60 % everybody
    far = calibration_curve(np.repeat([0, 1], 80), np.repeat([0.2, 0.6], 80), resamples=60).ici
    assert far.low > 0.1
