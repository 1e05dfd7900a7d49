"""Cached answers of How good from a run's cross-validation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.bands import Band
from core.evaluation.calibration import calibration_bins
from core.evaluation.intervals import Interval
from core.evaluation.paper_ruler import paper_bands
from core.evaluation.report import how_it_was_made
from core.evaluation.roc import roc_curve
from core.evaluation.silence import Silence
from core.evaluation.verdict import FOLDER, PREDICTIONS, Verdict, read_verdict
from core.run import Run, Words
from dashboard import judging, state
from dashboard.figures.judgement import Verdict as Told

RULE = "rule: short axis over 5 mm"
PAPER_RULER = (
    "The paper's code takes the diagonal of the smallest face of the box around the outline, slice "
    "thickness included, which is longer than the short axis: its bands hold smaller ones."
)


@dataclass(frozen=True)
class Silent:
    """A patient whom the model mostly gives no answer.

    Attributes:
        patient_id: Who.
        row: The key slice of the largest lesion, for a link.
        label: 1 with the outcome.
        score: Averaged over repeats.
        largest_mm: Short axis of the largest lesion, None without sizes.
    """

    patient_id: str
    row: int
    label: int
    score: float
    largest_mm: float | None


@st.cache_data(max_entries=8, show_spinner=False)
def verdict(folder: str, sha: str, changed_ns: int) -> Verdict | None:
    """A run's cross-validation, None where there is none; anew when the run's folder changed."""
    return read_verdict(state.reopened(folder, sha))


def verdict_of(run: Run) -> Verdict | None:
    """The same for a run."""
    return verdict(str(run.folder), run.manifest.weights_sha256, changed(run))


@st.cache_data(max_entries=8, show_spinner=False)
def bands(folder: str, sha: str, changed_ns: int) -> tuple[Band, ...]:
    """Calls by size of the largest by our ruler and by the paper's, and by number."""
    found = verdict(folder, sha, changed_ns)
    if found is None:
        return ()
    return (*found.bands, *paper_bands(state.reopened(folder, sha)))


def bands_of(run: Run) -> tuple[Band, ...]:
    """The same for a run."""
    return bands(*state.key(run), changed(run))


def changed(run: Run) -> int:
    """When the run's folder last changed, in ns: a later command adds to it by renaming."""
    return run.folder.stat().st_mtime_ns


@st.cache_data(max_entries=8, show_spinner="Reading the cross-validation")
def judged(folder: str, sha: str, changed_ns: int) -> judging.Judged | None:
    """Every patient as the cross-validation judged them: commonest answer, mean score."""
    run = state.reopened(folder, sha)
    found = verdict(folder, sha, changed_ns)
    if found is None:
        return None
    path = run.folder / "added" / FOLDER / PREDICTIONS
    table = pd.read_csv(path, dtype={"patient": str})
    people = table.groupby("patient", sort=True)
    labels = people["label"].first().to_numpy(int)
    scores = people["probability"].mean().to_numpy(float)
    answers = [commonest(list(own)) for _, own in people["set"]]
    verdicts = tuple(
        Told(str(who), int(label), float(score), _told(answer, int(label)))
        for who, label, score, answer in zip(people.groups, labels, scores, answers, strict=True)
    )
    flagged = people["called"].mean().to_numpy(float) >= 0.5
    return judging.Judged(
        verdicts=verdicts,
        counts=judging.confusion(labels, flagged.astype(float), threshold=0.5),
        threshold=float("nan"),
        curve=roc_curve(labels, scores),
        bins=calibration_bins(labels, scores),
    )


def commonest(said: Sequence[str]) -> str:
    """The answer given most often; where two tie there is none."""
    (first, often), *others = Counter(said).most_common()
    return "no answer" if others and others[0][1] == often else first


def judged_of(run: Run) -> judging.Judged | None:
    """The same for a run."""
    return judged(str(run.folder), run.manifest.weights_sha256, changed(run))


def sentence(found: Verdict, said_as: Words) -> str:
    """The first thing to read, from all patients."""
    sets = found.sets
    wrong = _less(sets.covered_negative)
    what = "spread" if said_as.outcome == "N+" else said_as.outcome
    return (
        f"Of 100 patients with {what} it flags {_hundred(sets.caught)}; of 100 without it wrongly "
        f"flags {_hundred(wrong)}; for {_hundred(sets.silent)} of 100 it gives no answer "
        f"(cross-validated, {found.patients} patients)."
    )


def measured_on(found: Verdict) -> str:
    """How the sentence was measured."""
    return (
        f"Cross-validated: {how_it_was_made(found)} In brackets 95 % intervals. An answer is not "
        "a clearance."
    )


def dots_words(found: Verdict, told: judging.Judged, said_as: Words) -> str:
    """What a dot is, and why counting dots may differ from the sentence by a patient or two."""
    flagged = sum(each.label == 1 and each.answer == "right" for each in told.verdicts)
    return (
        f"A dot is the commonest answer of the {found.repeats} repeats to one patient: {flagged} "
        f"of {told.number(1)} with {said_as.outcome} flagged. The sentence averages over the "
        f"repeats instead ({100 * found.sets.caught.value:.0f} of 100), so that no patient near "
        "the edge is counted as sure."
    )


def point(found: judging.Judged) -> tuple[float, float] | None:
    """Share flagged of those without and with, where everybody is called."""
    sensitivity, specificity = found.counts.sensitivity, found.counts.specificity
    if sensitivity is None or specificity is None:
        return None
    return 1 - specificity.value, sensitivity.value


def silence_pairs(sets: Silence, said_as: Words, *, band: bool = False) -> list[tuple[str, str]]:
    """What one way of giving no answer comes to, in words and numbers.

    Args:
        sets: What it comes to.
        said_as: The cohort's words.
        band: Whether it is a band of scores, which has no sets that could hold an outcome.
    """
    yes, no = said_as.outcome, said_as.no_outcome
    kept = (f"not told {no}", f"not told {yes}") if band else (f"{yes} in the set", f"{no} in it")
    return [
        ("no answer, of 100", _hundred(sets.silent)),
        (f"with {yes}, {kept[0]}", _hundred(sets.covered_positive)),
        (f"without, {kept[1]}", _hundred(sets.covered_negative)),
        (f"of 100 told {said_as.outcome}, right", _hundred(sets.ppv) if sets.ppv else "nobody"),
        (f"of 100 told {said_as.no_outcome}, right", _hundred(sets.npv) if sets.npv else "nobody"),
    ]


def silent_patients(run: Run, found: judging.Judged) -> list[Silent]:
    """Those without an answer, the most suspicious first."""
    rows = run.rows
    said = []
    for each in found.verdicts:
        own = state.nodes_of(rows, each.patient_id)
        if each.answer == "no answer" and len(own):
            size = float(own["short_axis_mm"].iloc[0])
            known = size if np.isfinite(size) else None
            said.append(Silent(each.patient_id, int(own.index[0]), each.label, each.score, known))
    return sorted(said, key=lambda one: -one.score)


def table(found: Verdict) -> pd.DataFrame:
    """The table of models for reading and saving."""
    return pd.DataFrame(
        [
            {
                "model": each.title,
                "AUC": _spelt(each.auc),
                "mean of pooled": each.auc_pooled,
                "mean of folds": each.auc_fold_mean,
                "sensitivity": _spelt(each.sensitivity),
                "specificity": _spelt(each.specificity),
                "model minus this": _spelt(each.against.difference if each.against else None),
                "DeLong p": each.against.p_delong if each.against else None,
                "permutation p": each.against.p_permutation if each.against else None,
                "calibration slope": _spelt(each.slope),
                "ICI": _spelt(each.ici, digits=3),
                "Brier": _spelt(each.brier, digits=3),
                "repeats": each.repeats,
                "chosen inside": ", ".join(
                    f"{name} {share:.0%}" for name, share in each.options.items()
                ),
            }
            for each in found.standings
        ]
    )


def order_words(found: Verdict) -> str:
    """What the table of stages in order says, and why its first column hardly differs."""
    return (
        "Ordered right: of two patients of different N stages the higher one scores higher, 0.5 is "
        f"guessing; nearly every such pair has an N0 in it. N2 against N1 rests on the "
        f"{found.orders[0].top_patients} patients with N2."
    )


def order_table(found: Verdict) -> pd.DataFrame:
    """How well rows order N0, N1 and N2; the one taught the order first."""
    return pd.DataFrame(
        [
            {
                "model": each.title,
                "N0 < N1 < N2 ordered right": _spelt(each.c_index),
                "taught minus this": _spelt(each.gain),
                "N2 against N1, AUC": _spelt(each.top),
            }
            for each in found.orders
        ]
    )


def _told(answer: str, label: int) -> str:
    said = judging.ANSWERED.get(answer)
    return "no answer" if said is None else "right" if said == label else "wrong"


def _less(interval: Interval) -> Interval:
    return Interval(1 - interval.value, 1 - interval.high, 1 - interval.low)


def _hundred(share: Interval) -> str:
    return f"{100 * share.value:.0f} ({100 * share.low:.0f} to {100 * share.high:.0f})"


def _spelt(interval: Interval | None, *, digits: int = 2) -> str:
    if interval is None:
        return "–"
    value, low, high = interval.value, interval.low, interval.high
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
