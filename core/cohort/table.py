"""A plain table (CSV, TSV) of volumes and masks, or an npz of patches, as a Cohort."""

import csv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.cohort.cohort import (
    Cohort,
    kind_of_t_stage,
    leave_out,
    read_description,
    refuse_twins,
    words_of,
)
from core.cohort.patient import SPLITS, Patient, Row, Split, refuse_unknown_outcomes
from core.errors import UnreadableTable
from core.settings import CohortSettings

COLUMNS = (
    "patient_id",
    "image",
    "mask",
    "tumour",
    "n_stage",
    "label",
    "t_stage",
    "age",
    "sex",
    "split",
)
LARGEST_TABLE_BYTES = 16 << 20
MOST_ROWS = 20_000
LONGEST_CELL = 4096
LARGEST_PICTURES_BYTES = 4 << 30


def open_table(path: Path, settings: CohortSettings) -> Cohort:
    """Open a table with `patient_id, image, mask` and `label` or `n_stage`.

    Paths are absolute or relative to the table. A file of the same name ending in .json may
    carry the words, as dataset_description.json does in a BIDS dataset.

    Raises:
        UnreadableTable: A column is missing, a patient repeats, or a cell is not allowed.
        CohortError: The JSON beside it is not JSON.
    """
    cells = read_rows(path, columns=COLUMNS)
    present = set(cells[0])
    missing = [name for name in ("patient_id", "image", "mask") if name not in present]
    if not present & {"label", "n_stage"}:
        missing.append("label or n_stage")
    if missing:
        raise UnreadableTable(
            path,
            f"no column {', '.join(missing)}",
            "patient_id, image, mask and label (0 or 1) or n_stage (0 to 2)",
        )
    rows = [Row(path, line, id_column="patient_id") for line in cells]
    ids = [row.patient_id for row in rows]
    refuse_twins(path, ids, column="patient_id")
    left_out = leave_out(path.stem, ids, settings)
    rows = [row for row in rows if row.patient_id not in settings.exclude]
    refuse_unknown_outcomes(rows)
    patients = []
    for row in rows:
        image, mask, tumour = (_path(row, column) for column in ("image", "mask", "tumour"))
        patients.append(row.patient(image=image, mask=mask, tumour=tumour))
    _refuse_shared(path, patients)
    description = read_description(path.with_suffix(".json"))
    said = description.get("Name")
    return Cohort(
        name=said.strip()[:60] if isinstance(said, str) and said.strip() else path.stem,
        place=path,
        patients=tuple(patients),
        words=words_of(description, settings),
        synthetic=description.get("Synthetic") is True,
        t_stage_is=kind_of_t_stage(description),
        left_out=left_out,
    )


def read_rows(path: Path, *, columns: Sequence[str]) -> list[dict[str, str]]:
    """The named columns of a table as text, one dict a row; other columns are dropped unread.

    Raises:
        UnreadableTable: Not text, too large, without rows, or a row of another length.
    """
    wanted = "a UTF-8 table with a header and one row a patient"
    if path.stat().st_size > LARGEST_TABLE_BYTES:
        raise UnreadableTable(
            path, f"{path.stat().st_size} bytes", f"at most {LARGEST_TABLE_BYTES}"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(LONGEST_CELL)
            file.seek(0)
            lines = csv.reader(file, delimiter=_delimiter(path, first), strict=True)
            header = [name.strip().lower() for name in next(lines, [])]
            _check_header(path, header, columns)
            places = {name: header.index(name) for name in columns if name in header}
            rows: list[dict[str, str]] = []
            for cells in lines:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(header):
                    found = f"{len(cells)} cells in line {lines.line_num}"
                    raise UnreadableTable(path, found, f"{len(header)}, one for every column")
                rows.append({name: cells[place] for name, place in places.items()})
                if len(rows) > MOST_ROWS or any(len(c) > LONGEST_CELL for c in rows[-1].values()):
                    limits = f"at most {MOST_ROWS} rows and {LONGEST_CELL} characters a cell"
                    raise UnreadableTable(path, f"more in line {lines.line_num}", limits)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableTable(path, f"{type(error).__name__} while reading", wanted) from error
    if not rows:
        raise UnreadableTable(path, "no rows", wanted)
    return rows


def open_pictures(path: Path, settings: CohortSettings) -> Cohort:
    """Open an npz with `images (n, h, w)`, `labels (n)` and, where given, `split (n)`.

    Every picture is its own patient, "case-0001" and so on; the pixels are read later.

    Raises:
        UnreadableTable: An array is missing, pickled, of another shape or holds other values.
    """
    shapes = _shapes(path)
    wanted = "images (n, h, w), labels (n) and, if given, split (n)"
    for name in ("images", "labels"):
        if name not in shapes:
            raise UnreadableTable(path, f"arrays {', '.join(sorted(shapes)) or 'none'}", wanted)
    shape = shapes["images"]
    if len(shape) != 3 or min(shape) < 1 or shapes["labels"] not in ((shape[0],), (shape[0], 1)):
        found = f"images {shape} and labels {shapes['labels']}"
        raise UnreadableTable(path, found, wanted)
    labels = read_pictures(path, "labels").reshape(-1)
    if not np.isin(labels, (0, 1)).all():
        strange = labels[~np.isin(labels, (0, 1))][0]
        raise UnreadableTable(path, f"label {strange.item()!r}", "0 or 1")
    splits: list[Split | None] = [None] * len(labels)
    if "split" in shapes:
        splits = _splits(path, len(labels))
    digits = max(4, len(str(len(labels))))
    ids = [f"case-{row + 1:0{digits}d}" for row in range(len(labels))]
    left_out = leave_out(path.stem, ids, settings)
    patients = tuple(
        Patient(patient_id=name, label=int(label), picture=row, split=split)
        for row, (name, label, split) in enumerate(zip(ids, labels, splits, strict=True))
        if name not in settings.exclude
    )
    description = read_description(path.with_suffix(".json"))
    return Cohort(
        name=path.stem,
        place=path,
        patients=patients,
        words=words_of(description, settings),
        synthetic=description.get("Synthetic") is True,
        has_masks=False,
        left_out=left_out,
    )


def read_pictures(path: Path, name: str) -> np.ndarray[Any, Any]:
    """One array of an npz; never unpickled.

    Raises:
        UnreadableTable: The array is damaged, pickled or larger than 4 GiB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo(f"{name}.npy").file_size
        if size > LARGEST_PICTURES_BYTES:
            raise UnreadableTable(path, f"{name} of {size} bytes", "at most 4 GiB")
        with np.load(path, allow_pickle=False) as arrays:
            found: np.ndarray[Any, Any] = arrays[name]
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        found_text = f"{name}: {type(error).__name__} while reading"
        raise UnreadableTable(path, found_text, "plain numeric arrays, nothing pickled") from error
    if found.dtype.kind not in "biufUS":
        raise UnreadableTable(path, f"{name} of type {found.dtype}", "numbers (split: words)")
    return found


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The arrays of an npz and their shapes, from their headers alone."""
    wanted = "an .npz of plain arrays"
    try:
        with zipfile.ZipFile(path) as archive:
            shapes = {}
            for name in archive.namelist():
                with archive.open(name) as member:
                    version = np.lib.format.read_magic(member)
                    reader = (
                        np.lib.format.read_array_header_1_0
                        if version == (1, 0)
                        else np.lib.format.read_array_header_2_0
                    )
                    shape, _, dtype = reader(member)
                if dtype.hasobject:
                    raise UnreadableTable(path, f"pickled objects in {name}", wanted)
                shapes[name.removesuffix(".npy")] = shape
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableTable(path, f"{type(error).__name__} while opening", wanted) from error
    return shapes


def _splits(path: Path, count: int) -> list[Split | None]:
    found = read_pictures(path, "split").reshape(-1)
    if len(found) != count:
        raise UnreadableTable(path, f"split of length {len(found)}", f"{count}, one a picture")
    numbered = {"0": "train", "1": "validation", "2": "test"}
    splits: list[Split | None] = []
    for value in found:
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        name = SPLITS.get(numbered.get(text, text.lower()))
        if name is None:
            raise UnreadableTable(path, f"split {text[:20]!r}", "train, validation or test")
        splits.append(name)
    return splits


def _refuse_shared(path: Path, patients: Sequence[Patient]) -> None:
    """Stop where two patients have one volume: they could fall into train and test."""
    owner: dict[Path, str] = {}
    for patient in patients:
        if patient.image is None:
            continue
        first = owner.setdefault(patient.image, patient.patient_id)
        if first != patient.patient_id:
            found = f"the volume {patient.image.name} for {first} and for {patient.patient_id}"
            raise UnreadableTable(path, found, "one volume a patient")


def _path(row: Row, column: str) -> Path | None:
    cell = row.text(column)
    if cell is None:
        return None
    if "\0" in cell or "://" in cell:
        raise row.refuse(column, "a file, absolute or relative to the table")
    return row.table.parent / cell


def _delimiter(path: Path, header: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    return max(",;\t", key=header.count)


def _check_header(path: Path, header: list[str], columns: Sequence[str]) -> None:
    twice = sorted({name for name in header if name in columns and header.count(name) > 1})
    if twice:
        raise UnreadableTable(path, f"column {', '.join(twice)} more than once", "each once")
    if not set(header) & set(columns):
        raise UnreadableTable(path, "no known column", f"some of {', '.join(columns)}")
