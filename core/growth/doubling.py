"""Days between two sizes under a doubling time that somebody sets: arithmetic, no prediction."""

from math import log2


def days_between(start_mm: float, end_mm: float, *, doubling_days: float) -> float:
    """How long a sphere's diameter takes from one size to another, negative backwards.

    A volume goes with the third power of a diameter, so that it doubles 3 log2(end / start)
    times (Schwartz 1961 for tumours; the model has no part in it).

    Args:
        start_mm: Diameter at the start, above 0.
        end_mm: Diameter at the end, above 0.
        doubling_days: In which the volume doubles, above 0.

    Raises:
        ValueError: One of them is not above 0.
    """
    if min(start_mm, end_mm, doubling_days) <= 0:
        raise ValueError(f"sizes and days are above 0; got {start_mm}, {end_mm}, {doubling_days}")
    return 3 * log2(end_mm / start_mm) * doubling_days
