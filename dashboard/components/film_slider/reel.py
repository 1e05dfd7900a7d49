"""What a film slider shows: a walk's pictures and readings, its words, and how to decode more."""

from dataclasses import dataclass
from typing import Literal

from core.arrays import Code, Codes, Patch, Patches, Values


@dataclass(frozen=True)
class ReelWords:
    """What the film slider writes beside its pictures.

    Attributes:
        original: Title of the first picture.
        grown: Title of the picture that changes.
        difference: Title of the signed difference.
        twin: Title of the true counterfactual, where there is one.
        warp: Title of the plain warp.
        asked: Under the requested amount.
        measured: Under the measured size.
        score: What the score is called.
        whose: Under the score: what it is the score of; "" says nothing.
        held: Under that, until `film_said` says more: what is being looked up; "" for nothing.
        slider: Read aloud as the slider's name.
        grown_badge: Stands in the pixels' corner of the picture that changes.
        twin_badge: Stands in the twin's corner.
    """

    original: str = "Original"
    grown: str = "Simulated"
    difference: str = "Difference"
    twin: str = "Truth twin: drawn larger"
    warp: str = "Plain warp: no model"
    asked: str = "asked short axis"
    measured: str = "by ruler, on the picture"
    score: str = "suspicion score"
    whose: str = ""
    held: str = ""
    slider: str = "Requested size"
    grown_badge: str = "SIMULATED"
    twin_badge: str = "SYNTHETIC TRUTH"


@dataclass(frozen=True, eq=False)
class Knob:
    """One more thing to change while the walk is dragged.

    Attributes:
        title: Its name and what it means.
        unit: Behind the value.
        move: How far a code moves for one unit of the direction, (latent,).
        own: What the lesion has of it, in the direction's unit.
        low: Lowest value offered.
        high: Highest value offered.
        reciprocal: Whether people say 1 / value (roundness for elongation).
        note: Under the knob: how well the model knows this.
        reads: Which of the ruler's readings is shown under it while it is turned, counted as
            `live_pictures.READINGS`; None shows none.
        strip: Pictures made beforehand, evenly from the lowest to the highest value as it is
            said, for when there is no connection; None offers none.
    """

    title: str
    unit: str
    move: Code
    own: float
    low: float
    high: float
    reciprocal: bool = False
    note: str = ""
    reads: int | None = None
    strip: Patches | None = None


@dataclass(frozen=True, eq=False)
class Live:
    """What the browser needs to have pictures decoded while it drags.

    Attributes:
        run: The run's name.
        row: The lesion's row.
        keep: What of the scan is kept.
        codes: Where each step of the reel was drawn from, (step, latent).
        knobs: Other things to change beside the walk.
    """

    run: str
    row: int
    keep: str
    codes: Codes
    knobs: tuple[Knob, ...] = ()


@dataclass(frozen=True, eq=False)
class Later:
    """What is held against a reel's pictures, and takes longer to draw than they do.

    Attributes:
        twins: The same node truly drawn that large, one picture a step; None where unknown.
        twins_mm: The short axis of each of them by the outline drawn with it, NaN without.
        twins_whole: Whether each was drawn as large as asked, clear of the edge; may be empty.
        warps: The scan warped by as much, its surroundings kept, one picture a step; None where
            it cannot be.
    """

    twins: Patches | None = None
    twins_mm: Values | None = None
    twins_whole: tuple[bool, ...] = ()
    warps: Patches | None = None

    def __post_init__(self) -> None:
        several = (self.twins, self.twins_mm, self.twins_whole, self.warps)
        lengths = {len(each) for each in several if each is not None and len(each)}
        if len(lengths) > 1:
            raise ValueError(f"one picture a step, of each kind as many; found {sorted(lengths)}")


@dataclass(frozen=True)
class Reel:
    """One walk, ready to be shown.

    Attributes:
        original: The picture the walk starts from, in [0, 1].
        frames: One picture a step.
        asked: What was asked at each step, rising, in `unit`.
        measured_mm: The short axis read on each picture; NaN where it cannot be read.
        score: The node's score at each step, in [0, 1]; NaN everywhere where there is none.
        threshold: Score from which the node is called.
        score_low: Lower edge of the score's band over trainings, one a step; None without one.
        score_high: Its upper edge.
        crossings: The amounts at which the call changes.
        start: Step shown first.
        unit: Unit of `asked`: "mm" lays the measured size on the same axis, "%" is the way
            between two lesions, anything else is written behind the amount.
        spacing_mm: Side of a pixel, for the scale bar; None where it is not known.
        window: Display window, lowest and highest value shown.
        letters: The patient's sides at the picture's left, right and top; None where unknown.
        later: Which pictures come after the film (`Later`): of "twin" and "warp".
        words: What is written beside the pictures.
        original_mm: The short axis that the ruler reads on the original; None where it cannot.
        outline_mm: The short axis by the outline drawn on the scan; None where there is none.
        in_cm: Whether lengths are said in cm, as of lesions that are large.
        doubling_days: The doubling time of the volume that the user set; None draws no time.
        enlarged: How many times each picture was enlarged at last, beyond what the network draws;
            None where none was.
        notes: Why a step is not to be trusted, a sentence a step, "" where it is; may be empty.
        live: How to decode between the steps; None shows the steps alone.
    """

    original: Patch
    frames: Patches
    asked: Values
    measured_mm: Values
    score: Values
    threshold: float
    score_low: Values | None = None
    score_high: Values | None = None
    crossings: tuple[float, ...] = ()
    start: int = 0
    unit: str = "mm"
    spacing_mm: float | None = None
    window: tuple[float, float] = (0.0, 1.0)
    letters: tuple[str, str, str] | None = ("R", "L", "A")
    later: tuple[Literal["twin", "warp"], ...] = ()
    words: ReelWords = ReelWords()
    original_mm: float | None = None
    outline_mm: float | None = None
    in_cm: bool = False
    doubling_days: float | None = None
    enlarged: Values | None = None
    notes: tuple[str, ...] = ()
    live: Live | None = None

    @property
    def start_mm(self) -> float | None:
        """The short axis that sizes are counted from: the ruler's reading, else the outline's."""
        return self.original_mm if self.original_mm is not None else self.outline_mm

    def __post_init__(self) -> None:
        steps = len(self.frames)
        lengths = {len(self.asked), len(self.measured_mm), len(self.score), steps}
        for optional in (self.notes, self.score_low, self.score_high):
            if optional is not None and len(optional):
                lengths.add(len(optional))
        if steps < 2 or lengths != {steps}:
            raise ValueError(f"a reel needs two steps or more, all alike; found {sorted(lengths)}")
        if self.original.shape != self.frames.shape[1:] or len(set(self.original.shape)) != 1:
            raise ValueError(f"{self.original.shape} and {self.frames.shape[1:]} must be squares")
