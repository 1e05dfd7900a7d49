"""The cohort a training asks for; the synthetic one is drawn on first use."""

import re
from pathlib import Path

from core.cohort.cohort import Cohort, open_cohort
from core.cohort.phantom.scanner import SCANNERS, ScannerName
from core.errors import SettingsError
from core.progress import Progress, silent
from core.settings import CohortSettings

PHANTOM = re.compile(r"phantom-([1-9]\d{0,4})-(\d{1,9})(?:-(other))?")


def ready_cohort(settings: CohortSettings, *, progress: Progress = silent) -> Cohort:
    """Open the cohort, drawing `phantom-PATIENTS-SEED` where it is missing or unfinished.

    `phantom-PATIENTS-SEED-other` are the same patients on the other scanner.

    Raises:
        CohortError: What is there is not a study as described.
        SettingsError: The path cannot be a path.
    """
    if "\0" in settings.path or not settings.path.strip():
        raise SettingsError("cohort.path", settings.path, "a folder, a table or an .npz")
    path = Path(settings.path)
    asked = PHANTOM.fullmatch(path.name)
    unfinished = not (path / "dataset_description.json").is_file()
    if asked and unfinished and (not path.exists() or path.is_dir()):
        from core.cohort.phantom import draw_cohort

        patients, seed = int(asked.group(1)), int(asked.group(2))
        scanner = SCANNERS[scanner_of(path)]
        draw_cohort(path, patients=patients, seed=seed, scanner=scanner, progress=progress)
    return open_cohort(path, settings)


def scanner_of(path: Path) -> ScannerName:
    """Which scanner a synthetic cohort's folder name says it was scanned on."""
    asked = PHANTOM.fullmatch(path.name)
    return "other" if asked and asked.group(3) else "own"
