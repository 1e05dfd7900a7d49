"""Split patients first, then fit everything else on train: the one rule nothing may break."""

from collections.abc import Mapping

import numpy as np

from core.cohort.cohort import Cohort
from core.cohort.patient import Split
from core.errors import BrokenPatients
from core.settings import SplitSettings


def split_patients(cohort: Cohort, settings: SplitSettings, *, seed: int) -> Mapping[str, Split]:
    """Who trains, who chooses, who is tested; stratified by label, one split a patient.

    A split that the source gives wins, but then every patient must have one. The answer does
    not depend on the order of the patients. A class of three or more has at least one patient
    in every split.

    Raises:
        BrokenPatients: The source gives a split for some patients and not for others.
    """
    given = {p.patient_id: p.split for p in cohort.patients if p.split is not None}
    if given:
        missing = [p.patient_id for p in cohort.patients if p.split is None]
        if missing:
            reasons = [(patient_id, "no split is given") for patient_id in missing]
            raise BrokenPatients(reasons, "Give every patient a split, or none.")
        return given
    generator = np.random.default_rng(seed)
    splits: dict[str, Split] = {}
    for label in (0, 1):
        names = sorted(p.patient_id for p in cohort.patients if p.label == label)
        order = generator.permutation(len(names))
        train, validation = _counts(len(names), settings)
        for place, index in enumerate(order):
            name: Split = "test"
            if place < train:
                name = "train"
            elif place < train + validation:
                name = "validation"
            splits[names[index]] = name
    return {p.patient_id: splits[p.patient_id] for p in cohort.patients}


def _counts(count: int, settings: SplitSettings) -> tuple[int, int]:
    """How many of a class train and how many choose; the rest is tested."""
    train = round(count * settings.train)
    validation = round(count * (settings.train + settings.validation)) - train
    if count >= 3:
        train = min(max(train, 1), count - 2)
        validation = min(max(validation, 1), count - train - 1)
    return train, validation
