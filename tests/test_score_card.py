"""The one line of the first page speaks of the most patients that were never seen."""

from types import SimpleNamespace

import pandas as pd

from core.manifest import Words
from dashboard.figures import score_card


def run_with(**figures):
    metrics = {
        name: {"value": value, "low": value - 0.1, "high": value + 0.1, "n": n}
        for name, (value, n) in figures.items()
    }
    held = pd.DataFrame({"split": ["test"] * 30, "label": [1] * 8 + [0] * 22})
    return SimpleNamespace(metrics=metrics, predictions=held, words=Words())


def test_patients_drawn_afterwards_speak_before_the_few_held_out():
    few = run_with(**{"auc.test": (0.83, 30), "auc.short_axis.test": (0.76, 30)})
    many = run_with(
        **{
            "auc.test": (0.83, 30),
            "auc.fresh": (0.74, 1000),
            "auc.fresh_short_axis": (0.73, 1000),
            "sensitivity.fresh": (0.9, 226),
        }
    )
    assert "AUC 0.83" in score_card.line(few)
    assert score_card.caution(few) == "too few to judge"
    assert "AUC 0.74" in score_card.line(many)
    assert "73" in score_card.line(many)
    assert score_card.caution(many) == ""


def test_nothing_measured_says_nothing():
    assert score_card.line(run_with()) == ""
