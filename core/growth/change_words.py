"""A change of a lesion's picture in a reader's words: "1.9 mm larger, border more irregular"."""

import numpy as np

from core.growth.measure import Measurement
from core.latent.attributes import say_length

WORTH_SAYING_SD = 0.25  # changes smaller than this go unsaid
WORTH_SAYING_MM = 0.1
WORDS = {
    "elongation": ("more elongated", "rounder"),
    "contrast": ("brighter against its surroundings", "darker against its surroundings"),
    "texture": ("more uneven inside", "more even inside"),
    "border": ("border more irregular", "border smoother"),
}
SIZE = "short_axis_mm"
# the attributes that a code holds, and the readings that say the same in words
HELD = {
    "elongation": "elongation",
    "contrast": "contrast",
    "heterogeneity": "texture",
    "irregularity": "border",
}


def change_in_words(
    before: Measurement | None,
    after: Measurement | None,
    spread: dict[str, float],
    *,
    by_outline_mm: tuple[float, float] | None = None,
    by_code: tuple[tuple[str, float, float], ...] = (),
) -> str:
    """What changed, by the ruler where it reads both pictures, else by outline or code.

    Args:
        before, after: What the ruler reads; None where it cannot.
        spread: Standard deviation of each reading over training lesions.
        by_outline_mm: How much larger by the code, and the outline's short axis, where sizes are
            counted from the outline.
        by_code: What the code holds more of each attribute, with the attribute's own spread.
    """
    if by_outline_mm is not None:
        more_mm, from_mm = by_outline_mm
        beside = _held(tuple(one for one in by_code if one[0] != SIZE))
        also = f", {beside}" if beside else ""
        if abs(more_mm) < WORTH_SAYING_MM:
            return f"not changed in size{also}, by the code; the ruler cannot read this picture"
        said_mm = _sized(more_mm, max(from_mm, from_mm + more_mm))
        return f"{said_mm}{also} by the code, counted from the outline"
    if before is None or after is None:
        held = _held(by_code, reference_mm=before.short_axis_mm if before else 0.0)
        if not held:
            return "changed in a way that the ruler cannot read"
        return f"{held}, by the code alone; the ruler cannot read this picture"
    said = []
    grown = after.short_axis_mm - before.short_axis_mm
    if abs(grown) >= WORTH_SAYING_MM:
        said.append(_sized(grown, max(after.short_axis_mm, before.short_axis_mm)))
    for name, (more, less) in WORDS.items():
        change = getattr(after, name) - getattr(before, name)
        if abs(change) >= WORTH_SAYING_SD * spread.get(name, np.inf):
            said.append(more if change > 0 else less)
    return ", ".join(said) or "changed by less than the ruler tells apart"


def _held(by_code: tuple[tuple[str, float, float], ...], *, reference_mm: float = 0.0) -> str:
    """The change as the code holds it, "" where it holds none worth saying; lengths in the unit
    in which the lesion's own is said.
    """
    said = []
    for name, more, spread in by_code:
        if name == SIZE and abs(more) >= WORTH_SAYING_MM:
            said.append(_sized(more, max(reference_mm, abs(more))))
        elif name in HELD and abs(more) >= WORTH_SAYING_SD * spread:
            said.append(WORDS[HELD[name]][0 if more > 0 else 1])
    return ", ".join(said)


def _sized(grown_mm: float, reference_mm: float) -> str:
    return f"{say_length(abs(grown_mm), reference_mm)} {'larger' if grown_mm > 0 else 'smaller'}"
