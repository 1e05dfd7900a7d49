"""How far a lesion is walked, and in how many pictures."""

from core.latent.direction import Direction

FRAMES = 26  # pictures of a walk: each is measured up to nine times
DOWN, UP = 0.15, 0.45  # of the range of training lesions' sizes


def steps_between(low: float, high: float) -> tuple[float, ...]:
    """So many even steps from about `low` to `high`, with 0, the start itself, among them."""
    ups = round((FRAMES - 1) * high / (high - low))
    gap = high / ups
    return tuple(round(float(gap * (at - (FRAMES - 1 - ups))), 6) for at in range(FRAMES))


def size_steps(size: Direction, short_axis_mm: float) -> tuple[float, ...]:
    """How far a lesion's size is walked, in mm from where it stands: mostly up.

    Args:
        size: The direction of the short axis; its ends are those of training lesions.
        short_axis_mm: By the lesion's outline.
    """
    width = size.high - size.low
    return steps_between(-min(DOWN * width, max(0.0, short_axis_mm - size.low)), UP * width)
