"""Laws of folds and of nested cross-validation: nobody is judged by what has seen them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.bands import SIZES_MM, size_edges, size_name
from core.evaluation.classification import auc, auc_interval
from core.evaluation.contender import HIDDEN, Contender, Inside, answers
from core.evaluation.contenders import contenders, seen_by
from core.evaluation.crossed import Crossed, standing
from core.evaluation.folds import TooFewPatients, outer_folds
from core.evaluation.nested import judge_fold, p_values, tuned
from core.evaluation.people import MEASURED, People
from core.evaluation.pixel_rows import pixel_rows
from core.evaluation.rules import esgar
from core.training import heads_inside
from core.training.cnn_inside import cnn_row
from core.training.heads_inside import own_head, paper_head, stacked_head
from tests.people import people


def judged(contender, who, folds):
    return pd.concat([judge_fold(contender, who, fold) for fold in folds], ignore_index=True)


def crossed(contender, who, folds):
    return Crossed.of(contender, judged(contender, who, folds), who.patient_ids)


def row(key, who):
    return next(each for each in contenders(who) if each.key == key)


@settings(max_examples=40, deadline=None)
@given(
    positives=st.integers(8, 40),
    negatives=st.integers(8, 60),
    folds=st.integers(2, 5),
    seed=st.integers(0, 10_000),
)
def test_no_patient_is_in_two_folds_and_every_one_is_judged_once_a_repeat(
    positives, negatives, folds, seed
):
    labels = np.repeat([1, 0], [positives, negatives])
    found = outer_folds(labels, folds=folds, repeats=2, seed=seed)
    for repeat in range(2):
        own = [fold for fold in found if fold.repeat == repeat]
        tested = np.concatenate([fold.test for fold in own])
        assert sorted(tested) == list(range(labels.size))
        for fold in own:
            assert not set(fold.train) & set(fold.test)
            assert len(fold.train) + len(fold.test) == labels.size
            assert labels[fold.test].sum() in (positives // folds, -(-positives // folds))
            for fitted, held in fold.parts():
                assert not set(fitted) & set(held)
                assert not set(fitted) & set(fold.test)
                assert labels[held].any()


def test_too_few_patients_of_an_outcome_are_refused_with_the_way_out():
    with pytest.raises(TooFewPatients, match="fewer --folds"):
        outer_folds(np.repeat([1, 0], [4, 50]), folds=5)


def test_the_same_seed_deals_the_same_folds_and_another_seed_others():
    labels = np.repeat([1, 0], [20, 40])
    one, same, other = (outer_folds(labels, repeats=1, seed=seed) for seed in (1, 1, 2))
    assert all((a.test == b.test).all() for a, b in zip(one, same, strict=True))
    assert any(not np.array_equal(a.test, b.test) for a, b in zip(one, other, strict=True))


def test_a_contender_never_gets_a_test_patients_label(rng):
    who = people(rng)
    seen = []

    def fit(blind, fold):
        seen.extend((blind.labels[fold.test], blind.stages[fold.test]))
        assert (blind.labels[fold.train] == who.labels[fold.train]).all()
        return Inside(np.zeros(len(fold.train)), np.zeros((4, len(fold.test))))

    judged(Contender("spy", "", "image", fit), who, outer_folds(who.labels, repeats=1))
    assert (np.concatenate(seen) == HIDDEN).all()


@pytest.mark.parametrize(
    "key",
    [
        *("image", "both", "largest", "rule_esgar", "boosting", "ordinal", "distance", "measures"),
        *("additive", "radiomics", "small_cnn"),
    ],
)
def test_changing_the_outcomes_of_test_patients_changes_nothing_that_was_fitted(rng, key):
    who = people(rng, patients=24 if key == "small_cnn" else 60)  # eight small trainings
    patches = rng.uniform(0, 1, (len(who.of_row), 32, 32)).astype(np.float32)
    if key == "additive":
        contender = stacked_head("additive", "", ())
    elif key == "small_cnn":
        contender = cnn_row(patches, epochs=1)
    elif key == "radiomics":
        (contender,) = pixel_rows(who, patches, patches > 0.3, ("t_stage",))
    else:
        contender = row(key, who)
    nothing_leaks(contender, who, outer_folds(who.labels, repeats=1)[2])


@pytest.mark.parametrize("key", ["model", "head_paper"])
def test_the_heads_of_a_run_see_no_outcome_of_those_they_judge(tiny_run, monkeypatch, key):
    monkeypatch.setattr(heads_inside, "PAPER_EPOCHS", 1)
    made = {"model": own_head, "head_paper": lambda run: paper_head(run, key="", title="")}
    who = People.of(tiny_run)
    nothing_leaks(made[key](tiny_run), who, outer_folds(who.labels, folds=3, repeats=1)[1])


def nothing_leaks(contender, who, fold):
    """Judge a fold as it is and with its test patients' outcomes turned: all answers are alike."""
    turned = who.labels.copy()
    turned[fold.test] = 1 - turned[fold.test]
    stages = who.stages.copy()
    stages[fold.test] = 2 * turned[fold.test]
    one = judge_fold(contender, who, fold)
    other = judge_fold(contender, replace(who, labels=turned, stages=stages), fold)
    assert (one["label"] != other["label"]).all()
    pd.testing.assert_frame_equal(one.drop(columns="label"), other.drop(columns="label"))


def test_shuffled_outcomes_give_half_within_the_interval(rng):
    who = people(rng, patients=150, link=0.0)
    found = crossed(row("both", who), who, outer_folds(who.labels, repeats=3))
    interval = auc_interval(found.labels, found.averaged)
    assert interval.low < 0.5 < interval.high
    assert standing(found, found, options={}).p_chance > 0.01


def test_a_perfect_score_gives_one_and_keeps_its_interval_open(rng):
    who = people(rng)
    perfect = who.labels * 2.0 - 1
    known = Contender("known", "", "image", tuned(lambda p, f, o: lambda own: perfect[own], (0.0,)))
    found = crossed(known, who, outer_folds(who.labels, repeats=2))
    told = standing(found, found, options={})
    assert told.auc.value == told.auc_pooled == told.auc_fold_mean == 1
    assert told.auc.low < 1
    assert told.sensitivity.value == told.specificity.value == 1


def test_a_signal_in_one_row_is_found_and_beats_no_signal(rng):
    who = people(rng, patients=150, link=3.0)
    folds = outer_folds(who.labels, repeats=1)
    found = crossed(row("image", who), who, folds)
    assert auc(found.labels, found.averaged) > 0.85
    size = crossed(row("short_axis", who), who, folds)
    against = standing(size, found, options={}).against
    assert against.difference.low > 0
    assert against.p_delong < 0.01
    assert against.p_permutation < 0.01


@pytest.mark.parametrize("kind", ["additive", "mean", "max", "attention"])
def test_every_pooling_network_finds_a_strong_signal(rng, kind):
    who = people(rng, patients=90, link=4.0)
    fold = outer_folds(who.labels, repeats=1)[0]
    table = judge_fold(stacked_head(kind, kind, ()), who, fold)
    assert auc(table["label"].to_numpy(), table["score"].to_numpy()) > 0.7


def test_cross_conformal_sets_cover_each_class(rng):
    who = people(rng, patients=300, link=1.5)
    table = judged(row("image", who), who, outer_folds(who.labels, repeats=3))
    said, truth = np.array(answers(table)), table["label"].to_numpy() == 1
    # nominal .90; 100 positives: standard error .03
    assert (said[truth] != "N0").mean() > 0.82
    assert (said[~truth] != "N+").mean() > 0.85


def test_p_values_of_hand_counted_patients():
    held, inner = np.array([0.2, 0.5, 0.8]), np.array([0, 1, 1])
    members = np.array([[0.1, 0.3], [0.9, 0.5]])
    # first: 0.2 <= 0.1 no, 0.5 <= 0.9 and 0.8 <= 0.9 yes; second: yes, yes, no
    np.testing.assert_allclose(p_values(held, inner, members), [3 / 4, 3 / 4])


def test_esgar_calls_what_the_criteria_say():
    size = np.array([9.0, 9.5, 8.9, 5.0, 5.0, 4.9, 4.9])
    signs = np.array([0, 3, 1, 2, 1, 2, 3])
    assert esgar(size, signs).tolist() == [True, True, False, True, False, False, True]


def test_what_is_seen_of_codes_is_standardised_on_the_rows_fitted_on_alone(rng):
    codes = rng.normal(2, 3, size=(200, 8)).astype(np.float32)
    rows = np.arange(120)
    seen = seen_by(codes, rows, named=3, components=2)
    assert seen.shape == (200, 5)
    np.testing.assert_allclose(seen[rows].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(seen[rows].std(0), 1, atol=1e-5)
    codes[150:] = 99
    np.testing.assert_allclose(
        seen_by(codes, rows, named=3, components=2)[rows], seen[rows], atol=1e-9
    )


def test_people_without_sizes_have_no_size_rows(rng):
    keys = {each.key for each in contenders(people(rng, sizes=False))}
    assert "image" in keys
    assert not keys & {"short_axis", "rule_5mm", "clinical", "boosting"}


def test_the_volume_stands_beside_the_image_where_no_stage_is_known(rng):
    who = people(rng)
    assert "image_volume" not in {each.key for each in contenders(who)}
    clinical = np.full_like(who.clinical, np.nan)
    # the outcome is in the volume alone: only a row that reads it can tell
    measured = who.measured.copy()
    measured[:, -1] += 40.0 * who.labels[who.of_row]
    bare = replace(who, clinical=clinical, measured=measured, codes=who.codes * 0)
    folds = outer_folds(bare.labels, folds=3, repeats=1)
    both, image = (crossed(row(key, bare), bare, folds) for key in ("image_volume", "image"))
    assert auc(bare.labels, both.averaged) > 0.9
    assert abs(auc(bare.labels, image.averaged) - 0.5) < 0.2


def test_measures_of_every_lesion_are_read_and_no_code(rng):
    who = people(rng, patients=60)
    # the outcome is in the texture of a patient's last lesion alone
    measured = who.measured.copy()
    last = np.flatnonzero(np.diff(who.of_row, append=len(who)))
    measured[last, MEASURED.index("heterogeneity")] += 8.0 * who.labels
    told = replace(who, measured=measured)
    fold = outer_folds(told.labels, folds=3, repeats=1)[0]
    found = judge_fold(row("measures", told), told, fold)
    assert auc(found["label"].to_numpy(), found["score"].to_numpy()) > 0.85
    other = replace(told, codes=rng.normal(size=told.codes.shape).astype(np.float32))
    pd.testing.assert_frame_equal(found, judge_fold(row("measures", other), other, fold))
    assert "measures" not in {each.key for each in contenders(people(rng, sizes=False))}


def test_volumes_of_litres_are_ranked_like_those_of_millilitres(rng):
    who = people(rng)
    measured = who.measured.copy()
    measured[:, -1] *= 1 + who.labels[who.of_row]
    found = []
    for scale in (1.0, 1e5):
        size = np.ones(measured.shape[1])
        size[-1] = scale
        them = replace(who, measured=measured * size)
        folds = outer_folds(them.labels, folds=3, repeats=1)
        found.append(auc(them.labels, crossed(row("volume", them), them, folds).averaged))
    assert found[1] == pytest.approx(found[0], abs=0.03)
    assert found[1] > 0.65


def test_a_row_s_title_says_the_t_stage_exactly_where_it_is_told(rng):
    who = people(rng, patients=30, sliced=True)
    masks = np.ones((len(who.of_row), 6, 6), bool)
    bare = replace(who, clinical=np.full_like(who.clinical, np.nan))

    def titles(them, t_stage):
        rows = [*contenders(them), *pixel_rows(them, masks.astype(np.float32), masks, t_stage)]
        rows.append(stacked_head("mean", "Small network, mean pooling", t_stage))
        return {each.key: each.title for each in rows if each.group in ("head", "both")}

    told = titles(who, ("t_stage",))
    assert {"boosting", "radiomics", "largest", "head_mean", "ordinal"} <= set(told)
    unsaid = {key for key, title in told.items() if "T stage" not in title}
    assert unsaid == {"both"}  # "Image and clinical together"
    assert told["image_size_shape"].endswith("no T stage")
    assert not any(
        "T stage" in each for key, each in titles(bare, ()).items() if "shape" not in key
    )


def test_a_rule_that_would_call_everybody_is_left_out(rng):
    who = people(rng)
    assert {"rule_5mm", "rule_esgar"} <= {each.key for each in contenders(who)}
    larger = replace(who, measured=who.measured + 30)
    assert not {"rule_5mm", "rule_esgar"} & {each.key for each in contenders(larger)}


def test_size_bands_follow_a_cohort_of_larger_lesions(rng):
    nodes = rng.uniform(3, 14, 60)
    assert size_edges(nodes) == SIZES_MM
    tumours = rng.uniform(25, 98, 49)
    edges = size_edges(tumours)
    inside = [int(((tumours >= low) & (tumours < high)).sum()) for low, high in edges]
    assert sum(inside) == 49
    assert min(inside) >= 8
    assert all(" cm" in size_name(low, high) for low, high in edges)
    assert size_edges(np.full(5, np.nan)) == SIZES_MM
    assert [size_name(low, high) for low, high in SIZES_MM[1:]] == [
        "5 to 7 mm",
        "7 to 10 mm",
        "10 mm or more",
    ]


def test_lesions_of_several_slices_speak_once_when_their_codes_are_pooled(rng):
    who = people(rng, patients=40, sliced=True)
    assert who.sliced
    pooled = who.lesion_codes
    own = who.lesion == who.lesion[np.flatnonzero(~who.key)[0]]
    np.testing.assert_allclose(pooled[own][0], who.codes[own].mean(axis=0), rtol=1e-5)
    keys = {each.key: each for each in contenders(who)}
    assert keys["slices_pooled"].varies == "key_slices"
    assert "slices_pooled" not in {each.key for each in contenders(people(rng, patients=40))}
    slabs = who.column("area_mm2")
    first = who.of_row == 0
    volumes = [slabs[first & (who.lesion == one)].sum() for one in np.unique(who.lesion[first])]
    assert who.largest_mm3[0] == pytest.approx(max(volumes))


def test_pixel_rows_follow_from_what_is_outlined(rng):
    who = people(rng, patients=45, sizes=False)
    patches = rng.uniform(0, 0.5, (len(who.of_row), 8, 8)).astype(np.float32)
    patches[who.largest[who.labels == 1], :4] += 0.4
    rows = pixel_rows(who, patches, np.zeros(patches.shape, bool), ())
    assert [each.key for each in rows] == ["pixels_logistic", "pixels_forest"]
    fold = outer_folds(who.labels, folds=3, repeats=1)[0]
    told = judge_fold(rows[0], who, fold)
    assert auc(told["label"].to_numpy(), told["probability"].to_numpy()) > 0.9
    sized = people(rng, patients=45)
    assert [
        e.key
        for e in pixel_rows(
            sized,
            patches[:1].repeat(len(sized.of_row), 0),
            np.ones((len(sized.of_row), 8, 8), bool),
            (),
        )
    ] == ["radiomics"]


def test_radiomics_see_grey_values_and_texture_inside_the_mask_alone(rng):
    from core.evaluation.radiomics import NAMES, radiomics

    flat = np.full((16, 16), 0.5, np.float32)
    rough = flat.copy()
    rough[::2] = 0.9
    mask = np.zeros((16, 16), bool)
    mask[4:12, 4:12] = True
    outside = np.where(mask, flat, rng.uniform(size=flat.shape)).astype(np.float32)
    told = dict(
        zip(NAMES, radiomics(np.stack([flat, rough, outside]), np.stack([mask] * 3)).T, strict=True)
    )
    assert told["glcm_contrast_1px"][0] == 0 < told["glcm_contrast_1px"][1]
    for name in NAMES:
        assert told[name][0] == told[name][2]


def test_a_rule_that_flags_the_same_patients_is_worth_as_much(rng):
    from core.evaluation.net_benefit import ACT_FROM, net_benefit_gain

    labels, chance = rng.integers(0, 2, 80), rng.uniform(size=80)
    same = net_benefit_gain(labels, chance, chance >= ACT_FROM)
    assert same.value == same.low == same.high == 0
    assert net_benefit_gain(labels, labels.astype(float), 1 - labels).low > 0
