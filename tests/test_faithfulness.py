"""Laws of the measures that judge a map, on planted causes whose answer is known."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.explain.faithfulness import (
    area_under_roc,
    centre_blob,
    chance,
    edges,
    points_inside,
    rank_accuracy,
    removal,
)
from core.explain.infill import blurred

SIDE = 32


def square(row, column, size=5):
    mask = np.zeros((SIDE, SIDE), bool)
    mask[row : row + size, column : column + size] = True
    return mask


def planted(rng):
    """A patch, the square that alone decides the logit, and that logit."""
    mask = square(4, 20)
    patch = rng.uniform(0.2, 0.4, (SIDE, SIDE)).astype(np.float32)
    patch[mask] = 0.95

    def score(pictures):
        return 10 * (pictures[:, mask].mean(axis=1) - 0.5)

    return patch, mask, score


def test_a_map_that_points_at_the_mask_hits_and_one_beside_it_misses():
    mask = square(4, 20)
    assert points_inside(mask.astype(float), mask) == 1
    assert points_inside(square(20, 4).astype(float), mask) == 0


def test_a_flat_map_scores_the_masks_area_and_no_more():
    mask = square(4, 20)
    flat = np.zeros((SIDE, SIDE))
    for measure in (points_inside, rank_accuracy):
        assert measure(flat, mask) == pytest.approx(25 / 1024)
    assert area_under_roc(flat, mask) == 0.5


def test_an_empty_mask_is_undefined_and_not_a_hit():
    none = np.zeros((SIDE, SIDE), bool)
    for measure in (points_inside, rank_accuracy, area_under_roc):
        assert measure(centre_blob((SIDE, SIDE)), none) is None
    assert area_under_roc(centre_blob((SIDE, SIDE)), ~none) is None


def test_ranks_agree_with_a_plain_count_and_with_scikit_learn(rng):
    for _ in range(30):
        drawn, mask = rng.normal(size=(SIDE, SIDE)), rng.uniform(size=(SIDE, SIDE)) < 0.1
        top = np.argsort(-drawn, axis=None)[: mask.sum()]
        assert rank_accuracy(drawn, mask) == pytest.approx(mask.ravel()[top].mean())
        peer = roc_auc_score(mask.ravel(), drawn.ravel())
        assert area_under_roc(drawn, mask) == pytest.approx(peer, abs=1e-12)


def test_the_centre_blob_wins_on_centred_patches_and_loses_on_shifted_ones():
    blob = centre_blob((SIDE, SIDE))
    assert np.unravel_index(blob.argmax(), blob.shape) == (16, 16)
    assert points_inside(blob, square(14, 14)) == 1
    assert points_inside(blob, square(22, 6)) == 0


def test_edges_lie_where_the_picture_changes():
    patch = np.zeros((SIDE, SIDE), np.float32)
    patch[:, 16:] = 1
    drawn = edges(patch)
    assert drawn[:, 15:17].min() > 0
    assert drawn[:, :14].max() == drawn[:, 18:].max() == 0


def test_blurring_removes_the_planted_square_and_keeps_the_mean(rng):
    patch, mask, _ = planted(rng)
    smooth = blurred(patch)
    assert smooth[mask].mean() < patch[mask].mean() - 0.3
    assert smooth.mean() == pytest.approx(patch.mean(), abs=0.02)


def test_both_curves_share_their_ends(rng):
    patch, _, score = planted(rng)
    infill = blurred(patch)
    curves = removal(patch, chance(patch.shape, rng), score, infill=infill)
    whole, none = score(patch[None])[0], score(infill[None])[0]
    assert curves.deletion[[0, -1]] == pytest.approx([whole, none], abs=1e-5)
    assert curves.insertion[[0, -1]] == pytest.approx([none, whole], abs=1e-5)


def test_the_true_cause_beats_chance_and_the_blob_and_its_reverse_loses(rng):
    patch, mask, score = planted(rng)
    infill = blurred(patch)

    def worth(drawn):
        return removal(patch, drawn, score, infill=infill).insertion_minus_deletion

    true = worth(mask.astype(float))
    at_chance = np.mean([worth(chance(patch.shape, rng)) for _ in range(20)])
    gap = score(patch[None])[0] - score(infill[None])[0]
    assert true > 0.9 * gap
    assert abs(at_chance) < 0.15 * gap
    assert worth(centre_blob(patch.shape)) < 0.5 * true
    assert worth(-mask.astype(float)) < -0.9 * gap


def test_a_decoy_that_decides_nothing_is_worth_nothing(rng):
    patch, mask, score = planted(rng)
    decoy = square(24, 3)
    patch = patch.copy()
    patch[decoy] = 0.95
    infill = blurred(patch)
    here = removal(patch, mask * 1.0, score, infill=infill).insertion_minus_deletion
    there = removal(patch, decoy + 0.0, score, infill=infill).insertion_minus_deletion
    assert there < here / 3


def test_the_worth_of_a_linear_model_is_its_closed_form():
    """Two pixels of which one counts: most relevant first is worth 1/2, last as much less."""
    patch, infill = np.array([[1.0, 0.0]], np.float32), np.zeros((1, 2), np.float32)

    def score(pictures):
        return pictures[:, 0, 0]

    first = removal(patch, np.array([[1.0, 0.0]]), score, infill=infill, steps=2)
    last = removal(patch, np.array([[0.0, 1.0]]), score, infill=infill, steps=2)
    assert first.deletion.tolist() == [1, 0, 0]
    assert first.insertion.tolist() == [0, 1, 1]
    assert first.insertion_minus_deletion == pytest.approx(0.5)
    assert last.insertion_minus_deletion == pytest.approx(-0.5)
