"""The growth figures of the chosen way, on test patients, each with its interval by patient."""

from collections.abc import Mapping

import pandas as pd

from core.evaluation.figures import Figure, Stamp
from core.evaluation.intervals import Interval
from core.growth import trial
from core.growth.by_patient import Counted, mean_of, slope_of
from core.growth.likeness import WATCHED
from core.growth.summary import closed_error, judged, rises, upwards

# The plain warp of the whole patch, and the one that leaves the scan's surroundings alone, which
# is the harder one to beat
WARPS = {"minus_warp": trial.WARP, "minus_kept_warp": trial.PASTED}


def growth_figures(
    cases: pd.DataFrame,
    *,
    chosen: str,
    spread: dict[str, float],
    stamp: Stamp,
    apart: Mapping[str, Interval],
    apart_n: int = 0,
) -> list[Figure]:
    """The figures of one way, paired with the warp's and the re-rendering's on the same lesions.

    Args:
        cases: From `trial.cases`, all ways of the test patients.
        chosen: The way.
        spread: Standard deviation of every watched attribute over training lesions.
        stamp: The command, its seeds and when.
        apart: How well a small CNN tells grown from real, by way; absent where it was not asked.
        apart_n: Grown lesions that it was shown.
    """
    own = cases[cases["way"] == chosen]
    values: dict[str, Counted | None] = {}
    up = upwards(own)
    values["growth.slope"] = slope_of(up)
    for name, request in (("growth.mae_2mm", 2.0), ("growth.mae_4mm", 4.0)):
        some = up[up["request_mm"] == request]
        values[name] = mean_of((some["gained_mm"] - request).abs(), some["patient_id"])
    wrong = closed_error(own)
    values["growth.closed_loop_mae"] = mean_of(wrong, own.loc[wrong.index, "patient_id"])
    given = own[~own["refused"].astype(bool)]
    wrong = closed_error(given)
    values["growth.closed_loop_delivered"] = mean_of(wrong, given.loc[wrong.index, "patient_id"])
    at = judged(own).set_index("row")
    for ending, baseline in WARPS.items():
        warp = judged(cases[cases["way"] == baseline]).set_index("row")
        for name in ("psnr", "ssim", "dice"):
            if len(warp):
                paired = at[name] - warp[name]
                values[f"growth.{name}_{ending}"] = mean_of(paired, at["patient_id"])
    truth = judged(cases[cases["way"] == trial.TRUTH]).set_index("row")
    for name in WATCHED:
        beyond = (at[name] - truth[name]) / spread[name]
        values[f"growth.leak_{name}"] = mean_of(beyond, at["patient_id"])
    values["growth.background"] = mean_of(at["background"], at["patient_id"])
    fitting = own[own["fits"]]
    values["growth.refused"] = mean_of(fitting["refused"].astype(float), fitting["patient_id"])
    values |= _answers(own, at)
    if chosen in apart:
        values["growth.told_apart"] = (apart[chosen], apart_n)
    return [
        stamp.figure(name, found_here[0], n=found_here[1], unit_of_n="node", data="test")
        for name, found_here in values.items()
        if found_here is not None
    ]


def _answers(own: pd.DataFrame, at: pd.DataFrame) -> dict[str, Counted | None]:
    """What the model says of the delivered pictures; nothing where it was not asked."""
    if "score" not in own or own["score"].isna().all():
        return {}
    risen = rises(own)
    who = own.groupby("row")["patient_id"].first()
    return {
        "growth.rises": mean_of(risen, who.loc[risen.index]),
        "growth.score_off": mean_of(at["score_off"].abs(), at["patient_id"]),
        "growth.score_bias": mean_of(at["score_off"], at["patient_id"]),
    }
