"""The only keeper of the session and of what was opened; everything keyed by plain names.

A session holds which run and which row are looked at, nothing else. Both stand in the link
(`?run=NAME&row=12`); a patient never does. The patient follows from the row, so the two cannot
disagree.
"""

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import RunNotFound
from core.run import EXAMPLES, SHIPPED, Run, finished, shipped_runs, write_text

if TYPE_CHECKING:
    from core.latent.space import LatentSpace
    from core.model import Model

LAST_OPENED = ".last-opened"


@dataclass(frozen=True)
class Chosen:
    """The patch a visitor looks at: one row of the run, in words and numbers.

    Attributes:
        row: Its row, the same everywhere.
        patient_id: Whose it is.
        node: The lesion's number in the mask.
        slice_k: The slice it was cut from.
        split: train, validation or test.
        label: 1 for a positive patient.
        short_axis_mm: Its short axis, None for a cohort without masks.
    """

    row: int
    patient_id: str
    node: int
    slice_k: int
    split: str
    label: int
    short_axis_mm: float | None

    @property
    def seen_in_training(self) -> bool:
        """Whether the weights were fitted on this patient."""
        return self.split == "train"


def option(name: str) -> str | None:
    """What stands after `--name` on the command line behind `--`, or None."""
    words = sys.argv[1:]
    return words[words.index(name) + 1] if name in words[:-1] else None


def runs_folder() -> Path:
    """The folder that is looked through for finished runs."""
    return Path(option("--runs") or "runs")


def runs() -> tuple[Run, ...]:
    """The finished runs, newest first, then the shipped demo, then the examples for class."""
    return _listed(str(runs_folder()))


def runs_now() -> tuple[Run, ...]:
    """The same, read again from disk this moment."""
    _listed.clear()
    return runs()


def is_example(of: Run) -> bool:
    """Whether a run is one of the examples for class, which went wrong on purpose."""
    return of.folder.parent == EXAMPLES


def run() -> Run:
    """The run that this session looks at.

    Raises:
        RunNotFound: There is none yet.
    """
    chosen = _find(st.session_state.get("run_name")) or _first()
    return reopened(str(chosen.folder), chosen.manifest.weights_sha256)


def open_run(name: str) -> Run:
    """Another finished run, for a comparison; the chosen one stays.

    Raises:
        RunNotFound: None is called so.
    """
    found = _find(name)
    if found is None:
        raise RunNotFound(name, [run.name for run in runs()])
    return reopened(str(found.folder), found.manifest.weights_sha256)


def choose_run(name: str) -> None:
    """Look at another run, and begin with it the next time, unless it is an example."""
    st.session_state["run_name"] = name
    for passed in ("row", "lost_run"):
        st.session_state.pop(passed, None)
    st.session_state["moved"] = True
    found = _find(name)
    if found and is_example(found):
        return
    with suppress(OSError):  # a folder that cannot be written forgets, and that is all
        write_text(runs_folder() / LAST_OPENED, name)


def model(of: Run | None = None) -> "Model":
    """The trained network of the chosen run (or of another), loaded once for all sessions."""
    of = of or run()
    return _model(str(of.folder), of.manifest.weights_sha256)


def latent_space(of: Run | None = None) -> "LatentSpace":
    """The codes of the chosen run beside their rows."""
    of = of or run()
    return _latent_space(str(of.folder), of.manifest.weights_sha256)


def key(of: Run | None = None) -> tuple[str, str]:
    """What cached answers are keyed by: the run's folder and its weights."""
    of = of or run()
    return str(of.folder), of.manifest.weights_sha256


def changed_ns(of: Run) -> int:
    """When a later command last added to a run, for answers that read what it added."""
    with suppress(OSError):
        return (of.folder / "added").stat().st_mtime_ns
    return 0


def reopened(folder: str, sha: str) -> Run:
    """The run behind a key, for cached functions that hold only plain values."""
    with suppress(OSError):
        # a later command adds to the run by renaming, which the folder's time tells
        return _opened(folder, sha, Path(folder).stat().st_mtime_ns)
    raise RunNotFound(Path(folder).name, [run.name for run in runs_now()])


def row() -> int:
    """The row that is looked at; a telling one before anybody chose."""
    if not row_known():
        from dashboard.beginnings import first_row

        st.session_state["row"] = first_row(*key())
    return int(st.session_state["row"])


def row_known() -> bool:
    """Whether a row of the chosen run was chosen, by a visitor, a link or for them."""
    found = st.session_state.get("row")
    return isinstance(found, int) and 0 <= found < len(run().rows)


def chosen() -> Chosen:
    """The row that is looked at, with what is known of it."""
    return at(row())


def at(row: int) -> Chosen:
    """What is known of one row of the chosen run."""
    found = run().rows.iloc[row]
    size = found.get("short_axis_mm", np.nan)
    return Chosen(
        row=row,
        patient_id=str(found["patient_id"]),
        node=int(found["node"]),
        slice_k=int(found["slice_k"]) if pd.notna(found.get("slice_k")) else 0,
        split=str(found["split"]),
        label=int(found["label"]),
        short_axis_mm=float(size) if pd.notna(size) else None,
    )


def choose_row(row: int) -> None:
    """Look at another patch, on every page."""
    st.session_state["row"] = int(row)
    st.session_state["moved"] = True


def choose_patient(patient_id: str) -> None:
    """Look at another patient, beginning with the largest lesion's key slice."""
    if patient_id != chosen().patient_id:
        choose_row(int(nodes_of(run().rows, patient_id).index[0]))


def recall(name: str, default: Any = None) -> Any:  # noqa: ANN401  a widget holds anything
    """What a widget holds, or a default before it was drawn."""
    return st.session_state.get(name, default)


def remember(name: str, value: object) -> None:
    """Set what a widget will hold; only before it is drawn."""
    st.session_state[name] = value


def read_link() -> None:
    """Take run and row from the link where it names others than the last one written."""
    link = (st.query_params.get("run"), st.query_params.get("row"))
    if st.session_state.pop("moved", False) or link == st.session_state.get("link"):
        return
    if link[0]:
        found = _find(link[0])
        st.session_state["lost_run"] = None if found else link[0]
        if found:
            st.session_state["run_name"] = link[0]
    if link[1] and link[1].isdecimal():
        st.session_state["row"] = int(link[1])


def write_link() -> None:
    """Put run and row into the link, so that it shows another person the same."""
    link = (run().name, str(row()))
    if (st.query_params.get("run"), st.query_params.get("row")) != link:
        st.query_params.update({"run": link[0], "row": link[1]})
    st.session_state["link"] = link


def nodes_of(rows: pd.DataFrame, patient_id: str) -> pd.DataFrame:
    """A patient's lesions, one row each (the key slice), largest first; the index is the row."""
    own = rows[(rows["patient_id"] == patient_id) & rows["key_slice"].astype(bool)]
    return own.sort_values("short_axis_mm", ascending=False, kind="stable")


def warm_up() -> None:
    """Open what the first visitor will ask for."""
    first = _first()
    run = reopened(*key(first))
    run.patches, run.codes, run.map  # noqa: B018  reading them is the point
    model(run)


@st.cache_resource(ttl=3, max_entries=4, show_spinner=False)
def _listed(folder: str) -> tuple[Run, ...]:
    there = finished(Path(folder))
    names = {run.name for run in there}
    return (*there, *(run for run in shipped_runs() if run.name not in names))


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(folder: str, sha: str, changed_ns: int) -> Run:
    return Run.open(Path(folder))


@st.cache_resource(max_entries=3, show_spinner="Loading the network")
def _model(folder: str, sha: str) -> "Model":
    from core.model import Model

    return Model.open(reopened(folder, sha))


@st.cache_resource(max_entries=4, show_spinner=False)
def _latent_space(folder: str, sha: str) -> "LatentSpace":
    from core.latent.space import LatentSpace

    return LatentSpace.open(reopened(folder, sha))


def _find(name: str | None) -> Run | None:
    return next((run for run in runs() if run.name == name), None)


def _first() -> Run:
    """The run asked for on the command line, else last chosen, else shipped, else newest."""
    asked = option("--run")
    if asked and _find(asked) is None:
        raise RunNotFound(asked, [run.name for run in runs()])
    last, everything = runs_folder() / LAST_OPENED, runs()
    name = asked or (last.read_text(encoding="utf-8").strip() if last.is_file() else None)
    if not everything:
        raise RunNotFound("any", [])
    shipped = [run for run in everything if run.folder == SHIPPED]
    return _find(name) or (shipped or list(everything))[0]
