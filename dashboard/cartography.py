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
from dashboard import later, state, studies
from dashboard.columns import rows_of
from dashboard.components.atlas_map import Halo
from dashboard.figures import points as mapping

if TYPE_CHECKING:
    from core.evaluation.map_quality import MapQuality
    from core.latent.clusters import Clusters
    from core.latent.contrast import Effect
    from core.latent.grouping import Method
    from core.latent.space import Over
    from dashboard.figures.trust import Placements, Trusted

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
    folder: str, sha: str, row: int, count: int, *, others_only: bool, over: "Over" = "all"
) -> tuple[tuple[int, float], ...]:
    """The rows nearest to a row in the latent space with their distances, nearest first.

    With `others_only`, the patient's own further slices and lesions are passed over.
    """
    space = state.latent_space(state.reopened(folder, sha))
    patients = space.rows["patient_id"].to_numpy()
    own = int((patients == patients[row]).sum()) if others_only else 0
    found = space.neighbours(space.codes[row], count + own, exclude_row=row, over=over)
    kept = [
        (int(one), float(far))
        for one, far in zip(found.rows, found.distances, strict=True)
        if not (others_only and patients[one] == patients[row])
    ]
    return tuple(kept[:count])


@st.cache_data(max_entries=8, show_spinner=False)
def usual_distance(folder: str, sha: str, over: "Over") -> float:
    """Median distance from a patch to the nearest of another patient, over some drawn at random."""
    rows = judged(folder, sha)
    drawn = np.random.default_rng(0).choice(rows, min(HALOS, len(rows)), replace=False)
    near = [neighbours(folder, sha, row, 1, others_only=True, over=over) for row in drawn.tolist()]
    return float(np.median([far for found in near for _, far in found]))


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
    """The chosen patch placed anew by other patients' patches, where that was asked for.

    Nothing while it is being placed; `placing` says so.
    """
    if not state.recall("atlas_place") or len(mapping.COLUMNS[layout]) != 2:
        return ()
    found = later.ask(placed, *state.key(), row, layout)
    return () if isinstance(found, later.Asked) else (found,)


def placing(layout: mapping.Layout, row: int) -> "later.Asked | None":
    """The placing under way, where one was asked for and is not done."""
    if not state.recall("atlas_place") or len(mapping.COLUMNS[layout]) != 2:
        return None
    found = later.ask(placed, *state.key(), row, layout)
    return found if isinstance(found, later.Asked) else None


@st.cache_data(max_entries=256, show_spinner=False)
def placed(folder: str, sha: str, row: int, layout: mapping.Layout) -> Halo:
    """Where a patch would lie if its patient were new, and how sure that is; see `_laid_anew`."""
    return _laid_anew(folder, sha, row, layout)[0]


def _laid_anew(folder: str, sha: str, row: int, layout: mapping.Layout) -> tuple[Halo, float]:
    """Where a patch would lie if its patient were new: by other patients' patches alone.

    These lie where they were laid out beside it, so its patient has helped to shape the map.
    By UMAP's own rules on the run's UMAPs, which keeps more of its neighbours; by its
    neighbours' places on axes, and on a map that was turned and scaled onto another. Beside it
    the share of its true neighbours that are among as many beside its place.
    """
    from core.latent.placement import kept_by, place
    from core.latent.transform import transform

    run, where = state.reopened(folder, sha), positions(folder, sha, layout).astype(np.float64)
    seen = shown_codes(folder, sha, layout)
    others = (run.rows["patient_id"] != run.rows["patient_id"].iloc[row]).to_numpy()
    if layout not in (mapping.NAMED, mapping.WHOLE):
        found = place(seen[row], seen[others], where[others])
        kept = kept_by(np.array([found.x, found.y]), found, where[others])
        return Halo(found.x, found.y, found.reach), kept
    own = run.map[list(mapping.COLUMNS[layout])].to_numpy(np.float32)
    asked = run.settings
    found = transform(
        seen[row], seen[others], own[others].astype(np.float64), settings=asked.map, seed=asked.seed
    )
    at = mapping.places(np.array([[found.x, found.y]], np.float32), own)[0].astype(np.float64)
    near = where[others][list(found.rows)]
    reach = float(np.median(np.linalg.norm(near - at, axis=1)))
    return Halo(*at.tolist(), reach), kept_by(at, found, where[others])


@st.cache_resource(max_entries=6, show_spinner=False)
def placements(folder: str, sha: str, layout: mapping.Layout) -> "Placements":
    """Some patches drawn at random, each placed as if its patient were new."""
    from core.evaluation.intervals import mean_interval
    from dashboard.figures.trust import Placements

    rows = state.reopened(folder, sha).rows
    drawn = np.random.default_rng(0).choice(len(rows), min(HALOS, len(rows)), replace=False)
    found = [_laid_anew(folder, sha, int(row), layout) for row in drawn]
    who = rows["patient_id"].astype(str).to_numpy(str)[drawn]
    kept = mean_interval(np.array([kept for _, kept in found]), who, resamples=500)
    return Placements(np.array([halo.reach for halo, _ in found]), kept)


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


def take(which: Literal["a", "b"], rows: Sequence[int]) -> None:
    """Make some rows A or B, as a lasso would: no row is in both, and the latest has it.

    Once both hold some, the page asks what sets them apart.
    """
    taken = {int(row) for row in rows}
    left = tuple(row for row in selected("b" if which == "a" else "a") if row not in taken)
    own = tuple(sorted(taken))
    select(*((own, left) if which == "a" else (left, own)))
    if own and left:
        state.remember("atlas_ask", "selections")


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
