"""The closed loop: measure what was drawn and correct the walk until the size is right."""

import numpy as np

from core.arrays import Codes, Labels, Values
from core.growth.delivery import Delivery, Lesion
from core.growth.finishing import finished
from core.latent.direction import Direction

MOST_PICTURES = 9  # a step (SCIENCE.md section 2)
CLOSE_MM = 0.03  # well under the ruler's own error
MISSED_MM = 0.25  # a closed loop that ends further off says so; half a pixel of the paper's


def reach(
    lesion: Lesion,
    direction: Direction,
    asked_mm: Values,
    *,
    first: Values,
    beside: Codes | None = None,
) -> Delivery:
    """Walk every step until its picture measures what was asked, or nine pictures are drawn.

    The first picture of a step is the open walk's. Then, by false position between the nearest
    walks known to be too small and too large, or along the slope found so far while one of them
    is missing. Steps are decoded together; the nearest picture of each is kept. Where the open
    walk's picture cannot be read it stays unless a correction reaches what was asked: the nearest
    one that can be read is often no larger than the lesion was, and so further from the truth.

    Args:
        lesion: What the walk begins with; its size is known.
        direction: Along which the short axis rises.
        asked_mm: Short axis wanted, (step,).
        first: First walks, in the direction's unit, (step,); 0 stays where it is.
        beside: What is added to every step's codes and stays as it is while the size is
            corrected, (step, latent); nothing at 0.
    """
    fixed = np.zeros((len(first), len(lesion.code)), np.float32) if beside is None else beside
    amounts = first.astype(np.float64)
    best = lesion.deliver(direction.walk(lesion.code, amounts) + fixed)
    error = np.nan_to_num(np.abs(best.sizes_mm - asked_mm), nan=MISSED_MM)
    start_mm = lesion.measurement.short_axis_mm if lesion.measurement else float("nan")
    if beside is not None:  # with it, no step of size is not the lesion itself
        start_mm = float("nan")
    walks = [
        _Walk(amount, wanted, start_mm) for amount, wanted in zip(first, asked_mm, strict=True)
    ]
    for walk, size in zip(walks, best.sizes_mm, strict=True):
        walk.learn(walk.amount, size)
    for _ in range(MOST_PICTURES - 1):
        todo: Labels = ~(error <= CLOSE_MM) & (first != 0)
        if not todo.any():
            break
        rows = np.flatnonzero(todo)
        tried = np.array([walks[row].next() for row in rows])
        found = lesion.deliver(direction.walk(lesion.code, tried) + fixed[rows])
        for row, amount, size in zip(rows, tried, found.sizes_mm, strict=True):
            walks[row].learn(amount, size)
        wrong = np.abs(found.sizes_mm - asked_mm[rows])
        better = wrong < error[rows]
        if better.any():
            at = np.zeros(len(first), dtype=bool)
            at[rows[better]] = True
            best = best.put(at, found.rows(better))
            error[rows[better]] = wrong[better]
    return finished(lesion, best, asked_mm, at=~(error <= CLOSE_MM) & (first != 0))


class _Walk:
    """One step's search: which walk gives the wanted size."""

    def __init__(self, amount: float, target_mm: float, start_mm: float) -> None:
        self.amount, self.target_mm = float(amount), float(target_mm)
        self.known = [(0.0, start_mm - target_mm)] if np.isfinite(start_mm) else []
        self.lost: float | None = None

    def learn(self, amount: float, size_mm: float) -> None:
        """Take in one reading; one that failed bounds how far the walk may go."""
        if np.isfinite(size_mm):
            self.known.append((float(amount), float(size_mm) - self.target_mm))
        else:
            self.lost = float(amount)

    def next(self) -> float:
        """The walk to try next."""
        if not self.known:
            return (self.lost or self.amount) / 2
        nearest = min(self.known, key=lambda point: abs(point[1]))
        others = [point for point in self.known if point[1] * nearest[1] < 0]
        if others:
            other = min(others, key=lambda point: abs(point[0] - nearest[0]))
            share = nearest[1] / (nearest[1] - other[1])
            # never closer than a tenth to an end, or false position creeps
            return nearest[0] + float(np.clip(share, 0.1, 0.9)) * (other[0] - nearest[0])
        slope = self._slope()
        wanted = nearest[0] - nearest[1] / slope
        if self.lost is not None and abs(wanted) >= abs(self.lost):
            return (nearest[0] + self.lost) / 2
        return float(np.clip(wanted, nearest[0] - 3, nearest[0] + 3))

    def _slope(self) -> float:
        """mm gained a unit, from the two nearest readings; held where it makes no sense."""
        if len(self.known) < 2:
            return 1.0
        (a, at_a), (b, at_b) = sorted(self.known, key=lambda point: abs(point[1]))[:2]
        slope = (at_b - at_a) / (b - a) if abs(b - a) > 1e-9 else 1.0
        return float(np.clip(slope, 0.2, 5.0))
