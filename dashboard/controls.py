"""Inputs that return what was chosen: a patient, a lesion, a run. They travel between pages."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import streamlit as st

from core.run import Run
from dashboard import state, words

Split = Literal["train", "validation", "test"]
HELD_OUT = ("validation", "test")
SPLITS = {
    "all": "everybody",
    "train": "seen in training",
    "validation": "held out for choices",
    "test": "held out for the test",
}
DOORS = {
    "patients": ("Patients", "Where it lies", ":material/groups:"),
    "atlas": ("Atlas", "What is alike", ":material/scatter_plot:"),
    "growth": ("Growth", "Let it grow", ":material/zoom_out_map:"),
    "dials": ("Dials", "Turn its dials", ":material/tune:"),
    "why": ("Why", "Why the score", ":material/psychology_alt:"),
    "how_good": ("How good", "How good is the model?", ":material/balance:"),
}
Thing = TypeVar("Thing")


def pick_run(*, label: str = "Run") -> Run:
    """The run that every page asks; the choice is remembered for the next start."""
    names = [run.name for run in state.runs()]
    state.remember("pick_run", state.run().name)
    st.selectbox(label, names, key="pick_run", on_change=_run_changed, format_func=_run_name)
    return state.run()


def pick_other_run(*, label: str = "Compare with", key: str) -> Run | None:
    """A second run, or None where there is no other."""
    names = [run.name for run in state.runs() if run.name != state.run().name]
    if not names:
        return None
    chosen = st.selectbox(
        label, names, index=None, key=key, placeholder="another run", format_func=_run_name
    )
    return state.open_run(chosen) if chosen else None


def pick_patient(*, label: str = "Patient", held_out_only: bool = False) -> str:
    """The patient that every page looks at; returns the study pseudonym."""
    own = patients(held_out_only=held_out_only)
    current = state.chosen().patient_id
    if current not in own and own:
        state.choose_patient(own[0])
        current = own[0]
    state.remember("pick_patient", current)
    names = _patient_names(state.run(), own)
    st.selectbox(
        label, own, key="pick_patient", on_change=_patient_changed, format_func=names.__getitem__
    )
    return state.chosen().patient_id


def pick_node(*, label: str = "") -> state.Chosen:
    """One of the chosen patient's lesions, largest first."""
    run, current = state.run(), state.chosen()
    own = state.nodes_of(run.rows, current.patient_id)
    nodes = [int(node) for node in own["node"]]
    noun = words.capital(run.words.lesion)
    names = {
        node: f"{noun} {node}" + (f" · {words.mm(float(size))}" if size == size else "")
        for node, size in zip(nodes, own["short_axis_mm"], strict=True)
    }
    at = own.index[own["node"] == current.node]
    if len(at) and int(at[0]) != current.row and current.short_axis_mm:
        # another slice of it than its key slice: the size is that of what is looked at
        here = words.mm(current.short_axis_mm)
        names[current.node] = f"{noun} {current.node} · {here} in slice {current.slice_k}"
    state.remember("pick_node", current.node if current.node in nodes else nodes[0])
    st.selectbox(
        label or noun,
        nodes,
        key="pick_node",
        on_change=_node_changed,
        format_func=names.__getitem__,
    )
    return state.chosen()


def patients(*, held_out_only: bool = False) -> list[str]:
    """Who can be picked: held-out patients first, since only they show how good a model is."""
    rows = state.run().rows
    order = {"test": 0, "validation": 1, "train": 2}
    first = rows.groupby("patient_id", sort=True)["split"].first()
    if held_out_only and first.isin(HELD_OUT).any():
        first = first[first.isin(HELD_OUT)]
    return sorted((str(one) for one in first.index), key=lambda one: (order[first[one]], one))


def _run_changed() -> None:
    state.choose_run(state.recall("pick_run"))


def _patient_changed() -> None:
    state.choose_patient(state.recall("pick_patient"))


def _node_changed() -> None:
    own = state.nodes_of(state.run().rows, state.chosen().patient_id)
    state.choose_row(int(own.index[own["node"] == state.recall("pick_node")][0]))


def _run_name(name: str) -> str:
    found = next((run for run in state.runs() if run.name == name), None)
    if found and state.is_example(found):
        return f"{name} (example)"
    return f"{name} (shipped)" if found and found.folder == state.SHIPPED else name


def _patient_names(run: Run, listed: Sequence[str]) -> dict[str, str]:
    first = run.rows.groupby("patient_id")[["label", "split"]].first().loc[list(listed)]
    return {
        patient: f"{patient} · {words.outcome_of(int(label), run.words)}"
        + (", seen in training" if split == "train" else "")
        for patient, label, split in zip(first.index, first["label"], first["split"], strict=True)
    }


def row_picker(key: str) -> Callable[[], None]:
    """What to do when a picture or point of the component with this key is clicked."""

    def pick() -> None:
        row = picked(key)
        if isinstance(row, int) and 0 <= row < len(state.run().rows):
            state.choose_row(row)

    return pick


def picked(key: str) -> object:
    """What was just clicked in a component of ours."""
    return (state.recall(key) or {}).get("picked")


def tile_picked() -> None:
    """A patient's tile was clicked."""
    if patient := picked("tiles"):
        state.choose_patient(str(patient))


def outline_picked() -> None:
    """A lesion's outline was clicked."""
    own = state.nodes_of(state.run().rows, state.chosen().patient_id)
    node = picked("slice_viewer")
    if node is not None and (own["node"] == node).any():
        state.choose_row(int(own.index[own["node"] == node][0]))


def split_name(split: str) -> str:
    """A split as people say it."""
    return SPLITS[split]


def run_place() -> str:
    """The chosen run's folder as a command would name it."""
    run = state.run()
    if state.is_example(run):
        return f"assets/examples/{run.name}"
    return "assets/demo" if run.folder == state.SHIPPED else f"{state.runs_folder()}/{run.name}"


def in_rows(things: Sequence[Thing], per_row: int) -> list[Sequence[Thing]]:
    """Things cut into rows, for columns on a page."""
    return [things[start : start + per_row] for start in range(0, len(things), per_row)]


def doors_to(*pages: str, by_name: bool = False) -> None:
    """Links to the same patch on other pages, as questions or by the pages' names."""
    with st.container(horizontal=True):
        for page in pages:
            name, question, icon = DOORS[page]
            st.page_link(f"views/{page}.py", label=name if by_name else question, icon=icon)
