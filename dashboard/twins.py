"""The truth twin, cached for the pages: the same lesion truly drawn larger (core.growth.twin)."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.arrays import Patches, Values
from core.growth.twin import offered as offered
from dashboard import answers, state


@dataclass(frozen=True, eq=False)
class Twins:
    """A lesion truly drawn larger by each step, and its short axis by the outline drawn with it.

    Attributes:
        pictures: On the patch's own grid and greys, (step, height, width).
        sizes_mm: (step,), NaN where it was not drawn.
        whole: Whether it was drawn as large as asked and clear of the patch's edge, (step,): a
            node has bounds that the phantom does not leave.
    """

    pictures: Patches
    sizes_mm: Values
    whole: tuple[bool, ...]


@st.cache_resource(max_entries=24, show_spinner=False)  # its place on the page says so
def twins(folder: str, sha: str, row: int, steps_mm: tuple[float, ...]) -> Twins | None:
    """The lesion of a row drawn truly larger by each step.

    None where the cohort is not synthetic, or not the one that its name says.
    """
    from core.cohort.node import measure_node
    from core.cohort.phantom import Change
    from core.growth.twin import twins_of

    run = state.reopened(folder, sha)
    found = twins_of(run, row, [Change(short_axis_mm=step) for step in steps_mm])
    if found is None:
        return None
    spacing = answers.spacing_mm(run, row)
    sizes = [
        measure_node(mask, spacing_mm=spacing).short_axis_mm if mask.any() else np.nan
        for mask in found.masks
    ]
    return Twins(found.pictures, np.array(sizes), found.fits)
