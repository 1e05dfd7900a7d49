"""How far a walk goes, which step is shown first, and what is said of it."""

import numpy as np

from core.latent.direction import Direction
from dashboard.answers import FRAMES
from dashboard.components.film_slider import Reel

SIZE = "short_axis_mm"


def steps_of(direction: Direction, size_mm: float | None) -> tuple[float, ...]:
    """How far to walk, in the direction's unit: mostly up for size, both ways for the rest."""
    width = direction.high - direction.low
    if direction.name == SIZE and size_mm is not None:
        low = -min(0.15 * width, max(0.0, size_mm - direction.low))
        high = 0.45 * width
    else:
        width = width if np.isfinite(width) and width > 0 else 4.0
        low, high = -0.5 * width, 0.5 * width
    ups = round((FRAMES - 1) * high / (high - low))
    gap = high / ups  # so that 0, the start itself, is one of the steps
    return tuple(round(float(gap * (at - (FRAMES - 1 - ups))), 6) for at in range(FRAMES))


def first_shown(steps: tuple[float, ...], refused: tuple[str, ...]) -> int:
    """The step shown first: half-way up, or the furthest below it that is to be trusted."""
    half = int(np.searchsorted(steps, 0.5 * steps[-1]))
    trusted = [at for at in range(half + 1) if steps[at] > 0 and not refused[at]]
    return trusted[-1] if trusted else half


def call_words(film: Reel) -> str:
    """Where the model's call changes on this walk, said so that nobody takes it for a rule."""
    trusted = np.array([not note for note in film.notes]) & np.isfinite(film.score)
    if not trusted.any():
        return "No step of this walk is to be trusted, so nothing is said of the model's call."
    if not film.crossings:
        part = "On this whole walk" if trusted.all() else "Where this walk is to be trusted"
        side = "above" if film.score[trusted][0] >= film.threshold else "below"
        return f"{part} the model's score stays **{side}** its threshold."
    digits = 0 if film.unit == "%" else 1
    amounts = [f"{at:.{digits}f} {film.unit}".strip() for at in film.crossings]
    places = " and ".join(f"**{amount}**" for amount in amounts)
    if film.unit == "%":
        return f"The model's score crosses its threshold {places} of the way."
    said = f"This model's score crosses its threshold at {places} (one training's answer)"
    if not film.unit.startswith("mm"):
        return f"{said}. The same picture, changed, scores otherwise; nothing became malignant."
    return (
        f"{said}; not a size rule. "
        "The same picture drawn larger scores otherwise; nothing became malignant."
    )
