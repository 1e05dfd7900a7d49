"""Answers of How good from synthetic patients that nobody has seen."""

import re
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.evaluation.fresh import FOLDER, PATIENTS
from core.run import SHIPPED, Run
from dashboard import crossing, judging, state

FRESH = {
    "auc.fresh": "AUC, patients never seen",
    "auc.fresh_best": "best possible on this synthetic cohort",
    "auc.fresh_short_axis": "largest short axis alone",
    "auc.node_truth": "AUC of single ones against the truth",
    "auc.node_truth_size": "short axis alone, for single ones",
    "auc.node_truth_best": "best possible for single ones",
    "sensitivity.fresh": "sensitivity (every patient called, none left open)",
    "specificity.fresh": "specificity (every patient called, none left open)",
    "regret.168": "AUC below the best possible, as served",
    "regret.168_own": "below it, its kind of head on 168 others",
    "regret.458_own": "below it, its kind of head on 458 others",
    "regret.2000_own": "below it, its kind of head on 2,000 others",
    "regret.168_head": "below it, a head on codes and T stage, 168 others",
    "regret.458": "below it, a head on codes and T stage, 458 others",
    "regret.2000": "below it, a head on codes and T stage, 2,000 others",
    "conformal.coverage": "outcome inside its set, 20 cohorts",
    "conformal.coverage_positive.fresh": "inside its set as served, with the outcome",
    "conformal.coverage_negative.fresh": "inside its set as served, without it",
    "conformal.referred.fresh": "given no answer, as served",
    "calib.ece": "gap of told and observed",
}
SERVED = "regret.168"
KNOWN = {
    "r2.short_axis": "short axis",
    "r2.elongation": "elongation",
    "r2.signal": "signal",
    "r2.texture": "texture",
    "r2.border": "border",
}


@st.cache_data(max_entries=8, show_spinner=False)
def served(folder: str, sha: str, changed_ns: int) -> judging.Judged | None:
    """Fresh patients against the answers of the run as served; None where none were asked."""
    path = state.reopened(folder, sha).folder / "added" / FOLDER / PATIENTS
    if not path.is_file():
        return None
    return judging.from_table(pd.read_csv(path, dtype={"patient_id": str}))


def served_words(run: Run) -> str:
    """What the run as served said of fresh patients; "" where none were asked."""
    found = served(*state.key(run), crossing.changed(run))
    if found is None:
        return ""
    said = judging.sentence(found, run.words)
    return (
        f"As served, asked about {len(found.verdicts):,} synthetic patients drawn afterwards, on "
        f"whom nothing was chosen: {said[:1].lower()}{said[1:]}"
    )


def regret_words(run: Run) -> str:
    """What more patients were given to, and what not; "" where nobody was given more."""
    told = {name for name in FRESH if name.startswith("regret.") and name in run.metrics}
    own = {name for name in told if name.endswith("_own")}
    alone = told - own - {SERVED}
    if not alone and not own:
        return ""
    said = (
        "More patients were given to heads alone: the autoencoder stays as the run's own "
        "training patients left it."
    )
    if alone and run.settings.reads_measures:
        said += (
            " The run's own head also reads measures off outline and greys; a head on codes and T "
            "stage does not, so compare its rows with each other and not with the run as served."
        )
        if not own:
            said += (
                " What more patients would bring to the run's own kind of head was not measured."
            )
    return said


def known_table(run: Run) -> pd.DataFrame:
    """What the code and what a ruler know of each true factor, R² on fresh patients."""

    def said(key: str) -> str:
        figure: Mapping[str, float] | None = run.metrics.get(key)
        if figure is None:
            return "not measured"
        return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"

    return pd.DataFrame(
        [
            {
                "true factor": name,
                "the code": said(key),
                "one ruler": said(f"{key}_ruler"),
                "the pixels alone": said(f"{key}_ceiling")
                if f"{key}_pixels" not in run.metrics
                else f"{said(f'{key}_pixels')}, no ceiling",
            }
            for key, name in KNOWN.items()
            if key in run.metrics
        ]
    )


def what_limits(run: Run) -> str:
    """The document of what was tried and what limits the shipped run; "" of every other one."""
    path = SHIPPED.parent / "docs" / "knowing_limits.md"
    if not path.is_file() or not (SHIPPED / "run.json").is_file():
        return ""
    if run.manifest.weights_sha256 != Run.open(SHIPPED).manifest.weights_sha256:
        return ""
    text = path.read_text(encoding="utf-8").partition("\n\n")[2]  # the page has its own title
    return re.sub(r"\[([^]]+)\]\(\1\)", r"`\1`", text)  # files beside it have no address here
