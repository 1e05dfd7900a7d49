"""The mesorectum, the rectum in it and the tumour in its wall."""

import numpy as np

from core.arrays import Map2D, Values
from core.cohort.phantom.anatomy import Anatomy
from core.cohort.phantom.fields import smooth_step, step
from core.cohort.phantom.frame import Canvas, Frame, directions, polar

MUSCULARIS_MM, SUBMUCOSA_MM, MUCOSA_MM = 2.2, 2.0, 1.5


def fascia_distance(anatomy: Anatomy, x: Map2D, y: Map2D, z_mm: float) -> tuple[Map2D, Map2D]:
    """Signed distance in mm to the mesorectal fascia, and the sine of the direction."""
    middle_x, middle_y = anatomy.mesorectum_centre(np.array(z_mm))
    radius, turn = polar(x - np.float32(middle_x), y - np.float32(middle_y))
    angle = directions()
    outline = anatomy.fascia_radius(angle, np.array(z_mm)).astype(np.float32)
    return radius - outline[turn], np.sin(angle).astype(np.float32)[turn]


def wall_distance(
    anatomy: Anatomy, x: Map2D, y: Map2D, z_mm: float
) -> tuple[Map2D, "np.ndarray[tuple[int, int], np.dtype[np.int32]]"]:
    """Signed distance in mm to the outer wall of the rectum, and the direction (see `polar`)."""
    middle_x, middle_y = anatomy.rectum_centre(np.array(z_mm))
    radius, turn = polar(x - np.float32(middle_x), y - np.float32(middle_y))
    outline = anatomy.wall_radius(directions(), np.array(z_mm)).astype(np.float32)
    return radius - outline[turn], turn


def tumour_distance(
    anatomy: Anatomy,
    outside: Map2D,
    turn: "np.ndarray[tuple[int, int], np.dtype[np.int32]]",
    z_mm: float,
) -> Map2D | None:
    """Signed distance in mm, roughly, to the tumour's edge; None where a slice has none.

    Args:
        anatomy: Whose tumour.
        outside: Distance to the outer wall.
        turn: Direction from the rectum's middle.
        z_mm: Height of the slice.
    """
    tumour = anatomy.tumour
    level = (z_mm - tumour.z_mm) / tumour.half_length_mm
    if abs(level) >= 1:
        return None
    angle = directions()
    away = np.angle(np.exp(1j * (angle - tumour.angle))) / tumour.half_width
    dome = np.sqrt(np.maximum(1 - np.abs(away) ** 2.5 - abs(level) ** 2.5, 0))
    ragged = _ragged(anatomy, angle, z_mm)
    depth = MUSCULARIS_MM + SUBMUCOSA_MM + tumour.depth_mm
    # what leaves the wall leaves it in tongues; what stays within is smooth
    tongues = 1 + (0.20 if 0 < tumour.depth_mm < 9 else 0.08) * ragged
    outer = -MUSCULARIS_MM - SUBMUCOSA_MM + depth * dome * tongues
    inner = -MUSCULARIS_MM - SUBMUCOSA_MM - (tumour.bulge_mm + 1.5) * dome * (1 + 0.12 * ragged)
    outer = np.where(dome > 0, outer, -90.0).astype(np.float32)
    return np.asarray(np.maximum(outside - outer[turn], inner.astype(np.float32)[turn] - outside))


def _ragged(anatomy: Anatomy, angle: Values, z_mm: float) -> Values:
    generator = np.random.default_rng(anatomy.tumour.seed)
    orders = np.arange(4, 22)
    strength = generator.normal(0, 1, len(orders)) / orders**0.6
    phase = generator.uniform(0, 2 * np.pi, len(orders))
    twist = generator.normal(0, 0.25, len(orders))
    waves = np.cos(orders[:, None] * angle + (phase + twist * z_mm)[:, None])
    return np.asarray((strength[:, None] * waves).sum(0))


def paint_mesorectum(canvas: Canvas, frame: Frame) -> None:
    """Paint the levator, the thin dark fascia and the bright fat inside."""
    anatomy = frame.anatomy
    outside, back = fascia_distance(anatomy, frame.x, frame.y, frame.z_mm)
    slope = abs(
        float(
            anatomy.fascia_radius(np.array(0.0), np.array(frame.z_mm + 1.65))
            - anatomy.fascia_radius(np.array(0.0), np.array(frame.z_mm - 1.65))
        )
    )
    # a slanting sheet smears over the slice's thickness
    width = 0.6 + 0.6 * slope * frame.thickness_mm / 3.3
    sling = smooth_step(back, -0.75, -0.25).astype(np.float32)
    levator = (4.6 + 0.7 * frame.mottle) * float(1 - smooth_step(frame.z_mm, 16.0, 38.0)) * sling
    muscle = 0.13 * (1 + 0.15 * frame.grain)
    line = np.maximum(0.30 + 0.14 * frame.mottle, 0.10)
    canvas.paint(step(outside - line - levator + 0.2 * frame.cells, width), muscle)
    fat = 1.0 + 0.065 * frame.grain + 0.03 * frame.mottle - 0.42 * frame.lines
    canvas.paint(step(outside + line, width), 0.14 * frame.lines, fat)


def paint_rectum(canvas: Canvas, frame: Frame) -> None:
    """Paint the wall's layers, what the lumen holds, and the tumour."""
    anatomy = frame.anatomy
    outside, turn = wall_distance(anatomy, frame.x, frame.y, frame.z_mm)
    angle = directions()
    folded = anatomy.lumen == "collapsed"
    orders = np.array([5.0, 7.0, 9.0])
    phase = np.array([1.0, 2.0, 4.0]) * anatomy.rectum_swing + 0.07 * frame.z_mm
    folds = np.cos(orders[:, None] * angle + phase[:, None]).sum(0) * (0.9 if folded else 0.4)
    fold = folds.astype(np.float32)[turn]
    thick = 1.25 if folded else 0.8
    canvas.paint(
        step(outside + 0.25 * frame.mottle), 0.12 + 0.02 * frame.grain + 0.02 * frame.mottle
    )
    first = outside + thick * MUSCULARIS_MM + 0.15 * frame.mottle
    canvas.paint(step(first, 0.9), 0.66 + 0.05 * frame.grain, 0.08)
    second = first + thick * SUBMUCOSA_MM + 0.5 * fold
    canvas.paint(step(second, 1.2), 0.40 + 0.05 * frame.grain)
    _lumen(canvas, frame, second + thick * MUCOSA_MM + 0.6 * fold)
    body = tumour_distance(anatomy, outside, turn, frame.z_mm)
    if body is not None:
        signal = 0.50 + 0.05 * frame.mottle + 0.035 * frame.grain
        canvas.paint(step(body + 0.25 * frame.mottle, 0.9), signal)


def _lumen(canvas: Canvas, frame: Frame, inside: Map2D) -> None:
    match frame.anatomy.lumen:
        case "collapsed":
            slit = np.exp(-((frame.cells / 0.22) ** 2))
            canvas.paint(step(inside, 1.2), 0.62 + 0.45 * slit - 0.08 * frame.mottle)
        case "fluid":
            canvas.paint(step(inside), 1.45 + 0.03 * frame.grain)
        case "stool":
            mixed = 0.42 + 0.16 * frame.mottle + 0.14 * frame.cells
            canvas.paint(step(inside), np.clip(mixed, 0.04, 1.2))
        case "gas":
            # supine: gas lies in front, what fluid there is lies behind
            level = frame.anatomy.rectum_centre(np.array(frame.z_mm))[1] + 3.0
            gas = step(frame.y - np.float32(level), 0.8)
            canvas.paint(step(inside), 0.03 * gas + 1.2 * (1 - gas))


def tumour_cover(anatomy: Anatomy, x: Map2D, y: Map2D, z_mm: float) -> Map2D:
    """Where the tumour is in one slice, 0..1."""
    outside, turn = wall_distance(anatomy, x, y, z_mm)
    body = tumour_distance(anatomy, outside, turn, z_mm)
    return np.zeros_like(x) if body is None else step(body)
