"""What is chosen on Growth: which walk, what changes, how, and what of the scan stays."""

from typing import Literal

import streamlit as st

from core.growth.delivery import KEEPS, Keep
from core.growth.preference import share_of
from core.latent.direction import WAYS, Direction, Way
from core.latent.selection import PREFIX, leads_to_the_rest
from core.run import Run
from dashboard import answers, linked_way, selections, state, words
from dashboard.panels.walks import SIZE

WAY_WORDS = {
    "dimension": "the trained dimension",
    "orthogonalised": "others held still",
    "difference": "large minus small",
}
LEAST: Literal["least"] = "least"  # whichever way is refused least
KEEP_WORDS = {
    "blended": "its texture and its surroundings, blended with the plain warp",
    "surroundings": "its texture and its surroundings",
    "residual": "its texture",
    "nothing": "nothing: the bare model",
}
IN_PYTHON = """
from core.latent.space import LatentSpace

print([direction.name for direction in LatentSpace.open(run).directions()])
"""  # of a run in which no direction could be fitted
KINDS = ("Change this one", "To another")


def pick_kind() -> str:
    """Whether one lesion changes, or a walk leads to a second one."""
    return (
        st.segmented_control(
            "Walk",
            KINDS,
            default=KINDS[0],
            key="growth_kind",
            persist_state="session",
            bind="query-params",
        )
        or KINDS[0]
    )


def pick_direction(*, used: bool) -> Direction | None:
    """What changes: the size where it is known, else what the run has; None without any.

    The way from A to B that this session made on the Atlas is taken up once, and then offered.
    """
    space, own = state.latent_space(), selections.own_direction()
    found = [*space.directions(), *([space.direction(own)] if own else [])]
    if not found:
        return None
    found.sort(key=lambda direction: direction.name != SIZE)  # what is shown before a choice
    names = [direction.name for direction in found]
    if own and state.recall("growth_own") != own:  # made a moment ago, and not yet walked
        state.remember("growth_own", own)
        state.remember("growth_direction", own)
    if state.recall("growth_direction", names[0]) not in names:
        state.remember("growth_direction", names[0])
    chosen = st.selectbox(
        "What changes",
        names,
        key="growth_direction",
        format_func=lambda name: words.capital(spoken(name)),
        disabled=not used,
        persist_state="session",
        bind="query-params",
        help="From A to B, where it is offered, is the way between the two selections of the Atlas."
        if own
        else None,
    )
    return found[names.index(chosen)]


def pick_doubling_days(run: Run) -> float | None:
    """A doubling time of the volume, in days, that the user sets; None draws no time."""
    return st.number_input(
        "Doubling time of the volume, days (yours)",
        min_value=1,
        max_value=10_000,
        value=None,
        key="growth_doubling",
        persist_state="session",
        bind="query-params",
        placeholder="none: no time is drawn",
        help=f"The model knows nothing of time. With a number of yours the sizes of this "
        f"{run.words.lesion} get days beside them: arithmetic on that number, no prediction.",
    )


def pick_way() -> Way | None:
    """How the direction is found; None leaves the choice to which walk is refused least."""
    chosen = st.selectbox(
        "How the direction is found",
        (LEAST, *WAYS),
        format_func=lambda way: WAY_WORDS.get(way, "the one refused least, for each anew"),
        key="growth_way",
        persist_state="session",
        bind="query-params",
        help="The trained dimension: the one number of the code that was trained to carry size. "
        "Others held still: size changes while the other attributes stay. Large minus small: as "
        "in the paper. A step of a walk is refused (amber on the axis) where it leaves what "
        "training patients showed, or the picture has not the size asked. The one refused least "
        "is found for each anew: the three are walked in turn, beginning with the one that came "
        "out best in the trial of this run, and the first that is refused at no more than a "
        "quarter of its steps is shown, or else the one with the fewest.",
    )
    return None if chosen == LEAST else chosen


def pick_keep(run: Run) -> Keep:
    """What of the scan stays: what came out nearest to the truth in the trial, unless chosen."""
    best = answers.preferred_of(*state.key(run)).keep
    kept = [one for one in KEEPS[::-1] if one != "blended" or share_of(run) is not None]
    return st.selectbox(
        "What is kept of the scan",
        kept,
        index=kept.index(best),
        format_func=KEEP_WORDS.__getitem__,
        key="growth_keep",
        persist_state="session",
        bind="query-params",
        help="The model draws softly. What it cannot draw is carried along with the lesion; "
        "nothing kept shows the bare model.",
    )


def spoken(name: str) -> str:
    """A direction's name as people say it, the outcome's in the cohort's word."""
    from core.latent.attributes import attribute_words

    if name.startswith(PREFIX):
        if leads_to_the_rest(name, len(state.run().rows)):
            return linked_way.TO_THE_REST
        return linked_way.TO_B
    return f"towards {state.run().words.outcome}" if name == "label" else attribute_words(name)
