"""A lesion's own outline, for cohorts whose pictures the ruler cannot read.

There the size is counted from the outline and asked through the code. What the network does not
draw of such a lesion is then carried by a plain warp of that very size: without it the scan's own
edges would stay where they are, and the picture would hardly change.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.arrays import Code, Codes, Mask, Values
from core.growth.contour import Ellipse
from core.growth.fence import ENLARGED
from core.growth.warp import Oval, carried

GROWTH = (0.3, 3.0)  # times as large; nothing beyond is asked of a patch


@dataclass(frozen=True, eq=False)
class Outlined:
    """An outline and what the code says of the size.

    Attributes:
        mask: (height, width), of the lesion's own patch.
        short_axis_mm: By the outline.
        size_of: The size that codes stand for, in mm (`direction.read` of the short axis).
    """

    mask: Mask
    short_axis_mm: float
    size_of: Callable[[Codes], Values]

    def growth(self, codes: Codes, start: Code) -> Values:
        """How many times as large codes say the lesion is, (row,): counted from the outline."""
        more_mm = self.size_of(codes) - float(self.size_of(start[None])[0])
        times = 1 + np.asarray(more_mm, np.float64) / self.short_axis_mm
        return np.clip(times, *GROWTH)

    def fits(self, growth: float) -> bool:
        """Whether the outline, so many times as large, keeps clear of the patch's edge."""
        if growth <= 1:
            return True
        if growth >= GROWTH[1]:
            return False
        places = np.argwhere(self.mask)
        centre = places.mean(0)
        moved = centre + growth * (places - centre)
        return bool((moved >= 1).all() and (moved <= np.array(self.mask.shape) - 2).all())

    def ovals(self, growth: float, *, wider_px: float) -> tuple[Oval, Oval]:
        """The lesion's oval and the same so many times as large."""
        own = Oval.of(Ellipse.of(_enlarged(self.mask)), wider_px=wider_px)
        times = growth**2
        return own, own._replace(
            down=times * own.down, across=times * own.across, mixed=times * own.mixed
        )

    def covered(self, before: Oval, after: Oval) -> np.ndarray:
        """Where the lesion lies or lay, in the enlarged picture."""
        moved = carried(self.mask.astype(np.float64), before, after) > 0.5
        return _enlarged(self.mask | moved)


def _enlarged(mask: Mask) -> np.ndarray:
    return mask.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
