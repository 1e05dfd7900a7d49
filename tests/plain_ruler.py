"""The ruler and the warps by the book, in numpy and scipy: what the compiled ones are held against.

Not a test: `tests/test_compiled.py` and `tests/test_lines.py` ask for it.
"""

import numpy as np
from scipy.ndimage import gaussian_filter, grey_dilation, label, map_coordinates

from core.errors import MeasureFailed
from core.growth.blending import BLEND_SD_PX
from core.growth.contour import CORE, INSIDE, LEAST_PX, OUTSIDE, RING_PX, Ellipse
from core.growth.fence import (
    ENLARGED,
    FAR_SIDE,
    LAYING,
    LEAST_STEP,
    NEAR_PX,
    STEP_PX,
    Fence,
    polar_of,
)


def closed_line(gain, jump, bend):
    """Every angle's best totals, then the way back through three turns."""
    angles, width = gain.shape
    moves = sorted(range(-jump, jump + 1), key=lambda by: (by != 0, by))
    totals, came = [gain[0]], []
    for turn in range(1, 3 * angles):
        reached = np.full((len(moves), width), -np.inf)
        for at, by in enumerate(moves):
            from_, to = (
                slice(max(by, 0), width + min(by, 0)),
                slice(max(-by, 0), width + min(-by, 0)),
            )
            reached[at, to] = totals[-1][from_] - bend * abs(by)
        came.append([moves[at] for at in reached.argmax(0)])
        totals.append(reached.max(0) + gain[turn % angles])
    line, at = [], int(np.argmax(totals[-1]))
    for turn in range(3 * angles - 1, -1, -1):
        line.append(at)
        at += came[turn - 1][at] if turn else 0
    return line[::-1][angles : 2 * angles]


def fences(pictures):
    """The best fence in each of many enlarged pictures, (row, height, width).

    Four are laid: for a dark and for a bright lesion, with its own level taken close to the
    centre and further out, since one dark spot may lie at the centre of a large lesion. The one
    that crosses the strongest edge is kept; what speaks against it is said.
    """
    polar = polar_of(pictures.shape[1:])
    flat = pictures.reshape(len(pictures), -1)
    seen = flat[:, polar.spots]  # (row, angle, radius)
    sums = np.cumsum(np.pad(seen, ((0, 0), (0, 0), (1, 0))), axis=2)
    boxes = (sums[..., LAYING.box :] - sums[..., : -LAYING.box]) / LAYING.box
    edge = boxes[..., LAYING.box :] - boxes[..., : -LAYING.box]  # from radius LAYING.box on
    radii, along = _laid(seen, edge, _levels(flat, polar), polar)
    low, high = (_either_way(flat, share)[0] for share in (LAYING.range, 1 - LAYING.range))
    contrast = np.maximum(high - low, LEAST_STEP)
    mean = np.maximum(along.mean(2), 0)  # (laid, row)
    size = radii.mean(2)
    worth = mean * size**LAYING.larger
    worth[: len(NEAR_PX)] *= LAYING.darker
    best = worth.argmax(0)
    weakest, _ = _either_way(along[best, np.arange(len(best))], LAYING.weakest)
    found = []
    for row, laid in enumerate(best):
        dark = bool(laid < len(NEAR_PX))
        own, other = (0, 2) if dark else (2, 0)
        first, second = size[own : own + 2, row]
        found.append(
            Fence(
                radii=radii[laid, row],
                dark=dark,
                weakest=float(weakest[row] / contrast[row]),
                apart=float(abs(np.log(first / second))),
                rival=float(worth[other : other + 2, row].max() / max(worth[laid, row], 1e-9)),
            )
        )
    return found


def _levels(flat, polar):
    """Sign, own level and the surroundings' of each fence to be laid, as seen by its sign."""
    outside = _either_way(flat[:, (polar.away > NEAR_PX[0]).ravel()], FAR_SIDE)
    inside = [
        _either_way(flat[:, (polar.away < near_px).ravel()], LAYING.inner) for near_px in NEAR_PX
    ]
    return [(sign, own[at], outside[at]) for at, sign in enumerate((1.0, -1.0)) for own in inside]


def _either_way(values, share):
    """The quantile of every row, and that of the values turned upside down, in one partition."""
    last = values.shape[1] - 1
    place = share * last
    low, high = int(place), int(place) + 1
    parted = np.partition(values, (last - high, last - low, low, high), axis=1)
    up = _between(parted[:, low], parted[:, high], place - low)
    down = _between(-parted[:, last - low], -parted[:, last - high], place - low)
    return up, down


def _between(low, high, share):
    """So far from one to the other, as numpy rounds it: equal edges must stay equal."""
    found = low + (high - low) * share
    if share >= 0.5:
        found = high - (high - low) * (1 - share)
    return found


def _laid(seen, edge, levels, polar):
    """The best fence for each pair of levels, and the edge along it, (laid, row, angle) each.

    What a fence gains at an angle is the edge it crosses there, and it loses for every pixel of
    its radius that looks like the surroundings. The best closed line is the middle turn of the
    best line of three turns. All are looked for in one pass: on few pictures the passes
    themselves are what takes time.
    """
    edges, gains = [], []
    for sign, inner, outer in levels:
        half, step = (inner + outer) / 2, np.maximum(outer - inner, LEAST_STEP)
        half, step = half[:, None, None], step[:, None, None]
        alike = np.clip(4 * (half - sign * seen) / step, -1, 0)
        alike = np.cumsum(alike, axis=2)[..., LAYING.box :][..., : edge.shape[2]] * STEP_PX
        edges.append(sign * edge)
        # an edge beyond the lesion's own step is another organ's, and counts no more
        gains.append(np.minimum(edges[-1] / step, 1) + LAYING.likeness * alike)
    at = np.array([closed_line(table, LAYING.jump, LAYING.bend) for table in np.concatenate(gains)])
    radii = polar.radii[at + LAYING.box]
    along = np.take_along_axis(np.concatenate(edges), at[..., None], 2)[..., 0]
    shape = (len(levels), len(seen), -1)
    return radii.reshape(shape), along.reshape(shape)


def region(picture, fence):
    """The lesion, its level and that of its surroundings in an enlarged picture.

    Args:
        picture: Enlarged.
        fence: Laid in it.
        trust: When the fence is not to be trusted.

    Raises:
        MeasureFailed: No edge, nothing at the centre, or it reaches the picture's edge.
    """
    polar = polar_of(picture.shape)
    radii = np.append(fence.radii, fence.radii[0])
    gap, far = (1 + reach_px / float(radii.mean()) for reach_px in RING_PX)
    box = _box(picture.shape, float(radii.max()) * far)
    seen, away = picture[box], polar.away[box]
    # distance from the centre over the fence's in the same direction: 1 on the fence
    at, beside = polar.before[box], polar.beside[box]
    place = away / (np.diff(radii)[at] * beside + radii[at])
    within = place < 1
    core, ring = seen[place < CORE], seen[(place > gap) & (place < far)]
    if not core.size or not ring.size:
        raise MeasureFailed("nothing stands out at the centre")
    inner = _quantile(core, 0.5)
    outer = _quantile(ring, FAR_SIDE if fence.dark else 1 - FAR_SIDE)
    if (outer - inner if fence.dark else inner - outer) < LEAST_STEP:
        raise MeasureFailed("no edge between the centre and its surroundings")
    half = (inner + outer) / 2
    beyond = seen < half if fence.dark else seen > half
    free = beyond & _grown(within, OUTSIDE)
    region = np.zeros(picture.shape, dtype=bool)
    region[box] = _whole(free | shrunk(within, INSIDE), away)
    if region.sum() < LEAST_PX * ENLARGED**2:
        raise MeasureFailed("what lies at the centre is smaller than 4 pixels")
    if region[[0, -1]].any() or region[:, [0, -1]].any():
        raise MeasureFailed("what lies at the centre reaches the picture's edge")
    return region, inner, outer


def _box(shape, reach_px):
    """Where an enlarged picture lies within so many pixels of the patch's centre, and a rim."""
    half = int(ENLARGED * (reach_px + 1)) + OUTSIDE + 1
    centres = (size // ENLARGED // 2 * ENLARGED for size in shape)
    down, across = (slice(max(at - half, 0), at + half + ENLARGED) for at in centres)
    return down, across


def _whole(region, away):
    """The piece nearest to the centre, without holes."""
    pieces, _ = label(region)
    own = pieces == pieces[region][np.argmin(away[region])] if region.any() else region
    outside, _ = label(~own)
    rim = np.concatenate([outside[0], outside[-1], outside[:, 0], outside[:, -1]])
    open_to_rim = np.zeros(int(outside.max()) + 1, dtype=bool)
    open_to_rim[rim[rim > 0]] = True
    filled = ~open_to_rim[outside]
    return filled


def _quantile(values, share):
    """The value that such a share lies below; much quicker than numpy's on few numbers."""
    at = min(int(share * len(values)), len(values) - 1)
    return float(np.partition(values, at)[at])


def shrunk(region, by):
    """Pixels whose neighbours are inside too, `by` times; beyond the picture counts as inside."""
    return ~_grown(~region, by)


def _grown(region, by):
    """With its neighbours, `by` times; a square and a diamond in turn, which makes octagons."""
    for turn in range(by):
        tall = region.copy()
        tall[1:] |= region[:-1]
        tall[:-1] |= region[1:]
        wide = tall.copy() if turn % 2 else region.copy()
        base = tall if turn % 2 else region
        wide[:, 1:] |= base[:, :-1]
        wide[:, :-1] |= base[:, 1:]
        region = tall | wide
    return region


def ellipse(region):
    y, x = np.arange(float(len(region))), np.arange(float(region.shape[1]))
    rows, columns = region.sum(1), region.sum(0)
    size = rows.sum()
    row, column = float(rows @ y / size), float(columns @ x / size)
    y, x = y - row, x - column
    down, across = float(rows @ y**2 / size), float(columns @ x**2 / size)
    mixed = float(y @ (region @ x) / size)
    return Ellipse(row, column, down + 1 / 12, across + 1 / 12, mixed)


def spreads(picture, region, core):
    """Standard deviations of the values within, and of the rim's distance in radii."""
    own = ellipse(region)

    def distance(rows, columns):
        y, x = rows - own.row, columns - own.column
        inner = own.across * y**2 - 2 * own.mixed * y * x + own.down * x**2
        return np.sqrt(inner / (own.down * own.across - own.mixed**2)) / 2

    inside, rim = np.nonzero(region), np.nonzero(region & ~shrunk(region, 1))
    return picture[inside][distance(*inside) < core].std(), distance(*rim).std()


def nearness(region):
    """1 on a region of the enlarged picture and its blurred rim, falling to 0, (height, width)."""
    height, width = (size // ENLARGED for size in region.shape)
    covered = region.reshape(height, ENLARGED, width, ENLARGED).mean(axis=(1, 3))
    near = gaussian_filter(grey_dilation(covered, size=(3, 3)), BLEND_SD_PX)
    return near


def carried(picture, before, after):
    """Bring one oval of a picture onto another; what lies around gives way, the edge stays.

    Args:
        picture: (height, width), any unit.
        before: Where it is.
        after: Where it shall be; held inside the patch in directions in which it would leave.
    """
    back = np.linalg.inv(_transport(before.matrix, after.matrix))
    down, across = np.meshgrid(
        *(np.arange(float(size)) - at for size, at in zip(picture.shape, after[:2], strict=True)),
        indexing="ij",
    )
    place = np.hypot(down, across)
    with np.errstate(invalid="ignore", divide="ignore"):
        up, right = np.where(place > 0, down / place, 0.0), np.where(place > 0, across / place, 1.0)
        edge = np.minimum(_to_edge(down, place), _to_edge(across, place))
    edge = np.where(place > 0, edge, np.inf)
    form = np.linalg.inv(after.matrix)
    rim = 1 / np.sqrt(form[0, 0] * up**2 + 2 * form[0, 1] * up * right + form[1, 1] * right**2)
    rim = np.minimum(rim, np.maximum(edge - 1, 1e-6))
    inside = np.minimum(place, rim)
    with np.errstate(invalid="ignore"):
        share = np.where(place > rim, (place - rim) / np.maximum(edge - rim, 1e-6), 0.0)
        edge = np.where(np.isfinite(edge), edge, 0.0)
    share = np.clip(share, 0, 1)
    where = [
        (1 - share) * (start + row[0] * up * inside + row[1] * right * inside)
        + share * (end + along * edge)
        for start, end, row, along in zip(before[:2], after[:2], back, (up, right), strict=True)
    ]
    warped = map_coordinates(picture, where, order=3, mode="nearest")
    return warped.astype(picture.dtype)


def _transport(before, after):
    """The symmetric map that turns one matrix of second moments into another."""
    root = _root(before)
    inverse = np.linalg.inv(root)
    transport = inverse @ _root(root @ after @ root) @ inverse
    return transport


def _root(matrix):
    """The symmetric square root."""
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.maximum(values, 1e-12)) @ vectors.T
    return root


def _to_edge(along, place):
    """How far the patch's edge lies from the centre in each point's direction, on one axis."""
    furthest = np.where(along < 0, -along.min(), along.max())
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.where(along == 0, np.inf, furthest * place / np.abs(along))
    return distance
