"""How well a score orders N0 < N1 < N2, and not only N0 against N+.

The concordance (c index: Harrell et al., JAMA 1982; 247:2543-2546, without censoring): the chance
that of two patients of different stages the one of the higher stage scores higher, ties counting
half. Nearly all such pairs have an N0 in them, so it says little beyond the AUC; N2 against N1
among those with the outcome is therefore told apart. Resampling is by patients, within stages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.arrays import Labels, Values
from core.evaluation.classification import auc_interval
from core.evaluation.compare import wins
from core.evaluation.crossed import Crossed
from core.evaluation.intervals import RESAMPLES, Interval, percentiles

ORDINAL = "ordinal"


@dataclass(frozen=True)
class Ordered:
    """How well one row of the table of models orders the stages.

    Attributes:
        key, title: As the row's.
        c_index: Over all pairs of patients of different stages.
        top: AUC of N2 against N1, among those with the outcome.
        top_patients: How many have N2.
        gain: The ordinal row's c index minus this one's, paired; None for the ordinal row.
    """

    key: str
    title: str
    c_index: Interval
    top: Interval
    top_patients: int
    gain: Interval | None


def ordered(stages: Labels, rows: Mapping[str, Crossed]) -> list[Ordered]:
    """How well the out-of-fold probabilities of some rows order the stages.

    Asked are the row that was taught the order, the one that it varies, the model and the
    largest short axis; nobody where no row was taught it.

    Args:
        stages: 0, 1 or 2, (patient).
        rows: The table of models by key, as they were judged.
    """
    taught = rows.get(ORDINAL)
    if taught is None:
        return []
    found = []
    for key in (ORDINAL, taught.varies, "model", "short_axis"):
        if key not in rows:
            continue
        row, some = rows[key], stages > 0
        both = min(row.repeats, taught.repeats)
        ours, own = (each.probability[:both].mean(axis=0) for each in (taught, row))
        found.append(
            Ordered(
                key,
                row.title,
                concordance(stages, row.averaged),
                auc_interval(stages[some] == 2, row.averaged[some]),
                int((stages == 2).sum()),
                None if row is taught else concordance(stages, ours, minus=own),
            )
        )
    return found


def concordance(
    stages: Labels,
    scores: Values,
    *,
    minus: Values | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The c index with its 95 % interval; where `minus` is given, the first's minus that one's.

    Raises:
        ValueError: All patients are of one stage.
    """
    levels = np.unique(stages)
    if len(levels) < 2:
        raise ValueError(f"a c index needs two stages, got {levels.tolist()}")
    rng = np.random.default_rng(seed)
    # drawn within stages, so that no resample lacks one
    drawn = {}
    for level in levels.tolist():
        n = int((stages == level).sum())
        drawn[level] = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
    value, total, pairs = 0.0, np.zeros(resamples), 0
    for low, high in combinations(levels.tolist(), 2):
        chosen = (stages == low) | (stages == high)
        won = wins(stages[chosen] == high, scores[chosen])
        if minus is not None:
            won = won - wins(stages[chosen] == high, minus[chosen])
        value += float(won.sum())
        total += ((drawn[high] @ won) * drawn[low]).sum(axis=1)
        pairs += won.size
    return percentiles(value / pairs, total / pairs)
