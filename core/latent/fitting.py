"""How directions are found: three ways, all fitted on training rows, compared on validation.

With codes z, their covariance S over training rows and an attribute a:

* **dimension**: the model was trained so that dimension j carries a. One unit of a is 1 / b
  along it, b being the slope of a on z_j.
* **orthogonalised**: ridge weights W predict a and the attributes held still. The weights are
  no way to move (they point at what discriminates, not at what changes); the pattern that
  belongs to them is S W' (W S W')^-1 e, which raises the prediction of a by one unit and leaves
  the others where they are (Haufe et al. 2014, solved for one attribute).
* **difference**: the mean code of the upper third minus that of the lower third (for a label,
  positive minus negative), divided by the difference of the attribute.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Code, Codes, Labels, Values
from core.errors import UndefinedDirection
from core.latent.attributes import attribute_unit, attribute_words
from core.latent.direction import WAYS, Direction, Way

LEAST_ROWS = 6  # below this a regression on validation rows says nothing
RIDGES = np.logspace(-4, 1, 6)  # relative to the mean variance of a dimension
TOGETHER = 0.8  # correlation from which two attributes cannot be told apart


def fit_direction(
    codes: Codes,
    values: Values,
    *,
    name: str,
    train: Labels,
    validation: Labels,
    held: dict[str, Values],
    dimension: int | None = None,
    way: Way | None = None,
    words: str = "",
) -> Direction:
    """Find how to move so that one attribute changes by one unit.

    Args:
        codes: Posterior means, (row, latent).
        values: The attribute, (row,), NaN where unknown; two different values make it a label.
        name: Its column.
        train: Rows of training patients; everything is fitted on these.
        validation: Rows of validation patients; they choose the way and give r2 and leak.
        held: Other attributes by name, to be left where they are.
        dimension: The dimension that was trained to carry the attribute, if there is one.
        way: One way wanted; None takes the one with the largest r2 - leak on validation.
        words: How the attribute is called on screen; empty takes the house's word.

    Raises:
        UndefinedDirection: Too few known values, all alike, or a way that cannot be gone.
    """
    known = train & np.isfinite(values)
    if known.sum() < 3 or np.ptp(values[known]) == 0:
        different = len(np.unique(values[known]))
        found = f"{known.sum()} training rows with {different} different values"
        raise UndefinedDirection(name, found, "3 or more training rows that differ in it")
    if way == "dimension" and dimension is None:
        raise UndefinedDirection(name, "no dimension trained for it", "orthogonalised, difference")
    asked = _Question(
        name=name,
        words=words or attribute_words(name),
        codes=codes.astype(np.float64),
        values=values.astype(np.float64),
        known=known,
        judged=validation & np.isfinite(values),
        held={
            other: found
            for other, found in held.items()
            if not _moves_as_one(values, found, known & np.isfinite(found))
        },
        dimension=dimension,
    )
    ways = (way,) if way else WAYS if dimension is not None else WAYS[1:]
    directions = [
        _judged(asked, chosen, move.astype(np.float32))
        for chosen in ways
        if 1e-9 < np.linalg.norm(move := _move(asked, chosen)) < np.inf
    ]
    if not directions:
        raise UndefinedDirection(name, "no change of the codes with it", "codes that vary with it")
    # where validation cannot tell (NaN), the order of WAYS decides
    return max(directions, key=lambda found: np.nan_to_num(found.r2 - found.leak, nan=-1e9))


@dataclass(frozen=True, eq=False)
class _Question:
    """What a direction is asked for, with the rows that answer (`known`) and judge."""

    name: str
    words: str
    codes: Codes
    values: Values
    known: Labels
    judged: Labels
    held: dict[str, Values]
    dimension: int | None

    @property
    def is_label(self) -> bool:
        """Whether the known values are of two kinds only, so that they give no unit."""
        return len(np.unique(self.values[self.known])) == 2


def _move(asked: _Question, way: Way) -> Code:
    codes, values, known = asked.codes, asked.values, asked.known
    if way == "dimension" and asked.dimension is not None:
        move = np.zeros(codes.shape[1])
        slope = _line(codes[known, asked.dimension], values[known])[1]
        move[asked.dimension] = 1 / slope if abs(slope) > 1e-9 else 0.0
    elif way == "orthogonalised":
        move = _orthogonalised(asked)
    else:
        low, high = np.quantile(values[known], [1 / 3, 2 / 3])
        if asked.is_label:
            low, high = values[known].min(), values[known].max()
        below, above = known & (values <= low), known & (values >= high)
        gap = float(values[above].mean() - values[below].mean())
        move = (codes[above].mean(0) - codes[below].mean(0)) / (gap or np.inf)
    length = float(np.linalg.norm(move))
    if asked.is_label and length > 0:  # a unit is then one sd of the codes along it
        move = move / length * (codes[known] @ (move / length)).std()
    return move


def _orthogonalised(asked: _Question) -> Code:
    codes, values = asked.codes, asked.values
    targets, rows = [values], asked.known
    for other in asked.held.values():
        targets.append(other)
        rows = rows & np.isfinite(other)
    y = np.stack(targets, 1)
    spread = y[rows].std(0)
    if rows.sum() < 3 or spread[0] == 0:
        return np.zeros(codes.shape[1])
    y = ((y - y[rows].mean(0)) / np.where(spread > 0, spread, 1))[:, spread > 0]
    x = codes - codes[rows].mean(0)
    sigma = x[rows].T @ x[rows] / rows.sum()
    cross = x[rows].T @ y[rows] / rows.sum()
    judged = asked.judged & np.isfinite(y).all(1)
    judged = judged if judged.sum() >= LEAST_ROWS else rows
    mean_variance = np.trace(sigma) / len(sigma) * np.eye(len(sigma))
    fits = [np.linalg.solve(sigma + ridge * mean_variance, cross) for ridge in RIDGES]
    weights = min(fits, key=lambda fit: float(((x[judged] @ fit - y[judged]) ** 2).mean()))
    pattern: Code = sigma @ weights @ np.linalg.pinv(weights.T @ sigma @ weights)[:, 0]
    return pattern / float(spread[0])


def _judged(asked: _Question, way: Way, move: Code) -> Direction:
    """The direction with what validation patients say of it."""
    values, known, judged = asked.values, asked.known, asked.judged
    length = float(np.linalg.norm(move))
    places = asked.codes @ (move / length)
    zero, slope = _line(places[known], values[known])
    r2 = leak = float("nan")
    if judged.sum() >= LEAST_ROWS and np.ptp(values[judged]) > 0:
        wrong = values[judged] - zero - slope * places[judged]
        r2 = 1 - float((wrong**2).mean() / values[judged].var())
        shares = [
            _correlation(_beyond(places[rows], values[rows]), _beyond(other[rows], values[rows]))
            ** 2
            for other in asked.held.values()
            if (rows := judged & np.isfinite(other)).sum() >= LEAST_ROWS
        ]
        leak = float(np.mean(shares)) if shares else 0.0
    unit, spoken_of = attribute_unit(asked.name), values[known]
    if asked.is_label:
        unit, zero, slope = "sd", -float(places[known].mean()) / length, 1 / length
        spoken_of = zero + slope * places[known]
    low, high = np.quantile(spoken_of, [0.01, 0.99])
    return Direction(
        name=asked.name,
        move=move,
        unit=unit,
        description=_caption(way, asked.words, unit, tuple(asked.held)),
        way=way,
        r2=r2,
        leak=leak,
        zero=zero,
        per_length=slope,
        low=float(low),
        high=float(high),
    )


def _caption(way: Way, words: str, unit: str, held: tuple[str, ...]) -> str:
    step = "one standard deviation" if unit == "sd" else f"1 {unit}" if unit else "1"
    more = f"More {words}, {step} a step"
    if way == "dimension":
        return f"{more}, along the dimension that was trained to carry it."
    if way == "orthogonalised":
        still = ", ".join(attribute_words(other) for other in held)
        return f"{more}, as training patients show it" + (
            f"; held still: {still}." if held else "."
        )
    groups = "the two groups" if unit == "sd" else "the upper and the lower third"
    return f"{more}, from the difference between {groups} of training patients."


def _moves_as_one(values: Values, other: Values, both: Labels) -> bool:
    """Whether an attribute cannot be held still while the one asked for changes."""
    return bool(both.sum() < 3 or abs(_correlation(values[both], other[both])) >= TOGETHER)


def _line(x: Values, y: Values) -> tuple[float, float]:
    spread = float(x.var())
    slope = float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > 1e-12 else 0.0
    return float(y.mean()) - slope * float(x.mean()), slope


def _beyond(x: Values, known: Values) -> Values:
    """What of x is left when a line through what is known is taken away."""
    zero, slope = _line(known, x)
    left: Values = x - zero - slope * known
    return left


def _correlation(x: Values, y: Values) -> float:
    spread = float(x.std() * y.std())
    return float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > 1e-12 else 0.0
