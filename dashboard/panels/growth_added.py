"""Latent arithmetic on Growth: a second direction, and how much of it goes along with the walk."""

from dataclasses import dataclass

import streamlit as st

from core.latent.direction import Direction
from dashboard import answers, state, words
from dashboard.panels.growth_choices import spoken

ADDED = "growth_add"
SHARE = 0.25  # of the range that training lesions have of it: what is added unless said otherwise


@dataclass(frozen=True)
class Added:
    """A second direction, by its name, and how much of it the whole walk upwards takes along."""

    name: str
    amount: float

    def summed(self, up: float) -> answers.Summed:
        """The same a unit of the walk, which goes so many units up."""
        return answers.Summed(self.name, round(self.amount / up, 6))


def pick_added(direction: Direction) -> Added | None:
    """What is added to a direction; None adds nothing."""
    found = {one.name: one for one in state.latent_space().directions()}
    names = [name for name in found if name != direction.name]
    if not names:
        return None
    if state.recall(ADDED, names[0]) not in (*names, None):  # what is walked along now
        state.remember(ADDED, None)
    name = st.selectbox(
        "Add to it",
        names,
        index=None,
        key=ADDED,
        format_func=lambda one: words.capital(spoken(one)),
        persist_state="session",
        placeholder="nothing: it changes alone",
        help="The sum of two directions, walked at once. Sizes are then not corrected on the "
        "picture; what the ruler reads stands beside it.",
    )
    if name is None:
        return None
    other = found[name]
    width = other.high - other.low
    usual = SHARE * width if 0 < width < float("inf") else 1.0
    amount = st.number_input(
        f"So much of it over the whole walk up{f', {other.unit}' if other.unit else ''}",
        value=float(f"{usual:.2g}"),
        key=f"growth_add_{name}",
        persist_state="session",
        format="%.3g",
    )
    return Added(name, float(amount)) if amount else None


def asked_words(direction: str, added: Added | None) -> str:
    """What the walk asks, the sum of two by both names."""
    if added is None:
        return spoken(direction)
    return f"{spoken(direction)} and {spoken(added.name)} ({added.amount:+.3g} at its end)"
