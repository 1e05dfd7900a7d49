import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from core.errors import RunUnusable
from core.growth import trial
from core.growth.standing import standing
from core.run import Run


@pytest.fixture
def run_with(tiny_run, tmp_path):
    """The tiny run with a table of ways in which the walked way has so many dB."""

    def made(walked_db):
        place = tmp_path / "tiny"
        shutil.copytree(tiny_run.folder, place)
        (place / "added" / "growth").mkdir(parents=True)
        lines = [
            (trial.NOTHING, False, 90.0),
            (trial.WARP, False, 23.0),
            (trial.PASTED, False, 29.0),
            (trial.TRUTH, False, 99.0),
            ("dimension, keeps residual", True, walked_db),
        ]
        table = pd.DataFrame(lines, columns=["way", "chosen", "psnr"])
        table["ssim"], table["dice"], table["n"] = table["psnr"] / 100, 0.8, 7
        table.to_csv(place / "added" / "growth" / "table.csv", index=False)
        return Run.open(place)

    return made


def test_the_walk_on_the_page_is_held_against_the_truth_and_not_the_chosen_one(run_with):
    run = run_with(28.0)
    assert standing(run, way="dimension", keep="residual").walked.psnr == 28.0
    assert standing(run, way="difference", keep="residual") is None


@pytest.mark.parametrize("walked_db", [28.0, 30.0])
def test_the_walked_way_stands_beside_the_best_warp_and_no_other(run_with, walked_db):
    found = standing(run_with(walked_db))
    assert found.walked.psnr == walked_db
    assert found.unaided.way == trial.PASTED
    assert found.verdict == "unknown", "means without single lesions decide nothing"
    assert dataclasses.asdict(found.walked)["lesions"] == 7


@pytest.mark.parametrize(
    ("gain", "spread", "said"),
    [(2.0, 0.5, "nearer"), (-2.0, 0.5, "farther"), (0.4, 4.0, "alike")],
)
def test_nearer_to_the_truth_is_said_only_where_the_paired_intervals_hold_no_zero(
    run_with, rng, gain, spread, said
):
    from dashboard.panels.growth_truth import verdict_words

    run = run_with(29 + gain)
    apart = rng.permutation(np.linspace(-spread, spread, 20)) + gain
    common = {
        "row": range(20), "patient_id": [f"p{at}" for at in range(20)], "dice": 0.8, "fits": True,
        "request_mm": trial.JUDGED_MM,
    }  # fmt: skip
    cases = [
        pd.DataFrame({**common, "way": way, "psnr": 29 + db, "ssim": (29 + db) / 100})
        for way, db in (("dimension, keeps residual", apart), (trial.PASTED, 0 * apart))
    ]
    pd.concat(cases).to_parquet(run.folder / "added" / "growth" / "cases.parquet")
    found = standing(run)
    assert found.verdict == said
    assert found.psnr.value == pytest.approx(gain)
    words = verdict_words(found)
    assert ("cannot be told apart" in words) is (said == "alike")
    assert f"{gain:+.1f} (" in words


def test_a_run_that_was_not_tried_says_nothing(tiny_run):
    assert standing(tiny_run) is None


def test_a_damaged_table_is_told_with_its_run(run_with):
    run = run_with(28.0)
    (run.folder / "added" / "growth" / "table.csv").write_text("way\n")
    with pytest.raises(RunUnusable, match=r"table\.csv"):
        standing(run)
