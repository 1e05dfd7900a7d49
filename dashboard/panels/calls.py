"""Panels of How good about single calls: wrong ones as pictures, and one size's lesions."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from core.evaluation.same_size import Lesions
from core.run import Run
from dashboard import calling, judging, parts, state, words
from dashboard.figures import pictures, tiles


@parts.fragment
def false_calls(run: Run) -> None:
    """Those wrongly flagged and those missed, as pictures that lead to Why, by size where known
    and by how many lesions their patients have."""
    found = calling.false_calls_of(run)
    lesion = run.words.lesion
    edges = calling.edges_of(run)
    names, numbers = calling.band_names(found, edges), calling.number_names(found)
    if names:
        chosen = st.segmented_control(
            f"Largest {lesion}", names, default=names[0], key="false_calls_band", required=True
        )
        found = calling.in_band(found, str(chosen), edges)
    if numbers:
        chosen = st.segmented_control(
            f"How many {run.words.lesions} the patient has",
            numbers,
            default=numbers[0],
            key="false_calls_number",
            required=True,
        )
        found = calling.of_number(found, str(chosen))
    for label, title, shows in (
        (0, "wrongly flagged", f"the most suspicious {lesion} of each"),
        (1, "missed", f"the largest {lesion} of each"),
    ):
        own = [one for one in found if one.label == label]
        st.markdown(f"**{words.counted(len(own), 'patient')} {title}**, {shows}")
        if own:
            _pictures(
                run,
                [one.row for one in own[: calling.SHOWN]],
                [
                    f"{one.patient_id} · score {one.score:.2f} · largest {words.mm(one.largest_mm)}"
                    for one in own[: calling.SHOWN]
                ],
            )
        if len(own) > calling.SHOWN:
            st.caption(f"The {calling.SHOWN} surest mistakes of {len(own)}.")


@parts.fragment
def same_size(run: Run) -> None:
    """A slider of size; lesions of that size in two rows, and who calls them."""
    found = calling.lesions(*state.key(run))
    if found is None:
        st.caption("This cohort has no outlines, so nothing can be said by size.")
        return
    least, most, first = calling.asked_sizes(found)
    unit = calling.unit_name(found)
    asked = st.slider(
        f"Short axis of the {run.words.lesions}, {unit}",
        least,
        max(most, least + 0.5),
        value=first,
        step=0.5,
        key=f"same_size_{unit}",
        persist_state="session",
    )
    size = asked * calling.unit_mm(found)
    st.markdown(calling.band_words(found, size, run.words))
    near = found.near(size)
    for kind, title in zip((True, False), calling.kinds(found, run.words), strict=True):
        every = near[found.positive[near] == kind]
        places = every[: calling.SHOWN]
        few = f", the {len(places)} nearest in size of {len(every)}" * (len(every) > len(places))
        st.markdown(f"**{words.capital(title)}**{few}")
        if not places.size:
            st.caption("None of this size among validation and test patients.")
            continue
        _pictures(
            run,
            found.rows[places].tolist(),
            [
                f"{words.mm(found.size_mm[at])} · score {found.score[at]:.2f} · "
                f"{calling.calls_words(found, int(at))} · "
                f"{'test' if found.tested[at] else 'validation'}"
                for at in places
            ],
        )
    st.html(tiles.wrapped(_counted(found, near)))
    if "esgar" in found.calls:
        st.caption(
            "The ESGAR rule asks for round, irregular and mixed ones: measured here, judged by eye "
            "by readers."
        )
    else:
        st.caption("Rules made for lymph nodes flag everything of this size, so they are left out.")


def _counted(found: Lesions, places: np.ndarray) -> list[str]:
    first, second = (
        ("malignant", "benign") if found.own_truth else ("of the first", "of the second")
    )
    return [
        tiles.tile_html(
            f"{caught} of {positives}",
            f"{first} ones flagged by the {calling.WHO[name]}",
            f"and {wrong} of {negatives} {second} ones; test patients only",
        )
        for name, (caught, positives, wrong, negatives) in found.caught(places).items()
    ]


def _pictures(run: Run, rows: Sequence[int], captions: Sequence[str]) -> None:
    """Patches side by side, each a link to Why."""
    shown = [
        f'<a href="./why?run={escape(run.name)}&row={row}" target="_self" '
        f'style="color: inherit; text-decoration: none">'
        + pictures.patch_html(
            run.patches[row],
            alt=caption,
            spacing_mm=judging.pixel_mm(run),
            side_px=160,
            mask=run.masks[row],
            letters=run.manifest.has_masks,
            caption=caption,
        )
        + "</a>"
        for row, caption in zip(rows, captions, strict=True)
    ]
    st.html(f'<div class="ls-strip">{"".join(shown)}</div>')
