"""Patients are split first, and nobody is in two places."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st


def cohort_of(labels, splits=None):
    from core.cohort.cohort import Cohort, Patient

    patients = tuple(
        Patient(f"sub-{n:03d}", label, split=splits[n] if splits else None)
        for n, label in enumerate(labels)
    )
    return Cohort("test", Path("nowhere"), patients)


def split_of(labels, *, seed=1, splits=None):
    from core.cohort.split import split_patients
    from core.settings import SplitSettings

    return split_patients(cohort_of(labels, splits), SplitSettings(), seed=seed)


@given(labels=st.lists(st.integers(0, 1), min_size=1, max_size=80), seed=st.integers(0, 2**31))
@hypothesis_settings(max_examples=60, deadline=None)
def test_everybody_has_one_split_and_classes_of_three_are_everywhere(labels, seed):
    found = split_of(labels, seed=seed)
    assert list(found) == [f"sub-{n:03d}" for n in range(len(labels))]
    assert set(found.values()) <= {"train", "validation", "test"}
    for label in (0, 1):
        own = [found[f"sub-{n:03d}"] for n, value in enumerate(labels) if value == label]
        if len(own) >= 3:
            assert set(own) == {"train", "validation", "test"}


def test_the_papers_cohort_is_split_by_label():
    found = split_of([1] * 38 + [0] * 130)
    counts = {
        name: (
            sum(found[f"sub-{n:03d}"] == name for n in range(38)),
            sum(found[f"sub-{n:03d}"] == name for n in range(38, 168)),
        )
        for name in ("train", "validation", "test")
    }
    assert counts == {"train": (23, 78), "validation": (7, 26), "test": (8, 26)}


def test_the_order_of_the_table_changes_nothing():
    from core.cohort.cohort import Cohort
    from core.cohort.split import split_patients
    from core.settings import SplitSettings

    cohort = cohort_of([0, 1] * 15)
    turned = Cohort("test", Path("nowhere"), cohort.patients[::-1])
    one = split_patients(cohort, SplitSettings(), seed=4)
    other = split_patients(turned, SplitSettings(), seed=4)
    assert one == other


def test_the_same_seed_splits_alike_and_another_differs():
    labels = [0, 1] * 20
    assert split_of(labels, seed=7) == split_of(labels, seed=7)
    assert split_of(labels, seed=7) != split_of(labels, seed=8)


def test_the_sources_own_split_wins():
    own = ["test", "train", "train", "validation"]
    found = split_of([0, 1, 0, 1], splits=own)
    assert list(found.values()) == own


def test_a_split_for_some_only_names_the_others():
    from core.errors import BrokenPatients

    with pytest.raises(BrokenPatients, match="sub-001") as caught:
        split_of([0, 1, 0], splits=["test", None, "train"])
    assert caught.value.reasons == (("sub-001", "no split is given"),)
