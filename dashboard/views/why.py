import streamlit as st

from dashboard import answers, controls, parts, state, words
from dashboard.panels import why as panels

run = state.run()
parts.header(
    "Why",
    f"What the model looked at in each {run.words.lesion}, and what its score is made of.",
    below="Orange speaks for the outcome, purple against it. A map shows what the model used, "
    "not where disease is. Grad-CAM averages over the picture and can point at what was not "
    "used; where HiResCAM says otherwise, trust neither.",
)
left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
with left:
    patient = controls.pick_patient()
with middle:
    method = panels.pick_method()
with right:
    layer = panels.pick_layer()
asked = answers.asked(*state.key(), patient, method, layer)
parts.badges(
    parts.seen_badge(state.chosen()),
    words.counted(len(asked.rows), run.words.lesion, run.words.lesions),
    words.capital(words.outcome_of(state.chosen().label, run.words)) + " in truth",
)

maps, bars = parts.split(3, 2, key="why")
with maps:
    parts.section(
        f"Every {run.words.lesion}, most suspicious first",
        f"The {panels.SCORE} is learned from patients' labels; nobody labelled single "
        f"{run.words.lesions}.",
    )
    panels.heat_maps(run, asked)
with bars:
    panels.verdict(run, asked)
    panels.bars(run, asked)

parts.end(
    "Heat map",
    "Grad-CAM and HiResCAM",
    "Layer",
    "Raw maximum",
    "Suspicion score",
    "Model score",
    "Base rate",
    "Left out",
    "No answer",
    "Threshold",
    code=f"""
import numpy as np

from core.model import Model

model = Model.open(run)
own = np.flatnonzero(run.rows["patient_id"] == "{patient}")
maps = model.explain(run.patches[own], masks=run.masks[own], method="{method}", layer={layer})
for found in maps:
    print(found.in_words)
""",
)
