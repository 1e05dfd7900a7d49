"""The way from A to B in the Growth page's link, so that whoever opens it walks the same way.

The two sets stand there as on the Atlas (`?a=...&b=...`), and only while that way is walked; where
B is the rest of all patches, A stands alone.
"""

import streamlit as st

from core.run import Run
from dashboard import cartography, page_link, selections, state

TO_B, TO_THE_REST = "from A to B", "from A to the rest"  # as the walk is called in its choice


def follow(run: Run) -> None:
    """Take up the way that the link names, once; one that cannot be gone says so."""
    asked = [page_link.linked_word(which) for which in ("a", "b")]
    # a link to a run that is not here names that one's rows
    if not asked[0] or state.recall("lost_run"):
        chosen = st.query_params.get("growth_direction", "").lower()
        if chosen in (TO_B.lower(), TO_THE_REST.lower()) and selections.own_direction() is None:
            st.warning("The link's walk from A to B is not in it, so another one is shown.")
        return
    found = selections.linked(asked)
    if found is None:
        return
    from core.errors import LatentError
    from core.latent.selection import direction_name

    a, b = found
    to = b or selections.rest(a)
    try:
        state.latent_space(run).direction(direction_name(a, to, len(run.rows)))
    except LatentError as error:
        st.warning(f"The link's way from A to B cannot be walked: {error}")
        return
    selections.make_direction(a, to)
    if state.recall("selection_a") is None:
        cartography.select(a, b)
        state.remember("atlas_ask", "selections")


def write(run: Run, direction: str | None) -> None:
    """Put the way that is walked into the link, or say that it cannot; others take it out."""
    from core.latent.selection import PREFIX, leads_to_the_rest

    walked = direction is not None and direction.startswith(PREFIX)
    texts = direction.removeprefix(PREFIX).split(":") if direction is not None and walked else []
    if direction is not None and walked and leads_to_the_rest(direction, len(run.rows)):
        texts = texts[:1]
    shown = [selections.in_link(text) for text in texts]
    fits = None not in shown
    for which, word in zip(("a", "b"), [*shown, "", ""], strict=False):
        if word and fits:
            page_link.link_word(which, word)
        elif which in st.query_params:
            del st.query_params[which]
    if fits:
        return
    place = st.container(horizontal=True, vertical_alignment="center")
    place.warning(
        "This page's link cannot carry this walk: A and B are too long for it. Whoever opens it "
        "sees another walk.",
        icon=":material/link_off:",
    )
    place.button(
        "Keep A and B on this server for the link",
        icon=":material/link:",
        on_click=selections.keep,
        args=(tuple(texts),),
        help="Rows alone are kept, no names. Who opens the link on this server walks this way.",
    )
