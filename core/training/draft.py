"""Draft: the folder in which a run is written until it is finished, for one process at a time."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.cohort.cohort import Cohort
from core.errors import RunExists, RunNotFound, RunUnusable
from core.run import Run, draft_folder, write_text
from core.settings import Settings

ASKED = "checkpoint/asked.json"  # goes with the checkpoint when the run is finished


@dataclass(frozen=True)
class Draft:
    """Where to write, or the run that is finished already.

    Attributes:
        folder: The draft's folder.
        finished: A finished run of that name, made from the same settings and cohort.
    """

    folder: Path
    finished: Run | None


@contextmanager
def drafting(settings: Settings, cohort: Cohort, *, out: Path, name: str) -> Iterator[Draft]:
    """Hold a run's name while it is written; a draft asked for the same is gone on with.

    Raises:
        RunExists: A finished run of that name differs.
        RunUnusable: Another process writes it, or its draft was asked for something else.
    """
    fingerprint = cohort.fingerprint()
    folder = draft_folder(out, name)
    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        wanted = "one at a time: wait until it is finished, or choose another --name"
        raise RunUnusable(name, "another process writing it", wanted) from error
    try:
        yield _opened(settings, fingerprint, folder=folder, out=out, name=name)
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _opened(settings: Settings, fingerprint: str, *, folder: Path, out: Path, name: str) -> Draft:
    try:
        run = Run.open(out / name)
    except RunNotFound:
        pass
    else:
        if run.manifest.fingerprint != fingerprint:
            raise RunExists(name, "its patients")
        if asked_for(run.settings, fingerprint) != asked_for(settings, fingerprint):
            raise RunExists(name, "its settings")
        return Draft(folder, run)
    asked = asked_for(settings, fingerprint)
    note = folder / ASKED
    if note.is_file() and json.loads(note.read_text(encoding="utf-8")) != asked:
        wanted = f"the same ones, another --name, or the folder {folder.name} removed"
        raise RunUnusable(name, "a draft asked for with other settings or patients", wanted)
    note.parent.mkdir(parents=True, exist_ok=True)
    write_text(note, json.dumps(asked) + "\n")
    return Draft(folder, None)


def asked_for(settings: Settings, fingerprint: str) -> dict[str, str]:
    """What makes two trainings the same; where the cohort lies does not."""
    fields = settings.model_dump(mode="json")
    fields["cohort"].pop("path")
    text = json.dumps(fields, sort_keys=True)
    return {"settings": hashlib.sha256(text.encode()).hexdigest(), "cohort": fingerprint}
