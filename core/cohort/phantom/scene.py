"""What lies in one slice of a pelvis, as signal of water and of fat; no nodes yet."""

import numpy as np

from core.cohort.phantom.frame import Canvas, Surroundings, frame_of
from core.cohort.phantom.organs import paint_organs
from core.cohort.phantom.rectum import paint_mesorectum, paint_rectum
from core.cohort.phantom.vessels import stamp_vessels
from core.cohort.phantom.walls import paint_walls


def paint_slice(
    around: Surroundings, z_mm: float, *, thickness_mm: float, size_px: int, pixel_mm: float
) -> Canvas:
    """Paint the surroundings at one height, back to front."""
    frame = frame_of(around, z_mm, thickness_mm=thickness_mm, size_px=size_px, pixel_mm=pixel_mm)
    fat = 1.0 + 0.06 * frame.grain + 0.03 * frame.mottle - 0.55 * frame.lines
    canvas = Canvas(np.float32(0.15) * frame.lines, fat)
    paint_walls(canvas, frame)
    paint_organs(canvas, frame)
    paint_mesorectum(canvas, frame)
    cover, level = stamp_vessels(
        around.vessels, z_mm, thickness_mm, size_px=size_px, pixel_mm=pixel_mm
    )
    canvas.paint(cover, level)
    paint_rectum(canvas, frame)
    return canvas
