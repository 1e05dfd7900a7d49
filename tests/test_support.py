"""Clusters that may be refused: what the diagnostics say of data whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from core.errors import LatentError
from core.evaluation.cluster_quality import (
    eta_permutation_p,
    gap_answer,
    jaccard_by_group,
    patient_shuffles,
)
from core.latent.contrast import contrast, corrected
from core.latent.grouping import group, nearest_rows
from core.latent.kept import read_study, write_study
from core.latent.space import LatentSpace
from core.latent.support import gaussian_cloud, study


def space(codes, *, patches=4, attributes=("short_axis_mm", "elongation")):
    rows = len(codes)
    table = pd.DataFrame(
        {
            "patient_id": [f"p{i // patches}" for i in range(rows)],
            "label": (np.arange(rows) // patches) % 2,
            "t_stage": 1 + (np.arange(rows) // patches) % 3,
            "short_axis_mm": 5 + codes[:, 0],
            "elongation": 1.5 + 0.1 * codes[:, 1],
        }
    )
    train = np.arange(rows) < 0.75 * rows
    return LatentSpace("made", codes.astype(np.float32), table, train, attributes)


@pytest.fixture(scope="module")
def islands():
    """Three groups far apart, each patient in all of them."""
    random = np.random.default_rng(1)
    centres = np.array([[0, 0], [9, 0], [0, 9]])
    return space(centres[np.arange(240) % 3] + random.normal(size=(240, 2)))


@pytest.fixture(scope="module")
def cloud():
    return space(np.random.default_rng(2).normal(size=(240, 2)))


def looked(of, **how):
    return study(of, ks=(2, 3, 4, 5), nulls=6, resamples=8, **how)


def test_three_islands_are_three_groups_and_every_witness_says_so(islands):
    found = looked(islands)
    three = found.at(3)
    assert found.offered == 3
    assert found.gap_k == 3
    assert three.silhouette_minus_null > 0.2
    assert three.ari > 0.95
    assert min(three.jaccard) > 0.9
    assert {one.name: one.p for one in three.explained}["short_axis_mm"] <= 0.01


def test_one_cloud_supports_no_number_of_groups(cloud):
    found = looked(cloud)
    assert found.offered is None
    assert found.gap_k == 1
    assert all(abs(one.silhouette_minus_null) < 0.06 for one in found.found)


@pytest.mark.parametrize("method", ["mixture", "hdbscan"])
def test_other_methods_see_the_islands_and_refuse_the_cloud(islands, cloud, method):
    assert looked(islands, method=method).offered == 3
    assert looked(cloud, method=method).offered is None


def test_the_answer_is_the_same_twice_and_blind_to_patients_outside_training(islands):
    moved = islands.codes.copy()
    moved[~islands.train] += 40
    other = LatentSpace("made", moved, islands.rows, islands.train, islands.attributes)
    first, second = looked(islands), looked(other)
    assert first.found == second.found


def test_groups_unrelated_to_the_outcome_share_no_information_with_it(islands):
    three = looked(islands).at(3)
    assert abs(three.ami_label) < 0.05
    assert abs(three.ami_t_stage) < 0.05


def test_a_study_is_told_where_it_is(islands):
    said = []
    looked(islands, progress=lambda *told: said.append(told))
    assert [done for _, done, _ in said] == [0, 1, 2, 3, 4]


def test_a_cloud_has_the_codes_mean_and_covariance(rng):
    codes = (rng.normal(size=(4000, 3)) @ np.array([[2, 0, 0], [1, 1, 0], [0, 0, 0.2]])) + 3
    drawn = gaussian_cloud(codes.astype(np.float32), 20_000, rng)
    assert np.allclose(drawn.mean(0), codes.mean(0), atol=0.1)
    assert np.allclose(np.cov(drawn.T), np.cov(codes.T), atol=0.15)


def test_shuffling_patients_forgives_what_shuffling_patches_would_condemn(rng):
    # every patient has its own value and its own group: 6 witnesses, not 240
    patients = np.repeat(np.arange(6), 40)
    orders = patient_shuffles(patients, shuffles=199)
    values, groups = rng.normal(size=6)[patients], patients % 2
    assert eta_permutation_p(values, groups, orders) > 0.05
    halves = np.arange(240) % 40 < 20
    assert eta_permutation_p(rng.normal(size=240) + 2 * halves, halves, orders) <= 0.05


def test_a_shuffle_keeps_every_row_once_and_a_patients_rows_together():
    patients = np.array([3, 1, 1, 2, 3, 3, 2, 1, 1])
    for order in patient_shuffles(patients, shuffles=40):
        assert sorted(order) == list(range(9))
        laid = patients[order][np.argsort(patients, kind="stable")]
        assert (np.diff(laid) != 0).sum() == 2


def test_jaccard_is_one_for_the_same_groups_under_other_names():
    labels = np.array([0, 0, 1, 1, 2, 2])
    assert jaccard_by_group(labels, (labels + 1) % 3, 3).tolist() == [1, 1, 1]
    assert jaccard_by_group(labels, np.zeros(6, int), 3) == pytest.approx([1 / 3] * 3)


def test_the_gap_answers_one_where_more_groups_gain_nothing():
    assert gap_answer([0.5, 0.51, 0.5], [0.02] * 3, (1, 2, 3)) == 1
    assert gap_answer([0.1, 0.5, 0.5], [0.02] * 3, (1, 2, 3)) == 2


def test_effects_have_the_sign_and_size_that_was_put_in(rng):
    rows = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(60), 5),
            "short_axis_mm": rng.normal(size=300),
            "elongation": rng.normal(size=300),
        }
    )
    first = np.arange(300) % 2 == 0
    rows.loc[first, "short_axis_mm"] += 1.5
    names = ("short_axis_mm", "elongation")
    (found,) = corrected([contrast(rows, first, ~first, attributes=names, seed=1)])
    assert [one.name for one in found] == list(names)
    assert found[0].low < 1.5 < found[0].high
    assert found[0].is_clear
    assert not found[1].is_clear
    (turned,) = corrected([contrast(rows, ~first, first, attributes=names, seed=1)])
    assert turned[0].d == pytest.approx(-found[0].d)


def test_few_patients_give_no_effects_at_all(rng):
    rows = pd.DataFrame({"patient_id": np.repeat(np.arange(4), 50), "a_mm": rng.normal(size=200)})
    half = np.arange(200) < 100
    assert contrast(rows, half, ~half, attributes=("a_mm",), seed=1) == ()


def test_holm_multiplies_the_smallest_p_by_the_number_of_comparisons(rng):
    rows = pd.DataFrame({"patient_id": np.arange(80), "a_mm": rng.normal(size=80)})
    half = np.arange(80) % 2 == 0
    one = contrast(rows, half, ~half, attributes=("a_mm",), seed=1)
    thrice = corrected([one, one, one])
    assert thrice[0][0].p == pytest.approx(min(1, 3 * one[0].p))


def test_the_nearest_row_is_the_nearest_row(rng):
    codes, among = rng.normal(size=(50, 4)), rng.normal(size=(30, 4))
    expected = np.linalg.norm(codes[:, None] - among[None], axis=2).argmin(1)
    assert np.array_equal(nearest_rows(codes, among), expected)


def test_a_mixture_tells_apart_what_distance_to_a_centre_cannot(rng):
    wide = rng.normal(size=(400, 2)) * [8, 0.3]
    tight = rng.normal(size=(400, 2)) * 0.3 + [0, 3]
    codes = np.concatenate([wide, tight]).astype(np.float32)
    truth = np.repeat([0, 1], 400)
    found = group(codes, 2, method="mixture", seed=0).predict(codes)
    assert max((found == truth).mean(), (found != truth).mean()) > 0.98


def test_asking_for_dimensions_a_run_does_not_have_is_one_clear_line(cloud):
    plain = LatentSpace("plain", cloud.codes, cloud.rows, cloud.train)
    with pytest.raises(LatentError, match="plain"):
        study(plain, over="attributes")


def test_a_study_is_kept_and_read_again_and_never_for_other_weights(
    islands, tiny_run, tmp_path, monkeypatch
):
    monkeypatch.setenv("LYMPHOSCAPE_CACHE", str(tmp_path))
    from core.latent.kept import kept_folder

    made = looked(islands)
    sha = tiny_run.manifest.weights_sha256
    write_study(kept_folder(tiny_run), made, weights_sha256=sha)
    assert read_study(tiny_run, "kmeans", 2) == made
    assert read_study(tiny_run, "mixture", 2) is None
    write_study(kept_folder(tiny_run), made, weights_sha256="0" * 64)
    assert read_study(tiny_run, "kmeans", 2) is None
