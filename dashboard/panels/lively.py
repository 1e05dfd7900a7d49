"""What the browser needs to have a walk decoded while it is dragged, and the dials beside it."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.arrays import Patches
from core.run import Run
from dashboard import answers, state
from dashboard.components.film_slider import Knob, Live

if TYPE_CHECKING:
    from core.growth.delivery import Keep
    from core.growth.trajectory import Trajectory
    from core.latent.direction import Direction, Way

TITLES = {
    "short_axis_mm": ("Size: short axis, by code", "mm"),
    "elongation": ("Roundness: short / long", ""),
    "contrast": ("Signal against its surroundings", ""),
    "heterogeneity": ("Texture: grey spread inside", ""),
    "irregularity": ("Border: irregularity", ""),
    "compactness": ("Outline complexity", ""),
}


# where live readings, in live_pictures.READINGS' order, say the same as a knob
READS = {
    "short_axis_mm": 0,
    "elongation": 1,
    "contrast": 2,
    "heterogeneity": 3,
    "irregularity": 4,
}
STRIP = 9  # pictures of a knob, for when there is no connection


def knob_of(run: Run, row: int, along: "Direction", *, note: str = "", strip: bool = False) -> Knob:
    """A direction as a knob, in the unit that people say."""
    title, unit = TITLES.get(along.name, (along.name, along.unit))
    own = float(along.read(run.codes[row][None])[0])
    low, high, reciprocal = min(along.low, own), max(along.high, own), along.name == "elongation"
    knob = Knob(
        title=title,
        unit=unit,
        move=along.move.astype(np.float32),
        own=own,
        low=low,
        high=high,
        reciprocal=reciprocal,
        note=note,
        reads=None if answers.ruler_mm(run, row) is None else READS.get(along.name),
    )
    return replace(knob, strip=strip_of(run, row, knob)) if strip else knob


def strip_of(run: Run, row: int, knob: Knob) -> Patches:
    """A knob's pictures from its lowest to its highest value, as the model draws them."""
    ends = sorted(1 / end if knob.reciprocal else end for end in (knob.low, knob.high))
    said = np.linspace(*ends, STRIP)
    amounts = (1 / said if knob.reciprocal else said) - knob.own
    codes = run.codes[row][None] + np.outer(amounts, knob.move)
    return state.model(run).decode(codes.astype(np.float32))


def live_of(
    run: Run,
    row: int,
    walk: "Trajectory",
    keep: "Keep",
    *,
    without: str | None,
    way: "Way | None" = None,
) -> Live:
    """The walk's codes, and a knob for each other thing that the run can name.

    Args:
        run: The run.
        row: The lesion walked from.
        walk: Its walk.
        keep: What of the scan is kept.
        without: The direction that the walk itself goes along; None offers no knobs.
        way: How that direction was found; None is the run's own way.
    """
    told = keep if keep != "blended" else f"blended:{way or ''}"
    if keep == "blended" and without != "short_axis_mm":
        told = "surroundings"  # as the film itself: a plain warp knows of nothing but size
    named = () if without is None else state.latent_space(run).directions()
    knobs = tuple(
        knob_of(run, row, answers.along_of(*state.key(run), each.name))
        for each in named
        if each.name != without and each.name in TITLES
    )
    return Live(run.name, row, told, walk.codes, knobs)
