"""The panel of Growth in which one lesion changes along a direction."""

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.arrays import Patches
from core.latent.direction import Direction
from core.latent.selection import PREFIX, leads_to_the_rest
from core.run import Run
from dashboard import answers, growing, page_link, parts, state, twins, words
from dashboard.components.film_slider import (
    Later,
    ReelWords,
    film_later,
    film_said,
    film_slider,
)
from dashboard.figures import reel
from dashboard.panels import growth_beside as beside
from dashboard.panels import growth_python as python
from dashboard.panels import growth_trainings
from dashboard.panels.growth_added import (
    Added,
    added_words,
    asked_words,
    both_words,
    pick_added,
)
from dashboard.panels.growth_blind import blind
from dashboard.panels.growth_choices import pick_doubling_days, pick_keep, pick_way
from dashboard.panels.growth_missing import not_offered
from dashboard.panels.growth_saved import ORIGINAL, TWIN, step_file
from dashboard.panels.growth_truth import held_against_truth
from dashboard.panels.growth_turned import taken_along
from dashboard.panels.lively import TITLES, live_of
from dashboard.panels.presenting import jumped, jumper, presenting
from dashboard.panels.takeaway import files, strip
from dashboard.panels.walks import (
    SIZE,
    amount,
    anew_words,
    call_words,
    doubling_words,
    first_shown,
    hardly_changes,
    steps_of,
    unruled,
    way_words,
)

if TYPE_CHECKING:
    from core.growth.trajectory import Trajectory


@parts.fragment
def grow(run: Run, chosen: state.Chosen, direction: Direction) -> None:
    """One lesion along a direction: the slider, the strip, what else changed, the files."""
    jumped(chosen)
    row = st.container(key="growth-facts", horizontal=True, vertical_alignment="center")
    with row:
        parts.badges(_other_slice(run, chosen), parts.seen_badge(chosen), *kinds(run))
    with row.popover("Settings", icon=":material/settings:"):
        closed = st.toggle(
            "Correct the size on the delivered picture",
            True,
            key="growth_closed",
            persist_state="session",
            bind="query-params",
            help="Measures every picture and corrects the step until the ruler reads what was "
            "asked. Off shows what the direction alone delivers.",
        )
        keep = pick_keep(run)
        residual = keep != "nothing"
        asked = pick_way() if direction.name == SIZE else None
        added = pick_added(direction)
        if added is not None and keep == "blended":
            keep = "surroundings"  # a plain warp knows of nothing but size
        truth = (
            direction.name == SIZE
            and added is None
            and twins.offered(run)
            and st.toggle(
                "Show the truth twin",
                True,
                key="growth_twin",
                persist_state="session",
                bind="query-params",
                help="The cohort is synthetic: the same one, truly drawn larger.",
            )
        )
        doubling = pick_doubling_days(run) if direction.name == SIZE and not added else None
    steps = steps_of(direction, chosen.short_axis_mm)
    summed = None if added is None else added.summed(steps[-1])
    place = (*state.key(), chosen.row, direction.name, steps)
    alone, ruled = added is None, answers.ruler_mm(run, chosen.row) is not None
    readable = direction.name == SIZE and answers.readable(run, chosen.row)
    # of a sum a size is asked only where the ruler says whether it came
    sized = direction.name == SIZE and (alone or readable)
    usual = asked is None
    if readable and asked is None and closed:
        asked = answers.trusted_way(*place, keep=keep, summed=summed)
    walk = answers.walk(*place, closed=closed, keep=keep, way=asked, summed=summed)
    still = int(np.argmin(np.abs(steps)))
    again = growing.scores_again(run, chosen.row, walk.codes)
    warpable = sized and alone and ruled
    scored = bool(np.isfinite(walk.score).all())
    held = sized and alone and scored and not presenting()
    film = reel.reel_of(
        walk,
        original=run.patches[chosen.row] if residual else walk.pictures[still],
        threshold=float(run.preprocessing["node_threshold"]),
        start=first_shown(steps, walk.refused),
        unit=_unit(direction),
        sized=run.manifest.has_masks,
        later=(*(("twin",) if truth else ()), *(("warp",) if warpable else ())),
        live=live_of(run, chosen.row, walk, keep, without=direction.name, way=asked),
        again=again,
        words=ReelWords(
            original=ORIGINAL if residual else "The model's own picture of it",
            grown="Simulated",
            asked=asked_words(direction.name, added, sized=sized, ruled=ruled),
            whose="the code's; the picture's own stands further down",
            held=f"Being held against observed {run.words.lesions}" if held else "",
            slider=f"Requested {both_words(direction.name, added)}",
        ),
        outline_mm=chosen.short_axis_mm,
        doubling_days=doubling,
    )
    along = sha256(direction.name.encode()).hexdigest()[:12]  # a key may not hold every letter
    name = f"film-{run.name}-{chosen.row}-{along}-{closed}-{keep}-{truth}-{asked}-{added}"
    # the presenter view puts the same film up anew, and goes on at the step that was reached
    at = state.recall(f"{name}-stood", page_link.linked_number("step"))
    step = film_slider(
        film, key=name, present=presenting(), at=at, on_jump=jumper(run, chosen, name)
    )
    state.remember(f"{name}-stood", step)
    page_link.link_number("step", step)
    if direction.name.startswith(PREFIX):
        end = "the rest" if leads_to_the_rest(direction.name, len(run.rows)) else "B"
        st.caption(way_words(film, run.words.lesion, end=end))
    st.markdown(call_words(film))
    if scored:
        st.markdown(
            anew_words(film, growing.scored_anew(*state.key(), chosen.row, walk.pictures), step)
        )
    beside.again(run, again, film)
    if doubling is not None and film.start_mm is not None:
        st.markdown(doubling_words(film, step))
    if hardly_changes(film):
        st.warning(
            "The pictures of this walk hardly change: the model draws these "
            f"{run.words.lesions} too alike to show it. What moves here is its code and its score.",
            icon=":material/blur_on:",
        )
    if added is not None:
        st.caption(added_words(added, sized=sized, closed=closed))
    if sized and not ruled:
        st.info(unruled(run.words, cohort=not answers.ruler_holds(*state.key())))
    elif sized and not readable:
        st.info(
            f"The model draws this {run.words.lesion} so faintly that the ruler cannot read its "
            "picture: sizes are asked without correction and may not be delivered."
        )
    # after the film, which can be dragged meanwhile: the twin takes longer than the walk itself
    drawn = twins.twins(*state.key(), chosen.row, steps) if truth else None
    warps = None
    if film.later:
        warps = growing.warped(*state.key(), chosen.row, steps) if warpable else None
        film_later(_later(drawn, warps), key=name)
    if presenting():
        return
    parts.sizes(
        words.sizes(chosen.short_axis_mm, film.original_mm),
        starts="The walk starts from the second." if film.original_mm is not None else "",
    )
    _else(walk, still, step, at=amount(film, float(film.asked[step])))
    if sized:
        beside.placed(run, chosen, walk.pictures[step], refused=walk.refused[step])
        if alone and twins.offered(run):
            blind(run, chosen, keep=keep, closed=closed, way=asked)
    strip(walk, film)
    files(walk, f"{run.name}-row{chosen.row}-{_file_name(direction.name, added)}")
    step_file(
        run,
        {
            film.words.original: film.original,
            film.words.grown: walk.pictures[step],
            TWIN: drawn.pictures[step] if drawn and drawn.whole[step] else None,
            "Plain warp, no model": None if warps is None else warps[step],
        },
        row=chosen.row,
        at=amount(film, float(film.asked[step])),
        refused=bool(walk.refused[step]),
    )
    taken_along(run, chosen.row, film, key=name, keep=keep, at=walk.codes[step])
    found = None
    if held:
        found = growing.observed(
            *state.key(), chosen.row, steps, closed=closed, keep=keep, way=asked
        )
        film_said(beside.believed(run, found), key=name)
        beside.seen(run, found, row=chosen.row)
    if scored:
        asked_of = both_words(direction.name, added)
        growth_trainings.section(
            run,
            chosen.row,
            film,
            walk.pictures,
            x=asked_of,
            usual=held and closed and keep == answers.preferred_of(*state.key()).keep and usual,
        )
    if sized and alone and closed and ruled:
        held_against_truth(run, asked or answers.preferred_of(*state.key()).way, keep)
    untwinned = bool(truth) and drawn is None
    seen = None if found is None else len(found)
    not_offered(run, chosen, film, seen=seen, twinless=untwinned, summed=not alone)
    parts.in_python(
        python.grown(
            chosen.row,
            direction.name,
            steps=steps,
            closed=closed,
            keep=keep,
            way=asked,
            summed=summed,
        )
    )


def _other_slice(run: Run, chosen: state.Chosen) -> str:
    """Which slice of a lesion is shown, where it is not its key slice; else ""."""
    own = state.nodes_of(run.rows, chosen.patient_id)
    key = own[own["node"] == chosen.node]
    if key.empty or int(key.index[0]) == chosen.row or chosen.short_axis_mm is None:
        return ""
    size, slice_k = float(key["short_axis_mm"].iloc[0]), int(key["slice_k"].iloc[0])
    return f"slice {chosen.slice_k}; in its key slice ({slice_k}) {words.mm(size)} by outline"


def _later(drawn: twins.Twins | None, warps: Patches | None) -> Later:
    if drawn is None:
        return Later(warps=warps)
    return Later(drawn.pictures, drawn.sizes_mm, drawn.whole, warps)


def _unit(direction: Direction) -> str:
    if direction.name.startswith(PREFIX):
        return "× the way"
    # "mm" alone would be the size itself, and not what is added to it
    return "mm more" if direction.unit == "mm" else direction.unit or "steps"


def _file_name(direction: str, added: Added | None) -> str:
    name = "a-to-b" if direction.startswith(PREFIX) else direction
    return name if added is None else f"{name}-and-{added.name}"


def kinds(run: Run) -> list[str]:
    """What stands over every walk of a run."""
    return ["simulated change of appearance", *(["synthetic"] if run.manifest.synthetic else [])]


def _else(walk: "Trajectory", still: int, step: int, *, at: str) -> None:
    """What the ruler reads beside the size, before and at the chosen step: growth should be all.

    By the names that the dials have, so that what is the same is called the same.
    """
    before, now = walk.measurements[still], walk.measurements[step]
    if before is None or now is None:
        return
    with st.expander("What else changed on the picture?", icon=":material/difference:"):
        pairs = [
            (TITLES["elongation"][0], 1 / before.elongation, 1 / now.elongation),
            (TITLES["contrast"][0], before.contrast, now.contrast),
            ("Signal itself: grey, 0 to 1", before.signal, now.signal),
            (TITLES["heterogeneity"][0], before.texture, now.texture),
            (TITLES["irregularity"][0], before.border, now.border),
        ]
        parts.facts([(name, f"{old:.2f} → {new:.2f}") for name, old, new in pairs])
        st.caption(
            f"Read by the same ruler before the walk and at its step {at}, the one nearest to the "
            "slider. Under the dials the same ruler reads the very picture shown, also between two "
            "steps, so the last digits may differ."
        )
