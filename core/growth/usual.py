"""The walk with which Growth opens a lesion: along its size, corrected, the way refused least.

What is computed beforehand for a lesion (`core.growth.agreement`) is of this walk.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from core.growth.preference import preferred
from core.growth.span import size_steps
from core.growth.trajectory import Trajectory
from core.growth.walked import Ground, along_of, defined, readable, walked
from core.latent.attributes import column
from core.latent.direction import WAYS, Way

TRUSTED = 0.25  # of the steps: a way that is refused at no more of them is taken


def least_refused(ways: Iterable[Way], walk_along: Callable[[Way], Trajectory]) -> Way:
    """The first way whose walk is refused at no more than a quarter of its steps.

    Where none is, the one refused least.

    Args:
        ways: In the order in which they are tried; one at least.
        walk_along: The corrected walk of a way.
    """
    refusals: dict[Way, float] = {}
    for way in ways:
        refused = walk_along(way).refused
        refusals[way] = sum(map(bool, refused)) / len(refused)
        if refusals[way] <= TRUSTED:
            break
    return min(refusals, key=lambda way: refusals[way])


def ways_of(ground: Ground, name: str) -> Iterator[Way]:
    """The ways in which a direction can be found, the one that the run's trial recommends first."""
    first = preferred(ground.run).way or ground.space.direction(name).way
    for way in (first, *(way for way in WAYS if way != first)):
        if way != "mixed" and defined(ground.space, name, way):
            yield way


def usual_walk(ground: Ground, row: int) -> Trajectory | None:
    """A lesion's walk along its size as Growth opens it; None where its size is not known.

    Args:
        ground: What is known of the lesion.
        row: The lesion.
    """
    name = "short_axis_mm"
    size_mm = float(column(ground.run.rows, name)[row])
    if not np.isfinite(size_mm):
        return None
    steps = np.array(size_steps(ground.space.direction(name), size_mm))
    keep = preferred(ground.run).keep

    def along(way: Way | None) -> Trajectory:
        return walked(ground, row, along_of(ground, name, way), steps, closed=True, keep=keep)

    if not readable(ground, row):
        return along(None)
    tried: dict[Way, Trajectory] = {}

    def once(way: Way) -> Trajectory:
        tried[way] = along(way)
        return tried[way]

    return tried[least_refused(ways_of(ground, name), once)]
