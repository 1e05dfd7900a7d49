"""On whom a run's calibration, threshold and sets were chosen, and how that is said. No torch."""

import pandas as pd

from core.run import Run

PARTS = 4  # of a split in 0.6, 0.2 and 0.2 three of four are 0.6 again


def cross_fits(head: str, rarest: int) -> bool:
    """Whether training and validation patients choose together, each asked of a head that was
    fitted on the others; else validation patients do, by the head as it is served.

    Args:
        head: Kind of head.
        rarest: Patients of the rarer outcome among training and validation patients.
    """
    return head == "logistic" and rarest >= PARTS


def chosen_on(run: Run) -> str:
    """Whose outcomes calibration, thresholds and sets of a run come from, in words."""
    return in_words(run.settings.head.kind, run.rows.drop_duplicates("patient_id"))


def in_words(head: str, people: pd.DataFrame) -> str:
    """The same of a kind of head and of patients, one row each, with columns split and label."""
    known = people.loc[people["split"].isin(("train", "validation")), "label"].to_numpy() > 0
    if cross_fits(head, int(min(known.sum(), len(known) - known.sum()))):
        return (
            "training and validation patients together, each by a head fitted without them "
            f"(cross-fitting in {PARTS} parts)"
        )
    there = (people["split"] == "validation").any()
    return "validation patients" if there else "training patients"
