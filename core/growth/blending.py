"""Where a changed lesion is shown, and how softly it passes into the scan that stays."""

import numpy as np

from core.arrays import Mask
from core.growth.fence import ENLARGED, Numbers

BLEND_SD_PX = 0.8  # how softly the changed lesion passes into the unmoved scan


def scaled(region: Mask, growth: float, centre_px: tuple[float, float]) -> Mask:
    """A region of the enlarged picture, so many times as large about a place of the patch."""
    rows, columns = (
        np.clip(np.rint((np.arange(size) - at) / growth + at), 0, size - 1).astype(np.intp)
        for size, at in zip(
            region.shape, ((one + 0.5) * ENLARGED - 0.5 for one in centre_px), strict=True
        )
    )
    scaled: Mask = region[rows][:, columns]
    return scaled


def nearness(region: Mask) -> Numbers:
    """1 on a region of the enlarged picture and its blurred rim, falling to 0, (height, width)."""
    from core.growth.compiled_warp import near

    away = np.arange(int(4 * BLEND_SD_PX + 0.5) + 1)  # to where less than 1e-4 is left of it
    weights = np.exp(-0.5 / BLEND_SD_PX**2 * away**2)
    weights /= 2 * weights.sum() - weights[0]
    found: Numbers = near(np.ascontiguousarray(region), ENLARGED, weights)
    return found
