"""Cohort: the patients of a study in a fixed order, wherever and however they were kept."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.cohort.patient import Patient as Patient
from core.errors import CohortError, MissingFile, SettingsError, UnreadableTable
from core.run import Words
from core.settings import CohortSettings

LARGEST_JSON_BYTES = 1 << 20
OPPOSITES = {"N+": "N0", "positive": "negative", "malignant": "benign"}


@dataclass(frozen=True)
class Cohort:
    """The patients of a study, in a fixed order.

    Attributes:
        name: What the study is called; shown and written.
        place: Where it lies; never shown, never written.
        patients: In the order of the source.
        words: What the study calls its things.
        synthetic: Whether it was drawn and not scanned.
        has_masks: False for bare patches; sizes are then not known.
        t_stage_is: "clinical", "pathological" or "unknown".
        left_out: (patient_id, reason) for those the settings leave out.
    """

    name: str
    place: Path
    patients: tuple[Patient, ...]
    words: Words = field(default_factory=Words)
    synthetic: bool = False
    has_masks: bool = True
    t_stage_is: str = "unknown"
    left_out: tuple[tuple[str, str], ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 over the patients and the content of their files, wherever they lie."""
        total = hashlib.sha256()
        for patient in self.patients:
            fields = asdict(patient)
            for kind in ("image", "mask", "tumour"):
                fields[kind] = _content(fields[kind])
            total.update(json.dumps(fields, sort_keys=True).encode())
        if any(patient.picture is not None for patient in self.patients):
            total.update(str(_content(self.place)).encode())
        return total.hexdigest()


def open_cohort(path: Path, settings: CohortSettings) -> Cohort:
    """Open a study: a BIDS folder, a plain table (CSV, TSV) or an npz of patches.

    Volumes are not read yet.

    Raises:
        MissingFile: There is nothing at `path`.
        CohortError: What is there is not a study as described.
        SettingsError: `settings.exclude` names nobody of this study.
    """
    from core.cohort.bids import open_bids
    from core.cohort.table import open_pictures, open_table

    if "\0" in str(path) or not path.exists():
        raise MissingFile("Cohort", path, "a BIDS folder, a table (CSV, TSV) or a .npz of patches")
    if path.is_dir():
        return open_bids(path, settings)
    openers = {".csv": open_table, ".tsv": open_table, ".npz": open_pictures}
    opener = openers.get(path.suffix.lower())
    if opener is None:
        raise CohortError(
            f"Cohort {path.name}: found a file of kind {path.suffix or 'none'!r}; "
            "wanted a BIDS folder, a .csv, .tsv or .npz file."
        )
    return opener(path, settings)


def read_description(path: Path) -> dict[str, Any]:
    """A JSON sidecar as a dict; empty where there is none.

    Raises:
        CohortError: It is not JSON, not an object, or larger than 1 MB.
    """
    if not path.is_file():
        return {}
    wanted = "a JSON object of at most 1 MB"
    if path.stat().st_size > LARGEST_JSON_BYTES:
        raise CohortError(f"{path.name}: found {path.stat().st_size} bytes; wanted {wanted}.")
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise CohortError(
            f"{path.name}: found {type(error).__name__} while reading; wanted {wanted}."
        ) from error
    if not isinstance(found, dict):
        raise CohortError(f"{path.name}: found {type(found).__name__}; wanted {wanted}.")
    return found


def words_of(description: dict[str, Any], settings: CohortSettings) -> Words:
    """The study's own words (`"Lymphoscape": {"Lesion": ...}`), overridden by the settings."""
    found = description.get("Lymphoscape", {})
    own = found if isinstance(found, dict) else {}

    def word(key: str, setting: str, default: str) -> str:
        said = own.get(key)
        return setting or (said.strip()[:40] if isinstance(said, str) else "") or default

    outcome = word("Outcome", settings.outcome, Words.outcome)
    opposite = OPPOSITES.get(outcome, f"no {outcome}")
    return Words(
        lesion=word("Lesion", settings.lesion, Words.lesion),
        outcome=outcome,
        no_outcome=opposite if settings.outcome else word("NoOutcome", "", opposite),
        modality=word("Modality", settings.modality, Words.modality),
    )


def kind_of_t_stage(columns: dict[str, Any]) -> str:
    """Whether T is clinical or pathological, from what the sidecar says of the column."""
    entry = columns.get("t_stage", {})
    said = json.dumps(entry).lower()
    clinical, pathological = "clinical" in said, "patholog" in said
    if clinical == pathological:
        return "unknown"
    return "clinical" if clinical else "pathological"


def refuse_twins(path: Path, ids: Sequence[str], *, column: str) -> None:
    """Stop where two rows speak of one patient."""
    twins = sorted(name for name, count in Counter(ids).items() if count > 1)
    if twins:
        found = f"{column} {', '.join(twins[:20])} more than once"
        raise UnreadableTable(path, found, "one row a patient")


def leave_out(
    name: str, ids: Sequence[str], settings: CohortSettings
) -> tuple[tuple[str, str], ...]:
    """Those of a study whom the settings leave out, with the reason.

    Raises:
        SettingsError: `settings.exclude` names somebody who is not in the study.
        CohortError: Nobody would be left.
    """
    for patient_id in settings.exclude:
        if patient_id not in ids:
            raise SettingsError("cohort.exclude", patient_id, f"a patient of {name}")
    if set(ids) <= set(settings.exclude):
        raise CohortError(f"{name}: found no patients; wanted at least one.")
    return tuple((patient_id, "left out by the settings") for patient_id in settings.exclude)


def _content(path: Path | None) -> str | None:
    if path is None or not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
