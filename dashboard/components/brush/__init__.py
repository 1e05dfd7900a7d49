"""Brush: paint on a patch, and the score, the map and the code's place follow every stroke."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import streamlit as st

from core.arrays import Features, Mask, Patch
from dashboard.figures.heat import bar_mm
from dashboard.figures.pictures import edge, grey
from dashboard.figures.sheet import NOTICE

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "lymphoscape_brush",
    html=(HERE / "brush.html").read_text(encoding="utf-8"),
    css=(HERE / "brush.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in ("brush.js", "saving.js")),
)


@dataclass(frozen=True)
class Easel:
    """What is painted on.

    Attributes:
        patch: As it was, in [0, 1].
        mask: The lesion's outline, or None.
        score: Its suspicion score as it was.
        threshold: Score from which a lesion is called.
        link: Where a painted picture is sent, relative to the app's root.
        window: Lowest and highest grey shown.
        presets: Ready-made changes, by name.
        sides: Whether R, L, A, P are known.
        lesion: What the cohort calls one.
        spacing_mm: Side of a pixel; None where it is not known.
        file: What a saved picture is called.
        places: Where all lesions lie on the map, (lesion, 2) in about [-1, 1].
    """

    patch: Patch
    mask: Mask | None
    score: float
    threshold: float
    link: str
    window: tuple[float, float]
    presets: Sequence[tuple[str, Patch]]
    sides: bool
    lesion: str
    spacing_mm: float | None
    file: str
    places: Features


def brush(easel: Easel, *, key: str) -> None:
    """Show the easel; the page's script hears nothing of the strokes."""
    data = {
        "size_px": int(easel.patch.shape[0]),
        "patch": _packed(easel.patch),
        "outline": edge(easel.mask) if easel.mask is not None and easel.mask.any() else "",
        "score": easel.score,
        "threshold": easel.threshold,
        "link": easel.link,
        "window": list(easel.window),
        "presets": [[name, _packed(picture)] for name, picture in easel.presets],
        "sides": easel.sides,
        "spacing_mm": easel.spacing_mm,
        "bar_mm": bar_mm(easel.patch.shape[1], easel.spacing_mm) if easel.spacing_mm else 0,
        "file": easel.file,
        "places": np.round(easel.places, 3).tolist(),
        "words": {
            "score": "suspicion score",
            "back": "As it was",
            "simulated": "SIMULATED",
            "save": "Save both pictures (PNG)",
            "notice": NOTICE,
            "ends": ["evidence against", "evidence for"],
            "scale": "the scale of the unpainted picture's map",
            "map": f"Every {easel.lesion}'s place on the Atlas; the ring is where this one was, "
            "the dot where the painted picture lies, by its nearest neighbours",
            "paint": f"The {easel.lesion}'s picture to paint on: arrow keys move, space paints",
        },
    }
    known = sha256(repr(sorted(data.items(), key=lambda pair: pair[0])).encode()).hexdigest()[:16]
    _mount(key=key, data={"id": known, **data})


def _packed(patch: Patch) -> str:
    return b64encode(np.ascontiguousarray(grey(patch)).tobytes()).decode("ascii")
