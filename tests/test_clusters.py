import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from core.latent.clusters import Share, find_clusters, kmeans

K = 4


@pytest.fixture(scope="module")
def blobs():
    random = np.random.default_rng(2)
    which = np.arange(240) % K
    centres = np.array([[0, 0], [12, 0], [24, 5], [36, -5]])
    codes = np.concatenate([centres[which], np.zeros((240, 3))], 1) + random.normal(size=(240, 5))
    rows = pd.DataFrame(
        {
            "patient_id": [f"p{i // 4}" for i in range(240)],
            "label": (np.arange(240) // 4) % 2,
            "short_axis_mm": 4.0 + which,
            "elongation": np.nan,
        }
    )
    return codes.astype(np.float32), which, rows, np.arange(240) < 160


def grouped(blobs, *, k=K, method="kmeans"):
    codes, _, rows, train = blobs
    return find_clusters(
        codes, rows, k, train=train, seed=0, dims=5, method=method,
        attributes=("short_axis_mm", "elongation"),
    )  # fmt: skip


def test_separated_groups_are_found_exactly_and_numbered_along_the_first_dimension(blobs):
    found = grouped(blobs)
    assert adjusted_rand_score(blobs[1], found.labels) == 1
    assert np.array_equal(found.labels, blobs[1])
    assert found.sizes == (60, 60, 60, 60)


def test_a_centre_is_put_into_its_own_cluster(blobs):
    codes, _, _, train = blobs
    _, centres = kmeans(codes, K, train=train, seed=0)
    labels, _ = kmeans(np.concatenate([codes, centres]), K, seed=0, train=np.r_[train, [False] * K])
    assert labels[-K:].tolist() == list(range(K))


def test_patients_outside_training_do_not_move_the_centres(blobs):
    codes, _, _, train = blobs
    moved = codes.copy()
    moved[~train] += 5
    _, centres = kmeans(codes, K, train=train, seed=0)
    assert np.array_equal(kmeans(moved, K, train=train, seed=0)[1], centres)


def test_every_picture_on_a_card_comes_from_its_cluster(blobs):
    codes, *_ = blobs
    found = grouped(blobs, k=7)
    seen = []
    for card in found.cards:
        for rows in (card.rows, card.boundary, [card.medoid]):
            assert (found.labels[rows] == card.number).all()
        assert card.medoid == card.rows[0]
        apart = np.linalg.norm(codes[card.rows] - found.centres[card.number], axis=1)
        assert (np.diff(apart) >= -1e-5).all()
        seen += card.rows.tolist()
    assert sorted(seen) == list(range(240))


def test_boundary_patches_lie_between_clusters(blobs):
    found = grouped(blobs, k=2)
    apart = np.sort(found.distances, axis=1)
    margin = apart[:, 1] - apart[:, 0]
    for card in found.cards:
        assert margin[card.boundary[0]] == margin[card.rows].min()


def test_cards_count_patients_and_leave_out_what_was_not_measured(blobs):
    card = grouped(blobs).cards[2]
    assert card.patients == 60
    assert card.positive.n == 60
    assert card.positive.value == pytest.approx(0.5)
    assert [(name, mean) for name, mean, _ in card.means] == [("short_axis_mm", 6.0)]
    assert grouped(blobs).base_rate.value == 0.5


@pytest.mark.parametrize("method", ["kmeans", "mixture", "hdbscan"])
def test_every_method_finds_separated_groups_and_places_other_patients(blobs, method):
    found = grouped(blobs, method=method)
    assert found.k == K
    kept = found.labels >= 0
    assert kept.mean() > 0.95
    assert np.array_equal(found.labels[kept], blobs[1][kept])
    assert found.left_out == (~kept).sum()


def test_what_sets_a_group_apart_is_its_own_attribute(blobs):
    found = grouped(blobs)
    for card, effects in zip(found.cards, found.effects, strict=True):
        assert [effect.name for effect in effects] == ["short_axis_mm"]
        expected = 4.0 + card.number
        assert effects[0].mean == expected
        assert (effects[0].d > 0) == (expected > effects[0].other)
        assert effects[0].is_clear or abs(effects[0].d) < 1


def test_k_shrinks_to_what_the_codes_can_give():
    codes = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    labels, centres = kmeans(codes, 9, train=np.ones(12, bool), seed=0)
    assert len(centres) == 3
    assert len(set(labels.tolist())) == 3


def test_wilsons_interval_is_the_textbooks():
    # Newcombe 1998, table I: 81 of 263, method 3 (Wilson) gives .2553 to .3662
    share = Share.of(81, 263)
    assert share.low == pytest.approx(0.2553, abs=5e-5)
    assert share.high == pytest.approx(0.3662, abs=5e-5)
    assert Share.of(0, 0).n == 0
