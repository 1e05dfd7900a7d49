"""The fence of a picture, compiled: levels, what each place gains, closed lines, which is best.

A dragged picture waits for this and for `core.growth.compiled_region`. As passes of numpy over
small arrays it takes several times as long, nearly all of it in starting the passes; compiled it
holds no lock of Python's either. `tests/plain_ruler.py` says the same by the book, and tests hold
the two against each other.

Import this where it is used: it brings numba. Numbers come in as arguments, and loops that call
each other stand in one file, because what numba keeps is made anew only after changes in here.
"""

import numpy as np

from core.growth.fence import Laying, Numbers, Places, Polar
from core.latent.umap_cache import compiled

BINS = 1024  # of a picture's 0..1, so few pixels each that the wanted one is soon found


@compiled
def _smallest(values: Numbers, place: int) -> float:
    """The value at a place of the ascending order; the values themselves are moved about."""
    first, last = 0, len(values) - 1
    while first < last:
        middle, low, high = values[(first + last) // 2], first, last
        while low <= high:
            while values[low] < middle:
                low += 1
            while values[high] > middle:
                high -= 1
            if low <= high:
                values[low], values[high] = values[high], values[low]
                low += 1
                high -= 1
        if place <= high:
            last = high
        elif place >= low:
            first = low
        else:
            break
    found: float = values[place]
    return found


@compiled
def ordered(values: Numbers, places: Places) -> Numbers:
    """The values at some places of the ascending order, without sorting all of them."""
    bins, ends = np.empty(len(values), np.int16), np.zeros(BINS + 1, np.intp)
    for at in range(len(values)):
        into = values[at] * BINS  # beyond 0..1 the first and the last bin take all
        one = 0
        if into > 0:
            one = int(into) if into < BINS - 1 else BINS - 1
        bins[at] = one
        ends[one + 1] += 1
    for one in range(BINS):
        ends[one + 1] += ends[one]
    free, binned = ends.copy(), np.empty_like(values)
    for at in range(len(values)):
        one = bins[at]
        binned[free[one]] = values[at]
        free[one] += 1
    found = np.empty(len(places))
    for at in range(len(places)):
        one = 0
        while ends[one + 1] <= places[at]:
            one += 1
        found[at] = _smallest(binned[ends[one] : ends[one + 1]], places[at] - ends[one])
    return found


@compiled
def _between(low: float, high: float, share: float) -> float:
    """So far from one to the other, as numpy rounds it: equal edges must stay equal."""
    if share >= 0.5:
        return high - (high - low) * (1 - share)
    return low + (high - low) * share


@compiled
def either_way(values: Numbers, share: float) -> Numbers:
    """The quantile of values, that of the values turned upside down, and minus the latter's.

    They are the share's own quantile, minus that of 1 - share, and that of 1 - share, each as
    numpy rounds it.
    """
    last = len(values) - 1
    low = int(share * last)
    high, part = min(low + 1, last), share * last - low
    places, found = np.empty(4, np.intp), np.empty(3)
    places[0], places[1], places[2], places[3] = low, high, last - high, last - low
    own = ordered(values, places)
    found[0] = _between(own[0], own[1], part)
    found[1] = _between(-own[3], -own[2], part)
    found[2] = _between(own[2], own[3], 1 - part)
    return found


@compiled
def closed_line(gain: Numbers, jump: int, bend: float) -> Places:
    """The closed line of largest gain in a table, by dynamic programming.

    A line takes one place an angle. The best closed one is the middle turn of the best line of
    three turns.

    Args:
        gain: (angle, place).
        jump: Places that it may move by from one angle to the next.
        bend: What a move by one place costs.

    Returns:
        The place taken at each angle. Of equal ways the straight one is taken, then the one that
        moves furthest down.
    """
    angles, width = gain.shape
    # beyond the table nothing is ever best, so that the loops need not ask where it ends
    totals = np.full((3 * angles, width + 2 * jump), -np.inf)
    best = np.empty(width)
    for place in range(width):
        totals[0, place + jump] = gain[0, place]
    for turn in range(1, 3 * angles):
        # every loop runs over rows from their first place on: the processor takes four at once
        own, before, now = gain[turn % angles], totals[turn - 1], totals[turn, jump:]
        straight = before[jump:]
        for place in range(width):
            best[place] = straight[place]
        for by in range(1, jump + 1):
            up, down, cost = before[jump - by :], before[jump + by :], bend * by
            for place in range(width):
                other = (up[place] if up[place] > down[place] else down[place]) - cost
                best[place] = other if other > best[place] else best[place]
        for place in range(width):
            now[place] = best[place] + own[place]
    line, at = np.empty(angles, np.intp), jump
    for place in range(jump, jump + width):
        if totals[-1, place] > totals[-1, at]:
            at = place
    for turn in range(3 * angles - 1, angles - 1, -1):
        if turn < 2 * angles:
            line[turn - angles] = at - jump
        most, move = totals[turn - 1, at], 0
        for by in range(-jump, jump + 1):
            value = totals[turn - 1, at + by] - bend * abs(by)
            if by != 0 and value > most:
                most, move = value, by
        at += move
    return line


@compiled
def fence_of(flat: Numbers, polar: Polar, laying: Laying) -> tuple[Numbers, bool, Numbers]:
    """The best of the four fences that are laid in one enlarged picture.

    What a fence gains at an angle is the edge it crosses there, and it loses for every pixel of
    its radius that looks like the surroundings.

    Args:
        flat: The picture's pixels in one row.
        polar: What its centre sees.
        laying: How fences are laid.

    Returns:
        Radii (angle,) in pixels of the patch, whether it encloses what is darker, and three
        numbers that may speak against it: `Fence.weakest`, `Fence.apart`, `Fence.rival`.
    """
    angles, radii = polar.spots.shape
    box, kinds = laying.box, len(polar.nearby)
    width = radii - 2 * box + 1
    seen, edge, sums = np.empty((angles, radii)), np.empty((angles, width)), np.zeros(radii + 1)
    for angle in range(angles):
        for at in range(radii):
            seen[angle, at] = flat[polar.spots[angle, at]]
            sums[at + 1] = sums[at] + seen[angle, at]
        for at in range(width):
            outer = (sums[at + 2 * box] - sums[at + box]) / box
            edge[angle, at] = outer - (sums[at + box] - sums[at]) / box
    surroundings, inside = either_way(flat[polar.around], laying.far_side), np.empty((kinds, 2))
    for at in range(kinds):
        level = either_way(flat[polar.nearby[at]], laying.inner)
        inside[at, 0], inside[at, 1] = level[0], level[1]
    lines, along = np.empty((2 * kinds, angles), np.intp), np.empty((2 * kinds, angles))
    size, worth = np.zeros(2 * kinds), np.zeros(2 * kinds)
    gain, best = np.empty((angles, width)), 0
    for laid in range(2 * kinds):
        sign, upside_down = (1.0, 0) if laid < kinds else (-1.0, 1)
        inner, outer = inside[laid % kinds, upside_down], surroundings[upside_down]
        half, step = (inner + outer) / 2, max(outer - inner, laying.least_step)
        for angle in range(angles):
            alike = 0.0
            for at in range(box + width):
                alike += min(max(4 * (half - sign * seen[angle, at]) / step, -1.0), 0.0)
                if at >= box:
                    # an edge beyond the lesion's own step is another organ's, and counts no more
                    crossed = min(sign * edge[angle, at - box] / step, 1.0)
                    gain[angle, at - box] = crossed + laying.likeness * (alike * laying.step_px)
        line = closed_line(gain, laying.jump, laying.bend)
        for angle in range(angles):
            lines[laid, angle] = line[angle]
            along[laid, angle] = sign * edge[angle, line[angle]]
            size[laid] += polar.radii[line[angle] + box] / angles
            worth[laid] += along[laid, angle] / angles
        worth[laid] = max(worth[laid], 0.0) * size[laid] ** laying.larger
        if not upside_down:
            worth[laid] *= laying.darker
        if worth[laid] > worth[best]:
            best = laid
    dark = best < kinds
    own, other = (0, kinds) if dark else (kinds, 0)
    range_of, taken, doubts = either_way(flat, laying.range), np.empty(angles), np.empty(3)
    for angle in range(angles):
        taken[angle] = polar.radii[lines[best, angle] + box]
    contrast = max(range_of[2] - range_of[0], laying.least_step)
    doubts[0] = either_way(along[best], laying.weakest)[0] / contrast
    doubts[1] = abs(np.log(size[own] / size[own + 1]))
    rival = worth[other]
    for at in range(other, other + kinds):
        rival = max(rival, worth[at])
    doubts[2] = rival / max(worth[best], 1e-9)
    return taken, dark, doubts
