"""Panels of Growth: one lesion along a direction, or the walk from one lesion to another."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.growth.delivery import KEEPS, Keep
from core.growth.paths import MODES
from core.latent.direction import WAYS, Direction, Way
from core.run import Run
from dashboard import answers, controls, growing, parts, state, twins, words
from dashboard.components.film_slider import ReelWords, film_slider
from dashboard.figures import reel
from dashboard.panels import growth_beside as beside
from dashboard.panels.lively import live_of
from dashboard.panels.presenting import presenting
from dashboard.panels.takeaway import files, strip, warp_strip
from dashboard.panels.walks import SIZE, call_words, first_shown, steps_of

if TYPE_CHECKING:
    from core.growth.trajectory import Trajectory

WAY_WORDS = {
    "dimension": "the trained dimension",
    "orthogonalised": "others held still",
    "difference": "large minus small",
}
KEEP_WORDS = {
    "surroundings": "its texture and its surroundings",
    "residual": "its texture",
    "nothing": "nothing: the bare model",
}
KINDS = ("Change this one", "To another")
MODE_WORDS = {
    "straight": "Straight",
    "spherical": "Spherical",
    "neighbours": "Through real neighbours",
}


def pick_kind() -> str:
    """Whether one lesion changes, or a walk leads to a second one."""
    return (
        st.segmented_control(
            "Walk", KINDS, default=KINDS[0], key="growth_kind", persist_state="session"
        )
        or KINDS[0]
    )


def pick_direction(*, used: bool) -> Direction | None:
    """What changes: the size where it is known, else what the run has; None without any."""
    found = state.latent_space().directions()
    if not found:
        return None
    names = [direction.name for direction in found]
    chosen = st.selectbox(
        "What changes",
        names,
        index=names.index(SIZE) if SIZE in names else 0,
        key="growth_direction",
        format_func=lambda name: words.capital(spoken(name)),
        disabled=not used,
        persist_state="session",
    )
    return found[names.index(chosen)]


def pick_way() -> Way | None:
    """How the direction is found; None leaves the choice to which walk is refused least."""
    return st.selectbox(
        "How the direction is found",
        (None, *WAYS),
        format_func=lambda way: WAY_WORDS.get(way, "whichever is refused least"),
        key="growth_way",
        persist_state="session",
        help="The dimension trained to carry size; the other attributes held still; or large "
        "minus small, as in the paper.",
    )


def pick_keep(run: Run) -> Keep:
    """What of the scan stays: what came out nearest to the truth in the trial, unless chosen."""
    best = answers.preferred_of(*state.key(run)).keep
    return st.selectbox(
        "What is kept of the scan",
        KEEPS[::-1],
        index=KEEPS[::-1].index(best),
        format_func=KEEP_WORDS.__getitem__,
        key="growth_keep",
        persist_state="session",
        help="The model draws softly. What it cannot draw is carried along with the lesion; "
        "nothing kept shows the bare model.",
    )


def spoken(name: str) -> str:
    """A direction's name as people say it, the outcome's in the cohort's word."""
    from core.latent.attributes import attribute_words

    return f"towards {state.run().words.outcome}" if name == "label" else attribute_words(name)


@parts.fragment
def grow(run: Run, chosen: state.Chosen, direction: Direction) -> None:
    """One lesion along a direction: the slider, the strip, what else changed, the files."""
    facts, settings = st.columns([5, 1], vertical_alignment="center")
    with facts:
        parts.badges(parts.seen_badge(chosen), *_kinds(run))
    with settings.popover("Settings", icon=":material/settings:", width="stretch"):
        closed = st.toggle(
            "Correct the size on the delivered picture",
            True,
            key="growth_closed",
            persist_state="session",
            help="Measures every picture and corrects the step until the ruler reads what was "
            "asked. Off shows what the direction alone delivers.",
        )
        keep = pick_keep(run)
        residual = keep != "nothing"
        asked = pick_way() if direction.name == SIZE else None
        truth = (
            direction.name == SIZE
            and twins.offered(run)
            and st.toggle(
                "Show the truth twin",
                True,
                key="growth_twin",
                persist_state="session",
                help="The cohort is synthetic: the same one, truly drawn larger.",
            )
        )
    steps = steps_of(direction, chosen.short_axis_mm)
    place = (*state.key(), chosen.row, direction.name, steps)
    if direction.name == SIZE and asked is None and closed and answers.readable(run, chosen.row):
        asked = answers.trusted_way(*place, keep=keep)
    walk = answers.walk(*place, closed=closed, keep=keep, way=asked)
    still = int(np.argmin(np.abs(steps)))
    sized = direction.name == SIZE
    film = reel.reel_of(
        walk,
        original=run.patches[chosen.row] if residual else walk.pictures[still],
        threshold=float(run.preprocessing["node_threshold"]),
        start=first_shown(steps, walk.refused),
        unit="mm more" if sized else direction.unit,
        sized=run.manifest.has_masks,
        twins=twins.twins(*state.key(), chosen.row, steps) if truth else None,
        live=live_of(run, chosen.row, walk, keep, without=direction.name),
        words=ReelWords(
            original="Original" if residual else "The model's own picture of it",
            grown="Simulated",
            asked="asked short axis" if sized else f"asked change: {spoken(direction.name)}",
            slider=f"Requested {spoken(direction.name)}",
        ),
    )
    name = f"film-{run.name}-{chosen.row}-{direction.name}-{closed}-{keep}-{truth}-{asked}"
    step = film_slider(film, key=name, present=presenting())
    st.markdown(call_words(film))
    if sized and not answers.readable(run, chosen.row):
        st.info(
            f"The model draws this {run.words.lesion} so faintly that the ruler cannot read its "
            "picture: sizes are asked without correction and may not be delivered."
        )
    if presenting():
        return
    _else(walk, still, step)
    if sized:
        beside.placed(run, chosen, walk.pictures[step])
        if film.twins is not None and step != still:
            beside.blind(
                run, chosen, walk.pictures[step], film.twins[step], float(walk.asked_mm[step])
            )
    strip(walk, film)
    if sized:
        warp_strip(walk, film, chosen.row)
    files(walk, f"{run.name}-row{chosen.row}-{direction.name}")
    if sized and np.isfinite(walk.score).all():
        found = growing.observed(
            *state.key(), chosen.row, steps, closed=closed, keep=keep, way=asked
        )
        beside.seen(run, found)


@parts.fragment
def walk_to(run: Run, chosen: state.Chosen) -> None:
    """The walk from the chosen lesion to another one."""
    parts.badges(parts.seen_badge(chosen), *_kinds(run))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    rows = run.rows[run.rows["key_slice"].astype(bool)]
    others = [int(row) for row in rows.index if row != chosen.row]
    if not others:
        parts.empty("There is no second one to walk to.", "python train.py --cohort DIR")
        return
    with left:
        end = st.selectbox(
            f"Walk to this {run.words.lesion}",
            others,
            index=_contrast(run, chosen, others),
            key=f"growth_end_{chosen.row}",
            format_func={row: _titled(row) for row in others}.__getitem__,
        )
    with right:
        mode = st.segmented_control(
            "Way",
            MODES,
            default="spherical",
            key="growth_mode",
            persist_state="session",
            format_func=MODE_WORDS.__getitem__,
        )
    walk = growing.between(*state.key(), chosen.row, end, mode or "spherical")
    film = reel.reel_of(
        walk,
        original=walk.pictures[0],
        threshold=float(run.preprocessing["node_threshold"]),
        start=len(walk.pictures) // 2,
        sized=run.manifest.has_masks,
        live=live_of(run, chosen.row, walk, "nothing", without=None),
        words=ReelWords(
            original="Start, as the model draws it",
            grown="Simulated, on the way",
            asked="between the two",
            slider="Share of the way",
        ),
    )
    film_slider(film, key=f"between-{run.name}-{chosen.row}-{end}-{mode}")
    st.markdown(call_words(film))
    st.caption("Nothing between two patients is anybody's: every picture here is the model's own.")
    strip(walk, film)
    beside.likely(walk)
    files(walk, f"{run.name}-row{chosen.row}-to-{end}")


def _kinds(run: Run) -> list[str]:
    return ["simulated change of appearance", *(["synthetic"] if run.manifest.synthetic else [])]


def _else(walk: "Trajectory", still: int, step: int) -> None:
    """What the ruler reads beside the size, before and at the chosen step: growth should be all."""
    before, now = walk.measurements[still], walk.measurements[step]
    if before is None or now is None:
        return
    with st.expander("What else changed on the picture?", icon=":material/difference:"):
        pairs = [
            ("Roundness, short / long", 1 / before.elongation, 1 / now.elongation),
            ("Signal", before.signal, now.signal),
            ("Texture", before.texture, now.texture),
            ("Border", before.border, now.border),
        ]
        parts.facts([(name, f"{old:.2f} → {new:.2f}") for name, old, new in pairs])
        st.caption("Read by the same ruler on both pictures; drag the slider to compare others.")


def _titled(row: int) -> str:
    one, run = state.at(row), state.run()
    size = f", {words.mm(one.short_axis_mm)}" if one.short_axis_mm else ""
    origin = words.from_patient(one.label, run.words)
    return f"{one.patient_id}: {run.words.lesion} {one.node}{size}, {origin}"


def _contrast(run: Run, chosen: state.Chosen, others: list[int]) -> int:
    """A telling end of the walk: the largest held-out one of a patient with the other label."""
    rows = run.rows.loc[others]
    held = rows["split"].isin(controls.HELD_OUT) & (rows["label"] != chosen.label)
    sizes = rows["short_axis_mm"].to_numpy(float, na_value=0.0)
    return int(np.argmax(np.where(held, 1 + np.nan_to_num(sizes), 0)))
