"""Closed lines of largest gain around a centre, for many pictures at once, compiled.

A dragged picture waits for these few hundred thousand additions. numba compiles them on the
first call, keeps what it compiled where it may, and lets other threads work meanwhile.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]


def closed_lines(gain: Numbers, *, jump: int, bend: float) -> Places:
    """The closed line of largest gain in each of many tables, by dynamic programming.

    A line takes one place an angle. The best closed one is the middle turn of the best line of
    three turns.

    Args:
        gain: (row, angle, place).
        jump: Places that it may move by from one angle to the next.
        bend: What a move by one place costs.

    Returns:
        The place taken at each angle, (row, angle). Of equal ways the straight one is taken,
        then the one that moves furthest down.
    """
    found: Places = _compiled()(np.ascontiguousarray(gain, np.float64), jump, float(bend))
    return found


@lru_cache(maxsize=1)
def _compiled() -> Callable[[Numbers, int, float], Places]:
    from core.latent.umap_cache import compiled

    return compiled(_closed_lines)


def _closed_lines(gain: Numbers, jump: int, bend: float) -> Places:
    rows, angles, width = gain.shape
    lines = np.empty((rows, angles), np.intp)
    came = np.empty((3 * angles, width), np.int8)
    now, before = np.empty(width), np.empty(width)
    for row in range(rows):
        before[:] = gain[row, 0]
        for turn in range(1, 3 * angles):
            angle = turn % angles
            for place in range(width):
                best, move = before[place], 0
                for by in range(-jump, jump + 1):
                    if by != 0 and 0 <= place + by < width:
                        value = before[place + by] - bend * abs(by)
                        if value > best:
                            best, move = value, by
                now[place] = best + gain[row, angle, place]
                came[turn, place] = move
            now, before = before, now
        at = 0
        for place in range(width):
            if before[place] > before[at]:
                at = place
        for turn in range(3 * angles - 1, angles - 1, -1):
            if turn < 2 * angles:
                lines[row, turn - angles] = at
            at += came[turn, at]
    return lines
