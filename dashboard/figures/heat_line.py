"""The line beside every heat map: how it was made, how strong it is, where it lies."""

from core.arrays import Mask
from core.explain.explanation import CAVEAT, METHODS, Explanation, mass_inside
from core.explain.question import NODE_LOGIT

NOTHING = "Nothing in this picture speaks for a higher score, as this map sees it."


def nothing(explanation: Explanation) -> str:
    """What an empty map says; "" where there is something to see."""
    if not explanation.is_empty:
        return ""
    if explanation.asked == NODE_LOGIT.name:
        return NOTHING
    return f"Nothing in this picture speaks for more of {explanation.asked}, as this map sees it."


def checks(explanation: Explanation, *, mask: Mask | None = None) -> str:
    """The line beside every map: how it was made, how strong it is, where it lies.

    Args:
        explanation: The map.
        mask: The outline; with it, evidence against is placed too where there is more of it.
    """
    layer = explanation.layer
    where = f"layer {layer} × {layer}" if layer else "on the pixels"
    made = f"{METHODS[explanation.method]}, {where}, raw maximum {explanation.raw_max:.3g}"
    least = float(explanation.map.min())
    if -least > explanation.raw_max:  # then the colours are full by what speaks against
        made = f"{made}, strongest against {least:.3g}"
    if explanation.asked != NODE_LOGIT.name:
        made = f"{made}, explains {explanation.asked}"
    if explanation.area_share is None:
        return f"{made}. {CAVEAT}"
    if explanation.mass_inside is None:
        return (
            f"{made}; none of it is evidence for, inside the outline, which covers "
            f"{explanation.area_share:.0%} of the picture, or outside. {CAVEAT}"
        )
    against = None if mask is None else mass_inside(-explanation.map, mask)
    lies = "lies"
    if against is not None and explanation.against.sum() > explanation.in_favour.sum():
        lies = f"and {against:.0%} of that against, of which there is more, lie"
    return (
        f"{made}; {explanation.mass_inside:.0%} of the evidence for {lies} inside the outline, "
        f"which covers {explanation.area_share:.0%} of the picture. {CAVEAT}"
    )
