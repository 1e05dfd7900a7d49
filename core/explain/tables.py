"""From the tables that `train.py explain` makes to figures with intervals."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.arrays import Values
from core.evaluation.figures import Figure, Stamp
from core.evaluation.intervals import (
    Interval,
    mean_interval,
    patient_draws,
    percentiles,
    share_interval,
)
from core.explain.explanation import DEFAULT
from core.explain.faithfulness.held import Held
from core.explain.faithfulness.ignorant import IGNORANT

FROM_THE_MEAN_ON = ("posterior mean", "trunk", "layer 8", "layer 16")
QUANTILE_RESAMPLES = 500  # of a percentile, which is sorted anew each time


def of_place(judged: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """Where the default map lies on shifted patches, beside maps that know nothing."""
    for figure_id, of, column in (
        ("explain.pointing", "map", "pointing"),
        ("explain.pointing_blob", "blob", "pointing"),
        ("explain.pointing_edge", "edge", "pointing"),
        ("explain.pointing_chance", "chance", "pointing"),
        ("explain.mass", "map", "mass"),
        ("explain.mass_blob", "blob", "mass"),
        ("explain.mass_edge", "edge", "mass"),
        ("explain.rank", "map", "rank"),
        ("explain.rank_blob", "blob", "rank"),
        ("explain.rank_edge", "edge", "rank"),
        ("explain.mass_chance", "chance", "mass"),
        ("explain.rank_chance", "chance", "rank"),
        ("explain.node_area", "map", "area"),
    ):
        yield from _mean(judged[judged["of"] == of], column, figure_id, stamp)
    own, blob = (
        judged[judged["of"] == of].set_index(["row", "seed"]).sort_index() for of in ("map", "blob")
    )
    for column in ("pointing", "mass"):
        paired = own.assign(over=own[column] - blob[column]).reset_index()
        yield from _mean(paired, "over", f"explain.{column}_minus_blob", stamp)


def of_worth(checks: pd.DataFrame, ground: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """How far the score follows what the default map marks, and how steady the map is.

    Args:
        checks: Of the default map.
        ground: What maps that know nothing are worth, of the same rows.
        stamp: Of the figures.
    """
    both = checks.merge(ground, on="row", suffixes=("", "_again"))
    for name in ("", "_blob", "_edge", "_chance"):
        figure_id = f"explain.insertion_minus_deletion{name}"
        yield from _mean(both, f"worth{name}", figure_id, stamp)
        yield from _mean(both, f"inserted{name}", f"explain.insertion{name}", stamp)
        yield from _mean(both, f"deleted{name}", f"explain.deletion{name}", stamp)
    called = both[both["called"].astype(bool)]
    for name in ("", "_blob", "_edge", "_chance"):
        kept = called.assign(kept=(called[f"road{name}"] > 0).astype(float))
        yield from _mean(kept, "kept", f"explain.road_positive{name}", stamp, share=True)
    yield from _p95(both, "explain.sensitivity_p95", stamp)


def of_agreement(compared: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """How far the default map and the methods on pixels agree, mean over the pairs.

    Beside it how far it agrees with maps that know nothing: agreement alone may only say that
    methods share the middle or the picture's edges.
    """
    if len(compared):
        own = compared[(compared["one"] == DEFAULT.key) | (compared["other"] == DEFAULT.key)]
        knows = ~own["one"].isin(IGNORANT) & ~own["other"].isin(IGNORANT)
        yield from _mean(own[knows], "spearman", "explain.agreement", stamp)
        for of in IGNORANT:
            beside = own[(own["one"] == of) | (own["other"] == of)]
            yield from _mean(beside, "spearman", f"explain.agreement_{of}", stamp)


def of_ignorant(table: pd.DataFrame, few: Held, stamp: Stamp) -> Iterator[Figure]:
    """What maps that know nothing of the model reach in the comparisons of the other tables.

    Args:
        table: Of `core.explain.faithfulness.ignorant`.
        few: The lesions on which likeness to the mirrored picture's map is taken.
        stamp: Of the figures.
    """
    for of, part in table.groupby("of", sort=False):
        yield from _mean(part, "ssim", f"explain.randomised_ssim_{of}", stamp)
        yield from _mean(part, "spearman", f"explain.randomised_spearman_{of}", stamp)
        yield from _mean(part, "ssim_other", f"explain.between_nodes_ssim_{of}", stamp)
        mirrored = part[part["row"].isin(few.rows)]
        yield from _mean(mirrored, "ssim_flip", f"explain.flip_ssim_{of}", stamp)
        yield from _p95(part, f"explain.sensitivity_p95_{of}", stamp)


def of_retrained(alike: Values, table: pd.DataFrame, held: Held, stamp: Stamp) -> Iterator[Figure]:
    """How alike the maps of two trainings are, beside maps that no training changes.

    Args:
        alike: SSIM of each lesion's two maps, (row,).
        table: Of `core.explain.faithfulness.ignorant`, of the same lesions.
        held: The lesions.
        stamp: Of the figures.
    """
    yield of_rows("explain.retrained_ssim", mean_interval(alike, held.who), held, stamp)
    for of, part in table.groupby("of", sort=False):
        yield from _mean(part, "ssim", f"explain.retrained_ssim_{of}", stamp)


def of_random_weights(table: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """How much of the default map is left at the worst stage from the posterior mean on."""
    stages = [table[table["stage"] == stage] for stage in FROM_THE_MEAN_ON]
    worst = stages[int(np.argmax([float(part["ssim"].mean()) for part in stages]))]
    for figure_id, column in (
        ("explain.randomised_ssim", "ssim"),
        ("explain.randomised_spearman", "spearman"),
    ):
        means = [float(part[column].mean()) for part in stages]
        yield from _mean(stages[int(np.argmax(means))], column, figure_id, stamp)
    pairs = table[table["stage"] == "other lesion"]
    if len(pairs):
        yield from _mean(pairs, "ssim", "explain.between_nodes_ssim", stamp)
        others = pairs.groupby("row")["ssim"].mean()
        paired = worst.assign(over=worst["ssim"] - worst["row"].map(others))
        yield from _mean(paired, "over", "explain.randomised_minus_between", stamp)


def of_shuffled_labels(table: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """How alike the default map and those of heads fitted on shuffled labels are."""
    yield from _mean(table, "ssim", "explain.shuffled_ssim", stamp)
    yield from _mean(table, "spearman", "explain.shuffled_spearman", stamp)
    yield from _mean(table, "strength", "explain.shuffled_strength", stamp)


def of_planted(table: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """How much of the default map lies on the planted cause, and on the decoy.

    Each stands beside what knows nothing and beside where causes lay in training; the latter also
    on patches off the middle, where only a look at the picture finds the cause.
    """
    default = table[table["variant"] == DEFAULT.key]
    own, away = (default[default["moved"] == moved] for moved in (False, True))
    for figure_id, column in (
        ("explain.planted_mass", "mass"),
        ("explain.planted_mass_blob", "mass_blob"),
        ("explain.planted_mass_edge", "mass_edge"),
        ("explain.planted_mass_chance", "mass_chance"),
        ("explain.planted_mass_usual", "mass_usual"),
        ("explain.planted_area", "area"),
        ("explain.decoy_mass", "decoy"),
    ):
        yield from _mean(own, column, figure_id, stamp)
    paired = own.assign(over=own["mass"] - own["mass_usual"])
    yield from _mean(paired, "over", "explain.planted_minus_usual", stamp)
    for name in ("mass", "mass_blob", "mass_edge", "mass_chance", "mass_usual"):
        yield from _mean(away, name, f"explain.planted_moved_{name}", stamp)
    yield from _mean(away, "area", "explain.planted_moved_area", stamp)
    yield from _mean(away, "decoy", "explain.decoy_moved_mass", stamp)


def of_rows(figure_id: str, value: Interval, held: Held, stamp: Stamp) -> Figure:
    """A figure of all rows held."""
    return stamp.figure(figure_id, value, n=len(held.rows), unit_of_n="node", data="test")


def _mean(
    table: pd.DataFrame, column: str, figure_id: str, stamp: Stamp, *, share: bool = False
) -> Iterator[Figure]:
    """The mean over test lesions' lines that have a value; no figure where none has.

    With `share`, of ones and noughts, which may all agree.
    """
    part = table.dropna(subset=[column]) if column in table else table[:0]
    if len(part):
        value, n = _interval(part, column, share=share), int(part["row"].nunique())
        yield stamp.figure(figure_id, value, n=n, unit_of_n="node", data="test")


def _p95(table: pd.DataFrame, figure_id: str, stamp: Stamp) -> Iterator[Figure]:
    """The change under noise below which 95 of 100 maps stay."""
    value, n = _quantile(table, "change", 0.95), len(table)
    yield stamp.figure(figure_id, value, n=n, unit_of_n="node", data="test")


def _interval(table: pd.DataFrame, column: str, *, share: bool = False) -> Interval:
    who, values = table["patient"].to_numpy(dtype=str), table[column].to_numpy(dtype=float)
    return share_interval(values, who) if share else mean_interval(values, who)


def _quantile(table: pd.DataFrame, column: str, level: float) -> Interval:
    """A quantile over rows, with the interval that a bootstrap of their patients gives."""
    values = table[column].to_numpy(dtype=float)
    names, numbers = np.unique(table["patient"].to_numpy(dtype=str), return_inverse=True)
    drawn = [
        np.quantile(np.repeat(values, times[numbers]), level)
        for draws in patient_draws(len(names), resamples=QUANTILE_RESAMPLES)
        for times in draws
    ]
    return percentiles(float(np.quantile(values, level)), np.array(drawn))
