"""From which grouping members are followed to the one on show: the one that was just left."""

from core.latent.grouping import METHOD_WORDS
from dashboard import cartography, state
from dashboard.cartography import Grouped

NOW, LEFT = "grouping_now", "grouping_left"
OVER_WORDS = {"attributes": "named dimensions", "all": "whole code"}


def just_changed(asked: Grouped) -> bool:
    """Note which grouping is on show; True where this run of the page changed it."""
    key = state.key()
    was = state.recall(NOW)
    state.remember(NOW, (key, asked))
    if not was or was[0] != key or was[1] == asked:
        return False
    state.remember(LEFT, was)
    return True


def starts(asked: Grouped) -> list[Grouped]:
    """Groupings to start from: the one just left, then the same method at every other K.

    HDBSCAN knows no K, so before anything was left it is held against K-Means.
    """
    left = state.recall(LEFT)
    found = [left[1]] if left and left[0] == state.key() and left[1] != asked else []
    method = "kmeans" if asked.method == "hdbscan" else asked.method
    near = sorted(
        range(2, cartography.MOST_CLUSTERS + 1), key=lambda k: (abs(k - asked.k), k > asked.k)
    )
    others = [Grouped(method, asked.over, k) for k in near]
    return found + [one for one in others if one != asked and one not in found]


def spelt(asked: Grouped) -> str:
    """A grouping as people would call it."""
    k = "" if asked.method == "hdbscan" else f", K = {asked.k}"
    return f"{METHOD_WORDS[asked.method]}{k}, {OVER_WORDS.get(asked.over, asked.over)}"
