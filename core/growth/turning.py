"""The search for a minimal flip: on the picture as it is encoded again, within the shell.

What is drawn is softer than its code, and what is kept of the scan does not change with it: the
score of a picture, encoded again, answers less to a step than the score of its code does, and not
along the same way. So the slope is that of the model's own drawing, encoded again. The step of
smallest length (in standard deviations of the training codes) that gains the missing logit by it
is taken, bent inwards where it would leave what training patients showed; where even the shell's
far side gains too little by that slope, as much is taken as can be. The delivered picture says how
far off the slope was, and the search goes on from there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.arrays import Code, Codes, Features, Patches, Values
from core.latent.shell import Shell

Draw = Callable[[Features], "Drawn"]
SlopeAt = Callable[[Values], Values]

STEP_SD = 0.5  # of finite differences
FURTHEST_SD = 2.0  # a round may go; beyond it the slope says little
NEAREST_SD = 0.5  # uphill, or a round that is nearly there would hardly move
ROUNDS = 7
WAY = (0.25, 0.5, 0.75, 1.0)  # of a round's step, drawn together
ON = (1.15, 1.4, 1.8)  # times as far along the change so far
FEW = 8  # directions, whose slope is taken anew every round
NEWS = 0.5  # of a slope taken anew beside the one so far, which delivered pictures corrected
MOST_IDLE = 2  # rounds without gain, the slope corrected after the first
SMALLER = 0.98  # times as large must a better flip be
HALVINGS = 8  # between the start, which does not turn the call, and a point that does
STRETCHES = tuple(np.geomspace(0.2, 4.0, 24))  # of a straight step
WEIGHTS = tuple(np.geomspace(1e-3, 1e4, 43))  # of staying typical beside staying near


@dataclass(frozen=True, eq=False)
class Drawn:
    """Points of a search: amounts along its basis, codes, pictures, logits once encoded again."""

    amounts: Features
    codes: Codes
    pictures: Patches
    logits: Values

    def one(self, at: int) -> "Drawn":
        """One of them, alone."""
        some = slice(at, at + 1)
        return Drawn(self.amounts[some], self.codes[some], self.pictures[some], self.logits[some])

    @property
    def size_sd(self) -> float:
        """Length of the first one's change, in standard deviations of the training codes."""
        return float(np.linalg.norm(self.amounts[0]))


@dataclass(frozen=True, eq=False)
class Room:
    """The shell as amounts along a basis see it: a' Q a + 2 q' a + c, at most 1."""

    quadratic: Features
    linear: Values
    constant: float

    @classmethod
    def of(cls, shell: Shell, start: Code, basis: Features) -> "Room":
        """The shell about a start; a start outside is its own limit: it may not go further."""
        away = start.astype(np.float64) - shell.centre
        precision = shell.precision / max(1.0, float(away @ shell.precision @ away))
        pulled = basis.T @ precision
        return cls(pulled @ basis, pulled @ away, float(away @ precision @ away))

    def holds(self, amounts: Values) -> bool:
        """Whether amounts stay inside."""
        found = amounts @ self.quadratic @ amounts + 2 * self.linear @ amounts + self.constant
        return bool(found <= 1 + 1e-6)

    def furthest(self, slope: Values) -> Values:
        """The amounts inside that gain most by a slope."""
        firm = self.quadratic + 1e-9 * np.trace(self.quadratic) * np.eye(len(slope))
        middle, along = (np.linalg.solve(firm, each) for each in (-self.linear, slope))
        reach = max(1 - self.constant - float(self.linear @ middle), 0.0)
        most: Values = middle + along * np.sqrt(reach / max(float(slope @ along), 1e-12))
        return most


def shortest(slope: Values, needed: float, room: Room) -> Values:
    """The smallest amounts that gain what is needed by a slope and stay in the room.

    Args:
        slope: Logits gained a standard deviation, (direction,).
        needed: Logits.
        room: Where to stay; where nothing in it gains enough, what gains most comes back.
    """
    for weight in (0.0, *WEIGHTS):
        matrix = np.eye(len(slope)) + weight * room.quadratic
        along, pulled = (np.linalg.solve(matrix, each) for each in (slope, weight * room.linear))
        gain = float(slope @ along)
        if gain < 1e-12:
            break
        found: Values = along * (needed + float(slope @ pulled)) / gain - pulled
        if room.holds(found):
            return found
    return room.furthest(slope)


def turned(
    draw: Draw, slope_at: SlopeAt, *, wanted: float, room: Room, directions: int
) -> tuple[Drawn, bool]:
    """Look for the smallest amounts whose picture, encoded again, reaches a logit.

    Args:
        draw: Draws amounts, (point, direction), completes and encodes them; logits are counted
            upwards, towards the other call.
        slope_at: Logits gained a standard deviation along each direction, at given amounts.
        wanted: The logit to be reached.
        room: What training patients showed.
        directions: How many may be moved along.

    Returns:
        The point found, and whether it reaches it; else the nearest to it.
    """
    here, found = draw(np.zeros((1, directions))), False
    slope, idle = slope_at(here.amounts[0]), 0
    for _ in range(ROUNDS):
        start, level = here.amounts[0], float(here.logits[0])
        aim = shortest(slope, wanted - level + float(slope @ start), room)
        points = start + np.outer(WAY, _within(aim - start, 0.0))
        if not found:
            uphill = slope * (wanted - level) / max(float(slope @ slope), 1e-12)
            further = start + np.outer(WAY, _within(uphill, NEAREST_SD))
            points = np.concatenate([points, further, np.outer(ON, start)])
        tried = draw(np.stack([each for each in points if room.holds(each)] or [start]))
        sizes = np.linalg.norm(tried.amounts, axis=1)
        smaller = sizes < SMALLER * here.size_sd if found else np.ones(len(sizes), dtype=bool)
        good = np.flatnonzero((tried.logits >= wanted) & smaller)
        best = int(good[np.argmin(sizes[good])] if good.size else np.argmax(tried.logits))
        gained = bool(good.size or (not found and tried.logits[best] > level))
        idle = 0 if gained else idle + 1
        if idle == MOST_IDLE:
            break
        slope = _corrected(slope, here, tried.one(best))
        if gained:
            here = tried.one(best)
        if good.size:
            here, found = _shrunk(draw, here, wanted), True
        if directions <= FEW or not gained:
            slope = (1 - NEWS) * slope + NEWS * slope_at(here.amounts[0])
    return here, found


def stretched(draw: Draw, amounts: Values, *, wanted: float, room: Room) -> tuple[Drawn, bool]:
    """The same, along one straight way: how much of given amounts reaches the logit.

    Args:
        draw: As for `turned`.
        amounts: What the score of codes alone would need, (direction,).
        wanted: The logit to be reached.
        room: What training patients showed.
    """
    ways = np.outer(STRETCHES, amounts)
    tried = draw(np.stack([each for each in ways if room.holds(each)] or [0 * amounts]))
    good = np.flatnonzero(tried.logits >= wanted)
    if good.size:
        return _shrunk(draw, tried.one(int(good[0])), wanted), True
    return tried.one(int(np.argmax(tried.logits))), False


def _within(step: Values, least: float) -> Values:
    """A step of between `least` and FURTHEST_SD standard deviations, the same way."""
    length = max(float(np.linalg.norm(step)), 1e-12)
    whole: Values = step * (float(np.clip(length, least, FURTHEST_SD)) / length)
    return whole


def _corrected(slope: Values, before: Drawn, here: Drawn) -> Values:
    """The slope as the last step corrects it (Broyden's), without drawing anything."""
    step = here.amounts[0] - before.amounts[0]
    missed = float(here.logits[0] - before.logits[0] - slope @ step)
    corrected: Values = slope + missed * step / max(float(step @ step), 1e-12)
    return corrected


def _shrunk(draw: Draw, good: Drawn, wanted: float) -> Drawn:
    """The same change, as much smaller as still turns the call."""
    whole, low, high = good.amounts, 0.0, 1.0
    for _ in range(HALVINGS):
        half = (low + high) / 2
        tried = draw(half * whole)
        if tried.logits[0] >= wanted:
            good, high = tried, half
        else:
            low = half
    return good
