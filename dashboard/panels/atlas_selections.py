"""Two selections on the Atlas: what is in them, what sets them apart, and the way between."""

from functools import partial

import streamlit as st

from core.run import Run
from dashboard import (
    album,
    cartography,
    controls,
    later,
    parts,
    selections,
    state,
    words,
)
from dashboard.components.picture_row import picture_row
from dashboard.figures import groups, pair, pictures, selection_sheet
from dashboard.panels.chart import chart

GROWTH = "views/growth.py"
SHOWN = 16  # patches of a selection on the page; the file holds all of them


def show(run: Run, *, fits: bool) -> None:
    """The whole section; `fits` says whether the link holds both selections."""
    a, b = cartography.selected("a"), cartography.selected("b")
    parts.section(
        "Selections A and B",
        "Lasso or box on the map, or take a group, a patient or neighbours: A first, then B.",
    )
    if a or b:
        _compare(run, a or b, b if a else (), "A" if a else "B")
        _files(run, a, b, fits=fits)
    else:
        st.info("Nothing is selected yet.", icon=":material/gesture:")
    _kept()


def _compare(run: Run, a: tuple[int, ...], b: tuple[int, ...], first: str) -> None:
    second = "B" if b else "the rest"
    other = b or selections.rest(a)
    left, right = st.columns(2)
    for box, name, rows in ((left, first, a), (right, second, other)):
        with box, st.container(border=True):
            parts.card_title(words.capital(name), pair.COLOURS[0 if rows is a else 1])
            parts.facts(groups.selection_facts(run, rows))
            picture_row(
                album.plain_items(run, rows[:SHOWN]), sheet=album.small_sheet(run, rows[:SHOWN]),
                key="caught" if rows is a else "caught_b",
                on_pick=controls.row_picker("caught" if rows is a else "caught_b"), width_rem=4.6,
            )  # fmt: skip
            if len(rows) > SHOWN:
                st.caption(f"The first {SHOWN} of {len(rows):,}, in the order of the run's table.")
    if not other:
        return
    found = selections.compared(run, a, other)
    if isinstance(found, later.Asked):
        later.wait(found, f"Comparing {first} with {second}")
        return
    _pictures(run, found, first, second)
    parts.section(f"What sets {second} apart from {first}")
    st.caption(pair.drawn_words(run.rows, a, other, first, second))
    if found.effects:
        chart(
            pair.effects(found.effects, run.rows),
            key="pair_effects",
            alt=pair.effects_words(found.effects),
        )
        st.caption(
            "Difference in standard deviations (Cohen's d) with its 95 % interval by resampling "
            "patients; hollow marks do not stand after correction for the number of comparisons."
        )
        st.download_button(
            "Save the effects (CSV)", partial(pair.effects_csv, found.effects, first, second),
            file_name=f"{run.name}-effects.csv", mime="text/csv", icon=":material/download:",
        )  # fmt: skip
    else:
        st.caption("Too few patients on one side to compare attributes (five are needed).")
    _way(run, found, a, other, first, second)


def _pictures(run: Run, found: selections.Compared, first: str, second: str) -> None:
    window = album.display_window(*state.key())
    boxes = st.columns(3)
    for box, picture, name in zip(boxes, found.means, (first, second), strict=False):
        with box:
            parts.picture(
                pictures.patch_html(
                    picture, alt=f"Mean picture of {name}", window=window,
                    spacing_mm=found.pixel_mm, letters=run.manifest.has_masks,
                    caption=f"Mean picture of {name}",
                )
            )  # fmt: skip
    with boxes[2]:
        parts.picture(
            pair.difference_html(found.means[1] - found.means[0], f"{second} less {first}")
        )
    if run.manifest.has_masks and found.pixel_mm is None:
        st.caption("Pixels of these patches differ in size, so mean pictures have no scale bar.")
    st.download_button(
        "Save the three pictures (PNG)",
        partial(pair.means_png, found.means, (first, second), window,
                synthetic=run.manifest.synthetic),
        file_name=f"{run.name}-means.png", mime="image/png", icon=":material/image:",
    )  # fmt: skip


def _way(
    run: Run, found: selections.Compared, a: tuple[int, ...], b: tuple[int, ...], first: str,
    second: str,
) -> None:  # fmt: skip
    if found.way is None:
        return
    parts.section(
        f"From {first} to {second}", "Drawn by the model along the line between their mean codes."
    )
    window = album.display_window(*state.key())
    parts.picture(pair.way_html(found.way, first, second, window=window))
    st.caption(
        f"On Growth the chosen {run.words.lesion} itself is changed by the difference between "
        f"{first} and {second}. That difference is taken from patches of training patients alone "
        f"if {first} and {second} hold at least three of those each, and else from all of their "
        "patches."
    )
    if st.button(
        "Use this way on the Growth page", key="make_direction", icon=":material/moving:",
        on_click=selections.make_direction, args=(a, b),
    ):  # fmt: skip
        # a link of its own: Streamlit refuses to empty one that holds what widgets chose; the
        # sets are put into it by Growth, which knows when they are walked
        st.switch_page(GROWTH, query_params={"run": run.name, "row": str(state.row())})


def _files(run: Run, a: tuple[int, ...], b: tuple[int, ...], *, fits: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "Save the list (CSV)", partial(selections.csv, run, a, b), icon=":material/download:",
            file_name=f"{run.name}-selection.csv", mime="text/csv",
        )  # fmt: skip
        st.download_button(
            "Save the pictures (PNG)", partial(selections.sheet_png, run, a, b),
            icon=":material/image:", file_name=f"{run.name}-selection.png", mime="image/png",
            help=f"A and B one below the other, the first {selection_sheet.MOST} of each; the "
            "picture says of how many.",
        )  # fmt: skip
        if run.manifest.has_masks:
            st.download_button(
                "Save the patches (NIfTI)", partial(selections.folder, run, a, b),
                icon=":material/folder_zip:", file_name=f"{run.name}-selection.zip",
                mime="application/zip", disabled=len(a) + len(b) > selections.MOST_IN_FOLDER,
                help=f"A zip: every patch and its mask as .nii.gz, placed in mm, and a list. "
                f"At most {selections.MOST_IN_FOLDER:,} patches.",
            )  # fmt: skip
        st.text_input("Name", key="selection_name", placeholder="Name it", max_chars=60)
        st.button("Keep it in this session", icon=":material/bookmark:", on_click=selections.save)
    if fits:
        st.caption("The page's link restores both selections.")
        return
    st.caption("The selection is too long for a link; keep it on this server, or save the list.")
    st.button(
        "Keep it on this server for the link", icon=":material/link:", key="keep_for_link",
        on_click=selections.keep_for_link,
        help="Rows alone are kept, no names. Who opens the link on this server sees them.",
    )  # fmt: skip


def _kept() -> None:
    names = selections.saved()
    if names:
        with st.container(horizontal=True):
            for name, (a, b) in names.items():
                st.button(
                    f"{name} ({len(a):,} and {len(b):,})", key=f"restore-{name}",
                    on_click=selections.restore, args=(name,), icon=":material/restore:",
                )  # fmt: skip
