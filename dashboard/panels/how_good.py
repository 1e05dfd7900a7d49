"""Panels of How good: what is there only in some runs, and the two dials."""

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.calibration import Predictive, at_prevalence
from core.evaluation.checklists import NAMES, UNKNOWN, WORDING, as_markdown, checklist
from core.evaluation.goals import GOALS
from core.run import Run, Words
from core.same_pictures import same_patients
from dashboard import judging, parts, state
from dashboard.figures import comparison, judgement, learning, tiles
from dashboard.panels.chart import chart


def adds(run: Run) -> None:
    """The model's AUC beside that of simpler scores, as far as they were measured."""
    found = {one.name: one for one in judging.measured(run, judging.AREAS)}
    if not found:
        st.caption("No AUC was measured: an outcome is missing among the test patients.")
        return
    st.caption("How often a patient with the outcome scores above one without")
    chart(
        comparison.bars(found),
        key="areas",
        alt="AUC of the model and of simpler scores, with intervals",
    )


def size_bands(run: Run, found: judging.Judged) -> None:
    """Right, wrong and silent by the size of the largest lesion."""
    counts = judging.by_size(run, found)
    if not counts:
        st.caption("This cohort has no outlines, so nothing can be said by size.")
        return
    st.caption(f"Patients by the short axis of their largest {run.words.lesion}")
    colours = {name: colour for name, (colour, _) in judgement.MARKS.items()}
    chart(
        comparison.bands(counts, colours=colours),
        key="bands",
        alt="Patients answered right, wrong or not at all, by size of the largest",
    )


def roc(run: Run, found: judging.Judged) -> None:
    """The ROC curve, where both outcomes were tested."""
    if found.curve is None:
        st.info("One of the two outcomes is missing among the test patients: no ROC curve.")
        return
    chart(
        judgement.roc({run.name: found.curve}, threshold=found.threshold),
        key="roc",
        alt="ROC curve with its band and the chosen threshold",
    )


def calibration(found: judging.Judged) -> None:
    """Whether scores mean what they say, in bins."""
    chart(
        judgement.calibration(found.bins),
        key="calibration",
        alt="Share with the outcome against the model score, in bins",
    )


@parts.fragment
def prevalence(
    found: judging.Judged, words: Words, *, served: judging.Judged | None = None
) -> None:
    """What a flag is worth where another share of patients has the outcome.

    Args:
        found: Calls of the study's own patients.
        words: The cohort's.
        served: Calls of the run as served on new patients, beside them; None without.
    """
    both = found.number(1) and found.number(0)
    if not both:
        st.info("One of the two outcomes is missing: predictive values cannot be told.")
        return
    own = round(100 * found.number(1) / len(found.verdicts))
    percent = st.slider(
        f"Of 100 patients of a cohort like this one, how many have {words.outcome}?",
        1,
        90,
        value=min(90, max(1, own)),
        key="prevalence",
        persist_state="session",
        help="A flag is worth less where the outcome is rare, however good the model.",
    )
    chosen = at_prevalence(found.counts, percent / 100)
    st.markdown(f"There, {_worth(chosen)}.")
    if served is not None and served.number(1) and served.number(0):
        n = len(served.verdicts)
        beside = _worth(at_prevalence(served.counts, percent / 100))
        st.markdown(f"By the calls of the run as served, on {n:,} new patients: {beside}.")
    values = [at_prevalence(found.counts, share) for share in np.linspace(0.01, 0.95, 48)]
    chart(
        judgement.predictive(values, chosen),
        key="predictive",
        alt="PPV and NPV over the share of patients that has the outcome",
    )


def training(run: Run) -> None:
    """Loss, KL, active units and the head's AUC over epochs."""
    left, right = parts.split(1, 1, key="good_11")
    with left:
        chart(
            learning.loss_curves(run.history),
            key="loss",
            alt="Loss and its parts over epochs, training and validation",
        )
        if told := learning.ssim_words(
            run.history, window_px=run.settings.objective.ssim_window_px
        ):
            st.caption(told)
    with right:
        rate = learning.rate_curves(run.history, latent=run.codes.shape[1])
        chart(rate, key="rate", alt="KL and active units over epochs")
        chart(
            learning.head_curves(run.history),
            key="head",
            alt="Loss and validation AUC of the head over epochs",
        )
        if run.settings.head.kind == "logistic":
            st.caption(
                "Loss of the head: grey, training patients held out in turn, on which the penalty "
                "is chosen; blue, validation patients."
            )


def side_by_side(run: Run, other: Run | None) -> None:
    """The same figures of two runs with their intervals, and both ROC curves."""
    if other is None:
        st.caption("Choose a second run, where there is one; this makes another:")
        st.code("python train.py --settings paper", language="bash")
        return
    if not same_patients(run, other):
        st.warning("The two runs saw different cohorts: their figures do not compare.")
    both = [one for each in (run, other) for one in judging.measured(each, judging.COMPARED)]
    second = judging.judged(*state.key(other))
    curves = {
        each.name: one.curve
        for each, one in ((run, judging.judged(*state.key(run))), (other, second))
        if one is not None and one.curve is not None
    }
    left, right = parts.split(1, 1, key="good_12")
    with left:
        chart(
            comparison.intervals(both),
            key="compared",
            alt="Figures of the two runs with their intervals",
        )
    with right:
        chart(judgement.roc(curves), key="roc_two", alt="ROC curves of the two runs")
    one, two = judging.measured(run, judging.LIKENESS), judging.measured(other, judging.LIKENESS)
    for each, figures in ((run, one), (other, two)):
        st.caption(each.name)
        st.html(tiles.measured_html(figures, digits=3))


def every_figure(run: Run) -> None:
    """All that was measured, with definition and command; and what was not, by name."""
    with st.expander("Every figure, and those nobody measured", icon=":material/table:"):
        table = pd.DataFrame([{"figure": key, **one} for key, one in run.metrics.items()])
        kept = ["definition", "value", "low", "high", "n", "unit_of_n", "data", "reach"]
        st.dataframe(
            table[[name for name in [*kept, "command"] if name in table]],
            hide_index=True,
            width="stretch",
        )
        st.download_button(
            "Save as CSV", table.to_csv(index=False), f"{run.name}-figures.csv", "text/csv"
        )
        absent = [goal.definition for key, goal in GOALS.items() if key not in run.metrics]
        st.markdown(
            f"**Not measured in this run ({len(absent)}), so nowhere on this page:**\n\n"
            + "\n".join(f"- {words}" for words in absent)
        )
        st.markdown("Training measures those of its own test patients again with:")
        again = run.settings.as_command(run.manifest.preset)
        st.code(f"{again} --name another", language="bash")


def _worth(chosen: Predictive) -> str:
    ppv, npv = chosen.ppv, chosen.npv
    return (
        f"**{100 * ppv.value:.0f} of 100 flags** are right ({100 * ppv.low:.0f} to "
        f"{100 * ppv.high:.0f}), and **{100 * npv.value:.0f} of 100 patients without a flag** are "
        f"free of it ({100 * npv.low:.0f} to {100 * npv.high:.0f})"
    )


def checklists(run: Run) -> None:
    """TRIPOD+AI and CLAIM, filled from the run as far as it knows; to be saved and finished."""
    with st.expander("Reporting checklists: TRIPOD+AI and CLAIM", icon=":material/checklist:"):
        st.caption(WORDING)
        for name in NAMES:
            table = checklist(run, name)
            known = int((table["in_this_run"] != UNKNOWN).sum())
            st.markdown(f"**{name}**: {known} of {len(table)} items say something from this run.")
            st.dataframe(table, hide_index=True, width="stretch")
            kind = name.replace("+", "-").lower()
            st.download_button(
                f"Save {name} as Markdown",
                as_markdown(run, name),
                f"{run.name}-{kind}.md",
                "text/markdown",
            )
