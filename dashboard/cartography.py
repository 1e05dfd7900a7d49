"""Cached answers of the Atlas: the map, its clusters, neighbours and pictures drawn again.

Keyed by the run's folder, its weights and plain values.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Patch
from dashboard import state, studies
from dashboard.figures import points as mapping

if TYPE_CHECKING:
    from core.latent.clusters import Clusters
    from core.latent.contrast import Effect
    from core.latent.grouping import Method
    from core.latent.space import Over

MOST_CLUSTERS = 20


@dataclass(frozen=True)
class Grouped:
    """How the session groups patches: by which method, over which dimensions, into how many."""

    method: "Method"
    over: "Over"
    k: int


def grouped() -> Grouped:
    """What the session chose, or what the run offers before anybody chose."""
    method: Method = state.recall("atlas_method") or "kmeans"
    over = over_now()
    return Grouped(method, over, state.recall("atlas_k") or usual_k(method, over))


def over_now() -> "Over":
    """The dimensions that are looked at: the named ones where there are two or more."""
    chosen = state.recall("atlas_over")
    offered = overs()
    return chosen if chosen in offered else offered[0]


def overs() -> "tuple[Over, ...]":
    """Which dimensions this run can be grouped over."""
    return ("attributes", "all") if len(state.latent_space().attributes) > 1 else ("all",)


def usual_k(method: "Method", over: "Over") -> int:
    """The K that is supported; where none is or it is not known yet, the run's own."""
    found = studies.study(*state.key(), method, over)
    own = int(np.clip(state.run().settings.map.clusters, 2, MOST_CLUSTERS))
    return (found.offered if found and method != "hdbscan" else None) or own


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs={Grouped: repr})
def points(
    folder: str, sha: str, layout: mapping.Layout, colour_by: str, split: str, asked: Grouped
) -> mapping.Points:
    """The map laid out and coloured; the groups matter only where they are the colour."""
    run = state.reopened(folder, sha)
    labels = clusters(folder, sha, asked).labels if colour_by == mapping.CLUSTER else None
    return mapping.points(run, layout=layout, colour_by=colour_by, split=split, clusters=labels)


@st.cache_resource(max_entries=32, show_spinner="Finding groups", hash_funcs={Grouped: repr})
def clusters(folder: str, sha: str, asked: Grouped) -> "Clusters":
    """The patches in groups, fitted on training rows."""
    space = state.latent_space(state.reopened(folder, sha))
    return space.clusters(asked.k, method=asked.method, over=asked.over)


@st.cache_resource(max_entries=32, show_spinner="Comparing groups", hash_funcs={Grouped: repr})
def effects(folder: str, sha: str, asked: Grouped) -> "tuple[tuple[Effect, ...], ...]":
    """What sets each group apart, one entry a card."""
    return clusters(folder, sha, asked).effects


def kmeans_at(k: int) -> "Clusters":
    """The groups of K-Means at another K, over the dimensions looked at now."""
    return clusters(*state.key(), Grouped("kmeans", over_now(), k))


def one_less(k: int) -> int:
    """The K that a change of K is followed from first."""
    return min(max(2, k - 1), MOST_CLUSTERS)


@st.cache_data(max_entries=256, show_spinner=False)
def neighbours(
    folder: str, sha: str, row: int, count: int, *, others_only: bool
) -> tuple[tuple[int, float], ...]:
    """The rows nearest to a row in the latent space with their distances, nearest first.

    With `others_only`, the patient's own further slices and lesions are passed over.
    """
    space = state.latent_space(state.reopened(folder, sha))
    patients = space.rows["patient_id"].to_numpy()
    found = space.neighbours(space.codes[row], len(space.codes), exclude_row=row)
    kept = [
        (int(one), float(far))
        for one, far in zip(found.rows, found.distances, strict=True)
        if not (others_only and patients[one] == patients[row])
    ]
    return tuple(kept[:count])


@st.cache_data(max_entries=256, show_spinner="Drawing the patch from its code")
def reconstruction(folder: str, sha: str, row: int) -> Patch:
    """One patch as the network draws it from its code alone."""
    run = state.reopened(folder, sha)
    return np.asarray(state.model(run).decode(run.codes[row : row + 1])[0])


def lassoed() -> tuple[int, ...]:
    """The rows of the last lasso that this run holds."""
    rows = state.recall("lasso_rows", ())
    return tuple(row for row in rows if 0 <= row < len(state.run().rows))


def lasso_finished() -> None:
    """A lasso or box was drawn on the map; an empty one lets go."""
    rows = (state.recall("atlas_map") or {}).get("lassoed")
    state.remember("lasso_rows", tuple(int(row) for row in rows or ()))
