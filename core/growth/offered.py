"""Whether there is something to show of a lesion: read where it is asked, and shown larger.

A quick look at one lesion, of a few pictures without correction, for choosing which to begin
with; what is then shown of it is walked, corrected and measured anew.
"""

from collections.abc import Callable

import numpy as np

from core.arrays import Code, Codes, Patch, Values
from core.growth.delivery import Decode, read
from core.growth.outlined import Outlined
from core.growth.ruler_check import agrees
from core.growth.simulate import grow
from core.growth.span import UP
from core.latent.direction import Direction

STEPS = 6  # pictures of the look
MOST_REFUSED = 1  # of them: the last step may leave what training showed


def offered(
    code: Code,
    size: Direction,
    *,
    original: Patch,
    short_axis_mm: float,
    decode: Decode,
    typicality: Callable[[Codes], Values],
    spacing_mm: tuple[float, float] | None,
    outlined: Outlined | None = None,
) -> bool:
    """Whether the model draws a lesion readably, as large as it is, and larger without refusals.

    Args:
        code: The lesion's, (latent,).
        size: The direction of the short axis; `high` is the largest that is walked to.
        original: Its patch of the scan.
        short_axis_mm: By its outline.
        decode: Usually `model.decode`.
        typicality: Usually `space.typicality`.
        spacing_mm: Size of a pixel for the ruler; None where it is not asked, and then the size
            is counted from the outline.
        outlined: The outline to count from instead.
    """
    if spacing_mm is not None:
        (drawn,) = read(decode(code[None]), spacing_mm)
        if drawn is None or not agrees(drawn.short_axis_mm, short_axis_mm):
            return False
    steps = np.linspace(0, UP * (size.high - size.low), STEPS + 1)[1:]
    walk = grow(
        code, size, steps, decode=decode, spacing_mm=spacing_mm, typicality=typicality,
        original=original, outlined=outlined,
    )  # fmt: skip
    return sum(map(bool, walk.refused)) <= MOST_REFUSED
