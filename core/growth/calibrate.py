"""Directions judged by what the decoder draws: does one millimetre asked draw one millimetre?

A direction fitted on codes says how codes go with an attribute; whether the decoder draws the
change is another question. Here lesions of validation patients are walked a little along every
way of finding a direction, the pictures are measured with the ruler, the scale is set so that
asked and measured agree on average, and the way that changes most reliably what it should and
least what it should not is kept. Test patients are not touched.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Codes, Features, Labels, Patches, Values
from core.errors import UndefinedDirection
from core.growth.measure import Measurement, measure_all
from core.latent.direction import WAYS, Direction, Way
from core.latent.space import LatentSpace

Decode = Callable[[Codes], Patches]

# What the ruler reads of a picture for each column measured on scan and mask.
READINGS = {
    "short_axis_mm": "short_axis_mm",
    "long_axis_mm": "long_axis_mm",
    "elongation": "elongation",
    "contrast": "contrast",
    "heterogeneity": "texture",
    "irregularity": "border",
}
WATCHED = ("short_axis_mm", "elongation", "contrast", "texture")
LESIONS = 16  # of validation patients: enough for a slope, quick enough to wait for
STEPS_SD = (-0.5, 0.5, 1.0)  # in standard deviations of the attribute
SIZES_SD = (-0.5, 0.5, 1.0, 1.5, 2.0)  # of size: about -1 to +4 mm in the paper's cohort
WEAKEST = 0.1  # a way that draws less than a tenth of what is asked does not draw it at all


def calibrated_directions(
    space: LatentSpace, *, decode: Decode, spacing_mm: tuple[float, float]
) -> tuple[Direction, ...]:
    """The run's directions, those that the ruler can read chosen and scaled by what is drawn.

    Args:
        space: The run's latent space.
        decode: Turns codes into pictures, usually `model.decode`.
        spacing_mm: Size of a pixel, (down, across).

    Returns:
        As `LatentSpace.directions`; where nothing can be judged (no validation lesion that can
        be read, nothing drawn) the direction fitted on codes comes back as it was.
    """
    return tuple(
        calibrated(space, found, decode=decode, spacing_mm=spacing_mm)
        for found in space.directions()
    )


def calibrated(
    space: LatentSpace, fitted: Direction, *, decode: Decode, spacing_mm: tuple[float, float]
) -> Direction:
    """One direction chosen among its ways and scaled by what is drawn of validation lesions."""
    trials = _trials(space, fitted.name, WAYS, decode, spacing_mm)
    return min(trials, key=lambda trial: trial.cost).direction if trials else fitted


def calibrated_way(
    space: LatentSpace,
    name: str,
    way: Way,
    *,
    decode: Decode,
    spacing_mm: tuple[float, float],
) -> Direction:
    """A direction found in one given way, scaled by what is drawn of validation lesions.

    Raises:
        UndefinedDirection: It cannot be found that way.
    """
    fitted = space.direction(name, way)
    trials = _trials(space, name, (way,), decode, spacing_mm)
    return trials[0].direction if trials else fitted


def _trials(
    space: LatentSpace,
    name: str,
    ways: tuple[Way, ...],
    decode: Decode,
    spacing_mm: tuple[float, float],
) -> "list[_Trial]":
    """Every way that draws what it should; none where nothing can be judged."""
    reading, lesions = READINGS.get(name), _lesions(space)
    if reading is None or not len(lesions):
        return []
    before = measure_all(decode(space.codes[lesions]), spacing_mm=spacing_mm)
    seen = np.array([found is not None for found in before])
    if seen.sum() < 3:
        return []
    start = _Start(space.codes[lesions[seen]], tuple(found for found in before if found))
    trials = []
    for way in ways:
        try:
            found = space.direction(name, way)
        except UndefinedDirection:
            continue
        trial = _tried(space, found, start, reading, decode, spacing_mm)
        if trial is not None:
            trials.append(trial)
    return trials


@dataclass(frozen=True, eq=False)
class _Start:
    """Validation lesions whose reconstruction can be read, and what it reads."""

    codes: Codes
    readings: tuple[Measurement, ...]

    def values(self, name: str) -> Values:
        """One reading of all, (lesion,)."""
        return np.array([getattr(found, name) for found in self.readings])


@dataclass(frozen=True, eq=False)
class _Trial:
    direction: Direction
    cost: float


def _lesions(space: LatentSpace) -> Labels:
    """Rows of validation lesions, one a lesion where key slices are known, evenly taken."""
    chosen = space.validation
    if "key_slice" in space.rows:
        chosen = chosen & space.rows["key_slice"].to_numpy(dtype=bool)
    rows: Labels = np.flatnonzero(chosen)
    taken: Labels = rows[np.linspace(0, len(rows) - 1, min(LESIONS, len(rows))).round().astype(int)]
    return taken


def _tried(
    space: LatentSpace,
    direction: Direction,
    start: _Start,
    reading: str,
    decode: Decode,
    spacing_mm: tuple[float, float],
) -> _Trial | None:
    """One way, scaled to what it draws; None where it draws next to nothing.

    Scaled in two rounds, since a walk that is too short or too long meets another slope.
    """
    spread = max(float(start.values(reading).std()), 1e-6)
    asked = np.array(SIZES_SD if reading == "short_axis_mm" else STEPS_SD) * spread
    for _ in range(2):
        codes = np.concatenate([direction.walk(code, asked) for code in start.codes])
        drawn = measure_all(decode(codes), spacing_mm=spacing_mm)
        gained = _gained(start, drawn, reading, len(asked))
        known = np.isfinite(gained)
        if known.mean() < 0.5:
            return None
        wanted = np.broadcast_to(asked, gained.shape)[known]
        slope = float(wanted @ gained[known] / (wanted @ wanted))
        if slope < WEAKEST:
            return None
        direction = replace(direction, move=(direction.move / slope).astype(direction.move.dtype))
    missed = np.abs(gained[known] / slope - wanted).mean() / spread
    others = [
        np.nanmean(np.abs(_gained(start, drawn, other, len(asked)))) / start.values(other).std()
        for other in WATCHED
        if other != reading and start.values(other).std() > 0
    ]
    outside = float((space.typicality(codes) > 1).mean())
    unread = 1 - float(known.mean())
    told = direction.description.rstrip(".") + "; scaled by what is drawn of validation patients."
    direction = replace(direction, description=told)
    return _Trial(direction, float(missed + np.mean(others or [0.0])) + outside + unread)


def _gained(
    start: _Start, drawn: tuple[Measurement | None, ...], name: str, steps: int
) -> Features:
    """How much a reading changed, (lesion, step), NaN where the ruler failed."""
    after = np.array([getattr(found, name) if found else np.nan for found in drawn])
    gained: Features = after.reshape(-1, steps) - start.values(name)[:, None]
    return gained
