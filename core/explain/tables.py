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
    quotient_interval,
    share_interval,
)
from core.explain.explanation import DEFAULT
from core.explain.faithfulness.held import Held
from core.explain.faithfulness.ignorant import IGNORANT

FROM_THE_MEAN_ON = ("posterior mean", "trunk", "layer 8", "layer 16")
OWN, PLANTED = "explain.", "explain.planted_"
"""What IDs begin with: of the run's own maps, and of those of a run with a planted cause."""
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
    beside = own.assign(mass_blob=blob["mass"]).reset_index()
    yield from _quotient(beside, "mass", "mass_blob", "explain.mass_over_blob", stamp)
    for of, name in {"map": "", "blob": "_blob", "edge": "_edge", "chance": "_chance"}.items():
        part = judged[judged["of"] == of]
        yield from _quotient(part, "mass", "area", f"explain.mass_over_area{name}", stamp)


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
    yield from of_change(both, stamp)


def of_agreement(compared: pd.DataFrame, stamp: Stamp, *, told: str = OWN) -> Iterator[Figure]:
    """How far the default map and the methods on pixels agree, mean over the pairs.

    Beside it how far it agrees with maps that know nothing: agreement alone may only say that
    methods share the middle or the picture's edges.
    """
    if len(compared):
        own = compared[(compared["one"] == DEFAULT.key) | (compared["other"] == DEFAULT.key)]
        knows = ~own["one"].isin(IGNORANT) & ~own["other"].isin(IGNORANT)
        yield from _mean(own[knows], "spearman", f"{told}agreement", stamp)
        for of in IGNORANT:
            beside = own[(own["one"] == of) | (own["other"] == of)]
            yield from _mean(beside, "spearman", f"{told}agreement_{of}", stamp)


def of_ignorant(
    table: pd.DataFrame, few: Held, stamp: Stamp, *, told: str = OWN
) -> Iterator[Figure]:
    """What maps that know nothing of the model reach in the comparisons of the other tables.

    Args:
        table: Of `core.explain.faithfulness.ignorant`.
        few: The lesions on which likeness to the mirrored picture's map is taken.
        stamp: Of the figures.
        told: What their IDs begin with.
    """
    for of, part in table.groupby("of", sort=False):
        yield from _mean(part, "ssim", f"{told}randomised_ssim_{of}", stamp)
        yield from _mean(part, "spearman", f"{told}randomised_spearman_{of}", stamp)
        yield from _mean(part, "ssim_other", f"{told}between_nodes_ssim_{of}", stamp)
        mirrored = part[part["row"].isin(few.rows)]
        yield from _mean(mirrored, "ssim_flip", f"{told}flip_ssim_{of}", stamp)
        yield from _p95(part, f"{told}sensitivity_p95_{of}", stamp)


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


def of_random_weights(table: pd.DataFrame, stamp: Stamp, *, told: str = OWN) -> Iterator[Figure]:
    """How much of the default map is left at the worst stage from the posterior mean on."""
    stages = [table[table["stage"] == stage] for stage in FROM_THE_MEAN_ON]
    worst = stages[int(np.argmax([float(part["ssim"].mean()) for part in stages]))]
    for figure_id, column in (
        (f"{told}randomised_ssim", "ssim"),
        (f"{told}randomised_spearman", "spearman"),
    ):
        means = [float(part[column].mean()) for part in stages]
        yield from _mean(stages[int(np.argmax(means))], column, figure_id, stamp)
    pairs = table[table["stage"] == "other lesion"]
    if len(pairs):
        yield from _mean(pairs, "ssim", f"{told}between_nodes_ssim", stamp)
        others = pairs.groupby("row")["ssim"].mean()
        paired = worst.assign(over=worst["ssim"] - worst["row"].map(others))
        yield from _mean(paired, "over", f"{told}randomised_minus_between", stamp)


def of_shuffled_labels(table: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """How alike the default map and those of heads fitted on shuffled labels are."""
    yield from _mean(table, "ssim", "explain.shuffled_ssim", stamp)
    yield from _mean(table, "spearman", "explain.shuffled_spearman", stamp)
    yield from _mean(table, "strength", "explain.shuffled_strength", stamp)


def of_planted(table: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """How the default map does on a planted cause: where it lies, and whether the score follows.

    Each stands beside what knows nothing and beside where causes lay in training, as the patches
    were cut and off the middle, where only a look at the picture finds the cause.
    """
    default = table[table["variant"] == DEFAULT.key]
    for moved, told in ((False, "planted"), (True, "planted_moved")):
        part = default[default["moved"] == moved]
        decoy = "decoy_moved" if moved else "decoy"
        for name in ("", "_blob", "_edge", "_chance", "_usual"):
            yield from _mean(part, f"mass{name}", f"explain.{told}_mass{name}", stamp)
            over = f"explain.{told}_over_area{name}"
            yield from _quotient(part, f"mass{name}", "area", over, stamp)
        for name in ("", "_blob", "_edge", "_chance"):
            yield from _mean(part, f"pointing{name}", f"explain.{told}_pointing{name}", stamp)
            yield from _mean(part, f"rank{name}", f"explain.{told}_rank{name}", stamp)
            yield from _mean(part, f"worth{name}", f"explain.{told}_worth{name}", stamp)
            if f"road{name}" in part:
                kept = part.assign(kept=(part[f"road{name}"] > 0).astype(float))
                figure_id = f"explain.{told}_road_positive{name}"
                yield from _mean(kept, "kept", figure_id, stamp, share=True)
        yield from _mean(part, "area", f"explain.{told}_area", stamp)
        yield from _quotient(part, "mass", "mass_blob", f"explain.{told}_over_blob", stamp)
        yield from _mean(part, "decoy", f"explain.{decoy}_mass", stamp)
        yield from _quotient(part, "decoy", "mass", f"explain.{decoy}_over_cause", stamp)
        paired = part.assign(over=part["mass"] - part["mass_usual"])
        yield from _mean(paired, "over", f"explain.{told}_minus_usual", stamp)


def of_change(table: pd.DataFrame, stamp: Stamp, *, told: str = OWN) -> Iterator[Figure]:
    """How much maps change under a little noise (`change`)."""
    yield from _p95(table, f"{told}sensitivity_p95", stamp)


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


def _quotient(
    table: pd.DataFrame, over: str, under: str, figure_id: str, stamp: Stamp
) -> Iterator[Figure]:
    """One mean over another, each of the lines that have a value; none where nothing is below."""
    if {over, under} <= set(table) and table[over].notna().any() and table[under].mean() > 0:
        who = table["patient"].to_numpy(dtype=str)
        first, second = (table[name].to_numpy(dtype=float) for name in (over, under))
        n = int(table.dropna(subset=[over, under])["row"].nunique())
        value = quotient_interval(first, second, who)
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
