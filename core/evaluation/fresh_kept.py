"""What is kept of fresh patients in a run's folder, and how it is read back."""

import pandas as pd

from core.errors import RunUnusable
from core.run import Run

FOLDER, PATIENTS = "fresh", "predictions_fresh.csv"
COLUMNS = {"patient_id", "label", "probability", "called", "set"}


def read_patients(run: Run) -> pd.DataFrame | None:
    """What a run as served said of fresh patients, one a row; None where none were asked.

    Raises:
        RunUnusable: The table is damaged or lacks one of `COLUMNS`.
    """
    path = run.folder / "added" / FOLDER / PATIENTS
    if not path.is_file():
        return None
    again = f"it made again: delete {path.parent.name}, then evaluate --run {run.name} --fresh 1000"
    try:
        table = pd.read_csv(path, dtype={"patient_id": str})
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise RunUnusable(run.name, f"a damaged {path.name}", again) from error
    if missing := COLUMNS - set(table):
        raise RunUnusable(run.name, f"{path.name} without {min(missing)}", again)
    return table
