"""Laws of comparisons, calibration curve, net benefit, bands and silence, on known answers."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from core.evaluation.bands import bands, majority
from core.evaluation.calibration import calibration_line
from core.evaluation.calibration_curve import calibration_curve
from core.evaluation.classification import auc, auc_difference
from core.evaluation.compare import paired, shuffled_p
from core.evaluation.contender import answers, holds
from core.evaluation.crossed import Crossed
from core.evaluation.net_benefit import THRESHOLDS, decision_curve
from core.evaluation.paper_ruler import paper_short_mm
from core.evaluation.silence import band_answers, silence


def scores(rng, *, n=300, apart=1.0):
    labels = (np.arange(n) % 3 == 0).astype(int)
    return labels, rng.normal(size=n) + apart * labels


def test_a_score_does_not_differ_from_itself(rng):
    labels, score = scores(rng)
    same = paired(labels, score, score * 3 - 1)
    assert same.difference.value == same.difference.low == same.difference.high == 0
    assert same.p_delong == same.p_permutation == 1


def test_the_paired_difference_is_the_difference_of_the_areas_and_agrees_with_delong(rng):
    labels, score = scores(rng)
    other = score + rng.normal(size=labels.size)
    found = paired(labels, score, other)
    assert found.difference.value == pytest.approx(auc(labels, score) - auc(labels, other))
    peer = auc_difference(labels, score, other)
    assert found.difference.low == pytest.approx(peer.difference.low, abs=0.02)
    assert found.difference.high == pytest.approx(peer.difference.high, abs=0.02)
    assert abs(found.p_permutation - peer.p) < 0.05


def test_p_values_are_even_under_the_null():
    rng = np.random.default_rng(4)
    swapped, dealt = [], []
    for _ in range(60):
        labels, score = scores(rng, n=90, apart=0.0)
        swapped.append(paired(labels, score, rng.normal(size=90), resamples=200).p_permutation)
        dealt.append(shuffled_p(labels, score, resamples=200))
    for p in (swapped, dealt):
        assert 0.35 < np.mean(p) < 0.65
        assert np.mean(np.array(p) < 0.05) < 0.17  # nominal .05, 60 trials


def test_a_separating_score_has_the_least_p_that_resampling_can_tell(rng):
    labels, _ = scores(rng)
    assert shuffled_p(labels, labels.astype(float), resamples=99) == pytest.approx(0.01)


def test_what_means_what_it_says_has_a_small_gap_and_what_is_shifted_its_shift():
    rng = np.random.default_rng(5)
    logits = rng.normal(-0.5, 1.2, 4000)
    told = expit(logits)
    labels = (rng.random(4000) < told).astype(int)
    true = calibration_curve(labels, told, resamples=20)
    assert true.ici.value < 0.02
    assert np.abs(true.told - true.observed).max() < 0.06
    shifted = expit(logits + 1.0)
    wrong = calibration_curve(labels, shifted, resamples=20)
    assert wrong.ici.value == pytest.approx(np.abs(shifted - told).mean(), abs=0.02)
    assert (wrong.low <= wrong.observed + 1e-9).all()


def test_no_curve_where_all_are_told_the_same_or_an_outcome_is_missing():
    assert calibration_curve(np.array([0, 1, 0, 1]), np.full(4, 0.3)) is None
    assert calibration_curve(np.zeros(4), np.linspace(0.1, 0.9, 4)) is None


def test_net_benefit_of_hand_counted_patients():
    labels = np.array([1, 1, 0, 0, 0])
    chance = np.array([0.9, 0.1, 0.6, 0.05, 0.01])
    curve = decision_curve(labels, chance, rule=np.array([1, 1, 1, 0, 0]), resamples=50)
    at = int(np.flatnonzero(THRESHOLDS == 0.5)[0])
    assert curve.value[at] == pytest.approx((1 - 1) / 5)
    assert curve.treat_all[at] == pytest.approx((2 - 3) / 5)
    assert curve.rule[at] == pytest.approx((2 - 1) / 5)
    fifth = int(np.flatnonzero(THRESHOLDS == 0.2)[0])
    assert curve.value[fifth] == pytest.approx((1 - 1 * 0.25) / 5)


def test_a_perfect_model_is_worth_the_share_of_positives_at_every_threshold(rng):
    labels, _ = scores(rng)
    curve = decision_curve(labels, labels.astype(float), resamples=20)
    np.testing.assert_allclose(curve.value, labels.mean())
    assert (curve.value >= curve.treat_all).all()


def test_bands_hold_every_patient_once_and_their_own_calls():
    labels = np.array([1, 1, 0, 0, 0, 1])
    called = np.array([1, 0, 1, 0, 0, 1])
    size = np.array([4.0, 5.0, 6.9, 7.0, 9.9, 12.0])
    found = bands(labels, called, largest_mm=size, nodes=np.array([1, 2, 3, 5, 8, 12]))
    for kind in ("size", "number"):
        own = [each.counts for each in found if each.by == kind]
        assert sum(one.positives + one.negatives for one in own) == 6
    five = next(each.counts for each in found if each.name == "5 to 7 mm")
    assert (five.false_negative, five.false_positive) == (1, 1)
    without = bands(labels, called, largest_mm=None, nodes=size)
    assert {each.by for each in without} == {"number"}


def test_the_paper_s_ruler_is_the_diagonal_of_a_box_s_smallest_face():
    masks = np.zeros((3, 16, 16), bool)
    masks[0, 4:8, 5:11] = True  # one slice: 2 x 3 x 3 mm
    masks[1, 2:12, 2:12] = masks[2, 4:10, 4:10] = True  # two slices: 5 x 5 x 6 mm
    sides_mm = np.tile([0.5, 0.5, 3.0], (3, 1))
    found = paper_short_mm(masks, np.array([0, 1, 1]), sides_mm=sides_mm)
    np.testing.assert_allclose(found, [np.hypot(2, 3), np.hypot(5, 5)])


def test_half_of_the_repeats_make_a_call():
    assert majority(np.array([[1, 0], [0, 0]])).tolist() == [True, False]
    assert majority(np.array([[1, 0, 1], [1, 0, 0], [1, 1, 0]])).tolist() == [True, False, False]


def test_silence_of_hand_counted_answers():
    labels = np.array([1, 1, 0, 0])
    said = np.array([["N+", "N0", "N0", "no answer"], ["N+", "no answer", "N0", "N+"]])
    found = silence(labels, said, resamples=100)
    assert found.silent.value == pytest.approx(2 / 8)
    assert found.caught.value == pytest.approx(2 / 4)
    assert found.covered_positive.value == pytest.approx(3 / 4)
    assert found.covered_negative.value == pytest.approx(3 / 4)
    assert found.ppv.value == pytest.approx(2 / 3)
    assert found.npv.value == pytest.approx(2 / 3)


def test_an_empty_set_is_no_answer_and_does_not_hold_the_outcome():
    table = pd.DataFrame(
        {"label": [1, 1, 0], "p_positive": [0.05, 0.4, 0.05], "p_negative": [0.02, 0.4, 0.3]}
    )
    assert answers(table) == ["no answer", "no answer", "N0"]
    assert holds(table).tolist() == [False, True, True]
    labels, said = table["label"].to_numpy(), np.array([answers(table)])
    found = silence(labels, said, held=holds(table)[None], resamples=100)
    assert found.covered_positive.value == pytest.approx(1 / 2)
    assert found.covered_negative.value == 1
    assert silence(labels, said, resamples=100).covered_positive.value == 1


def test_the_papers_band_is_silent_between_its_two_thirds():
    assert band_answers(np.array([0.2, 0.33, 0.5, 0.66, 0.7])).tolist() == [
        "N0",
        "no answer",
        "no answer",
        "no answer",
        "N+",
    ]


def test_the_calibration_slope_is_that_of_single_repeats_and_not_of_their_mean(rng):
    truth = np.repeat([0, 1], 60)
    own_way = rng.normal(0, 1.5, 120)  # of a patient, in every repeat
    logits = 0.6 * (2 * truth - 1) + own_way + rng.normal(0, 1.5, (6, 120))
    chance = 1 / (1 + np.exp(-logits))
    blank = np.zeros((6, 120))
    own = Crossed("a", "a", "model", False, truth, blank, chance, blank, blank, blank)
    slopes = [calibration_line(truth, each).slope for each in chance]
    assert own.line.slope.value == pytest.approx(np.mean([each.value for each in slopes]))
    width = np.mean([each.high - each.low for each in slopes])
    assert own.line.slope.high - own.line.slope.low == pytest.approx(width)
    assert calibration_line(truth, own.averaged).slope.value > own.line.slope.value + 0.05
