"""Realism: can a small CNN tell grown lesions from real ones of the same measured size?

Every delivered picture of a lesion made larger is paired with a real one that the ruler reads
equally large, of any patient; the CNN is judged on patients that it has not seen (`tell`). The
truly re-rendered lesions stand beside: they were drawn as the real ones were, so what the CNN
finds in them is chance, or the lesions that were chosen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Labels, Patches, Values
from core.evaluation.intervals import Interval
from core.evaluation.probes import clustered_auc
from core.growth.measure import short_axes_mm
from core.growth.sized import spacing_of
from core.growth.specimen import REQUESTS_MM
from core.growth.trial import Delivered
from core.run import Run

Tell = Callable[[Patches, Labels, Labels], Values]
ALIKE = 0.1  # of the size: how far a real lesion's may lie from the grown one's
FEWEST = 24  # pairs; fewer say nothing about a CNN


@dataclass(frozen=True, eq=False)
class Pairs:
    """Grown and real pictures of equal measured size, (pair,) each."""

    grown: Patches
    real: Patches
    patients: Labels
    real_patients: Labels

    def __len__(self) -> int:
        return len(self.patients)


def pairs_of(run: Run, delivered: Sequence[Delivered]) -> Pairs:
    """Every trusted picture of a lesion made larger, with a real lesion as large.

    A real lesion is taken once; where several are as large, the nearest in size is.

    Args:
        run: The run; one patch of each lesion takes part, on its key slice.
        delivered: What a way delivered, corrected.
    """
    key = np.flatnonzero(run.rows["key_slice"].to_numpy(bool))
    sizes = short_axes_mm(run.patches[key], spacing_mm=spacing_of(run))
    patients = run.rows["patient_id"].to_numpy(str)[key]
    free = np.isfinite(sizes)
    grown, rows, who, whose = [], [], [], []
    for one in delivered:
        if one.closed is None:
            continue
        for at, step in enumerate(REQUESTS_MM):
            found = one.closed.measurements[at]
            if step <= 0 or not one.one.twins.fits[at] or found is None:
                continue
            size = found.short_axis_mm
            away = np.where(free & (key != one.one.row), np.abs(sizes - size), np.inf)
            nearest = int(np.argmin(away))
            if away[nearest] > ALIKE * size:
                continue
            free[nearest] = False
            grown.append(one.closed.pictures[at])
            who.append(one.one.patient_id)
            rows.append(key[nearest])
            whose.append(patients[nearest])
    shape = run.patches.shape[1:]
    return Pairs(
        np.array(grown, np.float32).reshape(-1, *shape),
        run.patches[np.array(rows, dtype=int)],
        np.array(who, dtype=str),
        np.array(whose, dtype=str),
    )


def realism(pairs: Pairs, *, tell: Tell) -> Interval | None:
    """AUC of telling grown from real, patients resampled; None with too few pairs or patients.

    Args:
        pairs: From `pairs_of`.
        tell: Usually `core.training.telling_apart.told_apart`.
    """
    if len(pairs) < FEWEST:
        return None
    patches = np.concatenate([pairs.real, pairs.grown])
    kind = np.repeat([False, True], len(pairs))
    patients = np.concatenate([pairs.real_patients, pairs.patients])
    try:
        told = tell(patches, kind, patients)
    except ValueError:  # so few patients that a fold holds pictures of one kind alone
        return None
    return clustered_auc(kind, told, patients)
