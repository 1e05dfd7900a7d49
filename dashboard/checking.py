"""What maps pass, cached: the checks that the run brings, and those taken here for other rows.

A row's checks depend on its picture and its own seed, never on who asked for what beside it, and
are taken with as many draws as the shipped ones. What the run brings is never taken again.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.explain.faithfulness.checked import Checked
from core.run import Run
from dashboard import state
from dashboard.questions import NODE, put_to
from dashboard.queueing import LINE, silent
from dashboard.ways import BY_KEY


def shipped(run: Run, variant: str) -> dict[int, Checked]:
    """What every map tested beforehand passes, by row; empty where none was."""
    return _shipped(*state.key(run), variant, state.changed_ns(run))


def known(
    run: Run, variant: str, rows: tuple[int, ...], question: str = NODE
) -> dict[int, Checked]:
    """What the maps of some rows pass, of those that were tested; no test is started.

    Args:
        run: Whose.
        variant: How the maps are made, by its key.
        rows: Which.
        question: What they explain, by its key; the run brings checks of the suspicion score.
    """
    both = _tested_here(*state.key(run), variant, question)
    if question == NODE:
        both = {**both, **shipped(run, variant)}
    return {row: both[row] for row in rows if row in both}


def take(
    run: Run,
    variant: str,
    rows: tuple[int, ...],
    told: Callable[[int], None] = silent,
    *,
    question: str = NODE,
) -> None:
    """Test the maps of some rows now, a turn in the line each; rows tested before are skipped.

    One turn for all rows of a patient would hold everybody else back for half a minute.

    Args:
        run: Whose.
        variant: How the maps are made, by its key.
        rows: Which.
        told: How many visitors are before this one.
        question: What the maps explain, by its key.

    Raises:
        Busy: Too many wait; what was tested until then is kept.
    """
    from core.explain.faithfulness.checks import check
    from core.explain.faithfulness.ground import ground
    from core.explain.faithfulness.held import Held
    from core.explain.report import DRAWS

    brought = shipped(run, variant) if question == NODE else {}
    here = _tested_here(*state.key(run), variant, question)
    for row in rows:
        if row in brought or row in here:
            continue
        with LINE.turn(told, task="tests"):
            if row in here:  # somebody before us may have asked for the same
                continue
            asked = put_to(run, question, (row,))
            held = Held(run, state.model(run), np.array([row], dtype=np.int64), asked)
            (here[row],) = check(
                held, BY_KEY[variant], ground(held, seed=row), draws=DRAWS, seed=row
            )


@st.cache_data(max_entries=32, show_spinner=False)
def _shipped(folder: str, sha: str, variant: str, changed_ns: int) -> dict[int, Checked]:
    from core.explain.kept import kept_checks

    return kept_checks(state.reopened(folder, sha), BY_KEY[variant])


@st.cache_resource(max_entries=256, show_spinner=False)
def _tested_here(folder: str, sha: str, variant: str, question: str) -> dict[int, Checked]:
    return {}
