"""Parts: what a long command has done so far, fold by fold, so that it goes on after a kill.

`RUN/added/.<command>.partial/` holds `plan.json`, which says what was asked for, and one table
a finished part. The finished folder gets its name in one step; parts do not go with it. Asked for
other repeats or rows, a command that was stopped takes up the folds that both have: how patients
are dealt in one repeat does not depend on how many there are.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from core.errors import RunUnusable
from core.run import PARTIAL, Run, write_bytes, write_text

PLAN = "plan.json"
# of a plan: they change which folds there are and what is told of them, not what is in one
HOW_MUCH = ("repeats", "light", "told")


@dataclass(frozen=True)
class Parts:
    """The unfinished folder of one command.

    Attributes:
        folder: Where it is written.
        target: What it will be called.
        plan: What was asked for.
    """

    folder: Path
    target: Path
    plan: dict[str, Any]

    @property
    def finished(self) -> bool:
        """Whether the command was carried out before, for the same plan."""
        return _read(self.target / PLAN) == self.plan

    @property
    def has_forerunner(self) -> bool:
        """Whether the command was carried out before on folds that this plan has too."""
        return _same_folds(_read(self.target / PLAN), self.plan)

    def get(self, name: str) -> pd.DataFrame | None:
        """A finished part, or None."""
        path = self.folder / "parts" / f"{name}.csv"
        if not path.is_file():
            return None
        text = {"patient_id": str, "option": str, "answer": str}
        # the shortest decimals that say a number are not always read back as that number
        return pd.read_csv(path, dtype=text, keep_default_na=False, float_precision="round_trip")

    def put(self, name: str, table: pd.DataFrame) -> None:
        """Keep a finished part, whole or not at all."""
        write_bytes(
            self.folder / "parts" / f"{name}.csv", table.to_csv(index=False).encode("utf-8")
        )

    def finish(self) -> None:
        """Give the folder its name; an earlier one of that name goes."""
        shutil.rmtree(self.folder / "parts", ignore_errors=True)
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        old = self.target.with_name(f".{self.target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self.target.exists():
            os.rename(self.target, old)
        os.rename(self.folder, self.target)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def parts_of(run: Run, command: str, plan: dict[str, Any]) -> Iterator[Parts]:
    """Hold a command's folder while it is written; parts of other folds are thrown away.

    Raises:
        RunUnusable: Another process writes it.
    """
    plan = json.loads(json.dumps({**plan, "weights_sha256": run.manifest.weights_sha256}))
    added = run.folder / "added"
    added.mkdir(exist_ok=True)
    folder = added / f".{command}{PARTIAL}"
    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        found = f"another process writing added/{command}"
        raise RunUnusable(run.name, found, "one at a time: wait until it is finished") from error
    try:
        parts = Parts(folder, added / command, plan)
        if not parts.finished:
            if not _same_folds(_read(folder / PLAN), plan):
                shutil.rmtree(folder, ignore_errors=True)
            (folder / "parts").mkdir(parents=True, exist_ok=True)
            write_text(folder / PLAN, json.dumps(plan, indent=1) + "\n")
        yield parts
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _same_folds(before: object, plan: dict[str, Any]) -> bool:
    anyhow = dict.fromkeys(HOW_MUCH)
    return isinstance(before, dict) and {**before, **anyhow} == {**plan, **anyhow}


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
