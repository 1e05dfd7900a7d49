"""Studies of groups, and a second map, made beside the pages: once for all, never waited for.

A study takes half a minute to some minutes of one processor. Each runs in a process of its own,
at low priority, and is kept on disk; a page asks how far it is and goes on. Without the server's
lifespan (in tests of single pages) none is started, and the page names the command instead.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import state

if TYPE_CHECKING:
    from core.latent.evidence import Study
    from core.latent.grouping import Method
    from core.latent.space import Over

ROOT = Path(__file__).parent.parent


@dataclass
class Looking:
    """How far a study is.

    Attributes:
        done: Numbers of groups looked at.
        total: How many there are; 0 before it began.
        problem: What went wrong, "" for nothing.
    """

    done: int = 0
    total: int = 0
    problem: str = ""


@dataclass
class _Desk:
    """The studies asked for since the server started, and who may start them."""

    open: bool = False
    asked: dict[tuple[str, str, str, str], Looking] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    one_at_a_time: Lock = field(default_factory=Lock)
    process: "subprocess.Popen[str] | None" = None


@st.cache_resource(show_spinner=False)
def _desk() -> _Desk:
    return _Desk()


def open_desk() -> None:
    """From now on studies may be started; the server's lifespan says so."""
    _desk().open = True


def served() -> bool:
    """Whether there is a server around the pages, so that work may go on beside them."""
    return _desk().open


def close_desk() -> None:
    """The server ends: so does the study under way, and none is started after it."""
    desk = _desk()
    desk.open = False
    if desk.process and desk.process.poll() is None:
        desk.process.terminate()


@st.cache_resource(max_entries=32, show_spinner=False)
def _read(folder: str, sha: str, method: "Method", dims: int) -> "Study":
    from core.latent.kept import read_study

    found = read_study(state.reopened(folder, sha), method, dims)
    if found is None:
        raise LookupError(f"no study of {method}")
    return found


def study(folder: str, sha: str, method: "Method", over: "Over") -> "Study | None":
    """The study where there is one; None while it is being made or cannot be."""
    dims = state.latent_space(state.reopened(folder, sha)).dims(over)
    try:
        return _read(folder, sha, method, dims)
    except LookupError:
        return None


def look(folder: str, sha: str, method: "Method", over: "Over") -> Looking | None:
    """Ask for a study and say how far it is; None where studies are not started here."""
    return _asked(folder, sha, method, over)


def again(folder: str, sha: str) -> bool | Looking | None:
    """Whether the map from another seed is there; else how it goes, None where none is made."""
    from core.latent.kept import read_again

    if read_again(state.reopened(folder, sha)) is not None:
        return True
    return _asked(folder, sha, "again", "")


def forming(folder: str, sha: str, over: "Over") -> bool | Looking | None:
    """Whether moments of training are laid out by UMAP; else as for `again`.

    Over the named dimensions alone, or over the whole code ("all").
    """
    from core.latent.forming import read_formed

    if read_formed(state.reopened(folder, sha), named=over == "attributes") is not None:
        return True
    return _asked(folder, sha, "forming", over)


def forget(folder: str, sha: str, what: str, over: str = "") -> None:
    """Let what failed be asked for once more; what is under way goes on."""
    desk, asked = _desk(), (folder, sha, what, over)
    with desk.lock:
        if asked in desk.asked and desk.asked[asked].problem:
            del desk.asked[asked]


def _asked(folder: str, sha: str, what: str, over: str) -> Looking | None:
    desk, asked = _desk(), (folder, sha, what, over)
    if not desk.open:
        return None
    with desk.lock:
        if asked not in desk.asked:
            desk.asked[asked] = Looking()
            Thread(target=_carry_out, args=(desk, *asked), daemon=True).start()
        return desk.asked[asked]


def _carry_out(desk: _Desk, folder: str, sha: str, what: str, over: str) -> None:
    looking = desk.asked[folder, sha, what, over]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    command = [sys.executable, "-m", "core.latent.kept", folder, what, *([over] if over else [])]
    with desk.one_at_a_time:
        if not desk.open:
            return
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        desk.process = process
        said, errors = process.stdout, process.stderr
        for line in said or ():
            done, _, total = line.partition(" ")
            if done.isdecimal() and total.strip().isdecimal():
                looking.done, looking.total = int(done), int(total)
        trouble = (errors.read() if errors else "").strip()
        if process.wait():
            looking.problem = trouble.splitlines()[-1] if trouble else "the study stopped"
