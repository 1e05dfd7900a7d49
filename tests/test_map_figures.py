"""Laws of the figures of maps, on lesions whose maps are known: a model that is a rule."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.explain.explanation import DEFAULT, mass_inside
from core.explain.faithfulness import held as holding
from core.explain.faithfulness import ignorant, measure, on_planted
from core.explain.faithfulness.baselines import centre_blob
from core.explain.faithfulness.held import Held
from core.explain.faithfulness.likeness import ssim
from core.explain.faithfulness.planted import Spots
from core.explain.faithfulness.shifted import shifted
from core.progress import silent
from core.run import Run

SIDE, TESTED, TRAINED = 32, 8, 12
LESION, CAUSE, DECOY = (16, 16), (16, 25), (15, 6)


class Rule:
    """A model whose map is a rule: picture in, map out; its score grows with what is bright."""

    node_logit_threshold = 0.0
    network = "as trained"

    def __init__(self, rule):
        self.rule = rule

    def encode(self, patches):
        return 1 + np.where(patches > 0.5, patches, 0).sum(axis=(1, 2))[:, None]

    def node_logit(self, codes, features):
        return codes[:, 0]  # every lesion is called


class Told(Run):
    """A run that is told what it holds."""

    patches = masks = rows = grid = slices = None

    def __init__(self, **facts):
        vars(self).update(facts)


def disc(at, radius=2.6):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.hypot(rows - at[0], columns - at[1]) <= radius


def bright(patch):
    """A map of a model that uses what is bright and finds what is dark harmless."""
    return np.where(patch > 0.5, patch, 0) - np.where(patch < 0.1, 0.5, 0)


@pytest.fixture
def held(monkeypatch):
    """Lesions with a bright cause to their right and, in every other one, a dark decoy."""
    rng, many = np.random.default_rng(0), TESTED + TRAINED
    jitter = rng.integers(-1, 2, (many, 2))
    cause = np.stack([disc((CAUSE[0] + a, CAUSE[1] + b)) for a, b in jitter])
    decoy = np.stack([disc(DECOY) & (number % 2 == 0) for number in range(many)])
    patches = np.where(cause, 0.9, np.where(decoy, 0.0, 0.3)).astype(np.float32)
    run = Told(
        patches=patches,
        masks=np.repeat(disc(LESION, 4)[None], many, 0),
        rows=pd.DataFrame(
            {
                "patient_id": [f"p{number // 2}" for number in range(many)],
                "key_slice": True,
                "split": ["test"] * TESTED + ["train"] * TRAINED,
                "slice_k": 0,
            }
        ),
        grid=pd.DataFrame({"shape": [(64, 64, 1)] * many, "corner": [(40, 40, 0)] * many}),
        slices=(),
    )
    monkeypatch.setattr(holding, "beside_in", lambda run, rows: np.zeros((len(rows), 0)))
    monkeypatch.setattr(
        holding,
        "maps_of",
        lambda model, patches, features, variant, network=None, question=None: [
            (network or model.rule)(patch).astype(np.float32) for patch in patches
        ],
    )
    monkeypatch.setattr(on_planted, "spots_in", lambda run, rows: Spots(cause[rows], decoy[rows]))
    return lambda rule: Held(run, Rule(rule), np.arange(TESTED))


def planted(held, rule, *, moved=False):
    return on_planted.on_planted(held(rule), (DEFAULT,), moved=moved, progress=silent)


@pytest.mark.parametrize("moved", [False, True])
def test_a_map_of_what_is_used_lies_on_the_cause_and_not_on_the_decoy(held, moved):
    found = planted(held, bright, moved=moved)
    assert found["moved"].eq(moved).all()
    # moved patches repeat their edge, where a cause may show twice
    assert found["mass"].min() > (0.5 if moved else 0.999)
    assert found["pointing"].min() > (0.5 if moved else 0.999)
    assert found["decoy"].dropna().eq(0).all()
    assert found["decoy"].notna().sum() in ({TESTED // 2} if not moved else range(1, TESTED))
    assert (found["area"] > 0.005).all()


def test_a_map_that_only_knows_where_causes_lie_does_no_more_than_the_usual_place(held):
    causes = np.stack([disc((CAUSE[0], CAUSE[1] + b)) for b in (-1, 0, 1)])
    usual = on_planted.usual_place(causes)
    fixed = planted(held, lambda patch: usual)
    assert (fixed["mass"] - fixed["mass_usual"]).abs().max() < 0.2
    assert fixed["mass_usual"].mean() > 5 * fixed["mass_blob"].mean()  # no mean baseline here
    away = planted(held, lambda patch: usual, moved=True)
    assert away["mass"].mean() < fixed["mass"].mean() / 2
    assert away["mass_usual"].mean() < fixed["mass_usual"].mean() / 2
    assert planted(held, bright, moved=True)["mass"].mean() > 3 * away["mass_usual"].mean()


def test_the_usual_place_is_read_off_training_patches_alone(held, monkeypatch):
    elsewhere = np.repeat(disc((5, 5))[None], TESTED, 0)
    spots = on_planted.spots_in
    monkeypatch.setattr(
        on_planted,
        "spots_in",
        lambda run, rows: Spots(
            np.concatenate((elsewhere, spots(run, rows).cause[TESTED:])), spots(run, rows).decoy
        ),
    )
    assert planted(held, bright)["mass_usual"].eq(0).all()


def test_an_empty_map_counts_as_one_that_knows_nothing():
    cause, decoy = disc(CAUSE), disc(DECOY)
    found = on_planted.on_spots(-np.ones((SIDE, SIDE), np.float32), cause, decoy)
    assert found["mass"] == cause.mean()
    assert found["decoy"] == decoy.mean()
    none = on_planted.on_spots(cause.astype(np.float32), cause, np.zeros_like(decoy))
    assert (none["mass"], none["decoy"], none["decoy_area"]) == (1.0, None, None)


def test_a_map_that_turns_with_the_picture_is_its_mirror_and_a_fixed_one_is_not(held):
    assert measure.mirrored(held(bright)) == pytest.approx(1)
    fixed = np.random.default_rng(1).normal(size=(SIDE, SIDE))
    found = measure.mirrored(held(lambda patch: fixed))
    assert found == pytest.approx(ssim(fixed, fixed[:, ::-1]), abs=1e-6)
    assert (found < 0.5).all()


def test_random_weights_are_compared_stage_by_stage_and_lesion_by_lesion(held, monkeypatch):
    noise = np.random.default_rng(2).normal(size=(SIDE, SIDE))

    def afresh(network, until, *, seed):
        return bright if until == "heads" else lambda patch: noise

    monkeypatch.setattr(measure, "randomised", afresh)
    one = held(bright)
    found = measure.under_randomisation(one, progress=silent).groupby("stage")
    own = {
        int(row): ssim(bright(patch), noise)
        for row, patch in zip(one.rows, one.patches, strict=True)
    }
    for stage in measure.STAGES:
        lines = found.get_group(stage)
        assert sorted(lines["row"]) == list(range(TESTED))  # each lesion once
        for line in lines.itertuples():
            assert line.ssim == pytest.approx(1 if stage == "heads" else own[line.row], abs=1e-5)
    others = found.get_group("other lesion")
    assert len(others) == TESTED * ignorant.OTHERS
    assert others["ssim"].between(0.1, 0.999).all()


def test_no_network_changes_spot_and_edges_and_chance_is_never_the_same_twice(held):
    found = ignorant.compared(held(bright)).groupby("of").mean(numeric_only=True)
    for of in ("blob", "edge"):
        assert found.loc[of, ["ssim", "spearman"]].tolist() == pytest.approx([1, 1])
    assert found.loc["chance", ["ssim", "spearman", "ssim_flip"]].abs().max() < 0.1
    # a spot looks at no picture, edges at each: they turn with it and feel its noise
    assert found.loc["blob", ["ssim_other", "change"]].tolist() == pytest.approx([1, 0])
    assert found.loc["edge", "ssim_flip"] == pytest.approx(1)
    assert found.loc["edge", "ssim_other"] < 0.95
    assert 0 < found.loc["edge", "change"] < found.loc["chance", "change"]


def test_a_lesion_is_never_its_own_other_and_one_alone_has_none(held):
    for at, rest in enumerate(ignorant.others_of(TESTED)):
        assert at not in rest
        assert len(set(rest.tolist())) == ignorant.OTHERS
    alone = ignorant.compared(held(bright).part(0, 1))
    assert alone["ssim_other"].isna().all()


def test_a_map_of_the_lesion_scores_full_marks_off_the_middle_and_the_blob_its_own(held):
    away = shifted(held(bright).run, np.arange(TESTED), seed=0)
    masks = iter(away.masks)
    told = held(lambda patch: next(masks).astype(float))
    found = measure.on_shifted(told, seeds=(0,), progress=silent)
    own, blob = (found[found["of"] == of] for of in ("map", "blob"))
    for column in ("pointing", "mass", "rank", "auc"):
        assert own[column].to_numpy(float) == pytest.approx(1), column
    wanted = [mass_inside(centre_blob((SIDE, SIDE)), mask) for mask in away.masks]
    assert blob["mass"].to_numpy(float) == pytest.approx(wanted)
    assert blob["area"].to_numpy(float) == pytest.approx([mask.mean() for mask in away.masks])
    assert blob["mass"].mean() < 0.9


def test_the_figures_of_a_planted_cause_are_means_of_its_table_and_moved_ones_stand_apart():
    from core.evaluation.figures import Stamp
    from core.explain.tables import of_planted

    line = {"row": 0, "patient": "a", "variant": DEFAULT.key, "moved": False, "mass": 0.4,
            "mass_blob": 0.02, "mass_usual": 0.1, "mass_edge": 0.05, "mass_chance": 0.02,
            "area": 0.02, "decoy": 0.01}  # fmt: skip
    table = pd.DataFrame(
        [line, line | {"row": 1, "patient": "b", "mass": 0.2, "decoy": np.nan},
         line | {"moved": True, "mass": 0.3, "mass_usual": 0.0},
         line | {"variant": "occlusion", "mass": 0.9}]
    )  # fmt: skip
    stamp = Stamp.now("here", seeds=(1,), commit="abc")
    found = {one.id.removeprefix("explain."): one for one in of_planted(table, stamp)}
    assert found["planted_mass"].value == pytest.approx(0.3)
    assert found["planted_minus_usual"].value == pytest.approx(0.2)
    assert found["planted_moved_mass"].value == pytest.approx(0.3)
    assert found["planted_moved_mass_usual"].value == 0
    assert found["planted_over_area"].value == pytest.approx(0.3 / 0.02)
    assert found["planted_over_area"].low == pytest.approx(0.2 / 0.02)  # one patient twice
    # the decoy shows in one of two, and stands over what all have on the cause
    assert found["decoy_over_cause"].value == pytest.approx(0.01 / 0.3)
    assert "planted_over_blob" in found
    assert "planted_worth" not in found  # tables of older runs have no such column
    assert found["decoy_moved_mass"].n == found["planted_moved_mass"].n
    assert (found["planted_mass"].n, found["decoy_mass"].n, found["planted_moved_mass"].n) == (
        2, 1, 1,
    )  # fmt: skip


def test_on_a_planted_cause_the_score_follows_the_map_that_marks_it_and_no_other(held):
    found = planted(held, bright)
    assert (found["worth"] > found["worth_blob"]).all()
    assert (found["worth"] > found["worth_chance"]).all()
    assert found["road"].mean() > max(0, found["road_chance"].mean())
    assert found["rank"].min() > 0.9 > found["rank_chance"].mean()


def test_agreement_is_of_methods_and_what_knows_nothing_stands_beside_it(held):
    from core.evaluation.figures import Stamp
    from core.explain.tables import of_agreement

    one = held(bright)
    own = [bright(patch) for patch in one.patches]
    maps = [
        (DEFAULT.key, own),
        ("occlusion", own),
        ("blob", [centre_blob((SIDE, SIDE))] * TESTED),
        ("edge", [-each for each in own]),
    ]
    table = measure.between_methods(one, maps, progress=silent)
    stamp = Stamp.now("here", seeds=(1,), commit="abc")
    found = {each.id: each.value for each in of_agreement(table, stamp)}
    assert found["explain.agreement"] == pytest.approx(1)
    assert found["explain.agreement_edge"] == pytest.approx(-1)
    assert abs(found["explain.agreement_blob"]) < 0.5


def test_a_map_that_does_not_look_is_not_shaken_and_edges_are():
    from core.explain.faithfulness.baselines import edges
    from core.explain.faithfulness.shaken import NOISE, noise_of, worst_change

    patch = np.random.default_rng(0).uniform(0, 1, (SIDE, SIDE)).astype(np.float32)
    noise = noise_of(patch.shape, draws=4, seed=0)
    assert np.abs(noise).max() <= NOISE
    assert np.array_equal(noise, noise_of(patch.shape, draws=4, seed=0))
    assert worst_change(patch, noise, lambda each: centre_blob(each.shape)) == 0
    wanted = max(float(np.linalg.norm(one)) for one in noise) / float(np.linalg.norm(patch))
    assert worst_change(patch, noise, lambda each: each) == pytest.approx(wanted, rel=1e-4)
    assert 0 < worst_change(patch, noise, edges) < 1


def test_the_command_names_runs_and_refuses_only_without_a_second_one(monkeypatch, capsys):
    from core.errors import SettingsError
    from core.explain import command, report

    with pytest.raises(SettingsError, match="--planted RUN"):
        command.explain(["--run", "mine", "--only"])
    asked = {}
    monkeypatch.setattr(
        command, "named_run", lambda place, out: SimpleNamespace(name=str(place).split("/")[-1])
    )
    monkeypatch.setattr(report, "explain_run", lambda run, **named: asked.update(named) or [])
    assert command.explain(["--run", "mine", "--planted", "far/away/spots", "--only"]) == 0
    assert asked["command"] == "python train.py explain --run mine --planted spots --only"
    assert asked["only_others"]
    assert asked["planted"].name == "spots"
    assert asked["other"] is None
    assert "Added to mine" in capsys.readouterr().out
