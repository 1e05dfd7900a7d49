"""Rules of thumb as rows of the table of models: a short axis over 5 mm, and ESGAR's criteria.

ESGAR's criteria (Beets-Tan et al., Eur. Radiol. 2018; 28:1465-1475): 9 mm or more; 5 to 9 mm with
two of round, irregular, heterogeneous; under 5 mm with all three. Readers judge the three by eye;
here each is a measured column beyond a quantile of the lesions fitted on, chosen inside.
"""

from collections.abc import Mapping

import numpy as np

from core.evaluation.contender import Contender, Fit
from core.evaluation.nested import Scorer, tuned
from core.evaluation.people import People

QUANTILES = (0.5, 0.6, 0.7, 0.8)
RULE_MM = 5.0
ALWAYS_MM = 9.0  # ESGAR's criteria call every lesion of this size


def rules(people: People) -> list[Contender]:
    """Size and volume as scores, and the two rules; sizes must be known.

    A rule that would call every patient, made for lymph nodes and asked of larger lesions, is
    left out.
    """
    # as a logarithm: a calibration line has no slope for scores of a million mm³
    volume = tuned(lambda who, _, __: lambda patients: who.log_mm3[patients], (0.0,))
    title = "Largest volume (outlined slices kept) as a score"
    found = [
        Contender("short_axis", "Largest short axis as a score", "rule", _size()),
        Contender("volume", title, "rule", volume),
    ]
    if people.largest_mm.min() <= RULE_MM:
        found.append(Contender("rule_5mm", "Rule: short axis over 5 mm", "rule", _rule_5mm(), True))
    if people.largest_mm.min() < ALWAYS_MM:
        found.append(Contender("rule_esgar", "Rule: ESGAR criteria", "rule", _rule_esgar(), True))
    return found


def _size() -> Fit:
    return tuned(lambda people, _, __: lambda patients: people.largest_mm[patients], (0.0,))


def _rule_5mm() -> Fit:
    def fit(people: People, fitted: np.ndarray, _: float) -> Scorer:
        return lambda patients: np.where(people.largest_mm[patients] > RULE_MM, 1.0, -1.0)

    return tuned(fit, (0.0,))


def esgar(size_mm: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Which lesions ESGAR's criteria call, (lesion), from sizes and how many signs each has."""
    needed = np.where(size_mm >= ALWAYS_MM, 0, np.where(size_mm >= 5, 2, 3))
    return np.asarray(signs >= needed)


# round is a small elongation; the other two are large values
SIGNS = {"elongation": -1, "irregularity": 1, "heterogeneity": 1}


def esgar_signs(
    columns: Mapping[str, np.ndarray], fitted: np.ndarray, *, quantile: float
) -> np.ndarray:
    """How many of ESGAR's three signs each lesion shows, (row).

    Args:
        columns: Measured, by the names in `SIGNS`, (row) each.
        fitted: Rows whose quantiles are the cut-offs, as a mask or as numbers.
        quantile: From which on a value counts as a sign.
    """
    signs = np.zeros(len(next(iter(columns.values()))))
    for name, way in SIGNS.items():
        values = way * columns[name]
        signs += values > np.quantile(values[fitted], quantile)
    return signs


def _rule_esgar() -> Fit:
    def fit(people: People, fitted: np.ndarray, quantile: float) -> Scorer:
        rows, _ = people.rows_of(fitted)
        columns = {name: people.column(name) for name in SIGNS}
        signs = esgar_signs(columns, rows[people.key[rows]], quantile=quantile)
        called = esgar(people.column("short_axis_mm"), signs) & people.key
        of_patient = np.bincount(people.of_row, weights=called, minlength=len(people)) > 0
        return lambda patients: np.where(of_patient[patients], 1.0, -1.0)

    return tuned(fit, QUANTILES, called="quantile")
