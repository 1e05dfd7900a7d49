"""What one figure means, and what we want it to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """One figure's aim.

    Attributes:
        reach: What we want to reach, in words; "" where nothing was set.
        definition: How it is measured, in one sentence.
    """

    reach: str
    definition: str
