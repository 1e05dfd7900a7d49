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
        bind="query-params",
        placeholder="nothing: it changes alone",
        help="The sum of two directions, walked at once. The size is asked and corrected on the "
        "picture as before, while the second goes along by what is said below. Nothing corrects "
        "the second, and where the ruler cannot read a size, nothing corrects the first.",
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
        bind="query-params",
        format="%.3g",
    )
    return Added(name, float(amount)) if amount else None


def both_words(direction: str, added: Added | None) -> str:
    """What the walk changes, a sum of two by both names."""
    if added is None:
        return spoken(direction)
    return f"{spoken(direction)} and {spoken(added.name)} ({added.amount:+.3g} at its end)"


def asked_words(direction: str, added: Added | None, *, sized: bool, ruled: bool) -> str:
    """What stands under the requested amount.

    Args:
        direction: What is walked along.
        added: What goes along with it.
        sized: Whether the amount is a size.
        ruled: Whether the ruler is asked of the lesion.
    """
    if not sized:
        return f"asked change: {both_words(direction, added)}"
    asked = "asked short axis" if ruled else "asked, counted from the outline"
    return asked if added is None else f"{asked}; with it {spoken(added.name)}"


def added_words(added: Added, *, sized: bool, closed: bool) -> str:
    """What is corrected of a sum, and what is not."""
    second = (
        f"{words.capital(spoken(added.name))} goes along as far as the model's code says, "
        f"{added.amount:+.3g} over the whole walk up: nothing corrects it on the picture"
    )
    if sized and closed:
        return f"{second}. The size is corrected beside it, on every picture."
    if sized:
        return f"{second}, nor the size, as chosen under Settings."
    return f"{second}, nor what it goes along with."
