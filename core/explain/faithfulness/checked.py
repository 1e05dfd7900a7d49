"""Checked: what one map passes of five checks, and the numbers behind it.

The checks tell how far a map follows the model, not whether the model is right. Each is taken
for the number that the map explains, by default the lesion's own logit. The first three are taken
on a copy of the patch in which the lesion lies elsewhere, since in the middle a blob that knows
nothing looks like a good map.
"""

from dataclasses import dataclass

ALIKE = 0.20  # SSIM up to which a random network's map is another map (EXPLAIN.md, XA6)
STEADY = 0.50  # relative change under noise: half of the map, ten times the goal (XA7)

CHECKS: dict[str, str] = {
    "on_lesion": "moved off the middle, more of its evidence lies on the lesion than a blob's",
    "followed": "what it marks moves the score more than what a blob or chance marks",
    "kept": "hiding what it marks least costs less than hiding what it marks most (ROAD)",
    "dissolves": "with random weights it becomes another map",
    "steady": "a little noise hardly changes it",
}
"""Each check's column and what it says when passed."""

BRIEFLY: dict[str, str] = {
    "on_lesion": "more of its evidence on the lesion than a blob's",
    "followed": "score follows it",
    "kept": "hiding costs (ROAD)",
    "dissolves": "needs the weights",
    "steady": "steady under noise",
}
"""The same in few words, for a line and a table's head."""


@dataclass(frozen=True)
class Checked:
    """What one map passes, and the numbers behind it.

    A check is None where it cannot be taken: no outline, or no evidence for the model's call.

    Attributes:
        row: The patch's row in its run.
        called: Whether the model calls the shifted copy; always so of a number without threshold.
        pointing: Pointing game of the evidence for the model's call, on the shifted copy.
        mass: Share of that evidence inside the outline.
        mass_blob: The same of a blob in the middle.
        area: The outline's share of the patch.
        worth: Insertion minus deletion, in that number's units, on the shifted copy.
        worth_blob: The same of the blob.
        worth_chance: The same of noise.
        road: LeRF minus MoRF, on the shifted copy.
        alike: SSIM with the maps of randomised networks, mean.
        change: Largest relative change under noise of ±0.02.
        inserted: Mean number while the most relevant pixels return, on the shifted copy; None
            in tables of older runs.
        deleted: The same while they leave.
    """

    row: int
    called: bool
    pointing: float | None
    mass: float | None
    mass_blob: float | None
    area: float | None
    worth: float
    worth_blob: float
    worth_chance: float
    road: float
    alike: float
    change: float
    inserted: float | None = None
    deleted: float | None = None

    @property
    def on_lesion(self) -> bool | None:
        """More of its evidence lies on the lesion than of the blob's."""
        if self.mass is None or self.mass_blob is None:
            return None
        return self.mass > self.mass_blob

    @property
    def followed(self) -> bool:
        """What it marks moves the score more than what the blob or chance marks."""
        return self.worth > max(self.worth_blob, self.worth_chance)

    @property
    def kept(self) -> bool:
        """Hiding what it marks least costs less than hiding what it marks most."""
        return self.road > 0

    @property
    def dissolves(self) -> bool:
        """With random weights it becomes another map."""
        return self.alike <= ALIKE

    @property
    def steady(self) -> bool:
        """A little noise hardly changes it."""
        return self.change <= STEADY

    @property
    def taken(self) -> dict[str, bool]:
        """The checks that could be taken, in their order."""
        every = {name: getattr(self, name) for name in CHECKS}
        return {name: bool(found) for name, found in every.items() if found is not None}

    @property
    def passed(self) -> int:
        """How many of them it passes."""
        return sum(self.taken.values())

    @property
    def no_better_than(self) -> tuple[str, ...]:
        """Which of "blob" and "chance" tell as much of what moves the score, or more."""
        knowing_nothing = {"blob": self.worth_blob, "chance": self.worth_chance}
        return tuple(name for name, worth in knowing_nothing.items() if self.worth <= worth)

    @property
    def in_words(self) -> str:
        """The badge's sentence: how many, which not, and what passing all does not say."""
        failed = [BRIEFLY[name] for name, passed in self.taken.items() if not passed]
        if failed:
            return f"{self.counted}. Failed: {', '.join(failed)}."
        return f"{self.counted}, not of whether it marks what decides."

    @property
    def counted(self) -> str:
        """How many of the checks it passes, in words."""
        return f"Passed {self.passed} of {len(self.taken)} checks of how far it follows the model"
