"""Cached answers of Inflated results: what every protocol reported on every cohort."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.evaluation.faults import CONFIGURATIONS, Faults
from core.evaluation.inflation import CHOSEN, EPOCHS, Inflation, read_inflation
from core.evaluation.intervals import Interval
from core.evaluation.many_cohorts import MISREAD
from core.run import Run
from dashboard import state

SWITCHES = {
    "epoch": "chose the **epoch** on the test patients",
    "configuration": f"chose the best of {len(CONFIGURATIONS)} **configurations** on the test "
    "patients",
    "threshold": "chose the **threshold** on the test patients",
    "calls": "computed the AUC from **calls**, not from scores",
    "scaling": "fitted **landmarks and scaling** on all patients",
    "t_stage": "used the **pathological T stage**, unknown before surgery",
}
HELP = {
    "threshold": "An AUC of scores has no threshold: this moves the mercury only together with "
    "the next switch.",
    "calls": "One threshold's calls say less than the scores, so this mistake can also lower the "
    "AUC.",
    "t_stage": "The stage that was drawn stands for the pathological one here, and a reading of "
    f"it, of which {100 * MISREAD:.0f} in 100 are one stage too high or too low (assumed), for "
    "what MRI tells. Elsewhere in the program the drawn stage itself is taken as the clinical one.",
}
ALONE = {
    "epoch": "epoch",
    "configuration": "configuration",
    "scaling": "landmarks, scaling",
    "t_stage": "pathological T stage",
    "calls": "AUC from calls",
}
DESIGNS = {"frozen": "trained once, elsewhere", "anew": "trained anew in every fold"}
NO_T_STAGE = (
    f"“{ALONE['t_stage'][:1].upper()}{ALONE['t_stage'][1:]}” has no row here: with outcomes dealt "
    "out anew the T stage says nothing of them either, so there is nothing that it could add."
)
BEYOND_CALLS, BUT_CALLS, EVERY = "threshold, beside honest calls", "all but calls", "all six"
OTHER_DESIGN = (
    "Two designs answer this. One autoencoder, trained on other patients and kept as it is, lets "
    "many cohorts be judged; or landmarks and autoencoder are trained anew in every fold of a few "
    "cohorts, as a study without any other data would have to."
)


@st.cache_data(max_entries=8, show_spinner="Reading the cohorts")
def inflation(folder: str, sha: str, changed_ns: int, *, inside: bool) -> Inflation | None:
    """What a run's protocols reported, by either design; None where nobody asked."""
    return read_inflation(state.reopened(folder, sha), inside=inside)


def inflation_of(run: Run, *, inside: bool = False) -> Inflation | None:
    """The same for a run, anew when a later command added to it."""
    return inflation(*state.key(run), run.folder.stat().st_mtime_ns, inside=inside)


def measured_on(found: Inflation, *, inside: bool = False) -> str:
    """How the cohorts came about."""
    seen = (
        f"an autoencoder trained anew in every fold, for {EPOCHS} epochs"
        if inside
        else "one autoencoder that saw none of them"
    )
    return (
        f"{found.cohorts} synthetic cohorts of {found.size} patients out of {found.pool:,} drawn "
        f"afterwards; {seen}, and the same small networks whatever "
        "is switched, weaker than this run's own head: what counts is the gap to the truth. The "
        "protocol as read in the paper's public code, rebuilt on synthetic data."
    )


def verdict(reported: Interval, true: Interval, gap: Interval, made: int) -> str:
    """What the thermometer says, in a sentence."""
    told = f"Reported **{reported.value:.2f}**, true value **{true.value:.2f}**"
    if gap.low <= 0 <= gap.high:
        what = "An honest report" if not made else "Chance can explain the difference"
        return f"{told}. {what}: {_signed(gap)}."
    way = "too high" if gap.value > 0 else "too low"
    return f"{told}: **{abs(gap.value):.2f} {way}** ({_signed(gap)})."


def alone(found: Inflation, *, shuffled: bool) -> list[tuple[str, Interval]]:
    """Every fault by itself, then the choices together, then all of them, against the honest."""
    one = {
        name: found.inflated(replace(Faults(), **{key: True}), shuffled=shuffled)
        for key, name in ALONE.items()
        if not (shuffled and key == "t_stage")
    }
    calls = Faults(calls=True)
    both = replace(calls, threshold=True)
    one[BEYOND_CALLS] = found.inflated(both, calls, shuffled=shuffled)
    one["epoch, configuration"] = found.inflated(CHOSEN, shuffled=shuffled)
    everything = Faults(*(True for _ in Faults.names()))
    one[BUT_CALLS] = found.inflated(replace(everything, calls=False), shuffled=shuffled)
    one[EVERY] = found.inflated(everything, shuffled=shuffled)
    return list(one.items())


def all_words(found: Inflation) -> str:
    """What the chart's last rows are set against, and why all faults may add less than some."""
    everything = Faults(*(True for _ in Faults.names()))
    gap = found.inflated(everything, replace(everything, calls=False))
    calls = found.inflated(Faults(calls=True))
    said = (
        f"“{BEYOND_CALLS[:1].upper()}{BEYOND_CALLS[1:]}” is set against an honest threshold's "
        "calls; every other row against the honest protocol."
    )
    if gap.high >= 0:
        return said
    why = (
        f": one threshold's calls say less than the scores, by itself this mistake changes the AUC "
        f"by {_spelt(calls)}, and so it hides part of what the others add"
        if calls.high < 0
        else ""
    )
    return (
        f"{said} “{EVERY[:1].upper()}{EVERY[1:]}” adds less than “{BUT_CALLS}”, "
        f"{_spelt(gap)}, because the AUC is then computed from calls{why}."
    )


def reach(*charts: list[tuple[str, Interval]]) -> tuple[float, float]:
    """Ends of an axis on which every interval of some charts has room."""
    ends = [end for chart in charts for _, gap in chart for end in (gap.low, gap.high)]
    return min(0.0, *ends) - 0.02, max(0.0, *ends) + 0.02


def both_designs(frozen: Inflation, anew: Inflation) -> pd.DataFrame:
    """What the honest protocol says beside the truth, and what mistakes add, by either design."""
    everything = Faults(*(True for _ in Faults.names()))
    ways = {}
    for key, found in (("frozen", frozen), ("anew", anew)):
        gaps = {
            "true value": found.true(),
            "honest report": found.reported(Faults()),
            "honest minus true": found.above_truth(Faults()),
            "epoch and configuration add": found.inflated(CHOSEN),
            "landmarks, scaling add": found.inflated(Faults(scaling=True)),
            "all but calls add": found.inflated(replace(everything, calls=False)),
            "honest, outcomes dealt out anew": found.reported(Faults(), shuffled=True),
        }
        said = {name: f"{g.value:.2f} ({g.low:.2f} to {g.high:.2f})" for name, g in gaps.items()}
        ways[DESIGNS[key]] = {"cohorts": str(found.cohorts), **said}
    return pd.DataFrame(ways).rename_axis("the autoencoder was").reset_index()


def table(found: Inflation) -> pd.DataFrame:
    """Every protocol's mean over cohorts, for reading and saving."""
    keys = ["shuffled", *Faults.names()]
    said = found.table.groupby(keys)[["auc", "true_auc"]].agg(["mean", "std"]).round(4)
    said.columns = ["AUC reported", "sd over cohorts", "AUC outside", "sd outside"]
    return said.reset_index()


def _spelt(gap: Interval) -> str:
    return f"{gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})"


def _signed(gap: Interval) -> str:
    return f"95 % interval of the difference {gap.low:+.2f} to {gap.high:+.2f}"
