"""Selections of a session: in its link, under names it gives them, as files, and compared.

Both selections stand in the link while they fit (`?a=...&b=...`): rows and nothing else. One that
is too long is kept on the server when somebody asks for it, and the link then names it.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.arrays import Patch, Patches
from core.errors import LymphoscapeError
from core.run import Run
from dashboard import album, cartography, later, state, words
from dashboard.figures import pair, pictures, selection_sheet

if TYPE_CHECKING:
    from core.latent.contrast import Effect

LONGEST_LINK = 1500  # letters of a selection; some programs cut links at 2,000
KEPT = "~"  # before the name of a selection that is kept on the server; no base64 begins so
MOST_IN_FOLDER = 5000  # patches in a zip: 40 MB, made while one waits
PIECE = 4096  # patches read at once
STEPS = 7  # pictures on the way from A to B
SAME_PIXEL = 0.01  # share of its side by which a pixel may differ from others for one scale bar


@dataclass(frozen=True)
class Compared:
    """Two sets of patches side by side.

    Attributes:
        means: Mean picture of A and of B, (2, height, width).
        effects: Measured attributes, B less A first by size of the effect, p corrected.
        way: The way from A's mean code to B's, both ends drawn; nothing where it cannot be gone.
        pixel_mm: Side of a pixel in all of these patches; None where they differ.
    """

    means: Patches
    effects: "tuple[Effect, ...]"
    way: Patches | None
    pixel_mm: float | None


def follow_link() -> None:
    """Take A and B from the link where the session has none yet; a broken link says so."""
    if state.recall("selection_a") is not None or state.recall("selection_link_read"):
        return
    state.remember("selection_link_read", True)
    asked = [st.query_params.get(which, "") for which in ("a", "b")]
    found = linked(asked) if any(asked) else None
    if found is not None:
        cartography.select(*found)
        if "atlas_ask" not in st.query_params:  # a link that asks something keeps its question
            state.remember("atlas_ask", "selections")


def linked(asked: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """A and B as a link names them, nobody in both; None, and a warning, where it is broken."""
    from core.latent.kept import read_kept_rows
    from core.latent.selection import read_rows

    run = state.run()
    try:
        texts = [read_kept_rows(run, text[1:]) if text.startswith(KEPT) else text for text in asked]
        a, b = (read_rows(text, len(run.rows)) for text in texts)
    except LymphoscapeError as error:
        st.warning(str(error))
        return None
    if both := set(a) & set(b):
        twice = words.counted(len(both), "patch", "patches")
        st.warning(f"The link has {twice} in A and in B at once; B is shown without.")
    return a, tuple(row for row in b if row not in both)


def write_link() -> bool:
    """Put A and B into the link; False where one is too long and was not kept for it."""
    fits = True
    for which, text in _texts().items():
        shown = in_link(text)
        fits = fits and shown is not None
        if shown:
            if st.query_params.get(which) != shown:
                st.query_params[which] = shown
        elif which in st.query_params:
            del st.query_params[which]
    return fits


def in_link(text: str) -> str | None:
    """A set as it stands in a link; None where it is too long and was not kept on the server."""
    if len(text) <= LONGEST_LINK:
        return text
    kept = state.recall(_link_key(text))
    return f"{KEPT}{kept}" if kept else None


def keep_for_link() -> None:
    """Keep on this server what is too long for a link, so that the link can name it."""
    keep(tuple(_texts().values()))


def keep(texts: Sequence[str]) -> None:
    """Keep sets, as `selection.write_rows` writes them, on this server if no link holds them."""
    from core.latent.kept import keep_rows

    for text in texts:
        if len(text) > LONGEST_LINK:
            state.remember(_link_key(text), keep_rows(state.run(), text))


def _texts() -> dict[str, str]:
    from core.latent.selection import write_rows

    count = len(state.run().rows)
    return {which: write_rows(cartography.selected(which), count) for which in ("a", "b")}


def _link_key(text: str) -> str:
    return f"link-{state.key()[1][:8]}-{zlib.crc32(text.encode('ascii'))}-{len(text)}"


def rest(a: Sequence[int]) -> tuple[int, ...]:
    """All rows but these."""
    kept = np.ones(len(state.run().rows), dtype=bool)
    kept[list(a)] = False
    return tuple(np.flatnonzero(kept).tolist())


def compared(run: Run, a: Sequence[int], b: Sequence[int]) -> "Compared | later.Asked":
    """A and B compared: pictures, attributes, the way between them; or how far that is."""
    from core.latent.selection import write_rows

    texts = (write_rows(rows, len(run.rows)) for rows in (a, b))
    return later.ask(_compared, *state.key(run), *texts)


# keyed by the sets as texts: streamlit would hash tuples of numbers one by one
@st.cache_resource(max_entries=16, show_spinner=False)
def _compared(folder: str, sha: str, a: str, b: str) -> Compared:
    from core.errors import UndefinedDirection
    from core.latent.contrast import contrast, corrected
    from core.latent.selection import PREFIX, between_means, read_rows

    run = state.reopened(folder, sha)
    space, count = state.latent_space(run), len(run.rows)
    sets = [np.asarray(read_rows(text, count), dtype=np.int64) for text in (a, b)]
    first, second = (_members(rows, count) for rows in sets)
    found = contrast(run.rows, second, first, attributes=space.measured, seed=space.seed)
    try:
        space.direction(f"{PREFIX}{a}:{b}")
    except UndefinedDirection:
        way = None
    else:
        way = state.model(run).decode(
            between_means(run.codes, *(one.tolist() for one in sets), steps=STEPS)
        )
    means = np.stack([_mean_picture(run, rows) for rows in sets])
    pixel_mm = shared_pixel_mm(run, np.concatenate(sets))
    return Compared(means, corrected([found])[0], way, pixel_mm)


def _mean_picture(run: Run, rows: NDArray[np.int64]) -> Patch:
    """The mean of some patches, read piece by piece; of most of a run by what the others leave."""
    count = len(run.patches)
    if 2 * len(rows) <= count:
        return np.asarray(_summed(run.patches, rows) / len(rows), dtype=np.float32)
    others = np.setdiff1d(np.arange(count), rows)
    whole = _whole_sum(*state.key(run))
    return np.asarray((whole - _summed(run.patches, others)) / len(rows), dtype=np.float32)


@st.cache_resource(max_entries=8, show_spinner=False)
def _whole_sum(folder: str, sha: str) -> NDArray[np.float64]:
    patches = state.reopened(folder, sha).patches
    return _summed(patches, np.arange(len(patches)))


def _summed(patches: Patches, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.zeros(patches.shape[1:])
    for first in range(0, len(rows), PIECE):
        total += patches[rows[first : first + PIECE]].sum(0, dtype=np.float64)
    return total


def shared_pixel_mm(run: Run, rows: NDArray[np.int64]) -> float | None:
    """Side of a pixel that these rows' patches share; None where they differ or none is known.

    A run whose patches keep their scans' own pixels may hold some of 0.4 mm and some of 0.8.
    """
    if not run.manifest.has_masks or not len(rows):
        return None
    affines = np.array(run.grid["affine"].iloc[rows].tolist(), dtype=np.float64).reshape(-1, 4, 4)
    sides = np.linalg.norm(affines[:, :3, :2], axis=1)
    alike = bool(np.ptp(sides, axis=0).max() <= SAME_PIXEL * sides.mean())
    return float(sides.mean()) if alike else None


def own_direction() -> str | None:
    """The name of the direction this session made of A and B, for the Growth page."""
    name = state.recall("own_direction")
    return (
        name if isinstance(name, str) and state.recall("own_direction_of") == state.key() else None
    )


def make_direction(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Make the way from A to B a direction of this session."""
    from core.latent.selection import direction_name

    state.remember("own_direction", direction_name(a, b, len(state.run().rows)))
    state.remember("own_direction_of", state.key())


def saved() -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Selections that this session kept of this run, by name."""
    found: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = state.recall(_saved_key(), {})
    return found


def save() -> None:
    """Keep A and B under the name in the field, in this session."""
    name = str(state.recall("selection_name") or f"Selection {len(saved()) + 1}")
    both = (cartography.selected("a"), cartography.selected("b"))
    state.remember(_saved_key(), {**saved(), name: both})


def restore(name: str) -> None:
    """Take a kept selection up again."""
    cartography.select(*saved()[name])


def csv(run: Run, a: Sequence[int], b: Sequence[int]) -> str:
    """Every selected row with all that is known of it, and the set it is in."""
    table = run.rows.iloc[[*a, *b]]
    return table.assign(set=["A"] * len(a) + ["B"] * len(b)).to_csv(index=False)


def sheet_png(run: Run, a: Sequence[int], b: Sequence[int]) -> bytes:
    """The patches of A and below them those of B as one PNG that says how many it holds."""
    low, high = album.display_window(*state.key(run))
    return selection_sheet.png(
        [
            selection_sheet.Part(
                name,
                colour,
                pictures.grey(run.patches[list(rows[: selection_sheet.MOST])], low=low, high=high),
                len(rows),
            )
            for name, colour, rows in zip("AB", pair.COLOURS, (a, b), strict=True)
            if rows
        ],
        synthetic=run.manifest.synthetic,
    )


def folder(run: Run, a: Sequence[int], b: Sequence[int]) -> bytes:
    """The selected patches as a zip of NIfTI files, at most 5,000 of them."""
    from core.latent.selection_files import patch_folder

    return patch_folder(run, {name: rows for name, rows in (("A", a), ("B", b)) if rows})


def _members(rows: Sequence[int], count: int) -> NDArray[np.bool_]:
    found = np.zeros(count, dtype=bool)
    found[list(rows)] = True
    return found


def _saved_key() -> str:
    return f"saved_selections-{state.key()[1][:8]}"
