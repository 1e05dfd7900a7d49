"""Panels of Why that teach when not to believe: random weights, shuffled labels, moved pictures."""

from collections.abc import Iterator, Sequence

import numpy as np
import streamlit as st

from core.explain.explanation import Explanation, Variant, colour_limit
from core.explain.faithfulness.checked import Checked
from core.run import Run
from dashboard import answers, checking, explaining, parts, state, words
from dashboard import lessons as teaching
from dashboard.figures import heat, heat_files, map_tests
from dashboard.figures.heat_badge import MOVED, OTHER_WEIGHTS
from dashboard.figures.window import window_of
from dashboard.panels.why import ALWAYS, name_of
from dashboard.panels.why_files import save_picture
from dashboard.panels.why_waiting import waiting_line

FEW = 4  # lesions shown while weights dissolve or pictures move
SHUFFLES = 4  # of labels, to choose from: one may look right by chance
STAGES = {
    "": "as trained",
    "heads": "what reads the code",
    "posterior mean": "and the code itself",
    "trunk": "and the encoder's top",
    "layer 8": "and its middle",
    "layer 16": "everything",
}


@parts.fragment
def dissolving(run: Run, rows: tuple[int, ...], variant: Variant) -> None:
    """The maps of some lesions while the model's weights are drawn afresh, top down."""
    stage = st.select_slider(
        "Weights made random",
        tuple(STAGES),
        format_func=STAGES.__getitem__,
        key="why_stage",
    )
    shown = rows[:FEW]
    before = explaining.maps(*state.key(), shown, variant.key)
    after = before
    if stage:
        with st.spinner("Drawing weights afresh"), waiting_line() as told:
            after = teaching.dissolved(*state.key(), shown, variant.key, stage, told)
    lines = [
        f"likeness to the trained map {alike:.2f}" + f", {share} as strong" * bool(stage)
        for alike, share in _beside(before, after)
    ]
    plain = _of_others(run, variant, shown, (before, after), lines, taught_anew=bool(stage))
    st.html(heat.plain_html(plain))
    save_picture(
        "Maps with random weights (PNG)",
        lambda: heat_files.plain_png(plain),
        f"why-{run.name}-random-weights-{stage or 'as-trained'}".replace(" ", "-"),
    )
    st.caption(
        f"{ALWAYS} A map that stayed the same would show the picture and not the model. Likeness "
        "is structural (SSIM): 1 is the same map. All steps keep the true maps' colour scale, so a "
        "map that fades is seen to fade."
    )


@parts.fragment
def unlearned(run: Run, rows: tuple[int, ...], variant: Variant) -> None:
    """The maps of some lesions when the head was fitted on labels dealt out by chance."""
    number = st.select_slider(
        f"Patients' {run.words.outcome} labels",
        range(SHUFFLES + 1),
        format_func=lambda which: f"shuffle {which}" if which else "as they are",
        key="why_shuffled",
    )
    shown = rows[:FEW]
    before = explaining.maps(*state.key(), shown, variant.key)
    after = before
    if number:
        with st.spinner("Fitting the head on shuffled labels"), waiting_line() as told:
            after = teaching.shuffled(*state.key(), shown, variant.key, number, told)
    lines = [
        f"likeness to the trained map {alike:.2f}, {share} as strong"
        if number
        else "labels as they are"
        for alike, share in _beside(before, after)
    ]
    plain = _of_others(run, variant, shown, (before, after), lines, taught_anew=bool(number))
    st.html(heat.plain_html(plain))
    save_picture(
        "Maps with shuffled labels (PNG)",
        lambda: heat_files.plain_png(plain),
        f"why-{run.name}-shuffled-labels-{number}",
    )
    st.caption(
        f"{ALWAYS} The part of the model that saw labels was fitted again on labels dealt out by "
        "chance: it had nothing to learn. The part that reads pictures never saw a label and is "
        f"unchanged, so such a map may still lie on the {run.words.lesion}. Lying there proves "
        "nothing about the score. All steps keep the true maps' colour scale."
    )


@parts.fragment
def moving(run: Run, rows: tuple[int, ...], variant: Variant) -> None:
    """The centre-blob lesson: in the middle a blob looks right, elsewhere it does not."""
    if not run.manifest.has_masks:
        st.caption("This cohort has no outlines, so hits cannot be counted.")
        return
    off = st.toggle(
        f"Move the {run.words.lesion} off the middle of its picture", False, key="why_moved"
    )
    if off:
        with st.spinner("Moving the pictures"), waiting_line() as told:
            maps, masks = teaching.moved(*state.key(), rows, variant.key, 0, told)
    else:
        maps = explaining.maps(*state.key(), rows, variant.key)
        masks = tuple(run.masks[row] for row in rows)
    hits = map_tests.hits(maps, masks, teaching.called(run, maps))
    plain = heat.Plain(
        maps=maps[:FEW],
        titles=[name_of(run, row) for row in rows[:FEW]],
        lines=[
            f"blob {'hits' if blob else 'misses'}, map {'hits' if own else 'misses'}"
            for own, blob in hits[:FEW]
        ],
        scale=colour_limit(maps[:FEW]),
        window=window_of(np.stack([one.patch for one in maps[:FEW]])),
        masks=masks[:FEW],
        blob=True,
        tested=_tested(run, variant, rows[:FEW], MOVED if off else ""),
        lesion=run.words.lesion,
        spacing_mm=answers.pixel_mm(run, rows[0]),
    )
    st.html(heat.plain_html(plain))
    save_picture(
        "Maps and blob (PNG)",
        lambda: heat_files.plain_png(plain),
        f"why-{run.name}-{'moved' if off else 'centred'}",
    )
    own, blob = (sum(each) for each in zip(*hits, strict=True))
    total = words.counted(len(hits), run.words.lesion, run.words.lesions)
    st.markdown(
        f"Of {total}, a **blob drawn in the middle** (dashed circle) hits **{blob}**, this "
        f"**map's** strongest evidence for the model's own call hits **{own}**."
    )
    st.caption(
        f"{ALWAYS} The blob knows nothing of the model and nothing of the picture. On pictures "
        f"with the {run.words.lesion} in the middle it wins a prize that means nothing."
    )


def _beside(
    before: Sequence[Explanation], after: Sequence[Explanation]
) -> Iterator[tuple[float, str]]:
    """Each map beside the true one: likeness, and how strong it is by their largest magnitudes."""
    strong = [float(np.abs(one.map).max()) for one in before]
    left = [
        f"{np.abs(one.map).max() / full:.0%}" if full else "nothing"
        for one, full in zip(after, strong, strict=True)
    ]
    return zip(map_tests.likeness(before, after), left, strict=True)


def _of_others(
    run: Run,
    variant: Variant,
    rows: tuple[int, ...],
    maps: tuple[Sequence[Explanation], Sequence[Explanation]],
    lines: list[str],
    *,
    taught_anew: bool,
) -> heat.Plain:
    """The second of these maps on the first ones' colour scale, the true ones'."""
    before, after = maps
    return heat.Plain(
        maps=after,
        titles=[name_of(run, row) for row in rows],
        lines=lines,
        scale=colour_limit(before),
        window=window_of(run.patches[list(rows)]),
        masks=[run.masks[row] for row in rows] if run.manifest.has_masks else None,
        tested=_tested(run, variant, rows, OTHER_WEIGHTS if taught_anew else ""),
        lesion=run.words.lesion,
        spacing_mm=answers.pixel_mm(run, rows[0]),
    )


def _tested(
    run: Run, variant: Variant, rows: tuple[int, ...], reason: str
) -> list[str | Checked | None]:
    """What the maps of some rows pass, or one reason for all why they cannot be tested."""
    if reason:
        return [reason] * len(rows)
    found = checking.known(run, variant.key, rows)
    return [found.get(row) for row in rows]
