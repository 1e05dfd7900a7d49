"""Calls by size as the paper's code measures it, so that its figures by size can be held beside.

Its "short axis" is the diagonal of the smallest face of the box around a lesion. That is no axis: a
node on a single slice is as deep as the slice is thick, and a diagonal is longer than either side
(PAPER.md section 6). So its bands hold smaller lesions than their names say.
"""

import numpy as np
import pandas as pd

from core.arrays import Labels, Masks
from core.evaluation.bands import Band, size_bands
from core.evaluation.people import People
from core.evaluation.verdict import FOLDER, PREDICTIONS
from core.run import Run


def paper_bands(run: Run) -> list[Band]:
    """Cross-validated calls by the paper's size of the largest lesion.

    Those that at least half of the repeats make. Nothing where lesions are not outlined, or the
    run was not cross-validated.
    """
    path = run.folder / "added" / FOLDER / PREDICTIONS
    if not run.manifest.has_masks or not path.is_file():
        return []
    told = pd.read_csv(path, dtype={"patient": str}).groupby("patient")[["label", "called"]].mean()
    people = People.of(run)
    told = told.reindex(list(people.patient_ids))
    grids = np.stack(run.grid["affine"].to_list()).reshape(-1, 4, 4)
    sides_mm = np.linalg.norm(grids[:, :3, :3], axis=1)
    sizes = paper_short_mm(run.masks, people.lesion, sides_mm=sides_mm)
    largest = np.zeros(len(people))
    np.maximum.at(largest, people.of_row, sizes[people.lesion])
    called = told["called"].to_numpy() >= 0.5
    return size_bands("paper_size", told["label"].to_numpy(), called, largest)


def paper_short_mm(masks: Masks, lesion: Labels, *, sides_mm: np.ndarray) -> np.ndarray:
    """The paper's "short axis" of each lesion, in mm, (lesion).

    Args:
        masks: Outlines, (row, height, width).
        lesion: Number of each row's lesion, from 0.
        sides_mm: Of a voxel along rows, columns and slices, (row, 3).
    """
    along = [_extent(np.asarray(masks.any(axis=axis))) for axis in (2, 1)]
    sides = np.zeros((int(lesion.max()) + 1, 3))
    np.maximum.at(sides[:, :2], lesion, np.stack(along, axis=1) * sides_mm[:, :2])
    np.add.at(sides[:, 2], lesion, sides_mm[:, 2])
    shorter = np.sort(sides, axis=1)[:, :2]
    return np.asarray(np.hypot(shorter[:, 0], shorter[:, 1]))


def _extent(along: np.ndarray) -> np.ndarray:
    """From the first to the last pixel of each outline along an axis, (row, pixel), in pixels."""
    first, last = along.argmax(axis=1), along.shape[1] - along[:, ::-1].argmax(axis=1)
    return np.where(along.any(axis=1), last - first, 0)
