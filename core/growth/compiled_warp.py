"""A picture carried from one oval onto another, and nearness to a region, compiled.

What `scipy.ndimage` gives for the same (cubic splines, the "nearest" and "reflect" edges), without
starting its passes over small arrays one by one. Import this where it is used: it brings numba.
"""

import numpy as np

from core.arrays import Mask
from core.growth.fence import Numbers
from core.latent.umap_cache import compiled

FLAT = 1e-12  # a squared semi-axis in square pixels: no oval is flatter
HELD_PX = 1.0  # what an oval keeps clear of the patch's edge


@compiled
def _root(down: float, across: float, mixed: float) -> tuple[float, float, float]:
    """The symmetric square root of a matrix of second moments."""
    middle, apart = (down + across) / 2, np.hypot((down - across) / 2, mixed)
    product = np.sqrt(max(middle + apart, FLAT) * max(middle - apart, FLAT))
    total = np.sqrt(max(middle + apart, FLAT)) + np.sqrt(max(middle - apart, FLAT))
    return (down + product) / total, (across + product) / total, mixed / total


@compiled
def _inverse(down: float, across: float, mixed: float) -> tuple[float, float, float]:
    least = down * across - mixed**2
    return across / least, down / least, -mixed / least


@compiled
def _between(
    outer: tuple[float, float, float], inner: tuple[float, float, float]
) -> tuple[float, float, float]:
    """One symmetric matrix between two of another: outer @ inner @ outer."""
    (a, c, b), (p, r, q) = outer, inner
    down = a * (a * p + b * q) + b * (a * q + b * r)
    across = b * (b * p + c * q) + c * (b * q + c * r)
    mixed = b * (a * p + b * q) + c * (a * q + b * r)
    return down, across, mixed


@compiled
def _weights(part: float) -> tuple[float, float, float, float]:
    """Of the four coefficients around a place that lies so far beyond the second of them."""
    rest = 1 - part
    first, last = rest**3 / 6, part**3 / 6
    second = (part * part * (part - 2) * 3 + 4) / 6
    third = (rest * rest * (rest - 2) * 3 + 4) / 6
    return first, second, third, last


@compiled
def _spline(coefficients: Numbers, row: float, column: float) -> float:
    """The value of a cubic spline at a place; beyond its edge the edge's own."""
    found, rows, columns = 0.0, coefficients.shape[0], coefficients.shape[1]
    # not (>= 0) rather than (< 0): what is not a number must not become an index
    row = 0.0 if not row >= 0 else min(row, rows - 1.0)
    column = 0.0 if not column >= 0 else min(column, columns - 1.0)
    top, left = int(row), int(column)
    y, x = row - top, column - left
    down = _weights(y)
    across = _weights(x)
    for i in range(4):
        at = abs(top - 1 + i)
        at = min(at, 2 * (rows - 1) - at)
        line = 0.0
        for j in range(4):
            beside = abs(left - 1 + j)
            line += across[j] * coefficients[at, min(beside, 2 * (columns - 1) - beside)]
        found += down[i] * line
    return found


@compiled
def _to_edge(along: float, place: float, at: float, size: int) -> float:
    """How far the patch's edge lies from a centre in a point's direction, on one axis."""
    if along == 0:
        return np.inf
    return (at if along < 0 else size - 1 - at) * place / abs(along)


@compiled
def carry(
    coefficients: Numbers,
    margin: int,
    before: tuple[float, float, float, float, float],
    after: tuple[float, float, float, float, float],
) -> Numbers:
    """Bring one oval of a picture onto another; what lies around gives way, the edge stays.

    Args:
        coefficients: Of the picture's cubic spline, wider than it by the margin on every side.
        margin: In pixels.
        before: Centre and squared semi-axes of the oval: row, column, down, across, mixed.
        after: Where it shall be; held inside the patch in directions in which it would leave.
    """
    height, width = coefficients.shape[0] - 2 * margin, coefficients.shape[1] - 2 * margin
    moved = np.empty((height, width))
    # where each point comes from: the inverse of the symmetric map between the two
    root = _root(before[2], before[3], before[4])
    form = _inverse(after[2], after[3], after[4])
    there = _inverse(*root)
    middle = _between(root, (after[2], after[3], after[4]))
    back = _inverse(*_between(there, _root(*middle)))
    for row in range(height):
        for column in range(width):
            down, across = row - after[0], column - after[1]
            place = np.hypot(down, across)
            up, right, edge = 0.0, 1.0, np.inf
            if place > 0:
                up, right = down / place, across / place
                edge = min(
                    _to_edge(down, place, after[0], height),
                    _to_edge(across, place, after[1], width),
                )
            rim = 1 / np.sqrt(form[0] * up**2 + 2 * form[2] * up * right + form[1] * right**2)
            rim = min(rim, max(edge - HELD_PX, 1e-6))
            inside, share = min(place, rim), 0.0
            if place > rim:
                share = min(max((place - rim) / max(edge - rim, 1e-6), 0.0), 1.0)
            if not np.isfinite(edge):
                edge = 0.0
            y = before[0] + (back[0] * up + back[2] * right) * inside
            x = before[1] + (back[2] * up + back[1] * right) * inside
            y = (1 - share) * y + share * (after[0] + up * edge)
            x = (1 - share) * x + share * (after[1] + right * edge)
            moved[row, column] = _spline(coefficients, y + margin, x + margin)
    return moved


@compiled
def _blurred(picture: Numbers, weights: Numbers) -> Numbers:
    """Blurred downwards; beyond the edge the picture is its own mirror image."""
    height, width = picture.shape
    blurred = np.empty((height, width))
    for row in range(height):
        for column in range(width):
            blurred[row, column] = picture[row, column] * weights[0]
        for by in range(len(weights) - 1, 0, -1):
            above, below = row - by, row + by
            above = -1 - above if above < 0 else above
            below = 2 * height - 1 - below if below >= height else below
            for column in range(width):
                both = picture[above, column] + picture[below, column]
                blurred[row, column] += both * weights[by]
    return blurred


@compiled
def near(region: Mask, fine: int, weights: Numbers) -> Numbers:
    """How near each pixel of a patch lies to a region of the enlarged picture, 0 to 1.

    Args:
        region: (fine * height, fine * width).
        fine: How many times as large it is.
        weights: Of the blur: at the pixel itself, beside it, and so on.
    """
    height, width = region.shape[0] // fine, region.shape[1] // fine
    covered, spread = np.zeros((height, width)), np.zeros((height, width))
    for row in range(height * fine):
        for column in range(width * fine):
            covered[row // fine, column // fine] += region[row, column]
    for row in range(height):
        for column in range(width):
            most = 0.0
            for y in range(max(row - 1, 0), min(row + 2, height)):
                for x in range(max(column - 1, 0), min(column + 2, width)):
                    most = max(most, covered[y, x])
            spread[row, column] = most / fine**2
    found: Numbers = _blurred(_blurred(spread, weights).T, weights).T
    return found
