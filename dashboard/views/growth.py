import streamlit as st

from dashboard import controls, linked_way, parts, state
from dashboard.panels import growth as panels
from dashboard.panels import growth_beside as beside
from dashboard.panels import growth_choices as choices
from dashboard.panels import growth_to as to
from dashboard.panels import presenting

run = state.run()
parts.header(
    "Growth",
    "Drag the slider: a simulated change of appearance at a requested size.",
    below="Never a prediction of growth: nothing here says what will happen, or when.",
)
patient, node, way, what = st.container(key="growth-choosing").columns([3, 3, 3, 2])
with patient:
    controls.pick_patient()
with node:
    chosen = controls.pick_node()
with way:
    kind = choices.pick_kind()
linked_way.follow(run)
with what:
    direction = choices.pick_direction(used=kind == choices.KINDS[0])
walked = direction if kind == choices.KINDS[0] else None
linked_way.write(run, walked.name if walked else None)
presenting.presenter(run, chosen)
if not run.manifest.has_masks:
    parts.empty(
        "Sizes are not known in this cohort.",
        "python train.py --cohort DIR",
        why="Nothing can be asked in millimetres without outlines. The walk towards the outcome "
        "and the walk between two still work, below. With outlines in the cohort:",
    )
if kind == choices.KINDS[1]:
    to.walk_to(run, chosen)
elif direction is None:
    parts.empty(
        "No direction could be fitted.",
        "python train.py --cohort DIR",
        why="Training patients of both outcomes, or outlines, are needed. The walk between two "
        "still works: choose it above.",
    )
    parts.in_python(choices.IN_PYTHON)
else:
    panels.grow(run, chosen, direction)
if not presenting.presenting() and kind == choices.KINDS[0]:
    beside.turning(run, chosen)
parts.terms(
    "Short axis",
    "Why sizes differ",
    "Asked and delivered",
    "Doubling time",
    "Truth twin",
    "Direction",
    "Difference",
    "Suspicion score",
    "Threshold",
    "What training saw",
    "Straight and spherical",
)
