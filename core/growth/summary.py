"""The trial's cases as one line a way: the columns of the table, and what they mean."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.intervals import Interval
from core.growth import trial
from core.growth.by_patient import Counted, mean_of, slope_of
from core.growth.likeness import ANSWERS, WATCHED

UPWARDS = (1.0, 2.0, 3.0, 4.0)
PICTURES = ("psnr", "ssim", "dice", "rim", "inside", "background")
LEAST_STEPS = 3  # requests of one lesion that a rank correlation takes

MEANINGS = (
    "* chosen on validation patients: the plainest of the ways within one standard error of the "
    "likest at +3 mm. Test patients; PSNR, SSIM, Dice, rim "
    "(steepness of the grey along the true outline over the truth's own: 1 is as sharp), inside "
    "(share of the change that lies within both outlines and 1 px around), leak_ "
    "(in population sd, minus the re-rendering's), background, score_off (model score minus that "
    "of the re-rendered lesion, mean absolute), score_bias (the same, signed) and outside (share "
    "that the model, encoding the picture, finds outside what training patients showed) at "
    "+3 mm; slope and mae_ open loop; closed_mae corrected in at most 9 pictures, all requests -1 "
    "to +4 mm; closed_mae, likeness and score take refused requests as the scan unchanged; rises: "
    "rank correlation of request and model score within a lesion; refused where "
    "the grown lesion fits the patch; told_apart: AUC of a small CNN, patients apart, that tells "
    "grown lesions from real ones of the same measured size (.5: it cannot); reversed: mean "
    "absolute difference of +3 mm and back from the scan, or, where nothing is kept of it, from "
    "the network's picture; redrawn: of the network's picture and "
    "the scan, nothing moved; share: of what the "
    "network draws beyond the warp, chosen on validation patients by validation_psnr; left_out: "
    "lesions whose scan the ruler reads more than a third off the outline or not at all (pages "
    "walk them by outline)."
)


FAILED = ("closed_gained_mm", "psnr", "ssim", "dice", "rim", *ANSWERS)


def counted(cases: pd.DataFrame) -> pd.DataFrame:
    """The cases with refusals as failures: the scan unchanged, wherever the grown lesion fits.

    A way that refuses what it draws badly would otherwise look the better for it (SCIENCE.md
    section 2). What a change leaves alone (leakage, background, share inside) is read of delivered
    pictures alone, and the uncorrected walk, in which nothing is refused, as it goes. The
    re-rendering refuses nothing: where it is not read the ruler fails.

    Args:
        cases: From `trial.cases`, all ways of one split, doing nothing among them.
    """
    keys = ["row", "request_mm"]
    failed = (cases["refused"] & cases["fits"] & (cases["way"] != trial.TRUTH)).to_numpy(bool)
    still = cases[cases["way"] == trial.NOTHING].set_index(keys)
    found, places = cases.copy(), pd.MultiIndex.from_frame(cases.loc[failed, keys])
    for name in FAILED:
        found.loc[failed, name] = still[name].reindex(places).to_numpy()
    found.loc[failed, [*WATCHED, "background", "inside"]] = np.nan
    return found


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
        at = judged(own).set_index("row")
        line: dict[str, object] = {"way": way, "chosen": way == chosen, "n": len(at)}
        for name, found in _measured(own, at, floor, spread).items():
            line[name] = float("nan") if found is None else found.value
            line[f"{name}_low"] = float("nan") if found is None else found.low
            line[f"{name}_high"] = float("nan") if found is None else found.high
        if np.isinf(at["psnr"]).all():
            line["psnr"] = float("inf")  # the truth and itself
        lines.append(line)
    return pd.DataFrame(lines)


def _measured(
    own: pd.DataFrame, at: pd.DataFrame, floor: pd.DataFrame, spread: dict[str, float]
) -> dict[str, Interval | None]:
    """A way's figures with their intervals by patient; None where nothing could be read."""
    found: dict[str, Counted | None] = {}
    for name in PICTURES:
        found[name] = mean_of(at[name], at["patient_id"]) if name in at else None
    up = upwards(own)
    found["slope"] = slope_of(up)
    for request in UPWARDS:
        some = up[up["request_mm"] == request]
        wrong = (some["gained_mm"] - request).abs()
        found[f"mae_{request:g}mm"] = mean_of(wrong, some["patient_id"])
    wrong = closed_error(own)
    found["closed_mae"] = mean_of(wrong, own.loc[wrong.index, "patient_id"])
    for name in WATCHED:
        beyond = (at[name] - floor[name]) / spread[name]
        found[f"leak_{name}"] = mean_of(beyond, at["patient_id"])
    if "score" in own and own["score"].notna().any():
        risen, who = rises(own), own.groupby("row")["patient_id"].first()
        found["rises"] = mean_of(risen, who.loc[risen.index])
        found["score_off"] = mean_of(at["score_off"].abs(), at["patient_id"])
        found["score_bias"] = mean_of(at["score_off"], at["patient_id"])
        outside = (at["shell"] > 1).where(at["shell"].notna()).astype(float)
        found["outside"] = mean_of(outside, at["patient_id"])
    fitting = own[own["fits"]]
    found["refused"] = mean_of(fitting["refused"].astype(float), fitting["patient_id"])
    return {name: None if one is None else one[0] for name, one in found.items()}


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


def upwards(cases: pd.DataFrame) -> pd.DataFrame:
    """The requests to grow that fit the patch and were read."""
    kept = cases["request_mm"].isin(UPWARDS) & cases["fits"] & cases["gained_mm"].notna()
    return cases[kept]


def closed_error(cases: pd.DataFrame) -> "pd.Series[float]":
    """How far the corrected picture measures from what was asked."""
    kept = cases[cases["fits"] & cases["closed_gained_mm"].notna()]
    return (kept["closed_gained_mm"] - kept["request_mm"]).abs()


def as_text(table: pd.DataFrame) -> str:
    """The table, the chosen way marked, with what its columns mean."""
    shown = table.dropna(axis=1, how="all")
    shown = shown[
        [name for name in shown if not str(name).endswith(("_low", "_high", "_n"))]
    ].copy()
    shown["way"] = np.where(shown.pop("chosen"), shown["way"] + " *", shown["way"])
    text = shown.to_string(index=False, na_rep="", float_format=lambda value: f"{value:.3f}")
    return f"{text}\n{MEANINGS}"
