import shutil

import pandas as pd
import pytest

from core.errors import RunUnusable
from core.growth.over_runs import over_runs
from core.run import Run


@pytest.fixture
def runs(tiny_run, tmp_path):
    found = []
    for number, psnr in enumerate((20.0, 24.0)):
        place = tmp_path / f"run-{number}"
        shutil.copytree(tiny_run.folder, place)
        (place / "added" / "growth").mkdir(parents=True)
        table = pd.DataFrame({"way": ["a", "b"], "chosen": [number == 0, number == 1]})
        table["psnr"], table["reversed_low"] = psnr, 0.1
        table.to_csv(place / "added" / "growth" / "table.csv", index=False)
        found.append(Run.open(place))
    return found


def test_several_trainings_give_their_mean_and_students_interval(runs):
    line = over_runs(runs).set_index(["way", "figure"]).loc[("a", "psnr")]
    assert (line["mean"], line["runs"], line["chosen_in"]) == (22.0, 2, 1)
    # 12.706 is Student's t at .975 with one degree of freedom
    assert line["high"] - line["mean"] == pytest.approx(12.706 * 2.8284 / 2**0.5, rel=1e-3)
    assert set(over_runs(runs)["figure"]) == {"psnr"}


def test_one_training_has_no_interval_and_an_untried_run_is_named(runs, tiny_run):
    with pytest.raises(ValueError, match="2 or more"):
        over_runs(runs[:1])
    with pytest.raises(RunUnusable, match=r"train\.py growth"):
        over_runs([runs[0], tiny_run])


def test_runs_of_different_networks_have_rows_of_their_own_and_are_never_averaged(runs):
    from tests.benchmarks.growth import told

    found = over_runs(runs, ("equivariant", "paper"))
    by_network = found.set_index(["network", "way", "figure"])["mean"]
    assert by_network[("equivariant", "a", "psnr")] == 20
    assert by_network[("paper", "a", "psnr")] == 24
    assert found["low"].isna().all(), "one training has no interval"
    text = told(found, counted={"equivariant": 1, "paper": 1})
    assert "equivariant: a" in text
    assert "paper: a" in text
    assert "22.000" not in text
    with pytest.raises(ValueError, match="one a run"):
        over_runs(runs, ("paper",))
