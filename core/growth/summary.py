"""The trial's cases as one line a way: the columns of the table, and what they mean."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.arrays import Values
from core.evaluation.intervals import Interval
from core.growth import trial
from core.growth.likeness import WATCHED

UPWARDS = (1.0, 2.0, 3.0, 4.0)
LEAST_STEPS = 3  # requests of one lesion that a rank correlation takes

MEANINGS = (
    "* chosen on validation patients: the plainest of the ways within one standard error of the "
    "likest at +3 mm. Test patients; PSNR, SSIM, Dice, rim "
    "(steepness of the grey along the true outline over the truth's own: 1 is as sharp), leak_ "
    "(in population sd, minus the re-rendering's), background, score_off (model score minus that "
    "of the re-rendered lesion, mean absolute), score_bias (the same, signed) and outside (share "
    "that the model, encoding the picture, finds outside what training patients showed) at "
    "+3 mm; slope and mae_ open loop; closed_mae corrected in at most 9 pictures, all requests -1 "
    "to +4 mm; rises: rank correlation of request and model score within a lesion; refused where "
    "the grown lesion fits the patch; told_apart: AUC of a small CNN, patients apart, that tells "
    "grown lesions from real ones of the same measured size (.5: it cannot); share: of what the "
    "network draws beyond the warp, chosen on validation patients by validation_psnr; left_out: "
    "lesions whose scan the ruler reads more than a third off the outline or not at all (pages "
    "walk them by outline)."
)


def judged(cases: pd.DataFrame) -> pd.DataFrame:
    """The cases at +3 mm whose truly grown lesion fits the patch."""
    return cases[(cases["request_mm"] == trial.JUDGED_MM) & cases["fits"]]


def summary(cases: pd.DataFrame, spread: dict[str, float], *, chosen: str) -> pd.DataFrame:
    """One line a way: likeness at +3 mm, asked against measured, leakage, refusals.

    Args:
        cases: From `trial.cases`, all ways of one split.
        spread: Standard deviation of every watched attribute over training lesions.
        chosen: The way to be marked.
    """
    floor = judged(cases[cases["way"] == trial.TRUTH]).set_index("row")
    lines = []
    for way, own in cases.groupby("way", sort=False):
        at, up = judged(own).set_index("row"), upwards(own)
        line: dict[str, object] = {"way": way, "chosen": way == chosen, "n": len(at)}
        for name in ("psnr", "ssim", "dice", "rim"):
            line[name] = _mean(at, name)
        line["slope"] = slope(up["request_mm"].to_numpy(), up["gained_mm"].to_numpy())
        for request in UPWARDS:
            some = up[up["request_mm"] == request]
            line[f"mae_{request:g}mm"] = float((some["gained_mm"] - request).abs().mean())
        line["closed_mae"] = float(closed_error(own).mean())
        line["closed_median"] = float(closed_error(own).median())
        for name in WATCHED:
            line[f"leak_{name}"] = float(((at[name] - floor[name]) / spread[name]).mean())
        line["background"] = _mean(at, "background")
        if "score" in own and own["score"].notna().any():
            line["rises"] = float(rises(own).mean())
            line["score_off"] = float(at["score_off"].abs().mean())
            line["score_bias"] = _mean(at, "score_off")
            line["outside"] = float((at["shell"].dropna() > 1).mean())
        line["refused"] = float(own.loc[own["fits"], "refused"].mean())
        lines.append(line)
    return pd.DataFrame(lines)


def with_intervals(table: pd.DataFrame, name: str, found: Mapping[str, Interval]) -> pd.DataFrame:
    """The table with a figure and its interval for the ways in which it was measured.

    Args:
        table: One line a way.
        name: The new column's; its ends get _low and _high.
        found: By way.
    """
    for ending, part in (("", "value"), ("_low", "low"), ("_high", "high")):
        read_of = {way: float(getattr(one, part)) for way, one in found.items()}
        table[f"{name}{ending}"] = table["way"].map(read_of).astype(float)
    return table


def rises(cases: pd.DataFrame) -> "pd.Series[float]":
    """Rank correlation of request and model score within each lesion; those that fit alone."""
    from scipy.stats import spearmanr

    found = {}
    for row, own in cases[cases["fits"] & cases["score"].notna()].groupby("row"):
        if len(own) >= LEAST_STEPS:
            still = own["score"].nunique() < 2  # a score that stays does not rise
            found[row] = 0.0 if still else spearmanr(own["request_mm"], own["score"]).statistic
    return pd.Series(found, dtype=float)


def slope(asked: Values, gained: Values) -> float:
    """Of gained on asked millimetres, by least squares."""
    centred = asked - asked.mean()
    return float(centred @ gained / (centred @ centred))


def upwards(cases: pd.DataFrame) -> pd.DataFrame:
    """The requests to grow that fit the patch and were read."""
    kept = cases["request_mm"].isin(UPWARDS) & cases["fits"] & cases["gained_mm"].notna()
    return cases[kept]


def closed_error(cases: pd.DataFrame) -> "pd.Series[float]":
    """How far the corrected picture measures from what was asked."""
    kept = cases[cases["fits"] & cases["closed_gained_mm"].notna()]
    return (kept["closed_gained_mm"] - kept["request_mm"]).abs()


def _mean(cases: pd.DataFrame, name: str) -> float:
    return float(cases[name].mean()) if name in cases else float("nan")


def as_text(table: pd.DataFrame) -> str:
    """The table, the chosen way marked, with what its columns mean."""
    shown = table.dropna(axis=1, how="all")
    shown = shown[[name for name in shown if not str(name).endswith(("_low", "_high"))]].copy()
    shown["way"] = np.where(shown.pop("chosen"), shown["way"] + " *", shown["way"])
    text = shown.to_string(index=False, na_rep="", float_format=lambda value: f"{value:.3f}")
    return f"{text}\n{MEANINGS}"
