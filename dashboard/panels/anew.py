"""Panel of How good: the cross-validation in which everything was trained anew in every fold."""

import streamlit as st

from core.evaluation.report import how_it_was_made
from core.evaluation.verdict import Verdict
from core.run import Run
from dashboard import anew, crossing, parts

WHICH, ANEW = "Which head?", "Everything trained anew"


def heads(run: Run, found: Verdict) -> None:
    """Which kind of head does best on validation patients, and which one the run has."""
    if not found.heads:
        return
    parts.section(
        WHICH,
        "Each kind was fitted on the training patients with this run's autoencoder and asked of "
        f"{anew.validation_words(run)}, on whom the default is chosen: they are among those "
        "cross-validated above, where the kind was not chosen anew. They also chose the epoch of "
        "every kind but the logistic one, which flatters those a little.",
    )
    st.caption(anew.heads_words(run, found))
    st.dataframe(anew.heads_table(found), hide_index=True, width="stretch")


def section(run: Run) -> None:
    """What training everything anew in every fold changed; one line where nobody has."""
    found, kept = anew.inside_of(run), crossing.verdict_of(run)
    if found is None:
        if kept is not None:
            st.caption(
                "The autoencoder was kept. To train it anew in every fold too, as long as five "
                f"trainings a repeat: `python train.py evaluate --run {run.name} --vae-inside 1`"
            )
        return
    parts.section(ANEW, how_it_was_made(found))
    st.markdown(f"**{anew.sentence(found, kept)}**")
    st.dataframe(anew.table(found, kept), hide_index=True, width="stretch")
