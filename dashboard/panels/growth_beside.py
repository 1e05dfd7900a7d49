"""Beside a growth walk: what turns the call, lesions that were seen, the slice, a blind test."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Features, Patch, Patches
from core.latent.attributes import CM_FROM_MM
from core.run import Run
from dashboard import album, answers, controls, growing, parts, state, words
from dashboard.components.film_slider import Reel
from dashboard.components.picture_row import picture_row
from dashboard.figures import growth_story, pictures
from dashboard.figures.reel import first_crossings
from dashboard.figures.window import windowed
from dashboard.panels import growth_saved, walks
from dashboard.panels.chart import chart
from dashboard.panels.takeaway import MARK

if TYPE_CHECKING:
    import pandas as pd

    from core.growth.trajectory import Trajectory


@parts.fragment
def turning(run: Run, chosen: state.Chosen) -> None:
    """The smallest plausible change that turns this lesion's call, beside a real one."""
    lesion = run.words.lesion
    parts.section(
        "What would turn this call?",
        "Smallest change of this picture that flips this model: a fact about the model, and not "
        f"about {run.words.lesions}.",
    )
    found = growing.flip(*state.key(), chosen.row)
    threshold = float(run.preprocessing["node_threshold"])
    if answers.ruler_holds(*state.key()):
        said = words.capital(found.words(growing.spread(*state.key())))
    else:
        said = f"A change of {found.size_sd:.1f} standard deviations of training codes"
    before, after, edge = words.told_apart(found.score_before, found.score_after, threshold)
    moved = f"score {before} → {after}, threshold {edge}"
    if found.found:
        st.markdown(
            f"**{said}**: {moved}. Here the changed picture is given to the model anew, as a scan "
            "would be, and more than its size may change. The large score above is that of the "
            "code a picture is drawn from, so the two need not change the call at the same size. "
            + _of_patient(run, chosen)
        )
    else:
        st.markdown(
            "No change within what training patients showed turns this call. The furthest "
            f"plausible one ({said.lower()}) leaves the {moved}."
        )
    synthetic = "SYNTHETIC" if run.manifest.synthetic else ""
    shown, titles = [run.patches[chosen.row], found.picture], ["The scan", "The same, changed"]
    marks = [synthetic, MARK]
    real = growing.nearest_real(run, found, chosen.row)
    if real is not None:
        one = state.at(real)
        shown.append(run.patches[real])
        origin = words.from_patient(one.label, run.words)
        titles.append(f"Nearest observed {lesion} called otherwise, {origin}")
        marks.append(synthetic)
    whole = row_of(run, np.stack(shown), titles, marks, row=chosen.row)
    growth_saved.flip_files(run, found, whole, titles, marks, row=chosen.row)


def _of_patient(run: Run, chosen: state.Chosen) -> str:
    """Whether the flip turns the patient's call too, a fact of its own."""
    turned = growing.patient_turned(*state.key(), chosen.row)
    many = len(state.nodes_of(run.rows, chosen.patient_id))
    if many < 2:
        return f"The patient's call {'turns with it' if turned else 'stays as it is'}."
    return (
        f"The patient's call, on all {many} {run.words.lesions} together, "
        f"{'turns with it' if turned else 'stays as it is'}."
    )


def again(run: Run, scores: Features | None, film: Reel) -> None:
    """Where the call changes by heads fitted on training patients drawn again, or why none is."""
    found = growing.heads(*state.key())
    if not np.isfinite(film.score).any():
        return
    if found is None or scores is None:
        st.caption(walks.no_band_words(run.settings.head.kind))
        return
    trusted = np.array([not note for note in film.notes])
    at = first_crossings(film.asked, np.where(trusted, scores, np.nan), found.calls)
    st.caption(walks.again_words(at, film))


def seen(run: Run, found: "pd.DataFrame", *, row: int) -> None:
    """The walk's score beside that of the nearest observed lesions of each size."""
    parts.section(
        "Does this hold in what was seen?",
        f"At each size the five {run.words.lesions} of other patients whose codes lie nearest to "
        "the walk, with the model's scores of them.",
    )
    if len(found) < 2:
        st.caption(f"Too few observed {run.words.lesions} of these sizes to compare with.")
        return
    threshold = float(run.preprocessing["node_threshold"])
    chart(
        growth_story.observed(
            found,
            threshold=threshold,
            lesions=run.words.lesions,
            in_cm=bool(found["size_mm"].max() >= CM_FROM_MM),
        ),
        key="growth_observed",
        alt="Score of the walk and of the nearest observed lesions at each size",
    )
    st.markdown(
        f"At **{within(found)} of {len(found)}** sizes the walk's score lies within the range of "
        "the observed ones."
    )
    title = f"Score of the walk and of the nearest observed {run.words.lesions} at each size"
    kept = found.drop(columns="rows")
    growth_saved.numbers_file(run, kept, title, name=f"row{row}-observed")


def within(found: "pd.DataFrame") -> int:
    """At how many sizes the walk's score lies within the range of the nearest observed ones."""
    return int(((found["walk"] >= found["low"]) & (found["walk"] <= found["high"])).sum())


def believed(run: Run, found: "pd.DataFrame") -> str:
    """The same in few words, to stand beside the score."""
    if len(found) < 2:
        return f"Too few observed {run.words.lesions} to hold it against"
    return (
        f"Within what observed {run.words.lesions} score at {within(found)} of {len(found)} sizes"
    )


def placed(run: Run, chosen: state.Chosen, picture: Patch, *, refused: str = "") -> None:
    """The changed picture back in its slice; `refused` says why it is not to be trusted."""
    with st.expander("Back in its slice", icon=":material/photo_size_select_large:"):
        if refused:
            st.caption(f"Not shown: this step is not to be trusted. {refused}")
            return
        found = growing.in_slice(run, chosen.row, picture)
        if found is None:
            st.caption("This run keeps no picture of that slice on the grid of its patches.")
            return
        whole, corner = found
        from core.growth.film import png

        drawn = growth_story.marked_slice(whole, corner, picture.shape[0])
        st.image(
            drawn,
            width="stretch",
            caption="SIMULATED change of appearance inside the frame; everything else is the "
            + ("synthetic scan." if run.manifest.synthetic else "scan."),
        )
        st.download_button(
            "Slice (PNG)",
            lambda: png(drawn),
            f"{run.name}-row{chosen.row}-simulated-slice.png",
            "image/png",
        )


def likely(walk: "Trajectory") -> None:
    """How far each step of a walk between two lesions goes, and how usual what it passes is."""
    chart(
        growth_story.step_sizes(walk.hops, walk.changes, walk.typicality),
        key="growth_steps",
        alt="Step sizes along the walk and distance from training codes",
    )


def through(run: Run, rows: tuple[int, ...]) -> None:
    """Which observed lesions the way by neighbours passes, in order, as pictures with names."""
    if not rows:
        parts.note("No other one lies on the way: the two are each other's near neighbours.")
        return
    seen = run.words.lesions if len(rows) > 1 else run.words.lesion
    parts.note(
        f"Through **{len(rows)}** observed {seen}, in this order; between them every picture is "
        "the model's own."
    )
    picture_row(
        album.station_items(run, rows),
        sheet=album.small_sheet(run, rows),
        key="growth_through",
        on_pick=controls.row_picker("growth_through"),
    )


def row_of(run: Run, shown: Patches, titles: list[str], marks: list[str], *, row: int) -> Patches:
    """Pictures of one lesion side by side, in one window; as they are shown, in [0, 1]."""
    window = (0.0, 1.0) if not len(shown) else tuple(np.quantile(shown, [0.005, 0.995]))
    whole = windowed(shown, window)
    parts.picture(
        pictures.row_html(
            [
                pictures.patch_html(
                    patch,
                    alt=title,
                    spacing_mm=answers.pixel_mm(run, row),
                    side_px=320,
                    letters=run.manifest.has_masks,
                    caption=title,
                    mark=mark,
                )
                for patch, title, mark in zip(whole, titles, marks, strict=True)
            ]
        )
    )
    return whole
