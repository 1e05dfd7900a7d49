"""The walls of the pelvis: bone, obturator, gluteus, piriformis, sacrum, ischioanal fat."""

import numpy as np

from core.arrays import Map2D
from core.cohort.phantom.fields import smooth_step, step
from core.cohort.phantom.frame import Canvas, Frame, along_curve, oval

MUSCLE = 0.13
CORTEX = 0.05


def paint_walls(canvas: Canvas, frame: Frame) -> None:
    """Paint everything that holds the pelvic fat in, back to front."""
    side = np.abs(frame.x)
    _gluteus(canvas, frame, side)
    _sides(canvas, frame, side)
    if frame.up < 0.38:
        _pubis(canvas, frame, side)
    if frame.up < 0.62:
        _coccygeus(canvas, frame, side)
    if frame.up > 0.45:
        _piriformis(canvas, frame, side)
    _sacrum(canvas, frame, side)


def _muscle(frame: Frame, streaked: float) -> tuple[Map2D, Map2D]:
    """Water and fat of muscle with some fat between its fibres."""
    fat = streaked * frame.streaks
    return MUSCLE * (1 + 0.16 * frame.grain + 0.10 * frame.mottle) * (1 - fat), fat


def _gluteus(canvas: Canvas, frame: Frame, side: Map2D) -> None:
    knots = np.array([6.0, 12, 20, 32, 46, 60, 80])
    low = np.array([76.0, 68, 57, 48, 44, 40, 32])
    high = np.array([84.0, 78, 70, 61, 55, 50, 44])
    edge = along_curve(knots, low + (high - low) * frame.up, side)
    water, fat = _muscle(frame, 0.45)
    # bundles part where the fibres do, so the edge is combed
    canvas.paint(step(edge - frame.y + 1.2 * frame.streaks + 0.5 * frame.mottle), water, fat)


def _sides(canvas: Canvas, frame: Frame, side: Map2D) -> None:
    knots = np.array([-70.0, -45, -20, 0, 14, 24, 34, 44])
    wide = frame.anatomy.sidewall_mm - 46.0 + 4.0 * frame.up
    medial = np.array([48.0, 44, 42, 41.5, 44, 50, 59, 68]) + wide
    thin = 1 - 0.25 * frame.up
    thick = np.array([3.0, 10, 15, 17, 16, 12, 7, 3]) * thin
    inner = along_curve(knots, medial, frame.y)
    outer = along_curve(knots, medial + thick, frame.y)
    end = 24.0 - 10.0 * frame.up + 0.35 * (side - 58)
    bone = np.maximum(outer - side, frame.y - end)
    canvas.paint(step(bone), CORTEX)
    marrow = 0.62 + 0.06 * frame.grain + 0.05 * frame.mottle
    canvas.paint(step(bone + 1.7 + 0.3 * frame.mottle), 0.14, marrow)
    water, fat = _muscle(frame, 0.10)
    # a film of fat and fascia parts the muscle from the bone
    canvas.paint(
        step(np.maximum(inner - side + 0.3 * frame.mottle, side - outer + 0.9)), water, fat
    )


def _pubis(canvas: Canvas, frame: Frame, side: Map2D) -> None:
    lifted = 26.0 * frame.up
    knots = np.array([0.0, 4, 14, 26, 40, 60])
    behind = along_curve(knots, np.array([-44.0, -44, -47, -51, -54, -56]) - lifted, side)
    canvas.paint(step(frame.y - behind - 4.0 + frame.mottle, 1.5), *_muscle(frame, 0.15))
    body = np.maximum(frame.y - behind, 2.2 - side)
    canvas.paint(step(body), CORTEX)
    marrow = 0.52 + 0.07 * frame.grain + 0.07 * frame.mottle
    canvas.paint(step(body + 1.6 + 0.4 * frame.mottle), 0.15, marrow)


def _coccygeus(canvas: Canvas, frame: Frame, side: Map2D) -> None:
    here = float(smooth_step(frame.up, 0.10, 0.22) * (1 - smooth_step(frame.up, 0.5, 0.6)))
    knots = np.array([4.0, 14, 30, 46, 60])
    middle = along_curve(knots, np.array([56.0, 53, 46, 37, 26]) + 4 * frame.up, side)
    thick = along_curve(knots, np.array([2.0, 3.5, 4.5, 3.5, 2.5]), side)
    band = np.abs(frame.y - middle) - thick / 2 + 0.5 * frame.mottle + 0.8 * frame.streaks
    water, fat = _muscle(frame, 0.25)
    canvas.paint(here * step(band), 0.85 * water, fat)


def _piriformis(canvas: Canvas, frame: Frame, side: Map2D) -> None:
    here = float(smooth_step(frame.up, 0.45, 0.62))
    knots = np.array([14.0, 26, 42, 62, 80])
    middle = along_curve(knots, np.array([52.0, 47, 40, 33, 28]), side)
    thick = along_curve(knots, np.array([4.0, 11, 15, 13, 9]), side) * here
    water, fat = _muscle(frame, 0.30)
    canvas.paint(
        step(np.abs(frame.y - middle) - thick / 2 + 0.8 * frame.streaks + 0.5 * frame.mottle),
        water,
        fat,
    )


def _sacrum(canvas: Canvas, frame: Frame, side: Map2D) -> None:
    grown = float(smooth_step(frame.up, 0.15, 0.85))
    half_x, half_y = 5.0 + 24.0 * grown, 4.5 + 9.0 * grown
    front = frame.anatomy.mesorectum_y_mm + frame.anatomy.mesorectum_depth_mm
    middle = max(front + 5.0, 43.0) + half_y + 3.5 * (1 - grown)
    # hollow in front: the sides reach further forward than the middle
    y = frame.y - middle + 0.006 * grown * side**2
    body = oval(frame.x, y, half_x=half_x, half_y=half_y, boxy=0.52)
    canvas.paint(step(body), CORTEX + 0.02)
    marrow = 0.66 + 0.07 * frame.grain + 0.07 * frame.mottle
    canvas.paint(step(body + 1.4 + 0.3 * frame.mottle), 0.13, marrow)
    if grown > 0.4:
        hole = np.hypot(side - 0.52 * half_x, y + 1.0) + 0.8 * frame.mottle
        canvas.paint(step(hole - 3.0, 1.2), 0.0, 0.9)
        canvas.paint(step(hole - 1.2, 1.2), 0.45)
