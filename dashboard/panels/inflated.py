"""Panels of Inflated results: the switches with their thermometer, each fault alone, the table."""

import streamlit as st

from core.evaluation.faults import Faults
from core.evaluation.inflation import Inflation
from core.run import Run
from dashboard import inflating, parts, state
from dashboard.figures import thermometer
from dashboard.panels.chart import chart


def missing(run: Run) -> None:
    """What to do where nobody asked how far wrong protocols inflate."""
    if not run.manifest.synthetic:
        parts.empty(
            "This needs a synthetic cohort.",
            "python train.py",
            why="Only where patients can be drawn anew is the true value known, and these are "
            "real. Choose a run on a synthetic cohort on the left, or train one.",
        )
        return
    parts.empty(
        "Nobody has let the wrong protocols report yet.",
        f"python train.py evaluate --run {run.name} --inflation 30",
        why="It draws cohorts out of fresh synthetic patients and lets an honest protocol and "
        "every faulty one report on each. A few minutes, once the patients are drawn.",
    )


def design(frozen: Inflation | None, anew: Inflation | None) -> str:
    """Which design is shown, "frozen" or "anew"; the one that is there where only one is."""
    asked = str(state.recall("inflated_design", "frozen"))
    if frozen is None or anew is None:
        return "frozen" if anew is None else "anew"
    return asked


def choose_design(run: Run, frozen: Inflation | None, anew: Inflation | None) -> None:
    """The choice between the two designs, or how the second one is made."""
    if frozen is None or anew is None:
        missing = "--inflation 30" if frozen is None else "--inflation-inside 3"
        other = inflating.DESIGNS["frozen" if frozen is None else "anew"]
        with st.expander(
            f"The same with an autoencoder {other}: not measured for this run, how to do it",
            icon=":material/science:",
        ):
            st.markdown(inflating.OTHER_DESIGN)
            st.code(f"python train.py evaluate --run {run.name} {missing}", language="bash")
        return
    st.segmented_control(
        "The autoencoder was",
        list(inflating.DESIGNS),
        format_func=lambda key: inflating.DESIGNS[key],
        default="frozen",
        required=True,
        key="inflated_design",
    )


def both_designs(frozen: Inflation | None, anew: Inflation | None) -> None:
    """What the main mistakes add by either design, beside each other."""
    if frozen is None or anew is None:
        return
    parts.section(
        "Both designs",
        "With an autoencoder trained anew in every fold each cohort costs six trainings, so there "
        "are few, and the intervals are wide.",
    )
    st.dataframe(inflating.both_designs(frozen, anew), hide_index=True, width="stretch")


@parts.fragment
def switches(found: Inflation) -> None:
    """Every fault as a switch, and the one thermometer that they move."""
    left, right = parts.split(1, 1, key="inflated", middle=True)
    with left:
        st.markdown("**The authors …**")
        made = {
            key: st.toggle(said, key=f"inflated_{key}", help=inflating.HELP.get(key))
            for key, said in inflating.SWITCHES.items()
        }
        st.divider()
        shuffled = st.toggle(
            "**Deal the outcomes out anew**: now there is nothing to find",
            key="inflated_shuffled",
            help="Labels are shuffled among the patients of each cohort, so an honest AUC is 0.5. "
            "The T stage then says nothing either, and its switch does nothing.",
        )
        st.button("All off", icon=":material/restart_alt:", on_click=_all_off)
    faults = Faults(**made)
    reported = found.reported(faults, shuffled=shuffled)
    true = found.true(shuffled=shuffled)
    before = float(state.recall("inflated_before", reported.value))
    with right:
        st.html(thermometer.thermometer_html(reported, true, before=before))
        gap = found.above_truth(faults, shuffled=shuffled)
        st.markdown(inflating.verdict(reported, true, gap, sum(made.values())))
        st.caption(
            "True value, green: the AUC of the honestly trained models on the drawn patients "
            "outside their cohort. The line beside the mercury is the report's 95 % interval."
        )
    state.remember("inflated_before", reported.value)


def alone(found: Inflation) -> None:
    """What each fault adds by itself, with outcomes as they are and dealt out anew."""
    as_they_are, dealt = (inflating.alone(found, shuffled=each) for each in (False, True))
    reach = inflating.reach(as_they_are, dealt)
    left, right = parts.split(1, 1, key="inflated_alone")
    with left:
        st.caption("Outcomes as they are")
        chart(
            thermometer.alone(as_they_are, reach=reach),
            key="alone",
            alt="What each fault adds to the honest AUC, with 95 % intervals",
        )
        st.caption(inflating.all_words(found))
    with right:
        st.caption("Outcomes dealt out anew: nothing is there to be found")
        chart(
            thermometer.alone(dealt, reach=reach),
            key="alone_shuffled",
            alt="What each fault adds where there is nothing to find, with 95 % intervals",
        )
        st.caption(inflating.NO_T_STAGE)


def every_protocol(run: Run, found: Inflation) -> None:
    """All protocols as a table, and every cohort's numbers to keep."""
    with st.expander("Every protocol", icon=":material/table:"):
        st.dataframe(inflating.table(found), hide_index=True, width="stretch")
        st.download_button(
            "Save every cohort as CSV",
            found.table.to_csv(index=False),
            f"{run.name}-inflation.csv",
            "text/csv",
        )


def _all_off() -> None:
    for key in (*inflating.SWITCHES, "shuffled"):
        state.remember(f"inflated_{key}", False)
