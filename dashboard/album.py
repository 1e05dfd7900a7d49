"""Pictures of a run, cut and packed once for all sessions; keyed by the run and plain values.

Frozen things of ours are kept as they are (`cache_resource`): nothing is pickled or copied.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from core.run import Run
from dashboard import answers, state, words
from dashboard.components.picture_row import Item
from dashboard.components.sheet import Sheet
from dashboard.components.slice_viewer import Drawn, Slice
from dashboard.components.tiles import Tile, TileGroup
from dashboard.figures import pictures, places, theme

COLUMNS = 32  # pictures in a line of a sheet
PART, PART_COLUMNS = 4096, 64  # pictures in a part of the sheet of a whole run, and in a line
LARGEST_TILE_PX, BARE_TILE_PX, LEAST_TILE_PX = 66.0, 44.0, 18.0
MANY = 200  # from here on tiles shrink, so that all patients stay in sight
ROOM = 1.7  # a tile shows this many short axes across, so that the surroundings are seen

Who = Literal["everybody", "held out", "seen in training"]


@st.cache_data(max_entries=8, show_spinner=False)
def display_window(folder: str, sha: str) -> tuple[float, float]:
    """The grey values between which a run's patches are shown: one window, so they compare."""
    patches = state.reopened(folder, sha).patches
    low, high = np.percentile(patches[:: max(1, len(patches) // 500)], [0.5, 99.0])
    return float(low), float(max(high, low + 0.05))


@st.cache_resource(max_entries=48, show_spinner=False)
def sheet(folder: str, sha: str, rows: tuple[int, ...]) -> tuple[bytes, str]:
    """Patches side by side in one picture, and its kind; they keep the order of `rows`."""
    patches = state.reopened(folder, sha).patches
    low, high = display_window(folder, sha)
    side = patches.shape[1]
    lines = max(1, -(-len(rows) // COLUMNS))
    whole = np.zeros((lines * side, min(COLUMNS, max(1, len(rows))) * side), np.uint8)
    for number, row in enumerate(rows):
        top, left = number // COLUMNS * side, number % COLUMNS * side
        shown = pictures.grey(patches[row], low=low, high=high)
        whole[top : top + side, left : left + side] = shown
    if max(whole.shape) > 16_000:  # WebP ends at 16,383 px a side
        return pictures.png(whole), "png"
    return pictures.webp(whole, quality=85), "webp"


@st.cache_resource(max_entries=64, show_spinner=False)
def part(folder: str, sha: str, number: int) -> bytes:
    """A part of the sheet of all patches of a run, as WebP: rows from number * PART on."""
    patches = state.reopened(folder, sha).patches[number * PART : (number + 1) * PART]
    low, high = display_window(folder, sha)
    return pictures.webp(
        tiled(pictures.grey(patches, low=low, high=high), PART_COLUMNS), quality=85
    )


def tiled(shown: np.ndarray, columns: int) -> np.ndarray:
    """Pictures of one size (row, height, width) side by side in one, line after line."""
    count, side = len(shown), shown.shape[1]
    lines = max(1, -(-count // columns))
    whole = np.zeros((lines * columns, side, side), np.uint8)
    whole[:count] = shown
    stacked = whole.reshape(lines, columns, side, side).transpose(0, 2, 1, 3)
    return stacked.reshape(lines * side, columns * side)


def small_sheet(run: Run, rows: Sequence[int]) -> Sheet:
    """A few patches in the order given, inside the page itself."""
    content, kind = sheet(*state.key(run), tuple(int(row) for row in rows))
    return Sheet(pictures.url(content, kind), COLUMNS, run.patches.shape[1])


@st.cache_data(max_entries=16, show_spinner=False)
def tile_rows(folder: str, sha: str) -> tuple[int, ...]:
    """The key slice of every patient's largest lesion, in the order of patients."""
    rows = state.reopened(folder, sha).rows
    keys = rows[rows["key_slice"].astype(bool)]
    sizes = keys["short_axis_mm"].fillna(0.0)
    return tuple(int(row) for row in sizes.groupby(keys["patient_id"]).idxmax())


def tile_range_mm(folder: str, sha: str) -> tuple[float, float]:
    """The short axes between which tiles are to scale; beyond, they are as large as at the end."""
    run = state.reopened(folder, sha)
    sizes = run.rows.loc[list(tile_rows(folder, sha)), "short_axis_mm"]
    high = max(float(sizes.quantile(0.97)), 1e-6)
    return high * LEAST_TILE_PX / LARGEST_TILE_PX, high


@st.cache_resource(max_entries=16, show_spinner=False)
def tile_groups(folder: str, sha: str, who: Who) -> tuple[TileGroup, ...]:
    """Every patient's tile, grouped by N stage or label, largest first."""
    run = state.reopened(folder, sha)
    listed = tile_rows(folder, sha)
    own = run.rows.loc[list(listed)].assign(at=np.arange(len(listed)))
    if who != "everybody":
        own = own[(own["split"] == "train") == (who == "seen in training")]
    staged = "n_stage" in own and bool(own["n_stage"].notna().all()) and len(own) > 0
    own = own.assign(group=own["n_stage"] if staged else own["label"])
    shrunk = min(1.0, float(np.sqrt(MANY / max(len(own), 1))))
    px_per_mm = shrunk * LARGEST_TILE_PX / (ROOM * tile_range_mm(folder, sha)[1])
    groups = []
    for value, members in own.groupby("group", sort=True):
        stage = int(value)
        title = f"N{stage}" if staged else words.outcome_of(stage, run.words)
        colour = theme.STAGES[min(stage, 2)] if staged else theme.label_colour(stage)
        ordered = members.sort_values("short_axis_mm", ascending=False, kind="stable")
        tiles = tuple(_tile(run, one, title, px_per_mm, shrunk) for _, one in ordered.iterrows())
        groups.append(TileGroup(title, words.counted(len(tiles), "patient"), colour, tiles))
    return tuple(reversed(groups))


def _tile(run: Run, one: pd.Series, title: str, px_per_mm: float, shrunk: float) -> Tile:
    size = float(one["short_axis_mm"])
    side_px = float(np.clip(ROOM * size * px_per_mm, LEAST_TILE_PX, LARGEST_TILE_PX))
    known = size == size
    seen = one["split"] == "train"
    return Tile(
        patient=str(one["patient_id"]),
        at=int(one["at"]),
        cut_px=side_px / px_per_mm / answers.spacing_mm(run, int(one.name))[1] if known else 1e6,
        side_px=side_px if known else shrunk * BARE_TILE_PX,
        seen=bool(seen),
        says=f"{one['patient_id']} · {title}\n"
        + (f"largest {run.words.lesion} {words.mm(size)}" if known else run.words.lesion)
        + ("\nseen in training" if seen else "\nheld out"),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def slices_of(folder: str, sha: str, patient_id: str) -> tuple[Slice, ...]:
    """A patient's slices with their outlines; the patches themselves where there are none."""
    run = state.reopened(folder, sha)
    own = [entry for entry in run.slices if entry.patient_id == patient_id]
    if not own:
        return _patches_as_slices(run, patient_id)
    sizes = run.rows[run.rows["patient_id"] == patient_id].groupby("node")["short_axis_mm"].max()
    return tuple(
        Slice(
            picture=pictures.url(entry.path.read_bytes(), "webp"),
            spacing_mm=entry.spacing_mm,
            says=_slice_name(entry.slice_k),
            outlines=tuple(
                Drawn(
                    outline.node,
                    tuple(tuple((float(r), float(c)) for r, c in line) for line in outline.points),
                    _names(run, outline.node, float(sizes.get(outline.node, np.nan))),
                )
                for outline in entry.outlines
            ),
        )
        for entry in sorted(own, key=lambda entry: entry.slice_k)
    )


def _patches_as_slices(run: Run, patient_id: str) -> tuple[Slice, ...]:
    from skimage.measure import find_contours

    found = []
    for row, one in state.nodes_of(run.rows, patient_id).iterrows():
        lines = find_contours(np.pad(run.masks[row], 1).astype(float), 0.5)
        points = tuple(tuple((float(r) - 1, float(c) - 1) for r, c in line) for line in lines)
        name = _names(run, int(one["node"]), float(one["short_axis_mm"]))
        image = pictures.url(pictures.png(pictures.grey(run.patches[row]), side_px=0))
        outlines = (Drawn(int(one["node"]), points, name),) if points else ()
        found.append(Slice(image, answers.spacing_mm(run, int(row)), name, outlines))
    return tuple(found)


def first_slice(run: Run, slices: tuple[Slice, ...], chosen: state.Chosen) -> int:
    """The slice on which the chosen lesion's key slice lies."""
    wanted = _slice_name(chosen.slice_k)
    for number, one in enumerate(slices):
        if one.says == wanted:
            return number
    holds = [
        number
        for number, one in enumerate(slices)
        if any(outline.node == chosen.node for outline in one.outlines)
    ]
    return holds[0] if holds else 0


def _slice_name(slice_k: int) -> str:
    """Where in the scan a slice lies, told apart from its place among those that were kept."""
    return f"Slice {slice_k} of the scan"


def _names(run: Run, node: int, size: float) -> str:
    name = f"{words.capital(run.words.lesion)} {node}"
    return f"{name}, {words.mm(size)}" if size == size else name


def neighbour_items(
    run: Run, near: Sequence[tuple[int, float]], *, usual: float
) -> tuple[Item, ...]:
    """Neighbours for a picture row, each with size, label and distance in usual ones."""
    return tuple(
        Item(
            row=row,
            title=str(run.rows["patient_id"].iloc[row]),
            lines=places.neighbour_lines(run, row, distance, usual=usual),
            colour=theme.label_colour(int(run.rows["label"].iloc[row])),
        )
        for row, distance in near
    )


def station_items(run: Run, rows: Sequence[int]) -> tuple[Item, ...]:
    """Lesions that a way passes for a picture row: whose each is, which, how large, its label."""
    found = []
    for row in rows:
        one = run.rows.iloc[row]
        size = float(one["short_axis_mm"])
        name = f"{run.words.lesion} {int(one['node'])}"
        found.append(
            Item(
                row=int(row),
                title=str(one["patient_id"]),
                lines=(
                    f"{name}, {words.mm(size)}" if size == size else name,
                    words.outcome_of(int(one["label"]), run.words),
                ),
                colour=theme.label_colour(int(one["label"])),
            )
        )
    return tuple(found)


def plain_items(run: Run, rows: Sequence[int]) -> tuple[Item, ...]:
    """Patches for a picture row, without words."""
    return tuple(
        Item(
            row=int(row),
            title="",
            says=f"{run.rows['patient_id'].iloc[row]}, {run.words.lesion} "
            f"{run.rows['node'].iloc[row]}",
        )
        for row in rows
    )


def node_items(run: Run, own: pd.DataFrame) -> tuple[Item, ...]:
    """A patient's lesions for a picture row, outlined, with both axes."""
    found = []
    for row, one in own.iterrows():
        size, long = float(one["short_axis_mm"]), float(one["long_axis_mm"])
        found.append(
            Item(
                row=int(row),
                title=f"{words.capital(run.words.lesion)} {int(one['node'])}",
                lines=(f"{words.mm(long)} × {words.mm(size)}",) if size == size else (),
                outline=pictures.edge(run.masks[row]) if run.manifest.has_masks else "",
            )
        )
    return tuple(found)
