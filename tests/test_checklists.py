"""Laws of the reporting checklists that are filled from a run."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.checklist_facts import facts_of
from core.evaluation.checklists import CHECKLISTS, NAMES, UNKNOWN, as_markdown, checklist


def test_every_item_is_there_once_and_asks_for_facts_that_exist(tiny_run):
    known = facts_of(tiny_run)
    for items in CHECKLISTS.values():
        numbers = [item.number for item in items]
        assert len(set(numbers)) == len(numbers)
        assert {fact for item in items for fact in item.facts} <= set(known)
    assert [item.number for item in CHECKLISTS["CLAIM"]] == [str(n) for n in range(1, 45)]
    whole = {item.number.split(".")[0].rstrip("abcdefg") for item in CHECKLISTS["TRIPOD+AI"]}
    assert whole == {str(n) for n in range(1, 28)}


@pytest.mark.parametrize("name", NAMES)
def test_a_checklist_says_what_the_run_knows_and_owns_up_to_the_rest(tiny_run, name):
    table = checklist(tiny_run, name).set_index("item")["in_this_run"]
    assert (table == UNKNOWN).any()
    assert table[table != UNKNOWN].str.len().min() > 4
    body = as_markdown(tiny_run, name)
    assert body.count("\n| ") == len(table) + 1
    assert "not for diagnosis" in body
    assert tiny_run.name in body


def test_counts_on_the_checklist_are_the_runs_own(tiny_run):
    said = facts_of(tiny_run)
    people = tiny_run.rows.drop_duplicates("patient_id")
    train = people[people["split"] == "train"]
    assert f"train: {len(train)} patients, {int(train['label'].sum())} with N+" in said["counts"]
    assert "synthetic" in said["source"].lower()
    assert said["validation"].endswith("not cross-validated.")
    assert said["robustness"] == ""


def test_bands_stand_with_performance_and_a_synthetic_cohort_had_no_annotators(tiny_run):
    tripod = {item.number: item.facts for item in CHECKLISTS["TRIPOD+AI"]}
    assert "bands" in tripod["23a"]
    assert not tripod["23b"]
    assert [n for n in tripod if n.startswith("2.")] == [f"2.{n}" for n in range(1, 14)]
    claim = checklist(tiny_run, "CLAIM").set_index("item")["in_this_run"]
    assert "nobody annotated" in claim["16"]
    assert "nobody annotated" in claim["17"]
    assert claim["18"].startswith("Does not apply")


def test_nobody_is_named_as_having_funded_or_approved_it(tiny_run):
    tripod = checklist(tiny_run, "TRIPOD+AI").set_index("item")["in_this_run"]
    assert set(tripod[["17", "18a", "18b", "19"]]) == {UNKNOWN}


@pytest.mark.parametrize(
    ("head", "positives", "words"),
    [
        ("logistic", 6, "training and validation patients together"),
        ("logistic", 3, "validation patients"),
        ("additive", 6, "validation patients"),
    ],
)
def test_whose_outcomes_set_the_threshold_is_said_as_training_did_it(head, positives, words):
    from core.evaluation.chosen_on import cross_fits, in_words

    labels = [1] * positives + [0] * 14
    rows = pd.DataFrame({"patient_id": range(len(labels)), "label": labels})
    rows["split"] = np.where(np.arange(len(rows)) % 2, "train", "validation")
    said = in_words(head, rows)
    assert said.startswith(words)
    assert ("cross-fitting" in said) == cross_fits(head, positives)


def test_the_checklists_say_whose_outcomes_set_the_threshold(tiny_run):
    from core.evaluation.chosen_on import chosen_on

    said = facts_of(tiny_run)
    assert all(
        chosen_on(tiny_run) in said[fact] for fact in ("partition", "threshold", "imbalance")
    )
