"""What can be taken along of a walk: its strip on the page, and its files."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.latent.attributes import CM_FROM_MM, say_length
from dashboard import state
from dashboard.components.film_slider import Reel
from dashboard.figures import pictures
from dashboard.figures.window import windowed

if TYPE_CHECKING:
    from core.growth.trajectory import Trajectory

MARK = "SIMULATED"
STRIP = 9  # pictures of the film strip


def strip(walk: "Trajectory", film: Reel) -> None:
    """Some of the walk's pictures side by side, with what was asked and the score."""
    places = np.unique(np.linspace(0, len(walk.pictures) - 1, STRIP).round().astype(int))
    captions = [_caption(walk, film, at) for at in places]
    st.html(
        pictures.strip_html(
            windowed(walk.pictures[places], film.window),
            alts=[f"Simulated: {caption}" for caption in captions],
            captions=captions,
            mark=MARK,
        )
    )


def _caption(walk: "Trajectory", film: Reel, at: int) -> str:
    if walk.refused[at]:
        return f"{_amount(film, at)}, not to be trusted"
    score = f", score {walk.score[at]:.2f}" if np.isfinite(walk.score[at]) else ""
    return _amount(film, at) + score


def _amount(film: Reel, at: int) -> str:
    asked = float(film.asked[at])
    if film.unit == "mm":
        return say_length(asked, CM_FROM_MM if film.in_cm else 0.0)
    return f"{asked:.0f} %" if film.unit == "%" else f"{asked:.1f} {film.unit}".strip()


def files(walk: "Trajectory", name: str, *, key: str = "walk") -> None:
    """The walk as film, strip, stack and numbers; `key` tells two sets on a page apart."""
    from core.growth import film
    from core.growth.stack import nifti

    st.caption(
        "Every picture carries the word SIMULATED in its pixels, every file in its header. "
        "Research and teaching only."
    )
    offers = [
        ("Film (GIF)", film.gif, "gif", "image/gif"),
        ("Film (MP4)", film.mp4, "mp4", "video/mp4"),
        ("Strip (PNG)", film.strip, "png", "image/png"),
        ("Numbers (CSV)", film.csv, "csv", "text/csv"),
    ]
    if walk.spacing_mm is not None and state.run().manifest.has_masks:
        offers.insert(3, ("Stack (NIfTI)", nifti, "nii.gz", "application/gzip"))
    for place, (label, made, ending, kind) in zip(st.columns(len(offers)), offers, strict=True):
        place.download_button(
            label,
            partial(made, walk),
            f"{name}.{ending}",
            kind,
            key=f"{key}_{ending}",
            width="stretch",
        )
