"""Where false calls come from: calls by size of the largest lesion and by number of lesions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.classification import Confusion
from core.latent.attributes import CM_FROM_MM

Edges = tuple[tuple[float, float], ...]
"""Size bands in mm, each from its first number to below its second."""

SIZES_MM: Edges = ((0.0, 5.0), (5.0, 7.0), (7.0, 10.0), (10.0, np.inf))
MOST_IN_ONE = 0.75  # of the patients; with more in the last band the bands say nothing
STEP_MM = 5.0  # bands of larger lesions begin at half centimetres
COUNTS = ((1, 3), (3, 6), (6, 9), (9, np.inf))


@dataclass(frozen=True)
class Band:
    """The calls of the patients in one band.

    Attributes:
        by: What the band is of: size of the largest by our ruler or by the paper's, or number.
        name: In words, "5 to 7 mm".
        counts: Calls against outcomes.
    """

    by: Literal["size", "paper_size", "number"]
    name: str
    counts: Confusion


def bands(
    labels: Labels,
    called: Labels,
    *,
    largest_mm: Values | None,
    nodes: Labels,
) -> list[Band]:
    """Calls by size of the largest lesion, where known, and by how many a patient has.

    Args:
        labels: 1 with the outcome, (patient).
        called: Whether called positive, (patient).
        largest_mm: Short axis of the largest lesion, (patient).
        nodes: Lesions a patient, (patient).
    """
    truth, said = (np.asarray(each).astype(bool) for each in (labels, called))
    found: list[Band] = []
    if largest_mm is not None:
        found += size_bands("size", labels, called, largest_mm)
    for least, below in COUNTS:
        inside = (np.asarray(nodes) >= least) & (np.asarray(nodes) < below)
        found.append(Band("number", count_name(least, below), _counted(truth, said, inside)))
    return found


def size_edges(largest_mm: Values) -> Edges:
    """The size bands for these patients: of lymph nodes, or a quarter of the patients each.

    The bands of lymph nodes end at 10 mm; where nearly all lesions are larger (a sarcoma has
    centimetres) each band holds about a quarter of the patients instead.

    Args:
        largest_mm: Short axis of each patient's largest lesion, NaN where not known, (patient).
    """
    known = largest_mm[np.isfinite(largest_mm)]
    if not known.size or (known >= SIZES_MM[-1][0]).mean() <= MOST_IN_ONE:
        return SIZES_MM
    quarters = np.percentile(known, [25, 50, 75])
    step = STEP_MM if quarters[0] >= CM_FROM_MM else 1.0
    inner = sorted({float(step * round(each / step)) for each in quarters})
    return tuple(zip((0.0, *inner), (*inner, np.inf), strict=True))


def size_bands(
    kind: Literal["size", "paper_size"], labels: Labels, called: Labels, sizes_mm: Values
) -> list[Band]:
    """Calls by size of the largest lesion, whichever ruler read it."""
    truth, said = (np.asarray(each).astype(bool) for each in (labels, called))
    found = []
    for low, high in size_edges(sizes_mm):
        inside = np.asarray((sizes_mm >= low) & (sizes_mm < high))
        found.append(Band(kind, size_name(low, high), _counted(truth, said, inside)))
    return found


def size_name(low: float, high: float) -> str:
    """A size band in words, in cm from where lesions are spoken of in cm."""
    scale, unit = (10.0, "cm") if (low or high) >= CM_FROM_MM else (1.0, "mm")
    if low == 0:
        return f"under {high / scale:g} {unit}"
    if not np.isfinite(high):
        return f"{low / scale:g} {unit} or more"
    return f"{low / scale:g} to {high / scale:g} {unit}"


def count_name(least: float, below: float) -> str:
    """A band of numbers in words, from its first to below its second."""
    return f"{least:g} or more" if np.isinf(below) else f"{least:g} to {below - 1:g}"


def majority(calls: Sequence[Labels] | np.ndarray) -> np.ndarray:
    """Who is called in at least half of the repeats, from (repeat, patient)."""
    return np.asarray(np.mean(np.asarray(calls, dtype=np.float64), axis=0) >= 0.5)


def _counted(truth: np.ndarray, said: np.ndarray, inside: np.ndarray) -> Confusion:
    return Confusion(
        true_positive=int((truth & said & inside).sum()),
        false_positive=int((~truth & said & inside).sum()),
        true_negative=int((~truth & ~said & inside).sum()),
        false_negative=int((truth & ~said & inside).sum()),
    )
