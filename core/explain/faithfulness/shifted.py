"""The same lesion off the middle of its patch: what tells a heat map from a blob in the centre.

A run keeps pictures of the slices that its patches lie on; a shifted patch is cut from them
(8-bit and lossy, which moves scores a little). Where there are none, as for bare patches, what
comes in from the side repeats the edge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from core.arrays import Mask, Masks, Patch, Patches
from core.run import Run

FARTHEST_PX = 8
Slice: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]  # a whole one, (row, column)


@dataclass(frozen=True)
class Shifted:
    """Patches cut again elsewhere, one a row asked for.

    Attributes:
        patches: (row, height, width) in [0, 1].
        masks: The lesions' outlines, moved along.
        offsets: How far each patch was moved, (row, 2) in pixels down and right; the lesion
            moves the other way.
    """

    patches: Patches
    masks: Masks
    offsets: "np.ndarray[tuple[int, int], np.dtype[np.int64]]"


def shifted(run: Run, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", *, seed: int) -> Shifted:
    """Cut rows again, each moved by up to 8 px in both directions, evenly drawn."""
    rng = np.random.default_rng(seed)
    offsets = rng.integers(-FARTHEST_PX, FARTHEST_PX + 1, (len(rows), 2))
    patches = np.empty((len(rows), *run.patches.shape[1:]), np.float32)
    masks = np.empty(patches.shape, bool)
    for place, whole, corner in _wholes(run, rows):
        down, right = (int(step) for step in offsets[place])
        if whole is None:
            patches[place] = moved(run.patches[rows[place]], down, right)
        else:
            patches[place] = _cut(whole, corner[0] + down, corner[1] + right, patches.shape[1:])
        masks[place] = moved_mask(run.masks[rows[place]], down, right)
    return Shifted(patches, masks, offsets)


def moved(patch: Patch, down: int, right: int) -> Patch:
    """The window moved over the patch itself; what was not seen repeats the edge."""
    rows, columns = (np.arange(side) for side in patch.shape)
    return np.asarray(
        patch[
            np.clip(rows + down, 0, len(rows) - 1)[:, None],
            np.clip(columns + right, 0, len(columns) - 1)[None],
        ]
    )


def moved_mask(mask: Mask, down: int, right: int) -> Mask:
    """The same for an outline: what was not seen is no lesion."""
    reach = FARTHEST_PX + max(abs(down), abs(right))
    wide = np.pad(mask, reach)
    row, column = reach + down, reach + right
    return np.asarray(wide[row : row + mask.shape[0], column : column + mask.shape[1]])


def _wholes(
    run: Run, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> Iterator[tuple[int, Slice | None, tuple[int, int]]]:
    """Each row's place, its whole slice in [0, 1] or None, and where its patch begins there."""
    entries = {(entry.patient_id, entry.slice_k): entry for entry in run.slices}
    who = run.rows["patient_id"].astype(str).to_numpy(dtype=str)[rows]
    where = run.rows["slice_k"].to_numpy()[rows]
    last: tuple[str, int] | None = None
    whole: Slice | None = None
    for place in np.lexsort((where, who)).tolist():
        key = (str(who[place]), int(where[place]))
        if key != last:
            entry, last = entries.get(key), key
            whole = (entry.read() / np.float32(255)).astype(np.float32) if entry else None
        shape, corner = (run.grid[name].iloc[int(rows[place])] for name in ("shape", "corner"))
        begins = (int(shape[1]) - 1 - int(corner[1]), int(shape[0]) - 1 - int(corner[0]))
        yield place, whole, begins


def _cut(whole: Slice, row: int, column: int, shape: tuple[int, ...]) -> Patch:
    patch = np.zeros(shape, np.float32)  # 0 outside the scan, as in training
    rows = slice(max(row, 0), min(row + shape[0], whole.shape[0]))
    columns = slice(max(column, 0), min(column + shape[1], whole.shape[1]))
    patch[rows.start - row : rows.stop - row, columns.start - column : columns.stop - column] = (
        whole[rows, columns]
    )
    return patch
