"""The region within a fence and what is read of it, compiled; see `core.growth.compiled_fence`."""

import numpy as np

from core.arrays import Mask
from core.growth.fence import Numbers, Polar
from core.latent.umap_cache import compiled


@compiled
def distances(
    polar: Polar, radii: Numbers, corner: tuple[int, int], far: tuple[int, int]
) -> Numbers:
    """Distance from the centre over the fence's in the same direction: 1 on the fence.

    Args:
        polar: What the centre sees.
        radii: The fence and its first radius again, (angle + 1,).
        corner: First row and column that are asked for.
        far: The row and the column beyond the last ones.
    """
    place = np.empty((far[0] - corner[0], far[1] - corner[1]))
    for y in range(place.shape[0]):
        for x in range(place.shape[1]):
            row, column = y + corner[0], x + corner[1]
            at = polar.before[row, column]
            fence = (radii[at + 1] - radii[at]) * polar.beside[row, column] + radii[at]
            place[y, x] = polar.away[row, column] / fence
    return place


@compiled
def _grown(region: Mask, by: int) -> Mask:
    """With its neighbours, `by` times; a diamond and a square in turn, which makes octagons."""
    rows, columns = region.shape
    both = np.zeros((2, rows + 2, columns + 2), np.bool_)
    padded, wider = both[0], both[1]
    for row in range(rows):
        for column in range(columns):
            padded[row + 1, column + 1] = region[row, column]
    for turn in range(by):
        for row in range(1, rows + 1):
            for column in range(1, columns + 1):
                wider[row, column] = (
                    padded[row, column]
                    | padded[row - 1, column]
                    | padded[row + 1, column]
                    | padded[row, column - 1]
                    | padded[row, column + 1]
                )
            if turn % 2:
                for column in range(1, columns + 1):
                    wider[row, column] |= (
                        padded[row - 1, column - 1]
                        | padded[row - 1, column + 1]
                        | padded[row + 1, column - 1]
                        | padded[row + 1, column + 1]
                    )
        padded, wider = wider, padded
    grown: Mask = padded[1:-1, 1:-1]
    return grown


@compiled
def _flood(dry: Mask, start: int) -> None:
    """Wet what hangs together, side by side, with one pixel of an array whose rim is wet."""
    wide = dry.shape[1]
    ground = dry.reshape(-1)
    wet, many = np.empty(ground.size, np.int32), 1
    wet[0], ground[start] = start, False
    while many:
        many -= 1
        at = wet[many]
        for beside in (at - wide, at + wide, at - 1, at + 1):
            if ground[beside]:
                ground[beside] = False
                wet[many] = beside
                many += 1


@compiled
def whole(region: Mask, away: Numbers) -> Mask:
    """The piece nearest to the centre, without holes.

    Args:
        region: Whatever may belong to the lesion.
        away: Distance from the centre.
    """
    rows, columns = region.shape
    dry, nearest, start = np.zeros((rows + 4, columns + 4), np.bool_), np.inf, -1
    for row in range(rows):
        for column in range(columns):
            dry[row + 2, column + 2] = region[row, column]
            if region[row, column] and away[row, column] < nearest:
                nearest, start = away[row, column], (row + 2) * (columns + 4) + column + 2
    left = dry.copy()
    if start >= 0:
        _flood(left, start)
    for row in range(1, rows + 3):  # all but the piece, and a way around the picture
        for column in range(1, columns + 3):
            dry[row, column] = not dry[row, column] or left[row, column]
    _flood(dry, columns + 5)
    filled = np.ones((rows, columns), np.bool_)
    for row in range(rows):
        for column in range(columns):
            own = region[row, column] and not left[row + 2, column + 2]
            filled[row, column] = own or dry[row + 2, column + 2]
    return filled


@compiled
def drawn(beyond: Mask, place: Numbers, away: Numbers, outside: int, inside: int) -> Mask:
    """The half-maximum contour where it is free to run, in one piece and without holes.

    Args:
        beyond: Where a picture lies beyond the half maximum.
        place: Distance from the centre in radii of the fence.
        away: The same in pixels of the patch.
        outside: Pixels that the contour may leave the fence by.
        inside: The same, inwards.
    """
    rows, columns = place.shape
    top, left, bottom, right = rows, columns, 0, 0
    for row in range(rows):
        for column in range(columns):
            if place[row, column] < 1:
                top, bottom = min(top, row), max(bottom, row + 1)
                left, right = min(left, column), max(right, column + 1)
    # further than the contour may go nothing has to be looked at
    margin = outside + 1
    down = slice(max(top - margin, 0), bottom + margin)
    across = slice(max(left - margin, 0), right + margin)
    near, seen = place[down, across], beyond[down, across]
    within, without = np.empty(near.shape, np.bool_), np.empty(near.shape, np.bool_)
    for row in range(near.shape[0]):
        for column in range(near.shape[1]):
            within[row, column] = near[row, column] < 1
            without[row, column] = not within[row, column]
    free, rim = _grown(within, outside), _grown(without, inside)
    for row in range(near.shape[0]):
        for column in range(near.shape[1]):
            taken = seen[row, column] and free[row, column]
            within[row, column] = taken or not rim[row, column]
    region, piece = np.zeros((rows, columns), np.bool_), whole(within, away[down, across])
    for row in range(piece.shape[0]):
        for column in range(piece.shape[1]):
            region[row + down.start, column + across.start] = piece[row, column]
    return region


@compiled
def moments(region: Mask) -> tuple[float, float, float, float, float]:
    """Centre of a region, (row, column), and second moments about it: down, across, mixed."""
    size, rows, columns = 0, 0, 0
    for row in range(region.shape[0]):
        for column in range(region.shape[1]):
            if region[row, column]:
                size, rows, columns = size + 1, rows + row, columns + column
    middle, centre = rows / size, columns / size
    down, across, mixed = 0.0, 0.0, 0.0
    for row in range(region.shape[0]):
        for column in range(region.shape[1]):
            if region[row, column]:
                y, x = row - middle, column - centre
                down, across, mixed = down + y * y, across + x * x, mixed + y * x
    return middle, centre, down / size, across / size, mixed / size


@compiled
def _sd(values: Numbers) -> float:
    total, spread = 0.0, 0.0
    for value in values:
        total += value
    for value in values:
        spread += (value - total / len(values)) ** 2
    found: float = np.sqrt(spread / len(values))
    return found


@compiled
def spreads(
    picture: Numbers, region: Mask, ellipse: tuple[float, float, float, float, float], core: float
) -> tuple[float, float]:
    """How far grey values vary within a region, and its rim's distance from the centre.

    Args:
        picture: Enlarged.
        region: The lesion in it, clear of the picture's edge.
        ellipse: That of the region: row, column, down, across, mixed.
        core: Values are read within so many radii of the ellipse.

    Returns:
        Two standard deviations, of values within and of the rim's distances in radii.
    """
    middle, centre, down, across, mixed = ellipse
    least = down * across - mixed**2
    values, rim = np.empty(region.size), np.empty(region.size)
    inside = outermost = 0
    for row in range(1, region.shape[0] - 1):
        for column in range(1, region.shape[1] - 1):
            if not region[row, column]:
                continue
            y, x = row - middle, column - centre
            place = np.sqrt((across * y**2 - 2 * mixed * y * x + down * x**2) / least) / 2
            if place < core:
                values[inside] = picture[row, column]
                inside += 1
            level = region[row, column - 1] & region[row, column + 1]
            if not (level & region[row - 1, column] & region[row + 1, column]):
                rim[outermost] = place
                outermost += 1
    return _sd(values[:inside]), _sd(rim[:outermost])
