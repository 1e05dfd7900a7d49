"""What lies in front of the rectum: prostate, vesicles, bladder; vagina, uterus; bowel."""

import numpy as np

from core.arrays import Map2D
from core.cohort.phantom.fields import smooth_step, step
from core.cohort.phantom.frame import Canvas, Frame, along_curve, oval

URINE = 1.75


def paint_organs(canvas: Canvas, frame: Frame) -> None:
    """Paint the organs in front of the mesorectum, back to front."""
    if frame.up > 0.6:
        _bowel(canvas, frame)
    if frame.anatomy.sex == "M":
        if frame.up > 0.42:
            _bladder(canvas, frame, low=0.40)
        if 0.40 < frame.up < 0.75:
            _vesicles(canvas, frame)
        if 0.02 < frame.up < 0.55:
            _prostate(canvas, frame)
    else:
        if frame.up > 0.40:
            _plexus(canvas, frame, _uterine(frame), 9.0)
        if frame.up > 0.25:
            _bladder(canvas, frame, low=0.22)
        if frame.up < 0.48:
            _vagina(canvas, frame)
        if frame.up > 0.40:
            _uterus(canvas, frame)


def _front_mm(frame: Frame) -> float:
    """Where the mesorectum begins, in the midline."""
    _, middle_y = frame.anatomy.mesorectum_centre(np.array(frame.z_mm))
    front = frame.anatomy.fascia_radius(np.array(-np.pi / 2), np.array(frame.z_mm))
    return float(middle_y - front)


def _plexus(canvas: Canvas, frame: Frame, organ: Map2D, reach_mm: float) -> None:
    """Veins in the fat beside an organ: dark and bright spots."""
    shell = step(organ - reach_mm, 3.0) * step(-organ + 1.0, 2.0)
    side = np.abs(frame.x)
    shell = shell * np.clip((side - 9) / 8, 0, 1) * step(side - 33, 6.0)
    canvas.paint(shell * smooth_step(frame.mottle, 0.5, 1.0).astype(np.float32), 0.16)
    canvas.paint(shell * smooth_step(-frame.mottle, 0.7, 1.2).astype(np.float32), 0.75)


def _prostate(canvas: Canvas, frame: Frame) -> None:
    swell = float(np.sin(np.pi * np.clip((frame.up - 0.02) / 0.53, 0, 1)) ** 0.6)
    size = frame.anatomy.bladder_mm / 27.0
    half_x, half_y = 26.0 * swell * size**0.4, 17.0 * swell * size**0.4
    if half_y < 4:
        return
    y = frame.y - (_front_mm(frame) - half_y - 1.5)
    body = oval(frame.x, y + 0.006 * frame.x**2, half_x=half_x, half_y=half_y, boxy=0.44)
    _plexus(canvas, frame, body, 6.0)
    canvas.paint(step(body), 0.14)
    radial = np.exp(-((np.abs(frame.cells) / 0.25) ** 2))
    canvas.paint(step(body + 0.9), 0.88 + 0.10 * frame.mottle - 0.22 * radial)
    inner = oval(frame.x, y + 0.30 * half_y, half_x=0.72 * half_x, half_y=0.66 * half_y)
    nodular = 0.40 + 0.16 * frame.mottle + 0.08 * frame.cells
    canvas.paint(step(inner), 0.16)
    canvas.paint(step(inner + 0.9), nodular)
    stroma = step(y + 0.62 * half_y + 0.8 * frame.mottle, 5.0) * step(body)
    canvas.paint(stroma, 0.19 + 0.02 * frame.grain)
    canvas.paint(step(np.hypot(frame.x, y - 0.05 * half_y) - 1.8, 1.5), 0.75)


def _vesicles(canvas: Canvas, frame: Frame) -> None:
    here = float(smooth_step(frame.up, 0.40, 0.47) * (1 - smooth_step(frame.up, 0.64, 0.75)))
    side = np.abs(frame.x)
    front = _front_mm(frame)
    knots = np.array([0.0, 8, 18, 30, 40])
    middle = along_curve(knots, front - np.array([4.5, 5.5, 6.0, 3.0, 0.0]), side)
    thick = along_curve(knots, np.array([5.0, 9.0, 11.0, 7.0, -3.0]), side) * here
    body = np.abs(frame.y - middle) - thick / 2 + 0.6 * frame.mottle
    # convoluted tubes: bright inside, thin dark walls
    walls = np.exp(-((frame.cells / 0.30) ** 2)) + 0.5 * np.exp(-((frame.mottle / 0.3) ** 2))
    ragged = body + 1.2 * frame.mottle + 0.5 * frame.cells
    canvas.paint(0.7 * step(ragged, 1.2), 0.3)
    canvas.paint(step(ragged + 0.7, 1.2), np.clip(1.05 - 0.8 * walls, 0.2, 1.2))


def _bladder(canvas: Canvas, frame: Frame, low: float) -> None:
    full = float(np.sqrt(np.clip((frame.up - low) / 0.35, 0, 1)))
    half_x = frame.anatomy.bladder_mm * (0.35 + 0.85 * full)
    half_y = 0.75 * frame.anatomy.bladder_mm * (0.3 + 0.75 * full)
    behind = 13.0 if frame.up < 0.7 or frame.anatomy.sex == "F" else 6.0
    y = frame.y - (_front_mm(frame) - behind - half_y)
    body = oval(frame.x, y, half_x=half_x, half_y=half_y, boxy=0.3)
    wall = 4.5 - 1.8 * full
    width = 0.6 + 1.5 * (1 - full)
    canvas.paint(step(body - wall, width), 0.23 + 0.03 * frame.grain)
    canvas.paint(step(body, width), URINE)


def _vagina(canvas: Canvas, frame: Frame) -> None:
    front = _front_mm(frame)
    side = np.abs(frame.x)
    knots = np.array([0.0, 8, 16, 24])
    middle = along_curve(knots, front - np.array([6.5, 5.5, 3.0, 2.0]), side)
    thick = along_curve(knots, np.array([3.6, 4.2, 3.0, -2.0]), side)
    body = np.abs(frame.y - middle) - thick + 0.4 * frame.mottle
    _plexus(canvas, frame, body, 7.0)
    canvas.paint(step(body), 0.28 + 0.04 * frame.grain)
    canvas.paint(0.8 * step(body + 2.6, 0.9), 0.95)
    if frame.up < 0.34:
        rings = np.hypot(frame.x, (frame.y - front + 20) * 1.05)
        canvas.paint(step(rings - 8.0), 0.22)
        canvas.paint(step(rings - 5.6), 0.62 + 0.06 * frame.grain)
        canvas.paint(step(rings - 2.2), 0.35)


def _uterine(frame: Frame) -> Map2D:
    """Signed distance to the cervix, further up the body of the uterus."""
    half_x, half_y, x, y = _uterine_axes(frame)
    return oval(x, y, half_x=half_x, half_y=half_y, boxy=0.25) + 0.5 * frame.mottle


def _uterine_axes(frame: Frame) -> tuple[float, float, Map2D, Map2D]:
    body = float(smooth_step(frame.up, 0.5, 0.8))
    half_x, half_y = 15.0 + 11.0 * body, 11.0 + 5.0 * body
    tilt = 0.15 * (frame.anatomy.rectum_swing - np.pi) / np.pi
    y = frame.y - (_front_mm(frame) - half_y - 1.0) - tilt * frame.x
    return half_x, half_y, frame.x + tilt * frame.y, y


def _uterus(canvas: Canvas, frame: Frame) -> None:
    half_x, half_y, x, y = _uterine_axes(frame)
    canvas.paint(step(_uterine(frame)), 0.48 + 0.07 * frame.mottle + 0.04 * frame.grain)
    inner = oval(x, y, half_x=0.62 * half_x, half_y=0.42 * half_y) + 0.5 * frame.mottle
    canvas.paint(step(inner, 2.0), 0.24)
    canvas.paint(step(inner + 2.6, 1.0), 1.1 + 0.08 * frame.cells)


def _bowel(canvas: Canvas, frame: Frame) -> None:
    here = float(smooth_step(frame.up, 0.6, 0.7))
    generator = np.random.default_rng([*frame.anatomy.seed, 10])
    for _ in range(6):
        drift = generator.normal(0, 14, 2) * (frame.up - 0.8)
        at_x = generator.uniform(-52, 52) + float(drift[0])
        at_y = generator.uniform(-62, -26) + float(drift[1])
        half_x, half_y = generator.uniform(7, 13) * here, generator.uniform(6, 10) * here
        content = float(generator.choice([0.08, 0.55, 1.1]))
        body = oval(frame.x - at_x, frame.y - at_y, half_x=half_x, half_y=half_y)
        body = body + 0.8 * frame.mottle
        canvas.paint(step(body), 0.26)
        folds = 0.35 * np.exp(-((frame.cells / 0.25) ** 2))
        canvas.paint(step(body + 1.9), np.maximum(content - folds, 0.05))
