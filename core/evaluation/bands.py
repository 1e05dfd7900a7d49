"""Where false calls come from: calls by size of the largest lesion and by number of lesions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.classification import Confusion

SIZES_MM = ((0.0, 5.0), (5.0, 7.0), (7.0, 10.0), (10.0, np.inf))
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
        name = f"{least:g} or more" if np.isinf(below) else f"{least:g} to {below - 1:g}"
        found.append(Band("number", name, _counted(truth, said, inside)))
    return found


def size_bands(
    kind: Literal["size", "paper_size"], labels: Labels, called: Labels, sizes_mm: Values
) -> list[Band]:
    """Calls by size of the largest lesion, whichever ruler read it."""
    truth, said = (np.asarray(each).astype(bool) for each in (labels, called))
    found = []
    for low, high in SIZES_MM:
        inside = np.asarray((sizes_mm >= low) & (sizes_mm < high))
        found.append(Band(kind, size_name(low, high), _counted(truth, said, inside)))
    return found


def size_name(low: float, high: float) -> str:
    """A size band in words."""
    if low == 0:
        return f"under {high:g} mm"
    return f"{low:g} to {high:g} mm" if np.isfinite(high) else f"{low:g} mm or more"


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
