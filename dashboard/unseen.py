"""Answers of How good from synthetic patients that nobody has seen."""

import re
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.evaluation.fresh_kept import read_patients
from core.run import SHIPPED, Run
from dashboard import crossing, judging, state

FRESH = {
    "auc.fresh": "AUC, patients never seen",
    "auc.fresh_best": "best possible on this synthetic cohort",
    "auc.fresh_short_axis": "largest short axis alone",
    "auc.node_truth": "AUC of single {lesions} against the truth",
    "auc.node_truth_size": "short axis alone, for single {lesions}",
    "auc.node_truth_best": "best possible for single {lesions}",
    "sensitivity.fresh": "sensitivity (every patient called, none left open)",
    "specificity.fresh": "specificity (every patient called, none left open)",
    "regret.168": "AUC below the best possible, as served",
    "conformal.coverage": "true outcome not ruled out, mean of 20 cohorts",
    "conformal.coverage_positive.fresh": "not ruled out as served, of those with the outcome",
    "conformal.coverage_negative.fresh": "not ruled out as served, of those without it",
    "conformal.referred.fresh": "given no answer, as served",
    "calib.ece": "gap of told and observed",
}
SERVED = "regret.168"
TAUGHT = (168, 458, 2000)  # fresh patients that heads were fitted on
OWN, CODES = "this run's kind of head", "codes and T stage"
HEADS = {
    OWN: "regret.{}_own",
    CODES: "regret.{}",
    "every lesion's measures and T stage, no code": "regret.{}_measures",
}
ADDS = "gain.over_measures_{}"
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
    table = read_patients(state.reopened(folder, sha))
    return None if table is None else judging.from_table(table)


def served_of(run: Run) -> judging.Judged | None:
    """The same for a run."""
    return served(*state.key(run), crossing.changed(run))


def served_words(run: Run) -> str:
    """What the run as served said of fresh patients; "" where none were asked."""
    found = served_of(run)
    if found is None:
        return ""
    said = judging.sentence(found, run.words)
    return (
        f"As served, asked about {len(found.verdicts):,} synthetic patients drawn afterwards, on "
        f"whom nothing was chosen: {said[:1].lower()}{said[1:]}"
    )


def regret_words(run: Run) -> str:
    """What more patients were given to, and what not; "" where nobody was given more."""
    own, alone = (
        [key for key in (_taught(name, number) for number in TAUGHT) if key in run.metrics]
        for name in (OWN, CODES)
    )
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


def adds_words(run: Run) -> str:
    """What the learned code adds to measures on patients never seen; "" where nobody asked."""
    told = [number for number in TAUGHT if ADDS.format(number) in run.metrics]
    if not told:
        return ""
    most = run.metrics[ADDS.format(told[-1])]
    if not run.settings.reads_measures:
        said = "The code beside every lesion's measures"
    elif most["low"] > 0:
        said = "The learned code adds to every lesion's measures"
    elif most["high"] < 0:
        said = "The learned code takes from what every lesion's measures tell"
    else:
        said = "No evidence that the learned code adds to every lesion's measures"
    spelt = "; ".join(
        f"{_signed(run.metrics[ADDS.format(number)])} with {number:,}" for number in told
    )
    return (
        f"{said}: AUC of this run's kind of head minus that of measures and T stage alone, each "
        f"taught by so many fresh patients and asked about {int(most['n']):,} others: {spelt}."
    )


def regret_table(run: Run) -> pd.DataFrame:
    """How far each kind of head stays below the best possible AUC, by how many taught it."""
    lines = []
    for name in HEADS:
        keys = {number: _taught(name, number) for number in TAUGHT}
        if not any(key in run.metrics for key in keys.values()):
            continue
        cells = {
            f"taught by {number:,}": _spelt(run.metrics[key]) if key in run.metrics else "–"
            for number, key in keys.items()
        }
        lines.append({"AUC below the best possible, 0 is ideal": name} | cells)
    return pd.DataFrame(lines)


def _taught(name: str, number: int) -> str:
    """The figure of one kind of head; regret.168 is the run as it is served."""
    key = HEADS[name].format(number)
    return f"{key}_head" if key == SERVED else key


def _more(run: Run, key: str) -> str:
    """That pixels tell surely more of a factor than the code does; "" where not so."""
    code, pixels = run.metrics.get(key), run.metrics.get(f"{key}_ceiling")
    return ", more than the code" if code and pixels and pixels["low"] > code["high"] else ""


def _signed(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:+.3f} ({figure['low']:+.3f} to {figure['high']:+.3f})"


def _spelt(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


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
                "the pixels alone": f"{said(f'{key}_ceiling')}{_more(run, key)}"
                if f"{key}_pixels" not in run.metrics
                else f"{said(f'{key}_pixels')}, less than the code",
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
