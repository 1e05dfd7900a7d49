import dataclasses
import shutil

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


@pytest.mark.parametrize(("walked_db", "wins"), [(28.0, True), (30.0, False)])
def test_the_walked_way_stands_beside_the_best_warp_and_no_other(run_with, walked_db, wins):
    found = standing(run_with(walked_db))
    assert found.walked.psnr == walked_db
    assert found.unaided.way == trial.PASTED
    assert found.unaided_wins is wins
    assert dataclasses.asdict(found.walked)["lesions"] == 7


def test_a_run_that_was_not_tried_says_nothing(tiny_run):
    assert standing(tiny_run) is None


def test_a_damaged_table_is_told_with_its_run(run_with):
    run = run_with(28.0)
    (run.folder / "added" / "growth" / "table.csv").write_text("way\n")
    with pytest.raises(RunUnusable, match=r"table\.csv"):
        standing(run)
