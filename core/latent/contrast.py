"""What sets some patches apart from others: effect sizes, with patients as the witnesses.

The effect is Cohen's d, the difference of means over the pooled standard deviation. Its interval
and its p come from resampling patients, because two patches of one patient resemble each other
whichever group they fall in. Where many attributes are looked at, p is Holm's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.arrays import Features, Labels, Values
from core.evaluation.intervals import patient_draws, percentiles
from core.latent.attributes import column

RESAMPLES = 1000
CLEAR = 0.05
SUMS = 6  # a patient: number, sum and sum of squares on either side
LEAST_PATIENTS = 5  # on either side; fewer have no interval worth the name


@dataclass(frozen=True)
class Effect:
    """How one attribute differs between two sets of patches.

    Attributes:
        name: The attribute's column.
        mean: Over the first set.
        other: Over the second set.
        d: Difference in pooled standard deviations (Cohen's d), with its 95 % interval by
            bootstrap of patients.
        low: Lower end.
        high: Upper end.
        p: Two-sided, over the bootstrap's standard error; after `corrected` Holm's.
    """

    name: str
    mean: float
    other: float
    d: float
    low: float
    high: float
    p: float

    @property
    def is_clear(self) -> bool:
        """Whether it stands after correction."""
        return self.p < CLEAR


def contrast(
    rows: pd.DataFrame,
    first: Labels,
    second: Labels,
    *,
    attributes: Sequence[str],
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[Effect, ...]:
    """Compare two sets of rows attribute by attribute, largest effect first.

    Args:
        rows: One line a patch.
        first: True for rows of the first set, (row,).
        second: True for rows of the second; rows of neither are not looked at.
        attributes: Columns to compare; one that does not vary or is unknown is left out.
        seed: Seed of the resamples.
        resamples: Bootstrap resamples of patients.

    Returns:
        One effect an attribute with p not yet corrected. Nothing where either set has fewer
        than five patients.

    Raises:
        ValueError: A row is in both sets.
    """
    (found,) = contrasts(
        rows, [(first, second)], attributes=attributes, seed=seed, resamples=resamples
    )
    return found


def contrasts(
    rows: pd.DataFrame,
    pairs: Sequence[tuple[Labels, Labels]],
    *,
    attributes: Sequence[str],
    seed: int,
    resamples: int = RESAMPLES,
) -> list[tuple[Effect, ...]]:
    """The same for several pairs of sets, which share the resamples of their patients.

    Raises:
        ValueError: A row is in both sets of a pair.
    """
    _, whose = np.unique(rows["patient_id"].to_numpy().astype(str), return_inverse=True)
    values = {name: column(rows, name) for name in attributes}
    asked = [
        one
        for number, (first, second) in enumerate(pairs)
        for one in _asked(
            number, np.asarray(first, dtype=bool), np.asarray(second, dtype=bool), values, whose
        )
    ]
    found: list[list[Effect]] = [[] for _ in pairs]
    for count in sorted({len(one.sums) for one in asked}):
        same = [one for one in asked if len(one.sums) == count]
        sums = np.concatenate([one.sums for one in same], axis=1)
        drawn = np.concatenate(
            [
                _cohen((draws @ sums).reshape(-1, SUMS)).reshape(len(draws), len(same))
                for draws in patient_draws(count, resamples=resamples, seed=seed)
            ]
        )
        for one, resampled in zip(same, drawn.T, strict=True):
            interval = percentiles(one.d, resampled)
            p = _p(one.d, resampled, one.fewest)
            effect = Effect(one.name, one.mean, one.other, one.d, interval.low, interval.high, p)
            found[one.pair].append(effect)
    return [tuple(sorted(effects, key=lambda one: -abs(one.d))) for effects in found]


@dataclass(frozen=True, eq=False)
class _Asked:
    """One attribute of one pair: its effect, and the sums a patient that resamples add up."""

    pair: int
    name: str
    mean: float
    other: float
    d: float
    sums: Features  # (patient, SUMS)
    fewest: int


def _asked(
    pair: int, first: Labels, second: Labels, values: dict[str, Values], whose: np.ndarray
) -> Iterator[_Asked]:
    if (first & second).any():
        raise ValueError("a row cannot be in both sets")
    fewest = min(len(np.unique(whose[one])) for one in (first, second))
    if fewest < LEAST_PATIENTS:
        return
    for name, own in values.items():
        known = np.isfinite(own) & (first | second)
        sides = (known & first, known & second)
        if min(side.sum() for side in sides) < LEAST_PATIENTS or np.ptp(own[known]) == 0:
            continue
        patients, numbers = np.unique(whose[known], return_inverse=True)
        member, centred = first[known], own[known] - own[known].mean()
        table = [
            one
            for side in (member.astype(np.float64), (~member).astype(np.float64))
            for one in (side, side * centred, side * centred**2)
        ]
        sums = np.stack([np.bincount(numbers, one, len(patients)) for one in table], axis=1)
        yield _Asked(
            pair,
            name,
            float(own[sides[0]].mean()),
            float(own[sides[1]].mean()),
            float(_cohen(sums.sum(0)[None])[0]),
            sums,
            fewest,
        )


def corrected(found: Sequence[tuple[Effect, ...]]) -> tuple[tuple[Effect, ...], ...]:
    """The same effects with p corrected over all of them together (Holm 1979)."""
    every = [(number, place) for number, one in enumerate(found) for place in range(len(one))]
    every.sort(key=lambda at: found[at[0]][at[1]].p)
    largest, adjusted = 0.0, {}
    for rank, at in enumerate(every):
        largest = max(largest, min(1.0, (len(every) - rank) * found[at[0]][at[1]].p))
        adjusted[at] = largest
    return tuple(
        tuple(replace(one, p=adjusted[number, place]) for place, one in enumerate(effects))
        for number, effects in enumerate(found)
    )


def _cohen(sums: Features) -> np.ndarray:
    """Cohen's d from (n, sum, sum of squares) of either set, one line a resample."""
    n1, s1, q1, n2, s2, q2 = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        within = q1 - s1**2 / n1 + q2 - s2**2 / n2
        found: np.ndarray = (s1 / n1 - s2 / n2) / np.sqrt(within / (n1 + n2 - 2))
    return found


def _p(d: float, drawn: np.ndarray, patients: int) -> float:
    """Two-sided p of an effect over its standard error, with the smaller side's patients - 1.

    The standard error is that of the bootstrap of patients, so patches of one patient count
    as one witness (Cameron, Gelbach & Miller 2008 on clustered data).
    """
    from scipy.stats import t

    error = float(np.std(drawn[np.isfinite(drawn)], ddof=1))
    return float(2 * t.sf(abs(d) / error, df=patients - 1)) if error > 0 else float(d == 0)
