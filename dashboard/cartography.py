"""Cached answers of the Atlas: the map, its clusters, neighbours and pictures drawn again.

Keyed by the run's folder, its weights and plain values.
"""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.arrays import Codes, Patch
from dashboard import state, studies
from dashboard.columns import rows_of
from dashboard.components.atlas_map import Halo
from dashboard.figures import points as mapping

if TYPE_CHECKING:
    from core.evaluation.map_quality import MapQuality
    from core.latent.clusters import Clusters
    from core.latent.contrast import Effect
    from core.latent.grouping import Method
    from core.latent.space import Over
    from dashboard.figures.trust import Trusted

MOST_CLUSTERS = 20
HALOS = 60  # patches whose halos one is held against
JUDGED = 2000  # points of a very large map at which it is judged


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


@st.cache_resource(max_entries=24, show_spinner=False)
def positions(folder: str, sha: str, layout: mapping.Layout) -> NDArray[np.float32]:
    """Where every patch lies in one layout, (row, 2 or 3) in about [-1, 1]."""
    run = state.reopened(folder, sha)
    own = run.map[list(mapping.COLUMNS[layout])].to_numpy(np.float32)
    if layout != mapping.AGAIN:
        return mapping.places(own)
    from core.latent.kept import read_again

    again = read_again(run)
    if again is None:
        raise LookupError("the map from another seed is not laid out yet")
    return mapping.places(again.astype(np.float32))


@st.cache_resource(max_entries=12, show_spinner=False)
def trust(folder: str, sha: str, layout: mapping.Layout) -> "MapQuality":
    """How far each point's neighbours on the map are its neighbours in the latent space."""
    from core.evaluation.map_quality import NEIGHBOURS, map_quality

    seen, where = shown_codes(folder, sha, layout), positions(folder, sha, layout)
    neighbours = min(NEIGHBOURS, max(1, (len(seen) - 1) // 2))
    return map_quality(seen, where, points=judged(folder, sha), neighbours=neighbours)


def shown_codes(folder: str, sha: str, layout: mapping.Layout) -> Codes:
    """What a layout shows: the codes whole, or the dimensions that have a name."""
    run = state.reopened(folder, sha)
    named = len(state.latent_space(run).attributes)
    return run.codes[:, :named] if layout == mapping.NAMED else run.codes


def judged(folder: str, sha: str) -> NDArray[np.int64]:
    """The rows at which a map is judged: all, or some of very many."""
    count = len(state.reopened(folder, sha).rows)
    if count <= mapping.MOST_KEPT:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, JUDGED, replace=False))


@st.cache_data(max_entries=12, show_spinner=False)
def trusted(folder: str, sha: str, layout: mapping.Layout) -> "Trusted":
    """Trustworthiness, continuity and neighbours kept, with intervals by patient."""
    from core.evaluation.intervals import mean_interval

    found, rows = trust(folder, sha, layout), judged(folder, sha)
    who = state.reopened(folder, sha).rows["patient_id"].astype(str).to_numpy(str)[rows]
    each = (found.trustworthiness, found.continuity, found.overlap)
    first, second, third = (mean_interval(values, who, resamples=500) for values in each)
    return first, second, third


def least_trusted(folder: str, sha: str, layout: mapping.Layout, count: int) -> tuple[int, ...]:
    """The rows whose true neighbours are kept least, worst first."""
    found = trust(folder, sha, layout)
    order = np.lexsort((found.trustworthiness, found.overlap))[:count]
    return tuple(int(row) for row in judged(folder, sha)[order])


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs={Grouped: repr})
def clusters(folder: str, sha: str, asked: Grouped) -> "Clusters":
    """The patches in groups, fitted on training rows."""
    space = state.latent_space(state.reopened(folder, sha))
    return space.clusters(asked.k, method=asked.method, over=asked.over)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs={Grouped: repr})
def effects(folder: str, sha: str, asked: Grouped) -> "tuple[tuple[Effect, ...], ...]":
    """What sets each group apart, one entry a card."""
    return clusters(folder, sha, asked).effects


@st.cache_data(max_entries=256, show_spinner=False)
def neighbours(
    folder: str, sha: str, row: int, count: int, *, others_only: bool
) -> tuple[tuple[int, float], ...]:
    """The rows nearest to a row in the latent space with their distances, nearest first.

    With `others_only`, the patient's own further slices and lesions are passed over.
    """
    space = state.latent_space(state.reopened(folder, sha))
    patients = space.rows["patient_id"].to_numpy()
    own = int((patients == patients[row]).sum()) if others_only else 0
    found = space.neighbours(space.codes[row], count + own, exclude_row=row)
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


def selected(which: Literal["a", "b"] = "a") -> tuple[int, ...]:
    """The rows of selection A or B; those of another run are not this one's."""
    if state.recall("selection_of", state.key()) != state.key():
        return ()
    rows, count = state.recall(f"selection_{which}") or (), len(state.run().rows)
    if not rows or (min(rows) >= 0 and max(rows) < count):
        return tuple(rows)
    return tuple(row for row in rows if 0 <= row < count)


def halos(layout: mapping.Layout, row: int) -> tuple[Halo, ...]:
    """The chosen patch placed anew by other patients' patches, where that was asked for."""
    if not state.recall("atlas_place") or len(mapping.COLUMNS[layout]) != 2:
        return ()
    return (placed(*state.key(), row, layout),)


@st.cache_data(max_entries=256, show_spinner=False)
def placed(folder: str, sha: str, row: int, layout: mapping.Layout) -> Halo:
    """Where a patch would lie if its patient were new: by other patients' patches alone.

    By UMAP's own rules on the run's UMAPs, which keeps more of its neighbours; by its
    neighbours' places on axes, and on a map that was turned and scaled onto another.
    """
    from core.latent.placement import place
    from core.latent.transform import transform

    run, where = state.reopened(folder, sha), positions(folder, sha, layout).astype(np.float64)
    seen = shown_codes(folder, sha, layout)
    others = (run.rows["patient_id"] != run.rows["patient_id"].iloc[row]).to_numpy()
    if layout not in (mapping.NAMED, mapping.WHOLE):
        found = place(seen[row], seen[others], where[others])
        return Halo(found.x, found.y, found.reach)
    own = run.map[list(mapping.COLUMNS[layout])].to_numpy(np.float32)
    asked = run.settings
    found = transform(
        seen[row], seen[others], own[others].astype(np.float64), settings=asked.map, seed=asked.seed
    )
    at = mapping.places(np.array([[found.x, found.y]], np.float32), own)[0].astype(np.float64)
    near = where[others][list(found.rows)]
    return Halo(*at.tolist(), float(np.median(np.linalg.norm(near - at, axis=1))))


@st.cache_resource(max_entries=6, show_spinner=False)
def reaches(folder: str, sha: str, layout: mapping.Layout) -> NDArray[np.float64]:
    """Halos of some patches drawn at random, each placed as if its patient were new."""
    count = len(state.reopened(folder, sha).rows)
    drawn = np.random.default_rng(0).choice(count, min(HALOS, count), replace=False)
    return np.array([placed(folder, sha, int(row), layout).reach for row in drawn])


def layouts_there() -> tuple[mapping.Layout, ...]:
    """The layouts that can be shown this moment; another seed's is made when it is asked for."""
    from core.latent.kept import read_again

    run = state.run()
    again = read_again(run) is not None
    return tuple(one for one in mapping.layouts(run) if again or one != mapping.AGAIN)


def stamp() -> int:
    """Rises when the page, and not the map, changed a selection."""
    return int(state.recall("selection_stamp", 0))


def select(a: Sequence[int], b: Sequence[int] = ()) -> None:
    """Set both selections from the page's side; the map takes them over."""
    state.remember("selection_of", state.key())
    state.remember("selection_a", tuple(int(row) for row in a))
    state.remember("selection_b", tuple(int(row) for row in b))
    state.remember("selection_stamp", state.recall("selection_stamp", 0) + 1)


def selection_drawn() -> None:
    """A gesture on the map changed a selection; it sends both, one bit a row."""
    sent = (state.recall("atlas_map") or {}).get("selected") or {}
    count = len(state.run().rows)
    state.remember("selection_of", state.key())
    for which in ("a", "b"):
        bits = sent.get(which) if isinstance(sent, dict) else None
        if isinstance(bits, str) and len(bits) <= count + 8:
            state.remember(f"selection_{which}", rows_of(b64decode(bits, validate=True), count))
    if isinstance(sent, dict) and sent.get("gesture"):
        state.remember("atlas_ask", "selections")  # Clear and Undo leave the question as it is
