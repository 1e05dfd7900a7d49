"""Cached answers of How good: verdicts, curves, reconstructions, figures of one run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from core.arrays import Patch
from core.evaluation.bands import size_edges, size_name
from core.evaluation.calibration import CalibrationBin, calibration_bins
from core.evaluation.chosen_on import chosen_on
from core.evaluation.classification import FEWEST_EVENTS, Confusion, confusion
from core.evaluation.conformal import ConformalRule
from core.evaluation.intervals import Interval, wilson
from core.evaluation.reconstruction import ssim
from core.evaluation.roc import RocCurve, roc_curve
from core.run import Run, Words
from dashboard import state, words
from dashboard.figures.comparison import Measured
from dashboard.figures.judgement import Verdict

Split = Literal["validation", "test"]
ANSWERED = {"N+": 1, "N0": 0}

CALLS = {
    "auc.test": "AUC, all test patients",
    "sensitivity.test": "sensitivity (every patient called, none left open)",
    "specificity.test": "specificity (every patient called, none left open)",
    "conformal.referred.test": "share that gets no answer",
    "brier.test": "Brier score, 0 is best",
}
CROSSED = {
    "auc.cv": "AUC, cross-validated",
    "auc.fresh": "AUC, new patients, drawn afterwards",
    "sensitivity.cv": "sensitivity (every patient called, none left open)",
    "specificity.cv": "specificity (every patient called, none left open)",
    "sensitivity.fresh": "sensitivity as served, new patients, every one called",
    "specificity.fresh": "specificity as served, new patients, every one called",
    "gain.over_size": "AUC gained over size alone",
    "gain.over_clinical": "AUC gained over size, shape and T stage",
    "gain.over_measures": "AUC gained over every lesion's measures",
    "auc.cv_inside": "AUC, all trained anew in every fold",
}
THRESHOLD_INSIDE = (
    "Each fold chose its threshold on its own training patients, so that 85 of 100 with the "
    "outcome are flagged there. A call is one that at least half of the repeats make."
)
AREAS = {
    "auc.test": "the model",
    "auc.cv": "the model, cross-validated",
    "auc.image": "picture alone",
    "auc.clinical": "clinical facts alone",
    "auc.short_axis.test": "largest short axis alone",
}
LIKENESS = {
    "recon.ssim": "SSIM, 1 is alike",
    "recon.psnr": "PSNR, in dB",
    "recon.mae": "mean absolute error",
    "recon.ssim_ceiling": "SSIM that the noise leaves possible",
    "recon.ssim_of_ceiling": "share of it that is reached",
    "recon.ssim_noise_free": "SSIM with the patch before noise",
}
RATE = {
    "latent.kl": "KL of a patch, in nats",
    "latent.active_units": "active units",
}
COMPARED = {
    "auc.test": "AUC",
    "sensitivity.test": "sensitivity",
    "specificity.test": "specificity",
    "recon.ssim": "SSIM",
    "map.trustworthiness": "trustworthiness of the map",
}


@dataclass(frozen=True)
class Judged:
    """How one run did on its held-out patients.

    Attributes:
        verdicts: One a patient, with the option of giving no answer.
        counts: Calls when everybody must be called, at the threshold.
        threshold: The patient threshold; `chosen_on` says from whom.
        curve: The ROC curve; None where an outcome is missing.
        bins: Calibration.
    """

    verdicts: tuple[Verdict, ...]
    counts: Confusion
    threshold: float
    curve: RocCurve | None
    bins: tuple[CalibrationBin, ...]

    def share(self, label: int, answer: str) -> Interval | None:
        """Of the patients with (1) or without (0) the outcome, how many; None without any."""
        own = [each.answer for each in self.verdicts if each.label == label]
        return wilson(own.count(answer), len(own)) if own else None

    def number(self, label: int) -> int:
        """How many patients with (1) or without (0) the outcome were judged."""
        return sum(each.label == label for each in self.verdicts)


@dataclass(frozen=True)
class Drawn:
    """One test patch beside the model's picture of it."""

    name: str
    row: int
    original: Patch
    picture: Patch
    ssim: float


@st.cache_data(max_entries=8, show_spinner="Judging")
def judged(folder: str, sha: str, split: Split = "test") -> Judged | None:
    """Held-out patients against the model's answers; None where the run held none back."""
    run = state.reopened(folder, sha)
    own = run.predictions[run.predictions["split"] == split]
    if own.empty:
        return None
    labels, scores = own["label"].to_numpy(int), own["probability"].to_numpy(float)
    threshold = float(run.preprocessing["threshold"])
    both = 0 < labels.sum() < len(labels)
    return Judged(
        verdicts=_verdicts(own),
        counts=confusion(labels, scores, threshold=threshold),
        threshold=threshold,
        curve=roc_curve(labels, scores) if both else None,
        bins=calibration_bins(labels, scores),
    )


@st.cache_data(max_entries=8, show_spinner="Drawing test patches")
def drawn(folder: str, sha: str) -> tuple[Drawn, ...]:
    """The best, median and worst drawn test patches, by SSIM; none without test patients."""
    run = state.reopened(folder, sha)
    rows = np.flatnonzero(run.rows["split"] == "test")
    if not len(rows):
        return ()
    pictures = state.model(run).reconstruct(run.patches[rows])
    alike = ssim(run.patches[rows], pictures)
    order = np.argsort(-alike, kind="stable")
    places = {"Best": order[0], "Median": order[len(order) // 2], "Worst": order[-1]}
    return tuple(
        Drawn(name, int(rows[at]), run.patches[rows[at]], pictures[at], float(alike[at]))
        for name, at in places.items()
    )


def sentence(judged: Judged, said_as: Words) -> str:
    """The first thing to read: per hundred patients, what it flags and where it is silent."""
    caught, wrong = judged.share(1, "right"), judged.share(0, "wrong")
    silent = wilson(
        sum(each.answer == "no answer" for each in judged.verdicts), len(judged.verdicts)
    )
    said = []
    if caught:
        said.append(f"of 100 patients with {_spread(said_as)} it flags {_hundred(caught)}")
    if wrong:
        said.append(f"of 100 without it wrongly flags {_hundred(wrong)}")
    said.append(f"for {_hundred(silent)} of 100 it gives no answer")
    return f"{'; '.join(said)}.".capitalize().replace(said_as.outcome.lower(), said_as.outcome)


def from_table(table: pd.DataFrame) -> Judged:
    """Patients judged elsewhere, one a row: patient_id, label, probability, called, set."""
    labels, scores = table["label"].to_numpy(int), table["probability"].to_numpy(float)
    both = 0 < labels.sum() < len(labels)
    return Judged(
        verdicts=_verdicts(table),
        counts=confusion(labels, table["called"].to_numpy(float), threshold=0.5),
        threshold=float("nan"),
        curve=roc_curve(labels, scores) if both else None,
        bins=calibration_bins(labels, scores),
    )


def measured_on(judged: Judged, said_as: Words) -> str:
    """Whom the sentence was measured on."""
    return (
        f"Counted on {len(judged.verdicts)} test patients that no choice has seen: "
        f"{judged.number(1)} with {said_as.outcome}, {judged.number(0)} without. In brackets 95 % "
        "intervals. An answer is not a clearance."
    )


def doubts(judged: Judged, run: Run) -> list[str]:
    """What must stand beside every figure of this page: too few to judge, or to answer."""
    own, rule = run.words, ConformalRule.from_json(run.preprocessing["conformal"])
    said = few(judged, own)
    for able, seen, name, told in (
        (rule.can_rule_out_positive, rule.positives, own.outcome, own.no_outcome),
        (rule.can_rule_out_negative, rule.negatives, own.no_outcome, own.outcome),
    ):
        if not able:
            said.append(
                f"Nobody can be told {told}: {seen} of those it was learned from had {name}, "
                f"{rule.fewest} are needed"
            )
    return said


def few(judged: Judged, said_as: Words) -> list[str]:
    """That an outcome has too few patients to judge by; nothing where it has enough."""
    found = [
        f"{judged.number(label)} with {name}"
        for label, name in ((1, said_as.outcome), (0, said_as.no_outcome))
        if judged.number(label) < FEWEST_EVENTS
    ]
    return [f"Too few to judge: {' and '.join(found)}, {FEWEST_EVENTS} are needed"] if found else []


def threshold_words(judged: Judged, run: Run) -> str:
    """Where the threshold comes from."""
    return (
        f"Flagged from a model score of {judged.threshold:.2f}, chosen so that 85 of 100 with the "
        f"outcome are flagged among {chosen_on(run)}."
    )


def titled(one: Drawn) -> str:
    """Best, median or worst, with its likeness."""
    return f"{one.name}: SSIM {one.ssim:.2f}"


def pixel_mm(run: Run) -> float | None:
    """Side of a pixel of the run's patches; None without geometry."""
    across, along, _ = run.settings.patch.spacing_mm
    return (across + along) / 2 if run.manifest.has_masks and across and along else None


def by_size(run: Run, judged: Judged) -> Mapping[str, Mapping[str, int]]:
    """Verdicts by the short axis of the patient's largest lesion; empty without sizes."""
    largest = largest_mm(run)
    counts: dict[str, Counter[str]] = {}
    for low, high in size_edges(largest.to_numpy(dtype=float)):
        own = [
            each.answer
            for each in judged.verdicts
            if low <= float(largest.get(each.patient_id, np.nan)) < high
        ]
        counts[size_name(low, high)] = Counter(own)
    return counts if any(counts.values()) else {}


def largest_mm(run: Run) -> pd.Series:
    """Short axis of each patient's largest lesion, by patient; NaN without sizes."""
    keys = run.rows[run.rows["key_slice"]]
    return keys.groupby("patient_id")["short_axis_mm"].max()


def measured(run: Run, names: Mapping[str, str]) -> list[Measured]:
    """The run's figures among those named (ID to words); what was not measured is absent."""
    return [
        Measured(
            run.name,
            name,
            float(run.metrics[key]["value"]),
            run.metrics[key].get("low"),
            run.metrics[key].get("high"),
            f"{counted(run.metrics[key])}, {run.metrics[key]['data']}",
        )
        for key, name in names.items()
        if key in run.metrics
    ]


def counted(figure: Mapping[str, Any]) -> str:
    """On how many a figure was measured: "102 patches"."""
    unit = str(figure["unit_of_n"])
    return words.counted(int(figure["n"]), unit, "patches" if unit == "patch" else "")


def _verdicts(table: pd.DataFrame) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(str(one.patient_id), int(one.label), float(one.probability), _answer(one))
        for one in table.itertuples()
    )


def _answer(one: tuple) -> str:
    said = ANSWERED.get(str(one.set))
    return "no answer" if said is None else "right" if said == int(one.label) else "wrong"


def _hundred(share: Interval) -> str:
    return f"{100 * share.value:.0f} ({100 * share.low:.0f} to {100 * share.high:.0f})"


def _spread(said_as: Words) -> str:
    return "spread" if said_as.outcome == "N+" else said_as.outcome
