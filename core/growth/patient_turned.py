"""Whether a changed picture of one lesion turns what is said of its patient.

A lesion's call and its patient's are two things: the patient's score pools all lesions and the
clinical facts, so a lesion that is called otherwise may leave it as it was.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from core.arrays import Patch
from core.run import Run
from core.training.answers import clinical_of

if TYPE_CHECKING:
    from core.model import Model

Turns = Callable[[int, Patch], bool]


def patient_turns(run: Run, model: "Model") -> Turns:
    """For a row and a changed picture of it: whether the patient's call changes with it.

    The picture is encoded as a scan would be. The lesion's other slices, the other lesions and
    what was measured of them stay.

    Args:
        run: The run.
        model: Its network.
    """

    def turns(row: int, picture: Patch) -> bool:
        own = np.flatnonzero(run.rows["patient_id"] == run.rows["patient_id"].iloc[row])
        rows, codes = run.rows.iloc[own], np.array(run.codes[own])
        beside, known = model.beside(rows, codes), clinical_of(rows)
        changed = codes.copy()
        changed[own == row] = model.encode(picture[None])
        before, after = (
            model.predict(
                each, nodes=rows["node"].to_numpy(), features=beside, clinical=known
            ).probability
            for each in (codes, changed)
        )
        return (before >= model.threshold) != (after >= model.threshold)

    return turns
