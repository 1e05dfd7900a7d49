"""The film slider: a walk's pictures redrawn in the browser while the slider is dragged.

A native slider fires on release only, so a growth slider made of it is never live. Here every
frame of the walk travels once, as one sprite sheet; the page redraws by itself and Python
hears of the chosen step when the gesture has ended.
"""

import base64
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st
from PIL import Image

from core.arrays import Code, Codes, Patch, Patches, Values

HERE = Path(__file__).parent
WIDE_MM = 40  # a wider patch gets a scale bar of 20 mm instead of 5 mm
COLUMNS = 16  # tiles in a row of the sprite sheet

_mount = st.components.v2.component(
    "lymphoscape_film_slider",
    html=(HERE / "film_slider.html").read_text(encoding="utf-8"),
    css=(HERE / "film_slider.css").read_text(encoding="utf-8"),
    js="\n".join(
        (HERE / name).read_text(encoding="utf-8")
        for name in ("film_slider.js", "knobs.js", "drawing.js", "../live.js")
    ),
)


@dataclass(frozen=True)
class ReelWords:
    """What the film slider writes beside its pictures.

    Attributes:
        original: Title of the first picture.
        grown: Title of the picture that changes.
        difference: Title of the signed difference.
        twin: Title of the true counterfactual, where there is one.
        asked: Under the requested amount.
        measured: Under the measured size.
        score: What the score is called.
        slider: Read aloud as the slider's name.
        grown_badge: Stands in the pixels' corner of the picture that changes.
        twin_badge: Stands in the twin's corner.
    """

    original: str = "Original"
    grown: str = "Simulated"
    difference: str = "Difference"
    twin: str = "Truth twin: drawn larger"
    asked: str = "asked short axis"
    measured: str = "measured on the picture"
    score: str = "suspicion score"
    slider: str = "Requested size"
    grown_badge: str = "SIMULATED"
    twin_badge: str = "TRUTH"


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
        crossings: The amounts at which the call changes.
        start: Step shown first.
        unit: Unit of `asked`: "mm" lays the measured size on the same axis, "%" is the way
            between two lesions, anything else is written behind the amount.
        spacing_mm: Side of a pixel, for the scale bar; None where it is not known.
        window: Display window, lowest and highest value shown.
        letters: The patient's sides at the picture's left, right and top; None where unknown.
        twins: The same node truly drawn that large, one picture a step; None where unknown.
        words: What is written beside the pictures.
        original_mm: The short axis read on the original; None where it cannot be.
        notes: Why a step is not to be trusted, a sentence a step, "" where it is; may be empty.
        limit: Typicality from which a live picture is not to be trusted.
        live: How to decode between the steps; None shows the steps alone.
    """

    original: Patch
    frames: Patches
    asked: Values
    measured_mm: Values
    score: Values
    threshold: float
    crossings: tuple[float, ...] = ()
    start: int = 0
    unit: str = "mm"
    spacing_mm: float | None = None
    window: tuple[float, float] = (0.0, 1.0)
    letters: tuple[str, str, str] | None = ("R", "L", "A")
    twins: Patches | None = None
    words: ReelWords = ReelWords()
    original_mm: float | None = None
    notes: tuple[str, ...] = ()
    limit: float = 1.0
    live: Live | None = None

    def __post_init__(self) -> None:
        steps = len(self.frames)
        lengths = {len(self.asked), len(self.measured_mm), len(self.score), steps}
        for optional in (self.twins, self.notes):
            if optional is not None and len(optional):
                lengths.add(len(optional))
        if steps < 2 or lengths != {steps}:
            raise ValueError(f"a reel needs two steps or more, all alike; found {sorted(lengths)}")
        if self.original.shape != self.frames.shape[1:] or len(set(self.original.shape)) != 1:
            raise ValueError(f"{self.original.shape} and {self.frames.shape[1:]} must be squares")


def film_slider(
    reel: Reel,
    *,
    key: str,
    mode: Literal["slider", "loop", "dials"] = "slider",
    present: bool = False,
) -> int:
    """Show a walk to drag through; returns the step on which the last gesture ended.

    Args:
        reel: What is shown.
        key: Names this film on the page; another node needs another key.
        mode: "slider" to drag; "loop" plays the changing picture to and fro, with a pause button;
            "dials" shows one large picture and the knobs beside it.
        present: Large type, for a room: the slider takes the arrow keys at once.
    """
    result = _mount(
        key=key,
        data=_payload(reel, mode=mode, present=present),
        default={"step": reel.start},
        on_step_change=_nothing,
    )
    step = result.get("step")
    return int(np.clip(reel.start if step is None else step, 0, len(reel.frames) - 1))


def sprite_sheet(reel: Reel) -> bytes:
    """Every picture of a reel as one grey PNG: the original, frames, twins, the knobs' strips."""
    strips = [knob.strip for knob in (reel.live.knobs if reel.live else ())]
    more = [each for each in (reel.twins, *strips) if each is not None]
    tiles = [reel.original[None], reel.frames, *more]
    pictures = np.concatenate(tiles)
    side = pictures.shape[1]
    lines = -(-len(pictures) // COLUMNS)
    sheet = np.zeros((lines * COLUMNS, side, side), np.uint8)
    sheet[: len(pictures)] = np.round(255 * np.clip(np.nan_to_num(pictures), 0, 1))
    grid = sheet.reshape(lines, COLUMNS, side, side).swapaxes(1, 2)
    file = io.BytesIO()
    Image.fromarray(grid.reshape(lines * side, COLUMNS * side)).save(file, format="PNG")
    return file.getvalue()


def _payload(reel: Reel, *, mode: str, present: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "mode": mode,
        "sprite": "data:image/png;base64," + base64.b64encode(sprite_sheet(reel)).decode("ascii"),
        "size_px": int(reel.original.shape[0]),
        "columns": COLUMNS,
        "asked": _numbers(reel.asked),
        "measured": _numbers(reel.measured_mm),
        "score": _numbers(reel.score),
        "threshold": float(reel.threshold),
        "crossings": [float(crossing) for crossing in reel.crossings],
        "start": int(reel.start),
        "unit": reel.unit,
        "spacing_mm": reel.spacing_mm,
        "bar_mm": 5 if (reel.spacing_mm or 0) * len(reel.original) < WIDE_MM else 20,
        "window": [float(edge) for edge in reel.window],
        "letters": reel.letters,
        "original_mm": None if reel.original_mm is None else float(reel.original_mm),
        "has_twin": reel.twins is not None,
        "badges": {"grown": reel.words.grown_badge, "twin": reel.words.twin_badge},
        "words": vars(reel.words),
        "notes": list(reel.notes) or [""] * len(reel.frames),
        "limit": float(reel.limit),
        "live": None if reel.live is None else _live(reel.live),
        "present": present,
    }
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return {**content, "id": hashlib.sha256(text.encode()).hexdigest()[:16]}


def _live(live: Live) -> dict[str, Any]:
    return {
        "run": live.run,
        "row": int(live.row),
        "keep": live.keep,
        "latent": int(live.codes.shape[1]),
        "codes": _floats(live.codes),
        "knobs": [
            {
                "title": knob.title,
                "unit": knob.unit,
                "move": _floats(knob.move),
                "own": float(knob.own),
                "low": float(min(knob.low, knob.own)),
                "high": float(max(knob.high, knob.own)),
                "reciprocal": knob.reciprocal,
                "note": knob.note,
                "strip": 0 if knob.strip is None else len(knob.strip),
            }
            for knob in live.knobs
        ],
    }


def _floats(values: Values) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")


def _numbers(values: Values) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _nothing() -> None:
    """Registering a callback is what makes `step` part of the component's state."""
