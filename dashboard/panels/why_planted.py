"""Panel of Why: maps of a network that is known to use one spot, so that right is known."""

import streamlit as st

from core.explain.explanation import Variant
from core.explain.lesson import kept_lesson
from dashboard import parts
from dashboard.figures import heat_planted
from dashboard.panels.why_files import save_picture, save_table


def planted(variant: Variant) -> None:
    """The lesson that comes with the program: pictures by the chosen method, and every method."""
    lesson = kept_lesson()
    if lesson is None:
        parts.empty(
            "The planted pictures did not come with this copy of the program.",
            "python -m tests.benchmarks.planted_maps --run RUN --out assets/planted",
        )
        return
    first = lesson.lines[0]
    st.html(heat_planted.pictures_html(lesson, variant))
    st.caption(
        f"Synthetic pictures, and maps of {first.network}. The bright spot (white ring, "
        f"{first.area:.1%} of the picture) lies beside every malignant lesion and beside no other; "
        "the dark one (dashed ring) lies beside half of either kind and decides nothing. Each "
        "picture has its own colour scale. Grad-CAM averages slopes over the whole picture before "
        "it looks at places, so what one place alone decides can be lost."
    )
    save_picture(
        "Planted pictures (PNG)",
        lambda: heat_planted.pictures_png(lesson, variant),
        f"why-planted-{variant.key.replace('_', '-')}",
    )
    for network in lesson.seen:
        st.markdown(heat_planted.sentence(lesson, network))
        st.html(heat_planted.lines_html(lesson, network))
    usual = heat_planted.usual_in_words(lesson)
    if usual:
        st.markdown(usual)
    st.caption(
        f"{first.lesions} held-out pictures with the spot, synthetic; in brackets 95% intervals by "
        f"patient. The goal is {heat_planted.FAIR:.0f} times the spot's area and at most a third "
        "of that share on the decoy. A blob in the middle puts "
        f"{first.blob:.1%} on the spot, an edge detector {first.edges:.1%}. Measured by "
        f"`{lesson.command}`."
    )
    save_table("Planted lesson (CSV)", lambda: heat_planted.csv(lesson), "why-planted")
