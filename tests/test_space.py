import numpy as np
import pandas as pd
import pytest

from core.errors import LatentError, UndefinedDirection
from core.latent.attributes import say_length
from core.latent.dimensions import describe_dimensions, prior_samples
from core.latent.space import LatentSpace

ROWS = 300


@pytest.fixture(scope="module")
def space():
    """Codes whose first two dimensions are size and elongation; patient i has rows 3i to 3i+2."""
    random = np.random.default_rng(1)
    codes = random.normal(size=(ROWS, 8)).astype(np.float32)
    patient = np.arange(ROWS) // 3
    split = np.array(["train", "train", "train", "validation", "test"])[patient % 5]
    codes[:, 7] = 0.001 * codes[:, 7]
    rows = pd.DataFrame(
        {
            "row": np.arange(ROWS),
            "patient_id": [f"p{i:03d}" for i in patient],
            "split": split,
            "short_axis_mm": 5 + codes[:, 0],
            "elongation": 1.5 + 0.1 * codes[:, 1],
            "convexity": np.nan,
            "label": patient % 2,
        }
    )
    return LatentSpace("a-run", codes, rows, split == "train", ("short_axis_mm", "elongation"))


def test_neighbours_are_exact_and_leave_the_patch_itself_out(space):
    distance = np.linalg.norm(space.codes - space.codes[17], axis=1)
    found = space.neighbours(space.codes[17], 5, exclude_row=17)
    assert found.rows.tolist() == np.argsort(distance)[1:6].tolist()
    assert np.allclose(found.distances, np.sort(distance)[1:6])
    assert space.neighbours(space.codes[17], 1).rows.tolist() == [17]


def test_neighbours_in_the_named_dimensions_look_at_these_alone(space):
    distance = np.linalg.norm(space.codes[:, :2] - space.codes[17, :2], axis=1)
    found = space.neighbours(space.codes[17], 5, exclude_row=17, over="attributes")
    assert found.rows.tolist() == np.argsort(distance, kind="stable")[1:6].tolist()
    assert np.allclose(found.distances, np.sort(distance)[1:6])


def test_nearest_training_patches_come_from_training_patients(space):
    row = int(np.flatnonzero(~space.train)[0])
    found = space.nearest_training(space.codes[row], 9)
    assert space.train[found.rows].all()
    assert len(found.rows) == 9


def test_asking_for_more_neighbours_than_there_are_gives_them_all(space):
    assert len(space.neighbours(space.codes[0], 10_000, exclude_row=0).rows) == ROWS - 1


def test_the_shell_holds_about_99_of_100_codes_like_those_in_training(space):
    inside = space.typicality(space.codes[~space.train]) <= 1
    assert 0.95 <= inside.mean() <= 1
    fresh = np.random.default_rng(9).normal(size=(4000, 8)).astype(np.float32)
    fresh[:, 7] *= 0.001
    assert (space.typicality(fresh) <= 1).mean() == pytest.approx(0.99, abs=0.012)


def test_typicality_knows_which_dimension_is_narrow(space):
    moved = space.codes[space.train].mean(0, keepdims=True).repeat(2, 0)
    moved[0, 0] += 1
    moved[1, 7] += 1
    near, far = space.typicality(moved)
    assert near < 1 < far


def test_directions_are_the_models_attributes_and_the_label(space):
    names = [direction.name for direction in space.directions()]
    assert names == ["short_axis_mm", "elongation", "label"]
    size = space.direction("short_axis_mm")
    assert size.way == "dimension"
    assert size.scale == pytest.approx(1, rel=0.01)
    assert space.words.outcome in space.direction("label").description


def test_a_cohort_without_measurements_still_has_the_label_direction(space):
    rows = space.rows[["row", "patient_id", "split", "label"]]
    bare = LatentSpace("bare", space.codes, rows, space.train)
    assert bare.measured == ()
    assert [direction.name for direction in bare.directions()] == ["label"]
    with pytest.raises(UndefinedDirection, match="no such column"):
        bare.direction("short_axis_mm")


def test_one_class_alone_has_no_label_direction(space):
    rows = space.rows.assign(label=1)
    with pytest.raises(UndefinedDirection, match="label"):
        LatentSpace("one", space.codes, rows, space.train).direction("label")


def test_columns_without_numbers_are_not_measured(space):
    assert space.measured == ("short_axis_mm", "elongation")


def test_a_dimension_says_what_it_measures_and_whether_it_is_used(space):
    dimensions = describe_dimensions(space, np.full_like(space.codes, 0.5))
    assert dimensions[0].carries == "short_axis_mm"
    assert dimensions[0].readings[0].attribute == "short_axis_mm"
    assert dimensions[0].readings[0].correlation == pytest.approx(1)
    assert [dimension.active for dimension in dimensions] == [True] * 7 + [False]
    # closed form: E[mean²] = var + mean², std = .5
    first = space.codes[space.train, 0].astype(float)
    expected = 0.5 * ((first**2).mean() + 0.25 - 1 - np.log(0.25))
    assert dimensions[0].kl_nats == pytest.approx(expected, rel=1e-5)
    assert describe_dimensions(space)[0].kl_nats is None


def test_a_posterior_that_is_the_prior_has_no_divergence(space):
    still = LatentSpace("still", space.codes * 0, space.rows, space.train)
    found = describe_dimensions(still, np.ones_like(space.codes))
    assert all(dimension.kl_nats == 0 and not dimension.active for dimension in found)


def test_prior_samples_follow_their_seed():
    first = prior_samples(2000, 6, seed=3)
    assert np.array_equal(first, prior_samples(2000, 6, seed=3))
    assert not np.array_equal(first, prior_samples(2000, 6, seed=4))
    assert np.allclose(first.mean(0), 0, atol=0.1)
    assert np.allclose(first.std(0), 1, atol=0.1)


def test_clusters_over_attribute_dimensions_say_so(space):
    assert space.clusters(3).over == "the 2 named dimensions"
    assert space.clusters(3, over="all").over == "all 8 dimensions"
    plain = LatentSpace("plain", space.codes, space.rows, space.train)
    assert plain.clusters(3).over == "all 8 dimensions"
    with pytest.raises(LatentError, match="plain"):
        plain.clusters(3, over="attributes")


def test_lengths_are_said_in_the_unit_people_use():
    assert say_length(6.93) == "6.9 mm"
    assert say_length(34.2) == "3.4 cm"
    assert say_length(18.0, reference_mm=34.0) == "1.8 cm"
    assert say_length(float("nan")) == "not measured"


def test_a_finished_run_opens_as_its_latent_space(tiny_run):
    space = LatentSpace.open(tiny_run)
    assert len(space.codes) == len(space.rows) == len(tiny_run.patches)
    assert space.train.sum() == (tiny_run.rows["split"] == "train").sum()
    found = space.clusters(tiny_run.settings.map.clusters)
    assert np.array_equal(found.labels, tiny_run.map["cluster"])
