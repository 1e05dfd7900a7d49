import streamlit as st

from dashboard import controls, parts, state, words, writing
from dashboard.panels import why as panels
from dashboard.panels import (
    why_attributes,
    why_code,
    why_lessons,
    why_methods,
    why_painting,
    why_planted,
    why_trust,
)

run = state.run()
FIRST = f"{words.capital(run.words.lesions)}, most suspicious first"
parts.header(
    "Why",
    f"What the model looked at in each {run.words.lesion}, and what its score is made of.",
    below="Orange raises the score, purple lowers it. A map shows what the model used, not where "
    "disease is; the checks under each say how far it follows the model, not whether the model is "
    "right, and are the least to ask.",
)
parts.contents(
    FIRST,
    "What the patient's score is made of",
    why_trust.TITLE,
    why_methods.title(run),
    "Where is each attribute read?",
    "Where is each attribute drawn?" if writing.attributes(run) else "",
    "Ask by painting",
    "Does the map need the model?",
    "Does the map need the labels?",
    "Is pointing at the middle any good?",
    "Does a map find what decides?",
)
left, middle, right = st.columns([3, 3, 4], vertical_alignment="bottom")
with left:
    patient = controls.pick_patient()
with middle:
    question = panels.pick_question(run)
with right:
    variant = panels.pick_variant()
asked = panels.ask(run, patient, variant, question)
parts.badges(
    parts.seen_badge(state.chosen()),
    words.counted(len(asked.rows), run.words.lesion, run.words.lesions),
    words.capital(words.outcome_of(state.chosen().label, run.words)) + " in truth",
)

why_trust.in_general(run, variant)

maps, bars = parts.split(3, 2, key="why")
with maps:
    parts.section(FIRST, panels.node_score_is(run))
    panels.heat_maps(run, patient, asked, variant, question)
with bars:
    panels.verdict(run, asked)
    panels.bars(run, asked)
    panels.formula(run, patient)

parts.section(
    why_trust.TITLE,
    "A map is shown with what it passes; this is how the run's maps do altogether.",
)
why_trust.verdict(run)

parts.section(
    why_methods.title(run),
    "Methods answer slightly different questions, and need not agree: below, how far they do.",
)
why_methods.all_methods(run, controls.pick_node().row)

parts.section(
    "Where is each attribute read?",
    "The same question for the model's own readings: which pixels make it say larger, rounder, "
    "brighter.",
)
why_attributes.attributes(run, state.row(), variant)

parts.section(
    "Ask by painting",
    f"Erase the {run.words.lesion}, hide a vessel, add a rim: score, map, readings and place "
    "follow.",
)
why_painting.painting(run, variant)

dissolve, unlearn = parts.split(1, 1, key="why_tests")
with dissolve:
    parts.section(
        "Does the map need the model?",
        "Draw the weights afresh, from the answer down to the picture, and watch.",
    )
    why_lessons.dissolving(run, asked.rows, variant)
with unlearn:
    parts.section(
        "Does the map need the labels?",
        "Shuffle the patients' labels, fit again what learned from them, and look.",
    )
    why_lessons.unlearned(run, asked.rows, variant)

parts.section(
    "Is pointing at the middle any good?",
    f"Every picture has its {run.words.lesion} in the middle, so a blob there always hits.",
)
why_lessons.moving(run, asked.rows, variant)

parts.section(
    "Does a map find what decides?",
    "In a clinic nobody knows what a map should mark. Here it was planted, so everybody does.",
)
why_planted.planted(variant)

parts.end(
    "Heat map",
    "Grad-CAM and HiResCAM",
    "Integrated gradients, SmoothGrad, occlusion",
    "Layer",
    "Raw maximum",
    "Checks of a map",
    "Suspicion score",
    "Model score",
    "Base rate",
    "Left out",
    "No answer",
    "Threshold",
    code=why_code.in_python(patient, variant, question, outlined=run.manifest.has_masks),
)
