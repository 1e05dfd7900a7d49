"""The colours of heat maps, and the bar that says what they mean."""

from html import escape

from core.explain.explanation import FULL_COLOUR

FOR, AGAINST = (230, 97, 1), (124, 82, 190)  # PuOr's ends, the purple lighter to read on grey
ENDS = ("evidence against", "evidence for")
OPACITY = 0.75  # of the strongest evidence on a map, unless the reader sets it
SCALE_CSS = """
.heat-scale { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0 0 .7rem;
  font-size: .9rem; }
.heat-scale i { width: 11rem; height: .8rem; border-radius: 3px; }
.heat-scale em { opacity: .75; font-style: normal; }
"""


def scale_html(scale: float, strongest: float, *, opacity: float = OPACITY) -> str:
    """The bar of maps that share one scale; nothing where all are flat.

    Args:
        scale: Magnitude of full colour, of all of a patient's maps.
        strongest: The strongest magnitude among those that are shown.
        opacity: Of full colour on these maps, 0 to 1: what stands in the bar is seen on them.
    """
    if scale <= 0:
        return ""
    above = (
        f"; full colour from {scale:.2g} up, which {100 - FULL_COLOUR} pixel in 100 reaches (the "
        f"strongest has {strongest:.2g}), so that one loud pixel does not leave the rest pale"
        if strongest > scale
        else ""
    )
    return _bar(
        f"{-scale:.2g}",
        f"{scale:.2g}",
        f"one scale for all of this patient's pictures{above}",
        opacity=opacity,
    )


def shared_html(scale: float) -> str:
    """The bar of maps that share one scale with nothing to add; nothing where all are flat."""
    if scale <= 0:
        return ""
    return _bar(f"{-scale:.2g}", f"{scale:.2g}", "one scale for all pictures here")


def own_scales_html(ends: tuple[str, str] = ENDS) -> str:
    """The bar of maps that have a scale each, whose ends stand under them (`full_colour`)."""
    return _bar("", "", "each map on its own scale, whose end stands below it", ends=ends)


def full_colour(scale: float) -> str:
    """From where a map with a scale of its own has full colour; "" for a flat one."""
    return f" Full colour from {scale:.2g}." if scale > 0 else ""


def _bar(
    low: str, high: str, words: str, *, opacity: float = OPACITY, ends: tuple[str, str] = ENDS
) -> str:
    # as strong as on a map, where the picture shines through
    against, towards = (f"rgb({r} {g} {b} / {opacity:.0%})" for r, g, b in (AGAINST, FOR))
    return (
        f'<div class="heat-scale"><span>{escape(ends[0])}</span><span>{low}</span>'
        f'<i style="background:linear-gradient(90deg,{against},transparent,{towards})"></i>'
        f"<span>{high}</span><span>{escape(ends[1])}</span><em>{words}</em></div>"
    )
