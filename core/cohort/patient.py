"""Patient: one person's scan, stage and outcome, as a row of a table tells it.

Only the columns named here are ever looked at; whatever else a participants file carries
(names, dates, hospital numbers) is neither read nor kept.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from core.errors import UnreadableTable

Split: TypeAlias = Literal["train", "validation", "test"]
Sex: TypeAlias = Literal["M", "F"]

SPLITS: Mapping[str, Split] = {
    "train": "train",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}
UNKNOWN = frozenset({"", "n/a", "na", "nan", "none", "null", "?", "unknown"})
SEXES: Mapping[str, Sex] = {"m": "M", "male": "M", "f": "F", "female": "F"}
LONGEST_ID = 64
OLDEST_YEARS = 130.0


@dataclass(frozen=True)
class Patient:
    """One person of a study.

    Attributes:
        patient_id: The study's pseudonym; the only thing that names a person here.
        label: 1 where the outcome is there (N+), 0 where it is not.
        n_stage: 0 to 2, or None where the study says only the label.
        t_stage: 1 to 4, or None.
        age: In years, or None.
        sex: "M", "F" or None.
        image: The volume (NIfTI), or None where there is none.
        mask: One integer a lesion on the volume's grid, or None where there is none.
        tumour: The tumour's mask, or None.
        picture: Row in an npz of patches, or None.
        split: The source's own split, or None.
    """

    patient_id: str
    label: int
    n_stage: int | None = None
    t_stage: int | None = None
    age: float | None = None
    sex: Sex | None = None
    image: Path | None = None
    mask: Path | None = None
    tumour: Path | None = None
    picture: int | None = None
    split: Split | None = None


class Row:
    """One line of a table while it is read; every complaint names table, patient and column."""

    def __init__(self, table: Path, cells: Mapping[str, str], *, id_column: str) -> None:
        self.table, self.cells = table, cells
        self.patient_id = cells[id_column].strip()
        too_long = len(self.patient_id) > LONGEST_ID
        if not self.patient_id or too_long or not self.patient_id.isprintable():
            shown = self.patient_id[:LONGEST_ID]
            raise UnreadableTable(
                table, f"{id_column} {shown!r}", f"1 to {LONGEST_ID} printable characters"
            )

    def text(self, column: str) -> str | None:
        """A cell without surrounding blanks, or None where it is absent or says unknown."""
        cell = self.cells.get(column, "").strip()
        return None if cell.lower() in UNKNOWN else cell

    def refuse(self, column: str, wanted: str) -> UnreadableTable:
        """The complaint about a cell."""
        found = f"{column} {self.cells.get(column, '')[:40]!r} for {self.patient_id}"
        return UnreadableTable(self.table, found, wanted)

    def stage(self, column: str, letter: str, allowed: range) -> int | None:
        """A stage written as `2`, `N2`, `pN2` or `N2b`."""
        cell = self.text(column)
        if cell is None:
            return None
        pattern = rf"(?:[cpy]{{0,3}}{letter})?(\d)(?:\.0+|[a-d])?"
        match = re.fullmatch(pattern, cell, re.IGNORECASE | re.ASCII)
        if match is None or int(match.group(1)) not in allowed:
            raise self.refuse(column, f"{allowed.start} to {allowed.stop - 1}, or n/a")
        return int(match.group(1))

    def age(self) -> float | None:
        """Years."""
        cell = self.text("age")
        if cell is None:
            return None
        try:
            years = float(cell)
        except ValueError as error:
            raise self.refuse("age", "years, or n/a") from error
        if not (math.isfinite(years) and 0 <= years <= OLDEST_YEARS):
            raise self.refuse("age", f"0 to {OLDEST_YEARS:g} years, or n/a")
        return years

    def sex(self) -> Sex | None:
        """M or F; anything else that BIDS allows (O) counts as unknown."""
        cell = (self.text("sex") or "").lower()
        if cell in ("", "o", "other"):
            return None
        if cell not in SEXES:
            raise self.refuse("sex", "M, F or n/a")
        return SEXES[cell]

    def split(self) -> Split | None:
        """The source's own split, or None."""
        cell = self.text("split")
        if cell is None:
            return None
        if cell.lower() not in SPLITS:
            raise self.refuse("split", "train, validation or test")
        return SPLITS[cell.lower()]

    def label(self, n_stage: int | None) -> int:
        """The outcome: the label column where there is one, else whether n_stage is above 0."""
        cell = self.text("label")
        if cell is None:
            if n_stage is None:
                raise self.refuse("label", "a known outcome")
            return int(n_stage > 0)
        if re.fullmatch(r"[01](\.0+)?", cell, re.ASCII) is None:
            raise self.refuse("label", "0 or 1")
        label = int(cell[0])
        if n_stage is not None and label != int(n_stage > 0):
            raise self.refuse("label", f"a label that agrees with n_stage {n_stage}")
        return label

    def patient(self, *, image: Path | None, mask: Path | None, tumour: Path | None) -> Patient:
        """Everything the row says of one person, with the files that were found.

        Raises:
            UnreadableTable: A cell holds what its column does not allow.
        """
        n_stage = self.stage("n_stage", "n", range(3))
        return Patient(
            patient_id=self.patient_id,
            label=self.label(n_stage),
            n_stage=n_stage,
            t_stage=self.stage("t_stage", "t", range(1, 5)),
            age=self.age(),
            sex=self.sex(),
            image=image,
            mask=mask,
            tumour=tumour,
            split=self.split(),
        )


def refuse_unknown_outcomes(rows: Sequence[Row]) -> None:
    """Stop where a patient's outcome is not known, naming every such patient."""
    unknown = [r.patient_id for r in rows if r.text("label") is None and r.text("n_stage") is None]
    if unknown:
        found = f"no label and no n_stage for {', '.join(unknown)}"
        raise UnreadableTable(rows[0].table, found, "an outcome, or the patient in cohort.exclude")
