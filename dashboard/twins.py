"""The truth twin, cached for the pages: the same lesion truly drawn larger (core.growth.twin)."""

from dataclasses import dataclass

import streamlit as st

from core.arrays import Patches, Values
from core.growth.twin import offered as offered
from dashboard import answers, state


@dataclass(frozen=True, eq=False)
class Twins:
    """A lesion truly drawn larger by each step, and the short axis that the ruler reads there.

    Attributes:
        pictures: On the patch's own grid and greys, (step, height, width).
        sizes_mm: (step,), NaN where the ruler cannot read.
    """

    pictures: Patches
    sizes_mm: Values


@st.cache_resource(max_entries=24, show_spinner="Drawing the truth")
def twins(folder: str, sha: str, row: int, steps_mm: tuple[float, ...]) -> Twins | None:
    """The lesion of a row drawn truly larger by each step.

    None where the cohort is not synthetic, or not the one that its name says.
    """
    from core.cohort.phantom import Change
    from core.growth.measure import short_axes_mm
    from core.growth.twin import twins_of

    run = state.reopened(folder, sha)
    found = twins_of(run, row, [Change(short_axis_mm=step) for step in steps_mm])
    if found is None:
        return None
    sizes = short_axes_mm(found.pictures, spacing_mm=answers.spacing_mm(run, row))
    return Twins(found.pictures, sizes)
