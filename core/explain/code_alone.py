"""How much of a score goes through the code, which is all that a heat map can show.

A head that reads measures is told what was measured off outline and greys beside the code; no map
over the pixels shows that part (`core.training.beside`).
"""

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import spearmanr

from core.arrays import Labels
from core.evaluation.intervals import Interval, percentiles
from core.run import Run

if TYPE_CHECKING:
    from core.model import Model

FEWEST = 10  # lesions below which an order says nothing
RESAMPLES = 1000


def ranked_by_code_alone(
    model: "Model", run: Run, rows: Labels, *, resamples: int = RESAMPLES
) -> Interval | None:
    """How alike a score and the same without its measures order lesions, as Spearman's rho.

    Args:
        model: The run's.
        run: Its rows and codes.
        rows: Which lesions, one row each.
        resamples: Of the patients, for the interval.

    Returns:
        None where the head is told no measures (it reads none, or there are no outlines to take
        them off), so that the code says all, or lesions are too few.
    """
    told = run.settings.reads_measures and run.manifest.has_masks
    if not told or len(rows) < FEWEST:
        return None
    table, codes = run.rows.iloc[rows], run.codes[rows]
    full = model.node_score(codes, model.beside(table, codes))
    alone = model.node_score(codes)
    people, of_row = np.unique(table["patient_id"].to_numpy(str), return_inverse=True)
    own = [np.flatnonzero(of_row == one) for one in range(len(people))]
    rng = np.random.default_rng(0)
    drawn = []
    for picks in rng.integers(0, len(people), (resamples, len(people))):
        chosen = np.concatenate([own[one] for one in picks])
        drawn.append(spearmanr(full[chosen], alone[chosen]).statistic)
    return percentiles(float(spearmanr(full, alone).statistic), np.array(drawn))
