"""Laws of the verdict in words: "better" only where chance cannot explain it; rows are shown."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import pytest

from core.evaluation.gaps import Gap
from core.evaluation.intervals import Interval
from core.evaluation.report import who_wins
from core.evaluation.verdict import read_verdict
from core.run import SHIPPED, Run
from dashboard import adding
from dashboard.figures import standing, theme


@cache
def shipped():
    """The shipped run's cross-validation, whose rows are the mould of those here."""
    return read_verdict(Run.open(SHIPPED))


def row(key, area, low=None, high=None, *, group="head"):
    """A row of AUC `area`; the model's minus it lies from `low` to `high`."""
    mould, against = shipped().by_key["both"], None
    if low is not None:
        against = replace(mould.against, difference=Interval((low + high) / 2, low, high))
    return replace(
        mould, key=key, title=key, group=group, auc=Interval(area, area - 0.1, area + 0.1),
        against=against,
    )  # fmt: skip


def judged(*rows):
    """A cross-validation of some rows."""
    return replace(shipped(), standings=list(rows))


def told(*rows):
    """What is said of a model of AUC 0.80 beside some rows."""
    return who_wins(judged(row("model", 0.80, group="model"), *rows))


@pytest.mark.parametrize(("group", "name"), [("rule", "a simpler"), ("head", "another")])
def test_another_row_does_better_only_where_the_interval_leaves_out_none(group, name):
    by_chance = told(row("rival", 0.81, -0.03, 0.01, group=group))
    assert "does better" not in by_chance
    assert by_chance.startswith(f"No better than {name} model: rival")
    assert "AUC 0.810, against 0.800" in by_chance
    assert "which chance can explain" in by_chance
    surely = told(row("rival", 0.85, -0.08, -0.02, group=group))
    assert "does better: rival" in surely
    assert "chance" not in surely


def test_a_sure_loss_is_told_before_one_by_chance_and_a_row_without_a_code_before_others():
    sure, luck = row("sure", 0.83, -0.05, -0.01), row("luck", 0.85, -0.11, 0.01, group="rule")
    assert told(luck, sure).startswith("Another model does better: sure")
    outlines = row("measures", 0.81, -0.03, 0.01, group="both")
    assert told(outlines, row("other", 0.82, -0.05, 0.01)).startswith(
        "No better than a simpler model: measures"
    )


def test_nothing_is_better_where_every_row_lies_below():
    assert told(row("below", 0.75, 0.01, 0.09)).startswith("No model of the table does better")
    assert told() == "There is nothing to compare it with."


def test_the_chart_shows_both_rows_of_the_difference_that_the_page_speaks_of():
    every = [row(key, 0.8) for key in ("model", "both", "measures", "size_shape", "ordinal")]
    asked = Gap("model", "size_shape", Interval(0.0, -0.1, 0.1), 10)
    shown = [each.key for each in adding.bars(judged(*every), asked)]
    assert shown == ["model", "measures", "both", "size_shape"]
    assert "ordinal" not in shown


def test_beside_measures_that_read_greys_it_is_the_code_that_adds_or_not():
    found = judged(row("model", 0.8), row("measures", 0.8), row("clinical", 0.7))
    gap = Interval(0.0, -0.1, 0.1)
    assert "what the learned code adds" in adding.added_words(Gap("m", "measures", gap, 10), found)
    assert "code" not in adding.added_words(Gap("m", "clinical", gap, 10), found)
    assert adding.added_words(None, found) == ""


def test_measures_without_a_code_have_the_colour_of_what_is_known_without_the_picture():
    bars = standing.areas([row("both", 0.8, group="both"), row("measures", 0.8, group="both")])
    colours = [trace.marker.color for trace in bars.data if trace.type == "bar"]
    assert colours == [theme.BOTH, theme.CLINICAL]


@pytest.mark.parametrize("measured", [True, False])
def test_the_model_and_the_row_of_image_and_facts_are_told_apart(measured):
    settings = SimpleNamespace(
        reads_measures=measured, head=SimpleNamespace(kind="logistic" if measured else "additive")
    )
    run = SimpleNamespace(settings=settings, words=SimpleNamespace(lesion="node"))
    own, both = row("model", 0.88), row("both", 0.85, 0.003, 0.053)
    said = adding.differ_words(run, judged(own, both))
    assert ("measures off every node's outline" in said) == measured
    assert ("Small network" in said) != measured
    assert "AUC +0.028 (+0.003 to +0.053)." in said
    assert adding.differ_words(run, judged(own)) == ""
