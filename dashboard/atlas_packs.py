"""What the map's own JavaScript fetches: columns and pictures of a run, each made once.

Keyed by the run's folder, its weights and plain values. Nothing here looks at a session: routes
call it from threads without one.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.arrays import Codes
from dashboard import album, cartography, state, words
from dashboard.columns import pack
from dashboard.figures import pictures
from dashboard.figures import points as mapping

if TYPE_CHECKING:
    from core.evaluation.map_quality import MapQuality
    from core.latent.between import Between

GRID = 24  # decodings a side that are made beforehand for the whole map
REACH = 1.15  # the grid spans -1.15 to 1.15, as the places do
THREADS = 8  # true neighbours that a point is tied to
MOST_THREADED = 5000  # rows up to which all neighbours are sent; they grow with the square
SPLITS = ("train", "validation", "test")


@st.cache_resource(max_entries=8, show_spinner=False)
def rows(folder: str, sha: str, layout: mapping.Layout = mapping.WHOLE) -> bytes:
    """Whose patch, which lesion, how large, which label and split: what the card says.

    And its true neighbours in what the layout shows.
    """
    run = state.reopened(folder, sha)
    table = run.rows
    patients, numbers = np.unique(table["patient_id"].astype(str), return_inverse=True)
    header = {
        "patients": patients.tolist(),
        "lesion": run.words.lesion,
        "origins": [words.from_patient(label, run.words) for label in (0, 1)],
        "splits": list(SPLITS),
    }
    columns = {
        "patient": numbers.astype(np.uint32),
        "node": table["node"].to_numpy(np.uint16),
        "size": table["short_axis_mm"].to_numpy(np.float32, na_value=np.nan),
        "label": table["label"].to_numpy(np.uint8),
        "split": table["split"]
        .map({name: at for at, name in enumerate(SPLITS)})
        .to_numpy(np.uint8),
    }
    if len(table) <= MOST_THREADED:
        columns["near"] = _near(cartography.shown_codes(folder, sha, layout)).ravel()
    return pack(header, columns)


@st.cache_resource(max_entries=24, show_spinner=False)
def places(folder: str, sha: str, layout: mapping.Layout) -> bytes:
    """Where every patch lies in one layout, how far neighbours usually are, and where it is torn.

    `torn` holds the spread of the codes mixed in each cell of the grid, see `Mixed.spread`.
    """
    found = cartography.positions(folder, sha, layout)
    columns = {
        axis: np.ascontiguousarray(found[:, at]) for at, axis in enumerate("xyz"[: found.shape[1]])
    }
    usual = 0.0
    if found.shape[1] == 2:
        usual = between(folder, sha, layout).usual
        columns["torn"] = between(folder, sha, layout).mix(_grid_places()).spread.astype(np.float32)
    return pack({"layout": layout, "usual": usual}, columns)


@st.cache_resource(max_entries=48, show_spinner=False, hash_funcs={cartography.Grouped: repr})
def colours(
    folder: str, sha: str, by: str, layout: mapping.Layout, asked: cartography.Grouped
) -> bytes:
    """Every patch's colour by one column; layout and groups matter only to their own colours."""
    run, judged = state.reopened(folder, sha), cartography.judged(folder, sha)
    if by == mapping.CLUSTER:
        values = pd.Series(cartography.clusters(folder, sha, asked).labels)
    elif by in mapping.TRUSTS:
        values = pd.Series(np.nan, index=range(len(run.rows)))
        values.iloc[judged] = trust_at(cartography.trust(folder, sha, layout), by)
    else:
        values = run.rows[by]
    found = mapping.coloured(values, by, run)
    legend = found.legend
    some = len(judged) < len(run.rows)
    sampled = f", {len(judged):,} of {len(run.rows):,} points judged, others grey" if some else ""
    header = {
        "title": legend.title + (sampled if by in mapping.TRUSTS else ""),
        "stops": legend.stops,
        "ends": legend.ends,
        "names": legend.names,
        "note": legend.note,
    }
    return pack(
        header, {"rgb": found.colours.ravel(), "number": found.numbers, "named": found.named}
    )


def trust_at(found: "MapQuality", by: str) -> NDArray[np.float64]:
    """One of the three figures that a map is judged by, point by point."""
    if by == mapping.KEPT:
        return found.overlap
    return found.trustworthiness if by == mapping.TRUSTED else found.continuity


@st.cache_resource(max_entries=6, show_spinner=False)
def forming(folder: str, sha: str, layout: mapping.Layout) -> bytes:
    """Where the key slices lay at moments of training, and how far the code was then."""
    from core.latent.forming import formed_on_axes, moments_of, neighbours_there, read_formed

    if layout not in mapping.FORMING:
        raise LookupError(layout)
    run = state.reopened(folder, sha)
    named = layout == mapping.NAMED
    moments = moments_of(run, named=named)
    found = formed_on_axes(run, moments) if layout == "PCA" else read_formed(run, named=named)
    if found is None:
        raise LookupError(f"{layout} at moments of training is not laid out")
    own = run.map[list(mapping.COLUMNS[layout])].to_numpy(np.float32)
    x, y = (np.stack([mapping.places(one, own)[:, at] for one in found]) for at in (0, 1))
    header = {"epochs": moments.epochs, "there": neighbours_there(moments).round(3).tolist()}
    columns = {"rows": moments.rows.astype(np.uint32), "x": x.ravel(), "y": y.ravel()}
    return pack(header, columns)


@st.cache_resource(max_entries=12, show_spinner=False)
def between(folder: str, sha: str, layout: mapping.Layout) -> "Between":
    """The map that can be asked what lies between its points."""
    from core.latent.between import Between

    run = state.reopened(folder, sha)
    return Between(cartography.positions(folder, sha, layout).astype(np.float64), run.codes)


@st.cache_resource(max_entries=12, show_spinner=False)
def grid(folder: str, sha: str, layout: mapping.Layout) -> bytes:
    """Decodings for a grid over the whole map, top left first, as one WebP."""
    run = state.reopened(folder, sha)
    drawn = state.model(run).decode(between(folder, sha, layout).mix(_grid_places()).codes)
    low, high = album.display_window(folder, sha)
    return pictures.webp(album.tiled(pictures.grey(drawn, low=low, high=high), GRID), quality=85)


def _grid_places() -> NDArray[np.float64]:
    """The middles of the grid's cells, top left first, (cell, 2)."""
    steps = (np.arange(GRID) + 0.5) / GRID * 2 * REACH - REACH
    return np.stack(np.meshgrid(steps, steps[::-1]), axis=-1).reshape(-1, 2)


def drawn_at(folder: str, sha: str, layout: mapping.Layout, x: float, y: float) -> bytes:
    """The exact picture at one place: emptiness, error and spread, float32 each, then 8-bit grey.

    The error is that of redrawing the patches that were mixed, over the run's usual one.
    """
    run = state.reopened(folder, sha)
    mixed = between(folder, sha, layout).mix(np.array([[x, y]]))
    drawn = state.model(run).decode(mixed.codes)[0]
    low, high = album.display_window(folder, sha)
    errors = redrawing(folder, sha)
    error = float(errors[mixed.rows[0]] @ mixed.weights[0]) / max(float(np.median(errors)), 1e-9)
    head = np.array([mixed.emptiness[0], error, mixed.spread[0]], "<f4").tobytes()
    return head + pictures.grey(drawn, low=low, high=high).tobytes()


def drawn_row(folder: str, sha: str, row: int) -> bytes:
    """One patch drawn from its own code, as `drawn_at`: nothing is mixed, so 0, its error, 0."""
    run = state.reopened(folder, sha)
    drawn = state.model(run).decode(run.codes[row : row + 1])[0]
    low, high = album.display_window(folder, sha)
    errors = redrawing(folder, sha)
    error = float(errors[row]) / max(float(np.median(errors)), 1e-9)
    head = np.array([0.0, error, 0.0], "<f4").tobytes()
    return head + pictures.grey(drawn, low=low, high=high).tobytes()


@st.cache_resource(max_entries=8, show_spinner=False)
def redrawing(folder: str, sha: str) -> NDArray[np.float64]:
    """How far each patch is from itself drawn from its code: mean absolute difference, (row,)."""
    run = state.reopened(folder, sha)
    model = state.model(run)
    parts = []
    for first in range(0, len(run.codes), 2048):
        drawn = model.decode(run.codes[first : first + 2048])
        parts.append(np.abs(drawn - run.patches[first : first + 2048]).mean((1, 2)))
    return np.concatenate(parts).astype(np.float64)


def near(folder: str, sha: str, row: int, layout: mapping.Layout = mapping.WHOLE) -> bytes:
    """The true neighbours of one row, uint32, for maps too large to send everybody's."""
    codes = cartography.shown_codes(folder, sha, layout)
    apart = np.linalg.norm(codes - codes[row], axis=1)
    apart[row] = np.inf
    return np.argsort(apart, kind="stable")[:THREADS].astype("<u4").tobytes()


def _near(codes: Codes) -> NDArray[np.uint32]:
    from sklearn.neighbors import NearestNeighbors

    count = min(THREADS, len(codes) - 1)
    tree = NearestNeighbors(n_neighbors=count + 1, algorithm="brute").fit(codes)
    found = tree.kneighbors(codes, return_distance=False)
    kept = np.zeros((len(found), THREADS), np.uint32)
    for row, near in enumerate(found):
        own = near[near != row][:count]
        kept[row] = np.resize(own, THREADS)
    return kept
