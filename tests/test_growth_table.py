import json

import numpy as np
import pandas as pd
import pytest

from core.growth import specimen, trial
from core.growth.by_patient import slope
from core.growth.likeness import WATCHED, Reader
from core.growth.measure import Measurement
from core.growth.preference import Preferred, preferred, share_of
from core.growth.summary import counted, rises, summary
from core.growth.table import Comparison, compare_ways, figures_of, write_comparison
from core.growth.twin import Twins

SPREAD = dict.fromkeys(WATCHED, 0.5)


def told(way, *, gained, psnr, refused=False, leak=0.1):
    return [
        {
            "way": way, "row": row, "patient_id": f"p{row // 2}", "request_mm": step, "fits": True,
            "refused": refused, "gained_mm": gained * step, "closed_gained_mm": step + 0.05,
            "psnr": psnr, "ssim": psnr / 40, "dice": 0.9, "background": 0.01, "rim": 0.9,
            "inside": 0.7,
            "score": 0.4 + 0.1 * gained * step, "score_off": -0.02, "shell": 0.8,
            **dict.fromkeys(WATCHED, leak),
        }
        for row in range(8)
        for step in trial.REQUESTS_MM
    ]  # fmt: skip


@pytest.fixture
def comparison():
    best = trial.latent_name("dimension", "surroundings")
    cases = pd.DataFrame(
        told(trial.WARP, gained=1.0, psnr=20.0)
        + told(trial.TRUTH, gained=1.0, psnr=np.inf)
        + told(best, gained=0.8, psnr=24.0, leak=0.35)
    )
    return Comparison(
        summary(cases, SPREAD, chosen=best),
        cases,
        Preferred("dimension", "surroundings"),
        SPREAD,
        {},
        {},
    )


def test_the_table_gives_back_what_was_put_in(comparison):
    line = comparison.table[comparison.table["chosen"]].iloc[0]
    assert line["slope"] == pytest.approx(0.8)
    assert line["mae_2mm"] == pytest.approx(0.4)
    assert line["closed_mae"] == pytest.approx(0.05)
    assert line["leak_signal"] == pytest.approx((0.35 - 0.1) / 0.5)
    assert line["refused"] == 0
    assert line["inside"] == pytest.approx(0.7)
    for name in ("psnr", "slope", "mae_4mm", "closed_mae", "leak_border", "rises", "refused"):
        low, high = line[f"{name}_low"], line[f"{name}_high"]
        assert low - 1e-9 <= line[name] <= high + 1e-9, name  # intervals of every way, by patient


def test_figures_are_paired_with_the_warp_and_carry_intervals(comparison):
    from core.evaluation.figures import Stamp

    found = {one.id: one for one in figures_of(comparison, stamp=Stamp.now("x", seeds=(1,)))}
    assert found["growth.psnr_minus_warp"].value == pytest.approx(4)
    assert found["growth.slope"].low <= 0.8 + 1e-9 <= found["growth.slope"].high + 2e-9
    assert found["growth.leak_border"].n == 8
    assert found["growth.rises"].value == pytest.approx(1)
    assert found["growth.score_off"].value == pytest.approx(0.02)
    assert found["growth.score_bias"].value == pytest.approx(-0.02)
    assert "growth.psnr_minus_kept_warp" not in found  # it did not take part
    assert found["growth.closed_loop_delivered"].value == pytest.approx(0.05)
    assert len(found) == 17


def test_a_refused_request_counts_as_the_scan_unchanged_and_the_truth_refuses_nothing():
    still = pd.DataFrame(told(trial.NOTHING, gained=0.0, psnr=15.0)).assign(closed_gained_mm=0.0)
    own = pd.DataFrame(told("a", gained=1.0, psnr=25.0, refused=True))
    own["refused"] = own["request_mm"] == 4
    truth = pd.DataFrame(told(trial.TRUTH, gained=1.0, psnr=np.inf, refused=True))
    both = counted(pd.concat([still, own, truth], ignore_index=True))
    found = summary(both, SPREAD, chosen="a").set_index("way")
    assert found.loc["a", "mae_4mm"] == pytest.approx(0), "the uncorrected walk refuses nothing"
    # of five requests four are .05 off, the refused one by all of its 4 mm
    assert found.loc["a", "closed_mae"] == pytest.approx((4 * 0.05 + 4) / 5)
    assert found.loc["a", "psnr"] == 25, "+3 mm was delivered"
    assert found.loc[trial.TRUTH, "mae_4mm"] == pytest.approx(0)
    unseen = both[(both["way"] == "a") & both["refused"]]
    assert unseen["signal"].isna().all(), "what a refusal leaves alone is no merit"
    outside = own.assign(fits=False)
    kept = counted(pd.concat([still, outside], ignore_index=True))
    pd.testing.assert_frame_equal(kept[kept["way"] == "a"].reset_index(drop=True), outside)


def test_a_score_that_stays_does_not_rise_and_one_that_falls_counts_against():
    cases = pd.DataFrame(told("a", gained=-1.0, psnr=20.0))
    assert rises(cases).to_numpy() == pytest.approx(-1)
    assert rises(cases.assign(score=0.5)).to_numpy() == pytest.approx(0)


def test_the_slope_is_that_of_a_line_through_what_was_gained():
    asked = np.array([1.0, 2, 3, 4])
    assert slope(asked, 0.3 + 0.7 * asked) == pytest.approx(0.7)


def test_a_run_of_a_cohort_that_cannot_be_drawn_again_is_refused(tiny_run, monkeypatch):
    from core.errors import LatentError

    monkeypatch.setattr(specimen, "twins_of", lambda *_: None)
    with pytest.raises(LatentError, match="synthetic cohort"):
        specimen.specimens(tiny_run, "test")


@pytest.mark.slow
def test_the_trial_runs_on_a_real_run_and_the_truth_is_its_own_best(tiny_run, tmp_path):
    import shutil

    from core.evaluation.figures import Stamp
    from core.growth.flips import flips, score_near
    from core.growth.patient_turned import patient_turns
    from core.latent.space import LatentSpace
    from core.model import Model
    from core.run import Run

    folder = tmp_path / "tiny"
    shutil.copytree(tiny_run.folder, folder)
    run = Run.open(folder)
    model = Model.open(run)
    score_of = score_near(run, model.node_score)
    reader = Reader(model.encode, score_of, LatentSpace.open(run).typicality)
    found = compare_ways(
        run,
        decode=model.decode,
        reader=reader,
        tell=lambda patches, kind, _: patches.mean((1, 2)) + 0 * kind,
        most=3,
        say=lambda _: None,
    )
    table = found.table.set_index("way")
    baselines = (trial.NOTHING, trial.WARP, trial.PASTED, trial.TRUTH)
    assert table.loc[trial.TRUTH, "ssim"] == pytest.approx(1)
    assert table.loc[trial.NOTHING, "slope"] == pytest.approx(0)
    assert table["chosen"].sum() == 1
    latent = table[[way not in baselines for way in table.index]]
    assert latent[["redrawn", "redrawn_low", "redrawn_high"]].notna().all(axis=None)
    back = latent["reversed"].dropna()  # some ways of so small a network cannot be walked twice
    assert len(back) >= 3
    assert latent.loc[back.index, ["reversed_low", "reversed_high"]].notna().all(axis=None)
    assert table.loc[trial.NOTHING, "reversed"] == 0  # nothing there and nothing back
    assert table.loc[[trial.NOTHING, trial.WARP], "redrawn"].isna().all()
    assert table["slope_low"].notna().all()
    assert table["share"].notna().sum() == sum("blended" in way for way in table.index)
    turned = flips(
        run,
        "test",
        decode=model.decode,
        encode=model.encode,
        score_of=score_of,
        most=4,
        turns=patient_turns(run, model),
    )
    assert len(turned) == 4
    assert turned["patient_turned"].isin([True, False]).all()
    assert turned["inside"].dropna().between(0, 1).all()
    write_comparison(run, found, turned, stamp=Stamp.now("x", seeds=(1,)))
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["figures"]
    assert metrics["growth.psnr_minus_warp"]["data"] == "test"
    assert metrics["flip.found"]["n"] == 4
    assert metrics["growth.psnr_minus_warp"]["unit_of_n"] == "node"
    assert preferred(run) == found.preferred
    assert share_of(run) in trial.SHARES
    assert share_of(tiny_run) is None
    assert preferred(tiny_run) == Preferred("dimension", "surroundings")


def test_only_lesions_that_the_ruler_reads_as_outlined_are_tried(tiny_run):
    size = tiny_run.rows["short_axis_mm"].to_numpy(float)[0]

    def entered(share):
        code, patch = np.array(tiny_run.codes[:1]), np.array(tiny_run.patches[0])
        reading = share and Measurement(
            short_axis_mm=share * size,
            long_axis_mm=share * size,
            area_mm2=size * size,
            signal=0.3,
            contrast=-0.2,
            texture=0.05,
            border=0.1,
            centre_px=(16.0, 16.0),
            region=np.ones((128, 128), bool),
        )
        twins = Twins(tiny_run.patches[:1], tiny_run.masks[:1], (True,))
        return specimen.Specimen(0, "sub-001", patch, tiny_run.masks[0], code, reading, twins)

    some = [entered(share) for share in (1.0, 1.3, 1.4, None)]
    assert [id(one) for one in specimen.ruled(tiny_run, some)] == [id(one) for one in some[:2]]


def test_a_pixels_size_is_the_grids_even_where_the_settings_say_the_volumes_own(tiny_run):
    from core.growth.sized import spacing_of

    assert spacing_of(tiny_run) == pytest.approx((0.573, 0.573), abs=1e-3)
