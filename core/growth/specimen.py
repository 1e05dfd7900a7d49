"""The lesions that take part in the trial of all ways to grow, with their true counterfactuals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Codes, Mask, Patch
from core.errors import LatentError
from core.growth.delivery import read
from core.growth.measure import Measurement
from core.growth.ruler_check import agrees
from core.growth.sized import spacing_of
from core.growth.twin import Twins, twins_of
from core.latent.attributes import column
from core.run import Run

REQUESTS_MM = (-1.0, 1.0, 2.0, 3.0, 4.0)
SIZES_MM = (3.0, 9.0)  # lesions asked, by their measured short axis


@dataclass(frozen=True, eq=False)
class Specimen:
    """A lesion that takes part: its scan, code and reading, and its true counterfactuals."""

    row: int
    patient_id: str
    patch: Patch
    mask: Mask
    code: Codes
    reading: Measurement | None
    twins: Twins


def specimens(run: Run, split: str, *, most: int | None = None) -> list[Specimen]:
    """Lesions of 3 to 9 mm of a split's patients, one each, on their key slice.

    Args:
        run: A run on a synthetic cohort that can be drawn again.
        split: train, validation or test.
        most: Evenly taken where there are more.

    Raises:
        LatentError: The cohort cannot be drawn again.
    """
    from core.cohort.phantom import Change

    spacing = spacing_of(run)
    size = run.rows["short_axis_mm"].to_numpy(float, na_value=np.nan)
    chosen = run.rows["key_slice"].to_numpy(bool) & (run.rows["split"] == split).to_numpy()
    rows = np.flatnonzero(chosen & (size >= SIZES_MM[0]) & (size <= SIZES_MM[1]))
    if most is not None and len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    changes = [Change(short_axis_mm=step) for step in REQUESTS_MM]
    found = []
    for row in rows:
        twins = twins_of(run, int(row), changes)
        if twins is None:
            continue
        patch = run.patches[row]
        found.append(
            Specimen(
                row=int(row),
                patient_id=str(run.rows["patient_id"].iloc[row]),
                patch=patch,
                mask=run.masks[row],
                code=run.codes[row][None],
                reading=read(patch[None], spacing)[0],
                twins=twins,
            )
        )
    if not found:
        raise LatentError(
            f"Run {run.name!r}: no lesion of {split} patients can be drawn again, so growth cannot "
            "be held against the truth. This trial needs a run on the synthetic cohort."
        )
    return found


def entered_of(
    run: Run, split: str, most: int | None, say: Callable[[str], None]
) -> tuple[list[Specimen], int]:
    """A split's lesions that the pages walk by the ruler, and how many they do not.

    Raises:
        LatentError: The cohort cannot be drawn again, or the ruler reads none of the lesions.
    """
    asked = specimens(run, split, most=most)
    found = ruled(run, asked)
    left_out = len(asked) - len(found)
    say(f"{split}: {len(found)} lesions; {left_out} left out: the ruler misreads their scans")
    if not found:
        raise LatentError(
            f"Run {run.name!r}: the ruler reads none of {len(asked)} {split} lesions as they are "
            "outlined, so no way of growing can be held against the truth."
        )
    return found, left_out


def ruled(run: Run, entered: Sequence[Specimen]) -> list[Specimen]:
    """Those that the pages walk by the ruler, because it reads about what is outlined there.

    The others are walked by their outline; no way of the trial applies to them.
    """
    by_outline = column(run.rows, "short_axis_mm")
    return [
        one
        for one in entered
        if one.reading is not None and agrees(one.reading.short_axis_mm, by_outline[one.row])
    ]
