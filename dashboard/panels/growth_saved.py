"""Panel of Growth: what stands beside the film as files: pictures side by side, charts' numbers."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.arrays import Patch, Patches
from core.run import Run
from dashboard import answers

MARK = "SIMULATED"
ORIGINAL, TWIN = "Original", "Truth twin"  # what no model drew

if TYPE_CHECKING:
    from core.growth.counterfactual import Flip
    from core.growth.trajectory import Trajectory


def pictures_file(
    run: Run,
    shown: Patches,
    titles: Sequence[str],
    marks: Sequence[str],
    *,
    row: int,
    name: str,
    label: str = "Pictures (PNG)",
) -> None:
    """A button that saves what stands side by side as PNG, with its titles and marks.

    Args:
        run: Whose lesions they are.
        shown: (picture, height, width) in [0, 1], as on the page.
        titles: What each shows.
        marks: SIMULATED, SYNTHETIC or "".
        row: The lesion, for the size of a pixel.
        name: Of the file, without its ending.
        label: Of the button.
    """

    def made() -> bytes:
        from core.growth.saved import beside

        side = answers.pixel_mm(run, row)
        return beside(shown, titles, marks, spacing_mm=None if side is None else (side, side))

    key = f"saved_{name}_png"
    st.download_button(label, made, f"{_file(run, name)}.png", "image/png", key=key)


def numbers_file(run: Run, table: pd.DataFrame, title: str, *, name: str) -> None:
    """A button that saves the numbers behind a chart or a sentence as CSV."""

    def made() -> str:
        from core.growth.saved import numbers

        return numbers(table, title)

    key = f"saved_{name}_csv"
    st.download_button("Numbers (CSV)", made, f"{_file(run, name)}.csv", "text/csv", key=key)


def flip_files(
    run: Run,
    found: "Flip",
    shown: Patches,
    titles: Sequence[str],
    marks: Sequence[str],
    *,
    row: int,
) -> None:
    """What turns a call: its pictures, and what is read of them."""
    from core.growth.saved import flip_table

    name = f"row{row}-turned-call"
    with st.container(horizontal=True):
        pictures_file(run, shown, titles, marks, row=row, name=name)
        title = "The smallest plausible change that turns the call, read by ruler and model"
        numbers_file(run, flip_table(found), title, name=name)


def step_file(
    run: Run,
    shown: Mapping[str, Patch | None],
    *,
    row: int,
    at: str,
    refused: bool,
) -> None:
    """What the film shows at one step, side by side: the start, the simulated, what it is held
    against, and the difference of the first two.

    Args:
        run: Whose lesion.
        shown: By title; what is not shown there is None. The start stands first, called
            `ORIGINAL` where it is the scan, then the simulated; the truth is called `TWIN`.
        row: The lesion.
        at: Which step, in words.
        refused: Whether the step is not to be trusted.
    """
    there = {title: picture for title, picture in shown.items() if picture is not None}
    synthetic = "SYNTHETIC" if run.manifest.synthetic else ""
    start, simulated, *_ = there.values()
    there["Difference, grey is alike"] = 0.5 + 0.5 * (simulated - start)
    marks = [synthetic if title in (ORIGINAL, TWIN) else MARK for title in there]
    first, second, *rest = there
    doubt = ", not to be trusted" if refused else ""
    titles = [first, f"{second}, {at}{doubt}", *(f"{title}, {at}" for title in rest)]
    label, name = "This step, side by side (PNG)", f"row{row}-step"
    pictures_file(
        run, np.stack(list(there.values())), titles, marks, row=row, name=name, label=label
    )


def ways_files(
    run: Run, walks: "Mapping[str, Trajectory]", table: pd.DataFrame, *, name: str
) -> None:
    """The ways between two lesions: their strips, and the steps that each takes."""

    def made() -> bytes:
        from core.growth.saved import strips

        return strips(walks)

    with st.container(horizontal=True):
        st.download_button(
            "Strips (PNG)", made, f"{_file(run, name)}.png", "image/png", key="saved_ways_png"
        )
        numbers_file(run, table, "Ways between two lesions and their steps", name=name)


def _file(run: Run, name: str) -> str:
    return f"{run.name}-{name}"
