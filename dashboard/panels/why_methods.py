"""Panels of Why that judge maps: all methods for one lesion, random weights, moved pictures."""

from urllib.parse import quote

import numpy as np
import streamlit as st

from core.explain.explanation import QUICK, VARIANTS, Variant, colour_limit
from core.latent.attributes import attribute_unit, attribute_words
from core.run import Run
from dashboard import answers, brushing, explaining, parts, state, words
from dashboard.components.brush import Easel, brush
from dashboard.figures import heat, map_tests
from dashboard.figures.window import window_of
from dashboard.panels.chart import chart
from dashboard.panels.why import name_of

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


def attributes(run: Run, row: int, variant: Variant) -> None:
    """In which pixels of one lesion each attribute of the latent space is read."""
    known = explaining.questions(run)
    keys = [key for key in known if key.startswith("along ")]
    if not keys:
        st.caption("This run has no named directions to ask about.")
        return
    maps = [explaining.maps(*state.key(), (row,), variant.key, key)[0] for key in keys]
    names = [key.removeprefix("along ") for key in keys]
    st.html(
        heat.plain_html(
            maps,
            titles=[words.capital(attribute_words(name)) for name in names],
            lines=[
                f"the model reads {one.score:.2f} {attribute_unit(name)}".strip()
                for one, name in zip(maps, names, strict=True)
            ],
            scale=None,
            window=window_of(run.patches[[row]]),
            masks=[run.masks[row]] * len(maps) if run.manifest.has_masks else None,
        )
    )
    st.caption(
        "Orange pixels make the model read more of the attribute, purple ones less. Each map has "
        "its own colour scale."
    )


def painting(run: Run) -> None:
    """One lesion to paint on; the model answers every stroke."""
    chosen = state.chosen()
    patch, mask = run.patches[chosen.row], run.masks[chosen.row]
    brush(
        Easel(
            patch=patch,
            mask=mask if run.manifest.has_masks else None,
            score=float(run.rows["node_score"].iloc[chosen.row]),
            threshold=float(run.preprocessing["node_threshold"]),
            link=f"lymphoscape/painted/{quote(run.name, safe='')}/{chosen.row}",
            window=window_of(run.patches[[chosen.row]]),
            presets=brushing.presets(patch, mask) if run.manifest.has_masks else (),
            sides=run.manifest.has_masks,
            lesion=run.words.lesion,
        ),
        key="why_brush",
    )
    st.caption(
        "A painted picture is a question to the model, not a patient. The map is "
        f"{QUICK.name}, which answers at every stroke, on its own colour scale, and is not "
        "tested on what you paint: where the checks above grey it out, do not read it here either."
    )


@parts.fragment
def all_methods(run: Run, row: int) -> None:
    """One lesion by every method, with what each passes and how far they agree."""
    passed = {each.key: explaining.tested(run, each.key, (row,)).get(row) for each in VARIANTS}
    waiting = [each for each in VARIANTS if passed[each.key] is None]
    if waiting and st.button(
        f"Test {words.counted(len(waiting), 'map')} now",
        key="why_test_all",
        icon=":material/fact_check:",
    ):
        with st.spinner("Testing; one visitor at a time"):
            for each in waiting:
                explaining.test(run, each.key, (row,))
        st.rerun()
    maps = [explaining.maps(*state.key(), (row,), each.key)[0] for each in VARIANTS]
    window = window_of(run.patches[[row]])
    st.html(
        heat.methods_html(
            [
                heat.HeatCard(
                    title=each.name,
                    explanation=drawn,
                    mask=run.masks[row] if run.manifest.has_masks else None,
                    score=0.0,
                    threshold=1.0,
                    left_out=None,
                    spacing_mm=answers.pixel_mm(run, row),
                    window=window,
                    checked=passed[each.key],
                    lesion=run.words.lesion,
                )
                for each, drawn in zip(VARIANTS, maps, strict=True)
            ]
        )
    )
    st.caption(
        "Each method has its own units, so each map has its own colour scale here: compare where "
        "they point, not how strongly."
    )
    chart(
        map_tests.agreement([each.name for each in VARIANTS], [one.map for one in maps]),
        key="why_agreement",
        alt="How far every two methods agree on this picture, as rank correlation",
    )
    st.caption(
        "Rank correlation of every two maps over the pixels: 1 is the same order, 0 none, below 0 "
        "the reverse. Where methods disagree, a map is a story about the method."
    )


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
    after = explaining.dissolved(*state.key(), shown, variant.key, stage) if stage else before
    likeness = map_tests.likeness(before, after)
    st.html(
        heat.plain_html(
            after,
            titles=[name_of(run, row) for row in shown],
            lines=[f"likeness to the true map {alike:.2f}" for alike in likeness],
            scale=colour_limit(after),
            window=window_of(run.patches[list(shown)]),
        )
    )
    st.caption(
        "A map that stayed the same here would show the picture and not the model. Likeness is "
        "structural (SSIM): 1 is the same map. Each step has its own colour scale."
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
    after = explaining.shuffled(*state.key(), shown, variant.key, number) if number else before
    likeness = map_tests.likeness(before, after)
    strong = [float(np.abs(one.map).max()) for one in before]
    left = [
        f"{np.abs(one.map).max() / full:.0%}" if full else "nothing"
        for one, full in zip(after, strong, strict=True)
    ]
    st.html(
        heat.plain_html(
            after,
            titles=[name_of(run, row) for row in shown],
            lines=[
                f"likeness to the true map {alike:.2f}, {share} as strong"
                if number
                else "labels as they are"
                for alike, share in zip(likeness, left, strict=True)
            ],
            scale=colour_limit(before),
            window=window_of(run.patches[list(shown)]),
            masks=[run.masks[row] for row in shown] if run.manifest.has_masks else None,
        )
    )
    st.caption(
        "The part of the model that saw labels was fitted again on labels dealt out by chance: it "
        "had nothing to learn. The part that reads pictures never saw a label and is unchanged, so "
        f"such a map may still lie on the {run.words.lesion}. Lying there proves nothing about the "
        "score. All steps keep the true maps' colour scale."
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
        maps, masks = explaining.moved(*state.key(), rows, variant.key, 0)
    else:
        maps = explaining.maps(*state.key(), rows, variant.key)
        masks = tuple(run.masks[row] for row in rows)
    hits = map_tests.hits(maps, masks, explaining.called(run, maps))
    st.html(
        heat.plain_html(
            maps[:FEW],
            titles=[name_of(run, row) for row in rows[:FEW]],
            lines=[
                f"blob {'hits' if blob else 'misses'}, map {'hits' if own else 'misses'}"
                for own, blob in hits[:FEW]
            ],
            scale=colour_limit(maps[:FEW]),
            window=window_of(np.stack([one.patch for one in maps[:FEW]])),
            masks=masks[:FEW],
            blob=True,
        )
    )
    own, blob = (sum(each) for each in zip(*hits, strict=True))
    total = words.counted(len(hits), run.words.lesion, run.words.lesions)
    st.markdown(
        f"Of {total}, a **blob drawn in the middle** (dashed circle) hits **{blob}**, this "
        f"**map's** strongest evidence for the model's own call hits **{own}**."
    )
    st.caption(
        "The blob knows nothing of the model and nothing of the picture. On pictures with the "
        f"{run.words.lesion} in the middle it wins a prize that means nothing."
    )
