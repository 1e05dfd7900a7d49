"""Made-up patients for the evaluation's tests: codes, sizes and outcomes whose link is known."""

import numpy as np


def people(rng, *, patients=90, link=1.5, named=2, latent=6, sizes=True, sliced=False):
    """Patients with 1 to 5 rows; dimension 0 of one row speaks for the outcome by `link`."""
    from core.evaluation.people import MEASURED, People

    labels = (np.arange(patients) % 3 == 0).astype(np.int64)
    rows = rng.integers(1, 6, patients)
    of_row = np.repeat(np.arange(patients), rows)
    codes = rng.normal(size=(of_row.size, latent)).astype(np.float32)
    first = np.cumsum(rows) - rows
    codes[first, 0] += (link * labels).astype(np.float32)
    measured = np.abs(rng.normal(5, 1.5, size=(of_row.size, len(MEASURED)))) + 1
    if not sizes:
        measured[:] = np.nan
    lesion = np.arange(of_row.size)
    key = np.ones(of_row.size, bool)
    if sliced:  # every third row is a further slice of the lesion before it
        further = np.flatnonzero((np.diff(of_row, prepend=-1) == 0) & (lesion % 3 == 0))
        lesion[further], key[further] = lesion[further - 1], False
        lesion = np.unique(lesion, return_inverse=True)[1]
    return People(
        patient_ids=tuple(f"sub-{number:03d}" for number in range(patients)),
        labels=labels,
        stages=labels + (np.arange(patients) % 9 == 0),
        of_row=of_row,
        codes=codes,
        named=named,
        key=key,
        nodes=rows,
        measured=measured,
        tumour_mm=rng.uniform(6, 48, of_row.size),
        clinical=np.column_stack(
            (
                rng.integers(1, 5, patients),
                rng.normal(70, 9, patients),
                rng.integers(0, 2, patients),
            )
        ).astype(float),
        lesion=lesion,
    )
