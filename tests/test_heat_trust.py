"""Laws of the verdict on a run's heat maps: it is read off the figures and hides nothing."""

import pytest

from core.explain.explanation import DEFAULT, VARIANTS
from core.explain.faithfulness.checked import Checked
from dashboard.figures import heat_asked, heat_trust


def figure(value, low, high, n=216):
    return {"value": value, "low": low, "high": high, "n": n}


def checked(row=0, *, worth=1.0, blob=0.0, chance=0.0, change=0.1, mass=0.5):
    return Checked(
        row=row, called=True, pointing=1.0, mass=mass, mass_blob=0.2, area=0.1, worth=worth,
        worth_blob=blob, worth_chance=chance, road=0.3, alike=0.1, change=change,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("own", "blob", "said"),
    [
        (figure(0.38, 0.34, 0.44), figure(0.31, 0.27, 0.35), "hardly more than a blob"),
        (figure(0.30, 0.27, 0.33), figure(0.31, 0.27, 0.35), "no more than a blob"),
        (figure(0.70, 0.65, 0.75), figure(0.31, 0.27, 0.35), ", more than a blob"),
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
    assert heat_asked.lines({}, lesion="node") == []
    assert heat_trust.passing([(each, ()) for each in VARIANTS]) == []


def test_a_figure_without_its_companions_leaves_their_cells_empty():
    (line,) = heat_asked.lines({"explain.flip_ssim": figure(0.61, 0.58, 0.64)}, lesion="node")
    assert line.reached == "0.61 (0.58 to 0.64)"
    assert line.n == "216"
    assert (line.goal, line.blob, line.edge, line.chance) == ("at least 0.70: missed", "", "", "")
    assert heat_asked.markdown([line]).count("\n") == 2


def test_every_line_says_on_how_many_it_was_taken_and_stands_beside_what_knows_nothing():
    metrics = {
        "explain.planted_mass": figure(0.30, 0.25, 0.35, n=29),
        "explain.decoy_over_cause": figure(0.2, 0.1, 0.3, n=12),
        "explain.pointing": figure(0.42, 0.38, 0.47, n=1216),
        "explain.mass_over_area": figure(3.6, 3.0, 4.2),
        "explain.mass_over_area_blob": figure(2.0, 1.9, 2.1),
    }
    found = heat_asked.lines(metrics, lesion="node")
    assert [(line.n, line.reached, line.blob) for line in found] == [
        ("1,216", "42% (38% to 47%)", ""),
        ("216", "3.6 (3.0 to 4.2)", "2.0"),
        ("29", "30.0% (25.0% to 35.0%)", ""),
        ("12", "0.20 (0.10 to 0.30)", ""),
    ]
    said = heat_trust.lines_html(found)
    for cell in ("Pictures", ">1,216<", ">29<", ">12<"):
        assert cell in said


@pytest.mark.parametrize(
    ("name", "value", "goal"),
    [
        ("pointing", 0.95, "at least 95%: reached"),
        ("pointing", 0.94, "at least 95%: missed"),
        ("mass_minus_blob", 0.0, "above 0%: missed"),
        ("mass_minus_blob", 0.01, "above 0%: reached"),
        ("randomised_ssim", 0.21, "at most 0.20: missed"),
        ("randomised_minus_between", -0.1, "below 0: reached"),
        ("node_area", 0.1, ""),
    ],
)
def test_a_goal_says_whether_it_was_reached(name, value, goal):
    (line,) = heat_asked.lines({f"explain.{name}": figure(value, value, value)}, lesion="node")
    assert line.goal == goal


def test_a_goal_is_open_where_the_interval_holds_values_on_either_side():
    def goal(*interval):
        (line,) = heat_asked.lines({"explain.flip_ssim": figure(*interval)}, lesion="node")
        return line.goal

    assert goal(0.72, 0.69, 0.75) == "at least 0.70: open (reached by the estimate)"
    assert goal(0.68, 0.65, 0.71) == "at least 0.70: open (missed by the estimate)"
    assert goal(0.74, 0.71, 0.77) == "at least 0.70: reached"
    assert goal(0.64, 0.60, 0.68) == "at least 0.70: missed"


def test_what_the_score_must_follow_is_counted_from_chance_and_above_the_blob():
    def goal(own, blob, chance):
        named = {"": own, "_blob": blob, "_chance": chance}
        return heat_asked.lines(
            {
                f"explain.insertion_minus_deletion{of}": figure(value, value, value)
                for of, value in named.items()
            },
            lesion="node",
        )[0].goal

    assert goal(0.6, 0.2, 0.0) == "chance + 0.50, and above the blob: reached"
    assert goal(0.6, 0.2, 0.2).endswith("missed")
    assert goal(0.6, 0.7, 0.0).endswith("missed")


def test_a_share_that_all_maps_pass_is_not_called_certain():
    (line,) = heat_asked.lines({"explain.road_positive": figure(1.0, 1.0, 1.0, 20)}, lesion="node")
    assert line.reached == "100% (83% to 100%)"
    (line,) = heat_asked.lines({"explain.flip_ssim": figure(1.0, 1.0, 1.0, 20)}, lesion="node")
    assert line.reached == "1.00 (1.00 to 1.00)"  # no share: nothing is known of its draws


def test_every_goal_asked_of_maps_stands_in_the_table():
    from core.evaluation.goals import GOALS

    asked = {f"explain.{one.figure}" for one in heat_asked.ASKED}
    wanted = {name for name, goal in GOALS.items() if name.startswith("explain.") and goal.reach}
    assert wanted <= asked


def test_shares_count_only_maps_whose_check_was_taken():
    silenced = checked(1, chance=2.0)  # better than a spot, not than chance
    maps = [checked(0), silenced, checked(2, change=0.9, mass=None), checked(3)]
    (one,) = heat_trust.passing([(VARIANTS[0], maps)])
    assert one.maps == 4
    assert one.shares["on_lesion"] == 1.0  # of three
    assert one.shares["followed"] == 0.75
    assert one.shares["steady"] == 0.75
    assert one.greyed == 0.25
    said = heat_trust.passing_html([one], lesion="node")
    assert said.count("<tr>") == 2
    assert "25%" in said


def general(own, *, tested=(), spot=None):
    metrics = {"explain.pointing": own, "explain.pointing_blob": figure(0.31, 0.27, 0.35)}
    return heat_trust.in_general(
        metrics if own else {}, tested, variant=VARIANTS[0], spot=spot, lesion="tumour"
    )


def test_the_verdict_before_all_maps_follows_the_goal_and_the_chosen_method():
    assert "miss their goal" in general(figure(0.42, 0.38, 0.47))
    assert "in 95% of pictures, but does in 42%" in general(figure(0.42, 0.38, 0.47))
    assert "reach their goal" in general(figure(0.97, 0.95, 0.99))
    assert general(None).startswith("**Nobody has judged this run's maps yet**")
    said = general(
        None, tested=(checked(0), checked(1, change=0.9)), spot={"one": 0.16, "other": 0.002}
    )
    assert f"Of 2 tested maps by {VARIANTS[0].name} 1 pass every check." in said
    assert "in other networks than this" in said
    assert "0.2 times (one) and 0.0 times (other)." in said
    beside = heat_trust.in_general(
        {}, (), variant=DEFAULT, spot={"one": 11.7}, usual=13.9, lesion="node"
    )
    assert "11.7 times (one); a fixed map of where spots lay in training" in beside
    assert beside.endswith("13.9 times.")


def test_a_method_that_misses_a_planted_spot_is_named_whatever_its_maps_pass():
    said = heat_trust.missed((0.002, 7.6))
    assert said.startswith("Whatever this map passes")
    assert "(0.0, 7.6 times as much)" in said
    assert heat_trust.missed((18.8, 7.7)) == heat_trust.missed(()) == ""


def test_a_badge_names_the_checks_that_fail_and_what_passing_all_does_not_say():
    assert checked(0).in_words.endswith("not of whether it marks what decides.")
    said = checked(0, change=0.9, mass=0.1).in_words
    assert said.startswith("Passed 3 of 5 checks")
    assert said.endswith(
        "Failed: more of its evidence on the lesion than a blob's, steady under noise."
    )


def test_a_pass_rate_is_told_apart_from_the_evidence_and_from_the_strongest_pixel():
    metrics = {
        "explain.pointing": figure(0.42, 0.38, 0.47),
        "explain.mass": figure(0.28, 0.25, 0.30),
        "explain.mass_blob": figure(0.26, 0.23, 0.28),
    }
    methods = heat_trust.passing([(DEFAULT, [checked(0), checked(1, mass=0.1)])])
    said = heat_trust.unlike(metrics, methods, lesion="node")
    assert said.startswith(
        "The first of them is no share of evidence: moved off the middle, 50% of"
    )
    assert "(on average 28% against 26%)" in said
    assert "strongest pixel lies on it for 42%" in said
    assert heat_trust.unlike({}, methods, lesion="node") == ""
    assert heat_trust.unlike(metrics, [], lesion="node") == ""
