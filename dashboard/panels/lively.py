"""What the browser needs to have a walk decoded while it is dragged, and the dials beside it."""

from typing import TYPE_CHECKING

import numpy as np

from core.run import Run
from dashboard import answers, state
from dashboard.components.film_slider import Knob, Live

if TYPE_CHECKING:
    from core.growth.delivery import Keep
    from core.growth.trajectory import Trajectory

TITLES = {
    "short_axis_mm": ("Size: short axis", "mm"),
    "elongation": ("Roundness: short / long", ""),
    "contrast": ("Signal against its surroundings", ""),
    "heterogeneity": ("Texture: grey spread inside", ""),
    "compactness": ("Border: outline complexity", ""),
}


def live_of(run: Run, row: int, walk: "Trajectory", keep: "Keep", *, without: str | None) -> Live:
    """The walk's codes, and a knob for each other thing that the run can name.

    Args:
        run: The run.
        row: The lesion walked from.
        walk: Its walk.
        keep: What of the scan is kept.
        without: The direction that the walk itself goes along; None offers no knobs.
    """
    named = () if without is None else state.latent_space(run).directions()
    own = run.codes[row][None]
    knobs = []
    for each in named:
        if each.name == without or each.name not in TITLES:
            continue
        along = answers.along_of(*state.key(run), each.name)
        title, unit = TITLES[each.name]
        knobs.append(
            Knob(
                title=title,
                unit=unit,
                move=along.move.astype(np.float32),
                own=float(each.read(own)[0]),
                low=each.low,
                high=each.high,
                reciprocal=each.name == "elongation",
            )
        )
    return Live(run.name, row, keep, walk.codes, tuple(knobs))
