import streamlit as st

from dashboard import controls, parts, state
from dashboard.panels import dials as panels

run = state.run()
parts.header(
    "Dials",
    f"Turn what a clinician would name, and watch the model redraw the {run.words.lesion}.",
    below="Simulated change of appearance; under each dial stands how well the model knows it.",
)
left, right = st.columns(2)
with left:
    controls.pick_patient()
with right:
    chosen = controls.pick_node()
parts.badges(parts.seen_badge(chosen), "simulated pictures")
if not panels.known():
    parts.empty(
        "No named dials in this run.",
        "python train.py --cohort DIR",
        why="Size, roundness and the rest are learned from outlines, and this cohort has none. "
        "The raw dimensions below still turn: choose some there. With outlines in the cohort:",
    )
panels.dialling(run, chosen.row)
panels.chance(run)
parts.end(
    "Short axis",
    "Why sizes differ",
    "Direction",
    "R²",
    "Suspicion score",
    "Dimension",
    "KL and active units",
    "What training saw",
    "Prior",
    code=panels.in_python(chosen.row),
)
