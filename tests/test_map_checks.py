"""Laws of what judges a map: imputation, ROAD, likeness, shifts, random weights, the badge."""

import hashlib

import numpy as np
import pytest
import torch

from core.explain.faithfulness.checked import Checked
from core.explain.faithfulness.likeness import agreement, rank_correlation, ssim
from core.explain.faithfulness.randomise import STAGES, randomised
from core.explain.faithfulness.removal import ranks, road
from core.explain.faithfulness.shifted import moved, moved_mask, shifted
from core.explain.infill import imputed


def slope():
    row, column = np.indices((16, 16))
    return (0.2 + 0.02 * row + 0.01 * column).astype(np.float32)


def test_what_is_filled_in_goes_on_from_what_is_left(rng):
    patch, removed = slope(), np.zeros((16, 16), bool)
    removed[5:9, 5:9] = True
    broken = patch.copy()
    broken[removed] = 0.9
    filled = imputed(broken, removed, rng)
    assert np.array_equal(filled[~removed], patch[~removed])
    # a plane is its own weighted mean of neighbours, so only the noise of 0.01 is left
    assert np.abs(filled - patch).max() < 0.05


def test_filling_in_everything_or_nothing_is_defined(rng):
    patch = slope()
    assert np.array_equal(imputed(patch, np.zeros_like(patch, bool), rng), patch)
    assert np.ptp(imputed(patch, np.ones_like(patch, bool), rng)) == 0


def test_road_prefers_the_map_that_marks_the_cause_and_turns_its_sign_with_the_map(rng):
    patch = rng.uniform(0.2, 0.4, (32, 32)).astype(np.float32)
    cause = np.zeros((32, 32))
    cause[6:12, 18:24] = 1
    patch[cause > 0] = 0.9

    def score(pictures):
        return 10 * pictures[:, cause > 0].mean(1)

    assert road(patch, cause, score) > 3
    assert road(patch, -cause, score) == pytest.approx(-road(patch, cause, score), rel=0.2)
    assert abs(np.mean([road(patch, rng.normal(size=(32, 32)), score) for _ in range(10)])) < 0.5


def test_ranks_are_a_permutation_that_follows_relevance(rng):
    drawn = rng.normal(size=(9, 9))
    found = ranks(drawn)
    assert sorted(found.ravel().tolist()) == list(range(81))
    assert found[np.unravel_index(drawn.argmax(), drawn.shape)] == 0
    assert np.array_equal(found, ranks(5 * drawn))


def test_likeness_keeps_the_sign_and_forgets_the_strength(rng):
    drawn = rng.normal(size=(32, 32))
    assert ssim(drawn, 7 * drawn) == pytest.approx(1)
    assert ssim(drawn, -drawn) < 0
    assert rank_correlation(drawn, -drawn) == pytest.approx(-1)
    assert abs(ssim(drawn, rng.normal(size=(32, 32)))) < 0.2


def test_flat_maps_are_alike_and_unlike_any_other(rng):
    flat, drawn = np.zeros((32, 32)), rng.normal(size=(32, 32))
    assert ssim(flat, flat) == 1
    assert ssim(flat, drawn) == 0
    assert rank_correlation(flat, drawn) == 0


def test_agreement_is_a_symmetric_table_of_rank_correlations(rng):
    one, two = rng.normal(size=(2, 8, 8))
    table = agreement([one, two, -one])
    assert np.array_equal(table, table.T)
    assert table[0, 2] == pytest.approx(-1)
    assert table[0, 1] == pytest.approx(rank_correlation(one, two))


def test_a_moved_window_shows_the_lesion_where_it_went():
    mask = np.zeros((32, 32), bool)
    mask[14:18, 15:19] = True
    patch = mask.astype(np.float32)
    for down, right in ((8, -8), (-3, 5), (0, 0)):
        away = moved_mask(mask, down, right)
        assert np.array_equal(np.argwhere(away)[0], (14 - down, 15 - right))
        assert away.sum() == mask.sum()
        assert np.array_equal(moved(patch, down, right) > 0, away)


def test_shifted_patches_are_cut_from_the_slices_of_the_run(tiny_run):
    rows = np.flatnonzero(tiny_run.rows["key_slice"].to_numpy(bool))[:6]
    away = shifted(tiny_run, rows, seed=4)
    assert np.abs(away.offsets).max() <= 8
    assert len(np.unique(away.offsets)) > 3
    for at, row in enumerate(rows):
        down, right = away.offsets[at]
        # where both windows look, both show the same, but for 8 bits and WebP
        here = np.s_[max(0, down) : 32 + min(0, down), max(0, right) : 32 + min(0, right)]
        there = np.s_[max(0, -down) : 32 + min(0, -down), max(0, -right) : 32 + min(0, -right)]
        gap = np.abs(tiny_run.patches[row][here] - away.patches[at][there]).mean()
        assert gap < 0.04
    assert np.array_equal(shifted(tiny_run, rows, seed=4).patches, away.patches)


@pytest.fixture(scope="module")
def network():
    from core.networks.network import Network
    from core.settings import Settings

    torch.manual_seed(0)
    vae = {"latent": 12, "width": 8}
    return Network(Settings.model_validate({"vae": vae}), features=5).eval()


def digests(network):
    return {
        name: hashlib.sha256(value.numpy().tobytes()).hexdigest()
        for name, value in network.state_dict().items()
    }


def test_each_stage_draws_its_own_weights_afresh_and_those_above_it(network):
    before, state = digests(network), torch.random.get_rng_state()
    prefixes = (
        ("heads",),
        ("vae.to_mean", "vae.outline.read"),
        ("vae.trunk", "vae.outline.draw"),
        ("vae.body",),
        ("vae.stem",),
    )
    for number, stage in enumerate(STAGES):
        after = digests(randomised(network, stage))
        changed = {name for name in before if before[name] != after[name]}
        due = sum(prefixes[: number + 1], ())
        assert all(name.startswith(due) for name in changed)
        for prefix in due:
            assert any(name.startswith(prefix) for name in changed), (stage, prefix)
    assert digests(network) == before
    assert torch.equal(state, torch.random.get_rng_state())
    assert digests(randomised(network, "layer 16")) == digests(randomised(network, "layer 16"))


def test_how_steady_a_map_is_depends_on_no_other_lesion_and_on_nobody_elses_draws(tiny_run):
    from core.explain.explanation import Variant
    from core.explain.faithfulness.checks import sensitivity
    from core.explain.faithfulness.held import Held, lesions
    from core.model import Model

    held = Held(tiny_run, Model.open(tiny_run, device="cpu"), lesions(tiny_run)[:5])
    way, state = Variant("hires_cam", 8), torch.random.get_rng_state()

    def change(some):
        return sensitivity(some, way, some.maps(some.patches, way), seed=3, draws=2)

    together = change(held)
    assert torch.equal(state, torch.random.get_rng_state())
    torch.rand(7)
    alone = np.concatenate([change(held.part(at, at + 1)) for at in range(5)])
    assert together == pytest.approx(alone, rel=1e-3)
    assert (together > 0).all()


@pytest.mark.parametrize("kind", ["node", "along", "near", "patient"])
def test_any_number_is_scored_and_drawn_as_the_served_model_scores_and_draws_it(tiny_run, kind):
    from core.explain.explanation import Variant
    from core.explain.faithfulness.held import Held, Scorer, lesions
    from core.explain.question import NODE_LOGIT, Along, NearCentre, PatientLogit
    from core.model import Model

    model, rows = Model.open(tiny_run, device="cpu"), lesions(tiny_run)
    rows = rows[
        tiny_run.rows["patient_id"].to_numpy()[rows] == tiny_run.rows["patient_id"][rows[0]]
    ]
    unit = np.eye(tiny_run.codes.shape[1], dtype=np.float32)[0]
    question = {
        "node": NODE_LOGIT,
        "along": Along("it", unit, 2.0, 1.0),
        "near": NearCentre("it", tiny_run.codes[0]),
        "patient": PatientLogit(np.array(tiny_run.codes[rows]), tuple(range(len(rows)))),
    }[kind]
    held = Held(tiny_run, model, rows, question)
    served = model.explain(
        held.patches, features=held.features, method="hires_cam", layer=8, question=question
    )
    assert held.logits(held.patches) == pytest.approx([one.score for one in served], abs=1e-4)
    drawn = held.maps(held.patches, Variant("hires_cam", 8))
    assert np.allclose(drawn, [one.map for one in served], atol=1e-5)
    last = len(rows) - 1
    copies = np.repeat(held.patches[last:], 3, 0)
    assert Scorer(held, last)(copies) == pytest.approx([served[last].score] * 3, abs=1e-4)
    twice = held.maps(np.repeat(held.patches, 2, 0), Variant("hires_cam", 8))
    assert np.allclose(twice[::2], drawn, atol=1e-5)


def test_threads_that_draw_weights_afresh_get_the_same_ones(network):
    from concurrent.futures import ThreadPoolExecutor

    wanted = digests(randomised(network, "layer 16", seed=5))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: digests(randomised(network, "layer 16", seed=5)), range(8)))
    assert all(one == wanted for one in found)


def checked(**changes):
    plain = {
        "row": 3, "called": True, "pointing": 1.0, "mass": 0.5, "mass_blob": 0.2, "area": 0.1,
        "worth": 1.0, "worth_blob": 0.2, "worth_chance": 0.0, "road": 0.4, "alike": 0.1,
        "change": 0.1,
    }  # fmt: skip
    return Checked(**{**plain, **changes})


def test_the_badge_counts_what_was_passed_of_what_could_be_taken():
    assert checked().passed == 5
    assert "Passed 5 of 5 checks" in checked().in_words
    assert "not of whether it marks what decides" in checked().in_words
    for failing in (
        {"mass": 0.1},
        {"worth": -1.0},
        {"road": -0.1},
        {"alike": 0.5},
        {"change": 2.0},
    ):
        assert checked(**failing).passed == 4, failing
    without = checked(mass=None)
    assert (without.passed, len(without.taken)) == (4, 4)


def test_a_map_that_tells_no_more_than_a_blob_or_chance_is_called_so():
    assert checked(worth=0.2).no_better_than == ("blob",)
    assert checked(worth=0.21).no_better_than == ()
    assert checked(worth=0.21, worth_chance=0.3).no_better_than == ("chance",)
    assert checked(worth=0.0).no_better_than == ("blob", "chance")
