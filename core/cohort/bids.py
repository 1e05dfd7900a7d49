"""A BIDS dataset as a Cohort: participants.tsv, one volume a patient, masks as derivatives.

This file and `table.py` alone look at file names of a cohort.
"""

import re
from pathlib import Path

from core.cohort.cohort import (
    Cohort,
    kind_of_t_stage,
    leave_out,
    read_description,
    refuse_twins,
    words_of,
)
from core.cohort.patient import Row, refuse_unknown_outcomes
from core.cohort.table import read_rows
from core.errors import MissingFile, UnreadableTable
from core.settings import CohortSettings

PARTICIPANT = re.compile(r"sub-[A-Za-z0-9]{1,60}")
COLUMNS = ("participant_id", "age", "sex", "t_stage", "n_stage", "label", "split")
ENDINGS = (".nii.gz", ".nii")


def open_bids(folder: Path, settings: CohortSettings) -> Cohort:
    """Open a BIDS dataset; see HOUSE, "A cohort on disk".

    A patient whose mask is not there stays in the cohort with `mask=None`, so that the
    reading can exclude and name it.

    Raises:
        MissingFile: There is no participants.tsv.
        UnreadableTable: It lacks a column, repeats a patient or holds what is not allowed.
        CohortError: A JSON sidecar is not JSON.
    """
    table = folder / "participants.tsv"
    if not table.is_file():
        raise MissingFile(f"Cohort {folder.name}", table, "a BIDS dataset with participants.tsv")
    description = read_description(folder / "dataset_description.json")
    columns = read_description(folder / "participants.json")
    cells = read_rows(table, columns=COLUMNS)
    present = set(cells[0])
    if "participant_id" not in present or not present & {"n_stage", "label"}:
        found = f"columns {', '.join(sorted(present)) or 'none that are known'}"
        raise UnreadableTable(table, found, "participant_id and n_stage (or label)")
    rows = [Row(table, line, id_column="participant_id") for line in cells]
    for row in rows:
        if PARTICIPANT.fullmatch(row.patient_id) is None:
            raise row.refuse("participant_id", "sub- and letters or digits")
    ids = [row.patient_id for row in rows]
    refuse_twins(table, ids, column="participant_id")
    left_out = leave_out(folder.name, ids, settings)
    rows = [row for row in rows if row.patient_id not in settings.exclude]
    refuse_unknown_outcomes(rows)
    patients = []
    for row in rows:
        name = row.patient_id
        derived = folder / "derivatives" / "nodes" / name
        patients.append(
            row.patient(
                image=_file(folder / name, name, ("T2w", "T1w")),
                mask=_file(derived, name, ("desc-nodes_dseg",)),
                tumour=_file(derived, name, ("desc-tumour_mask",)),
            )
        )
    said = description.get("Name")
    return Cohort(
        name=said.strip()[:60] if isinstance(said, str) and said.strip() else folder.name,
        place=folder,
        patients=tuple(patients),
        words=words_of(description, settings),
        synthetic=description.get("Synthetic") is True,
        t_stage_is=kind_of_t_stage(columns),
        left_out=left_out,
    )


def _file(folder: Path, name: str, suffixes: tuple[str, ...]) -> Path | None:
    """The first study's file: `anat/` of the patient, else of the first session that has it."""
    places = [folder / "anat", *sorted(folder.glob("ses-*/anat"))]
    for place in places:
        session = f"_{place.parent.name}" if place.parent.name.startswith("ses-") else ""
        for suffix in suffixes:
            for ending in ENDINGS:
                path = place / f"{name}{session}_{suffix}{ending}"
                if path.exists():
                    return path
    return None
