"""Panel of Why to paint on one lesion's picture while the model answers every stroke."""

from urllib.parse import quote

import streamlit as st

from core.explain.explanation import Variant
from core.run import Run
from dashboard import answers, brushing, parts, state
from dashboard.components.brush import Easel, brush
from dashboard.figures.window import window_of
from dashboard.panels import why_methods
from dashboard.panels.why import ALWAYS, name_of
from dashboard.ways import quick_for


def painting(run: Run, variant: Variant) -> None:
    """One lesion to paint on; the model answers every stroke, by the chosen way if it is quick."""
    chosen, way = state.chosen(), quick_for(variant)
    st.caption(f"Painted on: {name_of(run, chosen.row, sized=True)}.")
    patch, mask = run.patches[chosen.row], run.masks[chosen.row]
    masked = run.manifest.has_masks
    brush(
        Easel(
            patch=patch,
            mask=mask if masked else None,
            score=float(run.rows["node_score"].iloc[chosen.row]),
            threshold=float(run.preprocessing["node_threshold"]),
            link=f"lymphoscape/painted/{quote(run.name, safe='')}/{chosen.row}/{way.key}",
            window=window_of(run.patches[[chosen.row]]),
            presets=brushing.presets(patch, mask) if masked else (),
            sides=masked,
            lesion=run.words.lesion,
            spacing_mm=answers.pixel_mm(run, chosen.row),
            file=f"painted-{run.name}-row{chosen.row}-{way.key.replace('_', '-')}.png",
            places=brushing.places(run),
        ),
        key="why_brush",
    )
    instead = (
        ""
        if way == variant
        else f" {variant.name} is too slow to follow a stroke; choose Grad-CAM or HiResCAM above "
        "to paint with one of these."
    )
    st.caption(
        f"A painted picture is a question to the model, not a patient. {ALWAYS} The map is "
        f"{way.name}, in the colours of the unpainted picture's map, so a map that fades or grows "
        f"shows it.{instead} It is not tested on what you paint: where "
        f"“{parts.link(why_methods.title(run))}” greys out {way.name} for this {run.words.lesion}, "
        "do not read it here either."
    )
