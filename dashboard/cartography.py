"""Cached answers of the Atlas: the map, its clusters, neighbours and pictures drawn again.

Keyed by the run's folder, its weights and plain values.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.arrays import Patch
from dashboard import state
from dashboard.figures import points as mapping

if TYPE_CHECKING:
    from core.latent.clusters import Clusters

MOST_CLUSTERS = 12
NULLS = 5  # clouds without groups that a silhouette is held against


@st.cache_resource(max_entries=24, show_spinner=False)
def points(
    folder: str, sha: str, layout: mapping.Layout, colour_by: str, split: str, k: int
) -> mapping.Points:
    """The map laid out and coloured; K matters only where clusters are the colour."""
    run = state.reopened(folder, sha)
    labels = clusters(folder, sha, k).labels if colour_by == mapping.CLUSTER else None
    return mapping.points(run, layout=layout, colour_by=colour_by, split=split, clusters=labels)


@st.cache_resource(max_entries=32, show_spinner="Finding groups")
def clusters(folder: str, sha: str, k: int) -> "Clusters":
    """K-Means with K groups, fitted on training rows, held against clouds without groups."""
    return state.latent_space(state.reopened(folder, sha)).clusters(k, nulls=NULLS)


@st.cache_data(max_entries=4, show_spinner="Comparing numbers of groups")
def numbers_of_clusters(folder: str, sha: str) -> pd.DataFrame:
    """For every K on offer: k, inertia, silhouette, and what clouds without groups reach."""
    found = []
    for k in range(2, MOST_CLUSTERS + 1):
        made = clusters(folder, sha, k)
        if made.k == k and made.null_silhouettes:
            nulls = made.null_silhouettes
            found.append((k, made.inertia, made.silhouette, min(nulls), max(nulls)))
    return pd.DataFrame(found, columns=["k", "inertia", "silhouette", "null_low", "null_high"])


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
