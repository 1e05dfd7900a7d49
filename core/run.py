"""Run: one finished training, a folder with a manifest that explains itself.

Everything the dashboard shows is asked of a Run. A run is written in a temporary sibling
folder and renamed when finished, so a half-written one is never listed. Later commands add
`added/<command>/`. No torch here, and nothing is ever unpickled.
"""

import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from core.arrays import Codes, Masks, Patches
from core.errors import RunNotFound, RunUnusable
from core.manifest import Manifest as Manifest
from core.manifest import Words as Words
from core.settings import Settings
from core.slices import SliceEntry, read_slices

PARTIAL = ".partial"  # a run being written: `.<name>.partial` beside the finished ones
SHIPPED = Path(__file__).parent.parent / "assets" / "demo"
EXAMPLES = SHIPPED.parent / "examples"  # small runs that went wrong, for class


@dataclass(frozen=True)
class Run:
    """One finished training, opened for reading; every table keeps the order of `rows`."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a finished run's folder.

        Raises:
            RunNotFound: There is no finished run there; lists those beside it.
            RunUnusable: The manifest is damaged or of another format.
        """
        path = folder / "run.json"
        if folder.name.endswith(PARTIAL) or not path.is_file():
            raise RunNotFound(folder.name, [run.name for run in finished(folder.parent)])
        return cls(folder, Manifest.from_json(folder.name, path.read_text(encoding="utf-8")))

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.manifest.name

    @property
    def cohort_place(self) -> Path | None:
        """Where its cohort lay when it was trained, for commands that go back to the volumes.

        A run that came from elsewhere knows only the cohort's name; then None, unless that name
        can be found from here.
        """
        note = self.folder / "local.json"
        if note.is_file():
            return Path(json.loads(note.read_text(encoding="utf-8"))["cohort"])
        named = Path(self.settings.cohort.path)
        return named if named.exists() else None

    @property
    def words(self) -> Words:
        """What the cohort calls its things."""
        return self.manifest.words

    @cached_property
    def settings(self) -> Settings:
        """What was asked, complete enough to train it again."""
        return Settings.from_toml(self.folder / "settings.toml")

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row a patch; its position is the row number everywhere."""
        return self._table("rows.parquet")

    @cached_property
    def grid(self) -> pd.DataFrame:
        """One row a patch: affine (16 numbers, row by row), volume shape and corner."""
        return self._table("grid.parquet")

    @cached_property
    def map(self) -> pd.DataFrame:
        """One row a patch: its place on the map and its cluster."""
        return self._table("map.parquet")

    @cached_property
    def patches(self) -> Patches:
        """The pictures, (row, height, width) in [0, 1]."""
        return self._array("patches.npy")

    @cached_property
    def masks(self) -> Masks:
        """The lesion's outline in each picture, (row, height, width)."""
        return self._array("masks.npy")

    @cached_property
    def slices(self) -> tuple[SliceEntry, ...]:
        """The slices that carry lesions, with their outlines; empty for bare patches."""
        return read_slices(self.folder / "slices", run=self.name)

    @cached_property
    def codes(self) -> Codes:
        """Posterior means, (row, latent)."""
        return self._array("codes.npy")

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row an epoch: every part of the loss, KL and active units among them."""
        return pd.read_csv(self.folder / "history.csv")

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row a patient: patient_id, split, label, probability, set."""
        return pd.read_csv(self.folder / "predictions.csv", dtype={"patient_id": str})

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The figures that were measured, by ID; one that was not measured is absent."""
        figures: dict[str, dict[str, Any]] = self._json("metrics.json")["figures"]
        return figures

    @cached_property
    def preprocessing(self) -> dict[str, Any]:
        """Landmarks, scalers, threshold and calibration: what a new case needs."""
        return self._json("preprocessing.json")

    def _table(self, name: str) -> pd.DataFrame:
        with self._reading(name):
            return pd.read_parquet(self.folder / name)

    def _array(self, name: str) -> np.ndarray[Any, Any]:
        with self._reading(name):
            return np.load(self.folder / name, allow_pickle=False)  # type: ignore[no-any-return]  # numpy: Any

    def _json(self, name: str) -> dict[str, Any]:
        with self._reading(name):
            found: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
            return found

    def _reading(self, name: str) -> "_Reading":
        return _Reading(self.name, name)


class _Reading:
    """Turns what goes wrong while a run's file is read into RunUnusable naming that file."""

    def __init__(self, run: str, file: str) -> None:
        self.run, self.file = run, file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (OSError, ValueError)):
            found = f"{self.file}: {type(error).__name__}"
            raise RunUnusable(self.run, found, "the file as it was written") from error


def finished(out: Path) -> list[Run]:
    """The finished runs in a folder, newest first; damaged ones are left out."""
    runs = []
    for path in sorted(out.glob("*/run.json")) if out.is_dir() else []:
        try:
            runs.append(Run.open(path.parent))
        except (RunNotFound, RunUnusable):
            continue
    return sorted(runs, key=lambda run: run.manifest.finished, reverse=True)


def named_run(asked: str, out: Path) -> Run:
    """A finished run by its folder, or by its name in `out`, or a shipped one by its name.

    Raises:
        RunNotFound: There is none; lists those there are in `out`.
        RunUnusable: Its manifest is damaged or of another format.
    """
    for folder in (Path(asked), out / asked):
        if (folder / "run.json").is_file():
            return Run.open(folder)
    for run in shipped_runs():
        if run.name == asked:
            return run
    return Run.open(out / asked)


def shipped_runs() -> tuple[Run, ...]:
    """The runs that come with the program: the demo, then the examples for class by name."""
    demo = [Run.open(SHIPPED)] if (SHIPPED / "run.json").is_file() else []
    return (*demo, *sorted(finished(EXAMPLES), key=lambda run: run.name))


def drafts(out: Path, *, within_s: float = 180.0) -> list[str]:
    """Names of the runs being written now: drafts that something touched a moment ago."""
    names = []
    for folder in sorted(out.glob(f".*{PARTIAL}")) if out.is_dir() else []:
        touched = [path.stat().st_mtime for path in (folder, *folder.rglob("*")) if path.exists()]
        if touched and time.time() - max(touched) < within_s:
            names.append(folder.name.removeprefix(".").removesuffix(PARTIAL))
    return names


def draft_folder(out: Path, name: str) -> Path:
    """Where a run is written until it is finished; it may hold an unfinished one to resume."""
    return out / f".{name}{PARTIAL}"


def finish(draft: Path, out: Path, manifest: Manifest, settings: Settings) -> Run:
    """Write the manifest last, flush, and give the folder its name in one step.

    Raises:
        FileExistsError: Another process finished a run of that name first.
    """
    write_text(draft / "run.json", manifest.to_json(settings))
    shutil.rmtree(draft / "checkpoint", ignore_errors=True)
    target = out / manifest.name
    os.rename(draft, target)
    _flush(out)
    return Run.open(target)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: temporary sibling, flush, rename."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: temporary sibling, flush, rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush(path.parent)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def next_name(out: Path, preset: str) -> str:
    """The first `<preset>-<n>` that no finished run carries; an unfinished one is gone on with."""
    taken = {path.parent.name for path in out.glob(f"{preset}-*/run.json")}
    return next(name for n in count(1) if (name := f"{preset}-{n}") not in taken)
