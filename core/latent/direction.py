"""Directions: ways to move in the latent space that have a name and a unit.

A direction is what went together with an attribute in the training patients' codes. It is a
correlation, no biology: moving along it draws what the model believes such nodes look like.
One unit of a direction moves a code by `move`; directions therefore add, turn round and scale
like the arrows they are, and one in millimetres stays one in millimetres.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.arrays import Code, Codes, Values

Way = Literal["dimension", "orthogonalised", "difference"]
WAYS: tuple[Way, ...] = ("dimension", "orthogonalised", "difference")


@dataclass(frozen=True, eq=False)
class Direction:
    """A meaningful way to move in a latent space.

    Attributes:
        name: The attribute's column ("short_axis_mm"), "label", or a sum of such names.
        move: How far a code moves for one unit, (latent,).
        unit: "mm", "mm²", "" (a plain ratio), "sd" (standard deviations of the training codes
            seen along it) or "steps" where units were mixed.
        description: The caption: what changes, how it was found, what is held still.
        way: How it was found; "mixed" after arithmetic of different ones.
        r2: Share of the attribute's variance that the position along the direction tells on
            validation patients (negative: worse than their mean); NaN where not measured.
        leak: Mean share of the other attributes' variance, beyond what the attribute itself
            tells about them, that the position tells on validation patients; NaN as above.
        zero: What `read` says of a code whose projection is 0.
        per_length: What one unit of latent length along the direction adds to `read`.
        low: 1 % of the training rows have less than this of the attribute.
        high: 1 % of the training rows have more.
    """

    name: str
    move: Code
    unit: str
    description: str
    way: Literal["dimension", "orthogonalised", "difference", "mixed"]
    r2: float = float("nan")
    leak: float = float("nan")
    zero: float = float("nan")
    per_length: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")

    @property
    def length(self) -> float:
        """Latent length of one unit."""
        return float(np.linalg.norm(self.move))

    @property
    def is_nothing(self) -> bool:
        """Whether it leads nowhere, as a direction plus its negative does."""
        return self.length < 1e-9

    @property
    def vector(self) -> Code:
        """The unit vector, (latent,); all zeros for a direction that leads nowhere."""
        return self.move * 0 if self.is_nothing else self.move / self.length

    @property
    def scale(self) -> float:
        """Units gained for each unit of latent length; infinite where it leads nowhere."""
        return float("inf") if self.is_nothing else 1 / self.length

    def step(self, amount: float) -> Code:
        """How far a code moves for so many units, (latent,)."""
        return self.move * np.asarray(amount, dtype=self.move.dtype)

    def walk(self, start: Code, amounts: Values) -> Codes:
        """The codes that many units away from a start, (amount, latent); 0 is the start itself."""
        return (start[None] + np.outer(amounts, self.move)).astype(start.dtype)

    def read(self, codes: Codes) -> Values:
        """What the model holds of the attribute, (row,) in units; NaN for sums of directions."""
        reading: Values = self.zero + self.per_length * (codes @ self.vector)
        return reading

    def __add__(self, other: "Direction") -> "Direction":
        same = self.unit == other.unit
        return Direction(
            name=f"{self.name} + {other.name}",
            move=self.move + other.move,
            unit=self.unit if same else "steps",
            description=f"{self.description} Together with: {other.description}",
            way=self.way if self.way == other.way else "mixed",
        )

    def __sub__(self, other: "Direction") -> "Direction":
        return self + -other

    def __neg__(self) -> "Direction":
        return replace(
            self,
            name=self.name[1:] if self.name.startswith("−") else f"−{_bracketed(self.name)}",
            move=-self.move,
            description=_turned(self.description),
            zero=-self.zero,
            low=-self.high,
            high=-self.low,
        )

    def __mul__(self, factor: float) -> "Direction":
        if factor < 0:
            return -(self * -factor)
        if factor == 1:
            return self
        return Direction(
            name=f"{factor:g} × {_bracketed(self.name)}",
            move=self.step(factor),
            unit=self.unit if factor == 0 else f"{factor:g} {self.unit}".strip(),
            description=f"{factor:g} times: {self.description}",
            way=self.way,
            r2=self.r2,
            leak=self.leak,
        )

    __rmul__ = __mul__


_AGAINST = "The other way round: "


def _turned(description: str) -> str:
    return (
        description.removeprefix(_AGAINST)
        if description.startswith(_AGAINST)
        else (_AGAINST + description)
    )


def _bracketed(name: str) -> str:
    return f"({name})" if " " in name else name
