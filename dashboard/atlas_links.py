"""What the Atlas hands to its map: links to columns and pictures, and the map in words."""

import re
from urllib.parse import quote, urlencode

import pandas as pd

from core.arrays import Labels
from core.latent.attributes import attribute_words, spoken_unit
from core.run import Run
from dashboard import album, atlas_packs, cartography, page_link, state, words
from dashboard.components.atlas_map import Links, Shape
from dashboard.figures import points as mapping

SIZE = "short_axis_mm"
VIEW = "atlas_view"
VIEW_WORD = re.compile(r"(-?\d{1,3}(\.\d{1,3})?_){5}(\d{1,3}(\.\d{1,3})*)?", re.ASCII)


def links(run: Run, layout: mapping.Layout, colour_by: str, *, forming: bool) -> Links:
    """Every link carries the weights' digest, so that a browser may keep what it fetched."""
    asked = cartography.grouped()
    own = {"of": state.key(run)[1][:16]}
    laid = {**own, "layout": layout}
    tied = laid if layout == mapping.NAMED else own  # to the neighbours in what is shown
    coloured = {**own, "by": colour_by}
    if colour_by == mapping.CLUSTER:
        coloured |= {"method": asked.method, "over": asked.over, "k": str(asked.k)}
    coloured["layout"] = layout if colour_by in mapping.TRUSTS else mapping.WHOLE
    flat = len(mapping.COLUMNS[layout]) == 2
    return Links(
        rows=_link(run, "rows", tied),
        near=_link(run, "near/{row}", tied),
        lines=_link(run, "lines", own),
        places=_link(run, "places", laid),
        colours=_link(run, "colours", coloured),
        pictures=_link(run, "pictures/{part}", own),
        grid=_link(run, "grid", laid) if flat else "",
        forming=_link(run, "forming", laid) if forming else "",
        between=_link(run, "between", {"layout": layout}),
    )


def shape(run: Run) -> Shape:
    """How the pictures lie in their sheets."""
    return Shape(run.patches.shape[1], album.PART, album.PART_COLUMNS, atlas_packs.GRID)


def label(run: Run, layout: mapping.Layout, colour_by: str) -> str:
    """The map in words, with its keys."""
    return (
        f"Map of {len(run.rows):,} pictures of {run.words.lesions}, {layout}, coloured by "
        f"{mapping.colour_title(colour_by, run)}. Arrow keys walk from point to point, N visits "
        "a point's true neighbours, Enter "
        "chooses, Space takes a point into the selection, plus and minus zoom, Control Z undoes. "
        "The same as a table stands below."
    )


def table(run: Run, layout: mapping.Layout, labels: Labels) -> pd.DataFrame:
    """The map as a table: every patch with its place, for who cannot or will not see it.

    Args:
        run: Whose.
        layout: Which map.
        labels: Every patch's group from 0, -1 for none.
    """
    found = cartography.positions(*state.key(run), layout)
    placed = {axis: found[:, at].round(3) for at, axis in enumerate("xyz"[: found.shape[1]])}
    in_none = (labels < 0).any()  # HDBSCAN alone leaves some out
    named = [str(one + 1) if one >= 0 else "in none" for one in labels.tolist()]
    return spoken(run).assign(**placed, group=named if in_none else labels + 1)


def spoken(run: Run) -> pd.DataFrame:
    """Whose patch, which lesion, how large, which outcome and split, in the cohort's words."""
    rows = run.rows
    shown = {"patient": rows["patient_id"].astype(str), run.words.lesion: rows["node"]}
    if SIZE in rows:
        unit, per = spoken_unit(SIZE, rows)
        shown[f"{attribute_words(SIZE)} ({unit})"] = (rows[SIZE] / per).round(2)
    return pd.DataFrame(
        shown
        | {
            "outcome": rows["label"].map(lambda label: words.outcome_of(int(label), run.words)),
            "split": rows["split"],
        }
    )


def linked_view() -> str:
    """How the map looks when it opens: as the link says, or as the session put it there; "" whole.

    Scale, middle in shares of the map, turn, and the numbers of the names that are shown alone:
    what `components/atlas_map/src/viewing.ts` writes and reads. Another run's view is forgotten.
    """
    word = page_link.linked_word(VIEW)
    if VIEW_WORD.fullmatch(word):
        state.remember(VIEW, (state.key(), word))
    of, word = state.recall(VIEW) or ((), "")
    if of != state.key():
        return ""
    page_link.link_word(VIEW, word)
    return word


def view_linked() -> None:
    """The map's view is asked into the link; what is no such word is not."""
    word = (state.recall("atlas_map") or {}).get("viewed")
    if isinstance(word, str) and VIEW_WORD.fullmatch(word):
        state.remember(VIEW, (state.key(), word))


def _link(run: Run, what: str, asked: dict[str, str]) -> str:
    return f"lymphoscape/atlas/{quote(run.name, safe='')}/{what}?{urlencode(asked)}"
