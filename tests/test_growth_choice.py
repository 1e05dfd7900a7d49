from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.evaluation.intervals import Interval
from core.growth import table, trial
from core.growth.delivery import read
from core.growth.likeness import WATCHED, Reader
from core.growth.realism import Pairs
from core.growth.specimen import REQUESTS_MM, Specimen
from core.growth.twin import Twins
from core.run import Run
from tests.test_trajectory import SPACING_MM, disc_decoder

SIZES_MM = (5.0, 6.0, 7.0)
NONE = np.zeros((1, 32, 32), np.float32)
PAIRS = Pairs(NONE, NONE, np.array(["p0"]), np.array(["p1"]))


def drawn(*sizes_mm):
    codes = np.zeros((len(sizes_mm), 4), np.float32)
    codes[:, 0] = np.array(sizes_mm) - 6
    return disc_decoder()(codes)


def entered(row):
    size = SIZES_MM[row]
    (patch,) = drawn(size)
    twins = drawn(*(size + step for step in REQUESTS_MM))
    masks = np.zeros(twins.shape, bool)
    masks[:, 12:20, 12:20] = True
    return Specimen(
        row, f"p{row}", patch, masks[0], np.zeros((1, 4), np.float32),
        read(patch[None], SPACING_MM)[0], Twins(twins, masks, (True,) * len(twins)),
    )  # fmt: skip


def growing(blur):
    """A way that draws the truth, so much fainter."""

    def grow(one, steps, loop):
        at = [REQUESTS_MM.index(step) for step in steps]
        pictures = one.twins.pictures[at]
        pictures = (pictures + blur * (0.5 - pictures)).astype(np.float32)
        return trial.Grown(pictures, read(pictures, SPACING_MM), (False,) * len(steps))

    return grow


@pytest.fixture
def trial_of_fakes(monkeypatch):
    def nothing(one, steps, loop):
        pictures = np.repeat(one.patch[None], len(steps), 0)
        return trial.Grown(pictures, read(pictures, SPACING_MM), (False,) * len(steps))

    blended = trial.latent_name("dimension", "blended")
    ways = [
        trial.Contestant(trial.NOTHING, nothing),
        trial.Contestant(trial.WARP, growing(0.1)),
        trial.Contestant(trial.PASTED, growing(0.08)),
        trial.Contestant(trial.TRUTH, growing(0.0)),
        trial.Contestant("dimension, keeps nothing", growing(0.5), "dimension", "nothing"),
        trial.Contestant(blended, growing(0.3), "dimension", "blended", 0.0),
        trial.Contestant(blended, growing(0.05), "dimension", "blended", 0.25),
        trial.Contestant(blended, growing(0.2), "dimension", "blended", 0.5),
    ]
    space = SimpleNamespace(typicality=lambda codes: np.full(len(codes), 0.9))
    monkeypatch.setattr(table.LatentSpace, "open", lambda run: space)
    monkeypatch.setattr(table, "spacing_of", lambda run: SPACING_MM)
    monkeypatch.setattr(table.trial, "contestants", lambda *_, **__: ways)
    some = [entered(row) for row in range(3)]
    monkeypatch.setattr(table, "entered_of", lambda *_: (some, 1))
    monkeypatch.setattr(table, "spread_of", lambda run: dict.fromkeys(WATCHED, 1.0))
    monkeypatch.setattr(table, "pairs_of", lambda run, brought: PAIRS)
    monkeypatch.setattr(table, "realism", lambda pairs, *, tell: Interval(0.6, 0.5, 0.7))
    monkeypatch.setattr(table, "reversed_of", lambda *_, **__: {})

    def encode(patches):
        return (0.8 - patches).sum((1, 2))[:, None].astype(np.float32)

    reader = Reader(encode, lambda row: lambda codes: codes[:, 0] / 500, space.typicality)
    return table.compare_ways(
        Run.open(Path("assets/demo")), decode=disc_decoder(), reader=reader,
        tell=lambda *_: np.zeros(1), say=lambda _: None,
    )  # fmt: skip


def test_the_share_nearest_to_the_truth_on_validation_patients_is_the_one_that_stays(
    trial_of_fakes,
):
    found = trial_of_fakes
    assert (found.preferred.keep, found.preferred.share) == ("blended", 0.25)
    by_way = found.table.set_index("way")
    assert found.table["way"].is_unique
    assert by_way["share"].dropna().to_dict() == {trial.latent_name("dimension", "blended"): 0.25}
    assert by_way.loc[trial.TRUTH, ["rim", "dice"]].to_numpy(float) == pytest.approx(1)
    assert by_way.loc["dimension, keeps nothing", "rim"] == pytest.approx(0.5, abs=0.01)
    assert by_way.loc[trial.TRUTH, "rises"] == pytest.approx(1)
    assert by_way.loc[trial.TRUTH, "score_off"] == pytest.approx(0, abs=1e-6)
    assert by_way.loc[trial.NOTHING, "rises"] == 0
    assert np.isnan(by_way.loc[trial.NOTHING, "told_apart"])
    assert by_way.loc[trial.WARP, "told_apart"] == 0.6


def test_the_harder_warp_has_paired_figures_of_its_own(trial_of_fakes):
    from core.evaluation.figures import Stamp

    found = table.figures_of(trial_of_fakes, stamp=Stamp.now("x", seeds=(1,)))
    said = {one.id: one.value for one in found}
    assert said["growth.psnr_minus_warp"] > said["growth.psnr_minus_kept_warp"] > 0
    assert said["growth.told_apart"] == 0.6
    assert "told_apart" in table.in_words(trial_of_fakes)
