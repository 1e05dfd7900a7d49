"""Panels of How good that show a run's cross-validation, and what fresh patients told."""

from html import escape

import streamlit as st

from core.evaluation.report import against_rules, what_changed, who_wins
from core.evaluation.verdict import Verdict
from core.run import Run
from dashboard import adding, anew, crossing, judging, parts, unseen, words
from dashboard.figures import comparison, judgement, standing, tiles
from dashboard.panels.chart import chart

LEFT_OPEN = "What the paper left open"


def missing(run: Run) -> None:
    """What to do where a run was never cross-validated."""
    parts.empty(
        "This run was not cross-validated.",
        f"python train.py evaluate --run {run.name}",
        why="Its few test patients say little. The command judges every patient by models that "
        "never saw their outcome, beside simpler models, and this page then shows it.",
    )


def dots_line(run: Run, found: Verdict, judged: judging.Judged) -> None:
    """Why the dots and the sentence above them need not agree to the patient."""
    st.caption(crossing.dots_words(found, judged, run.words))


def areas(run: Run, found: Verdict) -> None:
    """Image, clinical facts and both, with the folds, and whether the picture adds anything."""
    asked = adding.added_of(run)
    if told := adding.added_words(asked, found):
        st.markdown(f"**{told}**")
    st.caption("How often a patient with the outcome scores above one without; dots are folds")
    chart(
        standing.areas(adding.bars(found, asked)),
        key="areas",
        alt="AUC of the model, with the picture, without it and with both; intervals and folds",
    )
    if experiment := adding.experiment_words(run):
        st.caption(experiment)
    if differ := adding.differ_words(run, found):
        st.caption(differ)


def bands(run: Run) -> None:
    """Calls by size of the largest lesion by either ruler, or by how many a patient has."""
    found = crossing.bands_of(run)
    choices = adding.sorted_by(found, run.words)
    if not choices:
        st.caption(
            f"One {run.words.lesion} a patient and no sizes: there is nothing to sort calls by."
        )
        return
    by = st.segmented_control(
        f"Patients by their {run.words.lesions}",
        list(choices),
        default=next(iter(choices)),
        format_func=choices.__getitem__,
        key="bands_by",
        required=True,
    )
    if by == "paper_size":
        st.caption(crossing.PAPER_RULER)
    chart(
        comparison.bands(standing.calls(found, by=str(by)), colours=standing.CALLS),
        key="bands",
        alt="Right and wrong calls by band when everybody is called",
    )
    st.html(
        tiles.wrapped(
            [
                tiles.tile_html(
                    str(each.counts.false_positive),
                    f"wrongly flagged, {each.name}",
                    _rates(each.counts),
                )
                for each in found
                if each.by == by
            ],
            most=2,
        )
    )


def table(run: Run, found: Verdict) -> None:
    """Every row of the table of models against the run's own."""
    st.markdown(f"**{who_wins(found)}**")
    chart(
        standing.differences(found.standings),
        key="differences",
        alt="The model's AUC minus that of every other row, with intervals",
    )
    st.caption(
        "Bold: the row's own AUC. A difference is of the same repeats; of a row with fewer of them "
        "it need not be that of the two AUCs. Diamonds: the interval leaves out 0."
    )
    with st.expander("The table of models", icon=":material/table:"):
        rows = crossing.table(found)
        st.dataframe(rows, hide_index=True, width="stretch")
        st.download_button(
            "Save as CSV", rows.to_csv(index=False), f"{run.name}-models.csv", "text/csv"
        )


def rules(found: Verdict) -> None:
    """What the model is worth beyond the rules, which make calls and have no AUC."""
    for told in against_rules(found):
        st.markdown(f"- {told}")


def kinder(run: Run) -> None:
    """Why the cross-validated AUC and that of new patients differ; nothing without both."""
    told = anew.kinder_words(run)
    if told:
        st.caption(told)


def open_questions(found: Verdict) -> None:
    """What the rows changed that differ from another in one thing; nothing without such rows."""
    changes = what_changed(found)
    if not changes:
        return
    parts.section(
        LEFT_OPEN,
        "The penalised logistic head with one thing changed, on the same patients and folds.",
    )
    for sentence in changes:
        st.markdown(f"- {sentence}")
    if found.orders:
        st.caption(crossing.order_words(found))
        st.dataframe(crossing.order_table(found), hide_index=True, width="stretch")


@parts.fragment
def roc(run: Run, found: judging.Judged) -> None:
    """The ROC curve of all patients; readers from the literature only where asked for."""
    if found.curve is None:
        return
    figure = judgement.roc({run.name: found.curve}, at=crossing.point(found))
    # the literature's points are of N+ in rectal cancer and say nothing of another outcome
    if run.words.outcome == "N+" and st.toggle(
        "Show points from the literature",
        key="readers",
        help="Measured elsewhere, on other patients.",
    ):
        figure = standing.with_readers(figure)
        if run.manifest.synthetic:
            st.warning(
                "The literature's points are of real patients. Beside synthetic ones they compare "
                "nothing: single nodes of this cohort were drawn so that such rules land there, "
                "and the table above judges patients."
            )
    chart(figure, key="roc", alt="ROC curve with its band and the point of the chosen thresholds")


def calibration(found: Verdict, judged: judging.Judged) -> None:
    """Whether scores mean what they say, with slope, intercept and mean gap."""
    chart(
        standing.calibration(judged.bins, found.calibration),
        key="calibration",
        alt="Share with the outcome against the model score, in bins and as a smooth curve",
    )
    own = found.model
    said = [
        tiles.tile_html(f"{one.value:.2f}", name, f"95 %: {one.low:.2f} to {one.high:.2f}")
        for one, name in (
            (own.slope, "slope, 1 is ideal"),
            (own.intercept, "intercept, 0 is ideal"),
            (own.ici, "mean gap (ICI), 0 is ideal"),
            (own.brier, "Brier score, 0 is best"),
        )
        if one is not None
    ]
    st.html(tiles.wrapped(said, most=2))


def benefit(found: Verdict) -> None:
    """What acting on the score would be worth."""
    st.caption(
        "True flags a patient, less the needless ones at their price: acting from 20 % says that "
        "one missed patient weighs as much as four needless actions"
    )
    chart(
        standing.benefit(found.benefit, rule=crossing.RULE),
        key="benefit",
        alt="Net benefit of the model, of acting on everybody, on nobody, and by the size rule",
    )


def silence(run: Run, found: Verdict) -> None:
    """What giving no answer buys, beside the paper's way of doing so."""
    left, right = st.columns(2)
    with left:
        st.markdown("**Sets that hold the truth for 90 of 100**")
        parts.facts(crossing.silence_pairs(found.sets, run.words))
    with right:
        st.markdown("**No answer from 0.33 to 0.66, as in the paper**")
        parts.facts(crossing.silence_pairs(found.paper_band, run.words, band=True))


def silent_list(run: Run, judged: judging.Judged) -> None:
    """Those without an answer, each with a link to its lesions."""
    people = crossing.silent_patients(run, judged)
    name = words.counted(len(people), "patient")
    with st.expander(
        f"{name} to whom no answer is the commonest one", icon=":material/person_search:"
    ):
        links = "".join(
            f'<a href="./why?run={escape(run.name)}&row={one.row}" target="_self">'
            f"<b>{escape(one.patient_id)}</b><small>score {one.score:.2f} · "
            f"{escape(words.outcome_of(one.label, run.words))} · largest {words.mm(one.largest_mm)}"
            "</small></a>"
            for one in people
        )
        st.html(f'<div class="ls-links">{links}</div>')


def fresh(run: Run) -> None:
    """What synthetic patients told that nobody has seen; the command where they were not asked."""
    if "auc.fresh" not in run.metrics:
        if run.manifest.synthetic:
            parts.empty(
                "Nobody has drawn fresh patients for this run.",
                f"python train.py evaluate --run {run.name} --fresh 1000",
                why="On a synthetic cohort new patients can be drawn whose truth is known, and so "
                "is the best possible answer.",
            )
        return
    names = {key: name.format(lesions=run.words.lesions) for key, name in unseen.FRESH.items()}
    st.html(tiles.measured_html(judging.measured(run, names)))
    taught = unseen.regret_table(run)
    if adds := unseen.adds_words(run):
        st.markdown(f"**{adds}**")
    if len(taught):
        st.dataframe(taught, hide_index=True, width="stretch")
    if told := unseen.regret_words(run):
        st.caption(told)
    known = unseen.known_table(run)
    if len(known):
        st.caption(
            "How much of each true factor can be read off the code, and off the one measured "
            "column that stands for it: R² on fresh patients, 1 is all"
        )
        st.dataframe(known, hide_index=True, width="stretch")


def limits(run: Run) -> None:
    """Every goal of the shipped run, what was tried and what limits it; nothing of other runs."""
    text = unseen.what_limits(run)
    if text:
        with st.expander(
            "Goal by goal: what was tried, and what limits it", icon=":material/flag:"
        ):
            st.markdown(text)


def _rates(counts: judging.Confusion) -> str:
    said = [f"{counts.false_negative} missed"] if counts.positives else []
    for interval, name, n in (
        (counts.sensitivity, "sensitivity", counts.positives),
        (counts.specificity, "specificity", counts.negatives),
    ):
        if interval is not None:
            said.append(
                f"{name} {interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f}), {n}"
            )
    return "; ".join(said)
