"""Cached answers of How good where everything was trained anew, and why two AUCs may differ."""

from math import hypot

import pandas as pd
import streamlit as st

from core.evaluation.contender import FACTS
from core.evaluation.intervals import Interval
from core.evaluation.verdict import INSIDE, Verdict, read_verdict
from core.run import Run
from dashboard import crossing, state

# rows of the table of models that read codes, and no measures, by different kinds of head
ON_CODES = (
    "logistic",
    "head_additive",
    "head_mean",
    "head_max",
    "head_attention",
    "head_paper",
)


@st.cache_data(max_entries=8, show_spinner=False)
def inside(folder: str, sha: str, changed_ns: int) -> Verdict | None:
    """The cross-validation with everything trained anew; anew when the run's folder changed."""
    return read_verdict(state.reopened(folder, sha), folder=INSIDE)


def inside_of(run: Run) -> Verdict | None:
    """The same for a run."""
    return inside(str(run.folder), run.manifest.weights_sha256, crossing.changed(run))


def sentence(found: Verdict, kept: Verdict | None) -> str:
    """What training everything anew changed."""
    own = found.model.auc
    if own is None:
        return "No AUC was measured."
    said = f"AUC {_spelt(own)}, {found.repeats} repeat{'s' * (found.repeats != 1)}"
    if kept is None or kept.model.auc is None:
        return f"{said}. The run was not cross-validated with its autoencoder kept, to compare."
    gap = own.value - kept.model.auc.value
    return (
        f"{said}, against {_spelt(kept.model.auc)} with the run's own autoencoder kept "
        f"({kept.repeats} repeats): {gap:+.2f}. A fold has one training then, not four heads "
        "averaged, and the autoencoder never saw the pictures of those it judges."
    )


def table(found: Verdict, kept: Verdict | None) -> pd.DataFrame:
    """Both ways beside each other, one line a figure."""
    ways = {"trained anew": found, "autoencoder kept": kept}
    lines: dict[str, dict[str, str]] = {}
    for way, verdict in ways.items():
        if verdict is None:
            continue
        own, rows = verdict.model, verdict.by_key
        lines[way] = {
            "AUC": _spelt(own.auc),
            "sensitivity": _spelt(own.sensitivity),
            "specificity": _spelt(own.specificity),
            "calibration slope": _spelt(own.slope),
            **{
                f"AUC gained over: {rows[key].title}": _spelt(rows[key].against.difference)
                for key in ("short_axis", "clinical")
                if key in rows and rows[key].against
            },
        }
    return pd.DataFrame(lines).rename_axis("figure").reset_index()


def heads_table(found: Verdict) -> pd.DataFrame:
    """Kinds of head on validation patients, the best first."""
    return pd.DataFrame(
        [
            {
                "head": each.title,
                "AUC, validation patients": _spelt(each.auc),
                "log loss, both outcomes weighing the same": f"{each.log_loss:.3f}",
                "this run": "has this one" if each.own else "",
            }
            for each in found.heads
        ]
    )


def validation_words(run: Run) -> str:
    """How many validation patients there are: "the 33 validation patients (8 with N+)"."""
    people = run.rows.drop_duplicates("patient_id")
    labels = people.loc[people["split"] == "validation", "label"]
    return f"the {len(labels)} validation patients ({int(labels.sum())} with {run.words.outcome})"


def heads_words(run: Run, found: Verdict) -> str:
    """What the kinds of head were told, and how they compare on codes alone."""
    facts = [FACTS[name] for name in run.settings.head.clinical]
    said = f"Each is also told: {', '.join(facts)}. " if facts else ""
    if any(each.kind == "logistic" for each in found.heads) and run.settings.head.measured:
        said += (
            "The logistic head also reads measures off outline and greys, which the other kinds do "
            "not: it may lead by these and not by how it pools. "
        )
    said += _on_codes_alone(found)
    rows = [found.by_key[key] for key in ON_CODES if key in found.by_key]
    told = [f"{each.auc.value:.3f} ({each.title})" for each in rows if each.auc]
    if len(told) > 1:
        said += f"On codes for all, cross-validated (the table above): AUC {'; '.join(told)}."
    return said.strip()


def _on_codes_alone(found: Verdict) -> str:
    """Where the logistic head stands among validation patients without its measures."""
    alone = [each for each in found.heads if each.kind != "logistic"]
    ranked = sorted(alone, key=lambda each: -each.auc.value)
    place = next((at for at, each in enumerate(ranked, 1) if each.kind == "logistic_code"), None)
    if place is None:
        return ""
    own, best = ranked[place - 1], ranked[0]
    return (
        f"On codes alone it is number {place} of {len(ranked)} there ({own.auc.value:.3f}; the "
        f"first, {best.title}, {best.auc.value:.3f}), and their intervals overlap. "
    )


def kinder_words(run: Run) -> str:
    """Why the AUC of this cohort and that of new patients differ; "" unless both were measured."""
    names = ("auc.cv", "auc.fresh", "auc.short_axis", "auc.fresh_short_axis")
    if not all(name in run.metrics for name in names):
        return ""
    here, there, size, size_there = (float(run.metrics[name]["value"]) for name in names)
    fall, own = here - there, size - size_there
    if fall <= 0:
        return ""
    said = (
        f"Why {here:.3f} on these {int(run.metrics['auc.cv']['n'])} patients and {there:.3f} on "
        f"{int(run.metrics['auc.fresh']['n']):,} new ones? Size alone, which nobody trains, "
    )
    best = _best_words(run)
    if own <= 0:
        return said + "does not fall, so these patients being easier does not explain it." + best
    return said + (
        f"falls as well, from {size:.3f} to {size_there:.3f}: {own:.3f}, where the model loses "
        f"{fall:.3f}{_spread_of(run)}{_easier(run)}.{best}"
    )


def _spread_of(run: Run) -> str:
    """How far chance alone may have made the model's fall; "" without both intervals."""
    here, there = run.metrics["auc.cv"], run.metrics["auc.fresh"]
    if not {"low", "high"} <= set(here) & set(there):
        return ""
    # two groups of patients: variances of the two AUCs add (95 % is 3.92 standard errors wide)
    spread = hypot(here["high"] - here["low"], there["high"] - there["low"]) / 2
    fall = here["value"] - there["value"]
    low, high = fall - spread, fall + spread
    can = ", which chance can explain" if low <= 0 else ""
    return f" ({low:+.3f} to {high:+.3f}{can})"


def _easier(run: Run) -> str:
    """Whether these patients are easier to tell apart, by the best possible answer."""
    if not {"auc.cv_best", "auc.fresh_best"} <= set(run.metrics):
        return ". These patients may be easier to tell apart"
    here, there = (float(run.metrics[name]["value"]) for name in ("auc.cv_best", "auc.fresh_best"))
    if here > there:
        return ". These patients happen to be easier to tell apart"
    return (
        ". By the best possible answer these patients are no easier to tell apart; the "
        "autoencoder saw pictures of theirs and the kind of head was chosen on some of them. On "
        "the new ones nothing was chosen: believe those"
    )


def _best_words(run: Run) -> str:
    """What the best possible answer comes to on either; "" unless both were measured."""
    if not {"auc.cv_best", "auc.fresh_best"} <= set(run.metrics):
        return ""
    here, there = (float(run.metrics[name]["value"]) for name in ("auc.cv_best", "auc.fresh_best"))
    return (
        f" The best possible answer reaches {here:.2f} on these patients and {there:.2f} on new "
        "ones."
    )


def _spelt(interval: Interval | None) -> str:
    if interval is None:
        return "–"
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"
