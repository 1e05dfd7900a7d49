"""The panel of How good that shows what another scanner does to a run."""

import streamlit as st

from core.run import Run
from dashboard import abroad, parts
from dashboard.figures import abroad as figures
from dashboard.panels.chart import chart


def another_scanner(run: Run) -> None:
    """Own scanner against another, model against CNN; the command where nobody asked."""
    moved = abroad.scanned(run)
    if not moved:
        parts.empty(
            "This run was not tried on another scanner.",
            f"python train.py evaluate --run {run.name} --fresh 300 --scanner other",
            why="The same new synthetic patients are scanned twice, and a small CNN that learned "
            "from this run's training patients is asked beside the model.",
        )
        return
    st.caption(abroad.how(run))
    left, right = parts.split(1, 1, key="good_abroad")
    with left:
        chart(
            figures.steps(moved, best=abroad.best(run)),
            key="abroad",
            alt="AUC of the model, a small CNN and size alone on both scanners, with intervals",
        )
    with right:
        for sentence in abroad.sentences(run, moved):
            parts.note(f"**{sentence}**")
        st.caption(abroad.caution(run))
    table = abroad.table(run, moved)
    st.dataframe(table, hide_index=True, width="stretch")
    st.download_button(
        "Save as CSV", table.to_csv(index=False), f"{run.name}-scanner.csv", "text/csv"
    )
