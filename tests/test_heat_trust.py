"""Laws of the verdict on a run's heat maps: it is read off the figures and hides nothing."""

import pytest

from core.explain.explanation import VARIANTS
from core.explain.faithfulness.checked import Checked
from dashboard.figures import heat_trust


def figure(value, low, high, n=216):
    return {"value": value, "low": low, "high": high, "n": n}


def checked(row=0, *, worth=1.0, blob=0.0, change=0.1, mass=0.5):
    return Checked(
        row=row, called=True, pointing=1.0, mass=mass, mass_blob=0.2, area=0.1, worth=worth,
        worth_blob=blob, worth_chance=0.0, road=0.3, alike=0.1, change=change,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("own", "blob", "said"),
    [
        (figure(0.38, 0.34, 0.44), figure(0.31, 0.27, 0.35), "hardly more than a spot"),
        (figure(0.30, 0.27, 0.33), figure(0.31, 0.27, 0.35), "no more than a spot"),
        (figure(0.70, 0.65, 0.75), figure(0.31, 0.27, 0.35), ", more than a spot"),
        (figure(0.97, 0.95, 0.99), figure(0.31, 0.27, 0.35), "which reaches the goal"),
    ],
)
def test_the_first_sentence_follows_the_figures(own, blob, said):
    metrics = {"explain.pointing": own, "explain.pointing_blob": blob}
    found = heat_trust.summary(metrics, lesion="tumour")
    assert said in found
    assert f"{own['value']:.0%}" in found
    assert f"{blob['value']:.0%}" in found
    assert "the tumour" in found
    assert ("the goal is 95%" in found) == (own["value"] < 0.95)


def test_a_run_that_was_not_judged_says_nothing():
    assert heat_trust.summary({}, lesion="node") == ""
    assert heat_trust.lines({}, lesion="node") == []
    assert heat_trust.passing([(each, ()) for each in VARIANTS]) == []


def test_a_figure_without_its_companions_leaves_their_cells_empty():
    (line,) = heat_trust.lines({"explain.flip_ssim": figure(0.61, 0.58, 0.64)}, lesion="node")
    assert line.reached == "0.61 (0.58 to 0.64)"
    assert (line.goal, line.blob, line.edge, line.chance) == ("0.70", "", "", "")
    assert heat_trust.markdown([line]).count("\n") == 2


def test_shares_count_only_maps_whose_check_was_taken():
    maps = [checked(0), checked(1, worth=-1.0), checked(2, change=0.9, mass=None), checked(3)]
    (one,) = heat_trust.passing([(VARIANTS[0], maps)])
    assert one.maps == 4
    assert one.shares["on_lesion"] == 1.0  # of three
    assert one.shares["followed"] == 0.75
    assert one.shares["steady"] == 0.75
    assert one.greyed == 0.25
    said = heat_trust.passing_html([one], lesion="node")
    assert said.count("<tr>") == 2
    assert "25%" in said
