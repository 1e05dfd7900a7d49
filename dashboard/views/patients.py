import streamlit as st

from dashboard import album, controls, parts, state, words
from dashboard.components.picture_row import picture_row
from dashboard.components.slice_viewer import slice_viewer
from dashboard.components.tiles import tiles
from dashboard.figures import patient_facts

run = state.run()
lesion, lesions = run.words.lesion, run.words.lesions
parts.header(
    "Patients",
    f"{words.how_many_had(run)}.",
    below=patient_facts.tiles_say(run, album.tile_range_mm(*state.key())),
)

left, right = parts.split(5, 7, key="patients")
with left:
    who = st.segmented_control(
        "Who is shown",
        ["everybody", "held out", "seen in training"],
        default="everybody",
        required=True,
        key="patients_who",
        persist_state="session",
        label_visibility="collapsed",
    )
    tiles(
        album.tile_groups(*state.key(), who),
        sheet=album.small_sheet(run, album.tile_rows(*state.key())),
        chosen=state.chosen().patient_id,
        key="tiles",
        on_pick=controls.tile_picked,
    )

with right:
    pick, node = st.columns(2)
    with pick:
        patient_id = controls.pick_patient()
    with node:
        chosen = controls.pick_node()
    own = state.nodes_of(run.rows, patient_id)
    parts.badges(
        *patient_facts.badges(run, patient_id),
        parts.seen_badge(chosen),
        patient_facts.circle_says(run, own, chosen.row),
    )
    slices = album.slices_of(*state.key(), patient_id)
    slice_viewer(
        slices,
        patient=patient_id,
        chosen=chosen.node,
        start=album.first_slice(run, slices, chosen),
        key="slice_viewer",
        on_pick=controls.outline_picked,
        sides_known=run.manifest.has_masks,
        lesions=lesions,
    )
    st.caption(
        f"Drag for window and level, scroll for slices, click a {lesion} to choose it."
        + (" The patient's left is on your right." if run.manifest.has_masks else "")
    )

parts.section(
    patient_facts.nodes_say(run, patient_id, len(own)),
    f"The label is the patient's, not that of a single {lesion}.",
)
picture_row(
    album.node_items(run, own),
    sheet=album.small_sheet(run, own.index),
    chosen=chosen.row,
    key="nodes",
    on_pick=controls.row_picker("nodes"),
    width_rem=8.5,
)

with st.expander(f"What was measured on these {lesions}", icon=":material/table:"):
    st.dataframe(patient_facts.nodes_table(run, own), hide_index=True)
with st.expander(patient_facts.excluded_say(run), icon=":material/block:"):
    parts.picture(patient_facts.excluded_html(run))

parts.end(
    "Short axis",
    "Why sizes differ",
    "Held out",
    "Seen in training",
    "R, L, A, P",
    "Window and level",
    code=f"""own = run.rows[run.rows["patient_id"] == "{patient_id}"]
print(own[["node", "slice_k", "short_axis_mm", "long_axis_mm", "label", "split"]])
patch = run.patches[{chosen.row}]    # (32, 32) in [0, 1]
mask = run.masks[{chosen.row}]""",
)
