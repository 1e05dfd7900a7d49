"""The film slider: a walk's pictures redrawn in the browser while the slider is dragged.

A native slider fires on release only, so a growth slider made of it is never live. Here every
frame of the walk travels once, as one sprite sheet; the page redraws by itself and Python
hears of the chosen step when the gesture has ended.
"""

import base64
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st
from PIL import Image

from core.arrays import Patches, Values
from dashboard.components.film_slider.reel import Knob as Knob
from dashboard.components.film_slider.reel import Later as Later
from dashboard.components.film_slider.reel import Live as Live
from dashboard.components.film_slider.reel import Reel as Reel
from dashboard.components.film_slider.reel import ReelWords as ReelWords

HERE = Path(__file__).parent
WIDE_MM = 40  # a wider patch gets a scale bar of 20 mm instead of 5 mm
COLUMNS = 16  # tiles in a row of the sprite sheet
SCRIPTS = (
    "film_slider.js",
    "readout.js",
    "knobs.js",
    "drawing.js",
    "instrument.js",
    "../live.js",
)

_mount = st.components.v2.component(
    "lymphoscape_film_slider",
    html=(HERE / "film_slider.html").read_text(encoding="utf-8"),
    css=(HERE / "film_slider.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
)
_mount_later = st.components.v2.component(
    "lymphoscape_film_later", js=(HERE / "film_later.js").read_text(encoding="utf-8")
)
_mount_said = st.components.v2.component(
    "lymphoscape_film_said", js=(HERE / "film_said.js").read_text(encoding="utf-8")
)


def film_slider(
    reel: Reel,
    *,
    key: str,
    mode: Literal["slider", "loop", "dials"] = "slider",
    present: bool = False,
    at: int | None = None,
    on_jump: Callable[[], None] | None = None,
) -> int:
    """Show a walk to drag through; returns the step on which the last gesture ended.

    Args:
        reel: What is shown.
        key: Names this film on the page; another node needs another key.
        mode: "slider" to drag; "loop" plays the changing picture to and fro, with a pause button;
            "dials" shows one large picture and the knobs beside it.
        present: Large type, for a room: the slider takes the arrow keys at once.
        at: The step to begin with where the film is put up anew; None begins at the reel's start.
        on_jump: Called before the next script run where N or P was pressed in the presenter view;
            `jump` of this key's state is then 1 or -1.

    When a knob was let go, `turned` of this key's state holds the knobs' titles and how far each
    stands from the lesion's own value, in its unit.
    """
    result = _mount(
        key=key,
        # beside the payload's own name, so that a gesture does not load the film anew
        data={**_payload(reel, mode=mode, present=present), "at": _within(reel, at), "key": key},
        on_step_change=_nothing,
        on_turned_change=_nothing,
        on_jump_change=on_jump or _nothing,
    )
    # put up anew, as for a room, it holds no step of its own until the next gesture
    step = result.get("step")
    return _within(reel, at if step is None else step)


def film_later(later: Later, *, key: str) -> None:
    """Hand pictures to a film that is shown already, which waits for them where they will stand.

    Args:
        later: What is held against its pictures.
        key: The film's on the page.
    """
    there = [each for each in (later.twins, later.warps) if each is not None]
    content: dict[str, Any] = {
        "film": key,
        "sprite": _address(np.concatenate(there)) if there else "",
        "columns": COLUMNS,
        "has_twin": later.twins is not None,
        "has_warp": later.warps is not None,
        "twins_mm": None if later.twins_mm is None else _numbers(later.twins_mm),
        "twins_whole": list(later.twins_whole),
    }
    _mount_later(key=f"later-{key}", data={**content, "id": _identity(content)})


def film_said(said: str, *, key: str) -> None:
    """Write beside the score of a film that is shown already what was found out of it meanwhile.

    Args:
        said: A sentence; it stands where `ReelWords.held` waited.
        key: The film's on the page.
    """
    _mount_said(key=f"said-{key}", data={"film": key, "said": said})


def sprite_sheet(reel: Reel) -> bytes:
    """Every picture of a reel as one grey PNG: the original, frames, strips."""
    strips = [knob.strip for knob in (reel.live.knobs if reel.live else ())]
    there = [each for each in strips if each is not None]
    return _sheet(np.concatenate([reel.original[None], reel.frames, *there]))


def _sheet(pictures: Patches) -> bytes:
    side = pictures.shape[1]
    lines = -(-len(pictures) // COLUMNS)
    sheet = np.zeros((lines * COLUMNS, side, side), np.uint8)
    sheet[: len(pictures)] = np.round(255 * np.clip(np.nan_to_num(pictures), 0, 1))
    grid = sheet.reshape(lines, COLUMNS, side, side).swapaxes(1, 2)
    file = io.BytesIO()
    Image.fromarray(grid.reshape(lines * side, COLUMNS * side)).save(file, format="PNG")
    return file.getvalue()


def _address(pictures: Patches) -> str:
    return "data:image/png;base64," + base64.b64encode(_sheet(pictures)).decode("ascii")


def _within(reel: Reel, step: int | None) -> int:
    return int(np.clip(reel.start if step is None else step, 0, len(reel.frames) - 1))


def _payload(reel: Reel, *, mode: str, present: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "mode": mode,
        "sprite": "data:image/png;base64," + base64.b64encode(sprite_sheet(reel)).decode("ascii"),
        "size_px": int(reel.original.shape[0]),
        "columns": COLUMNS,
        "asked": _numbers(reel.asked),
        "measured": _numbers(reel.measured_mm),
        "score": _numbers(reel.score),
        "score_low": None if reel.score_low is None else _numbers(reel.score_low),
        "score_high": None if reel.score_high is None else _numbers(reel.score_high),
        "threshold": float(reel.threshold),
        "crossings": [float(crossing) for crossing in reel.crossings],
        "start": int(reel.start),
        "unit": reel.unit,
        "spacing_mm": reel.spacing_mm,
        "bar_mm": 5 if (reel.spacing_mm or 0) * len(reel.original) < WIDE_MM else 20,
        "window": [float(edge) for edge in reel.window],
        "letters": reel.letters,
        "original_mm": None if reel.original_mm is None else float(reel.original_mm),
        "outline_mm": None if reel.outline_mm is None else float(reel.outline_mm),
        "cm": reel.in_cm,
        "doubling_days": reel.doubling_days,
        "later": list(reel.later),
        "badges": {
            "grown": reel.words.grown_badge,
            "twin": reel.words.twin_badge,
            "warp": reel.words.grown_badge,
        },
        "words": vars(reel.words),
        "enlarged": [1.0] * len(reel.frames) if reel.enlarged is None else _numbers(reel.enlarged),
        "notes": list(reel.notes) or [""] * len(reel.frames),
        "live": None if reel.live is None else _live(reel.live),
        "present": present,
    }
    return {**content, "id": _identity(content)}


def _identity(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
                "reads": -1 if knob.reads is None else knob.reads,
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
