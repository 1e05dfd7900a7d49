import streamlit as st

from dashboard import album, answers, cartography, controls, parts, state, words
from dashboard.components.atlas_map import atlas_map
from dashboard.components.picture_row import picture_row
from dashboard.figures import groups, pictures, places
from dashboard.figures import points as mapping
from dashboard.panels import atlas_groups

run = state.run()
lesion, lesions = run.words.lesion, run.words.lesions

parts.header(
    "Atlas",
    f"Every picture of {words.article(lesion)} in this run, laid out by the model's eye.",
    below="Near means alike to the model. Big gaps and directions mean little.",
)

with st.container(key="atlas_controls"):
    layout_box, colour_box, split_box = st.columns([5, 4, 3], vertical_alignment="bottom")
with layout_box:
    layout = st.segmented_control(
        "Layout",
        mapping.layouts(run),
        default=mapping.layouts(run)[0],
        required=True,
        key="atlas_layout",
        persist_state="session",
    )
with colour_box:
    colour_by = st.selectbox(
        "Colour",
        mapping.colour_names(run),
        format_func=lambda name: mapping.colour_title(name, run),
        key="atlas_colour",
        persist_state="session",
    )
with split_box:
    split = st.selectbox(
        "Patients", ["all", "train", "validation", "test"], key="atlas_split",
        format_func=controls.split_name, persist_state="session",
    )  # fmt: skip
chosen, marked = state.chosen(), cartography.lassoed()
left, right = parts.split(7, 5, key="atlas")
with left:
    atlas_map(
        cartography.points(*state.key(), layout, colour_by, split, cartography.grouped()),
        run=run.name,
        chosen=chosen.row,
        marked=marked,
        key="atlas_map",
        on_pick=controls.row_picker("atlas_map"),
        on_lasso=cartography.lasso_finished,
        sheet=album.whole_sheet(run),
    )
    st.caption(
        "Point to look, click to choose, lasso to list many. After a click the wheel zooms and "
        "the arrow keys walk from point to point."
    )
with right:
    seen, drawn = st.columns(2)
    with seen:
        parts.picture(
            pictures.patch_html(
                run.patches[chosen.row],
                alt=f"Patch of {lesion} {chosen.node} of patient {chosen.patient_id}",
                spacing_mm=answers.pixel_mm(run, chosen.row),
                letters=run.manifest.has_masks,
                window=album.display_window(*state.key()),
                mask=run.masks[chosen.row] if run.manifest.has_masks else None,
                caption="As it was cut out",
            )
        )
    with drawn:
        parts.picture(
            pictures.patch_html(
                cartography.reconstruction(*state.key(), chosen.row),
                alt="The same patch drawn by the network from its code",
                spacing_mm=answers.pixel_mm(run, chosen.row),
                letters=run.manifest.has_masks,
                window=album.display_window(*state.key()),
                caption="Drawn from its code",
            )
        )
    parts.badges(parts.seen_badge(chosen), words.from_patient(chosen.label, run.words))
    parts.facts(places.facts(run, chosen.row))
    controls.doors_to("patients", "growth", "why")
    parts.section("Its nearest neighbours", "In the latent space itself, not on the flat map.")
    others = st.toggle(
        "Of other patients only", value=True, key="atlas_others", persist_state="session"
    )
    near = cartography.neighbours(*state.key(), chosen.row, 8, others_only=others)
    picture_row(
        album.neighbour_items(run, near),
        sheet=album.small_sheet(run, [row for row, _ in near]),
        key="neighbours",
        on_pick=controls.row_picker("neighbours"),
        width_rem=5.6,
    )

if marked:
    parts.section("What the lasso caught")
    parts.facts(groups.selection_facts(run, marked))
    picture_row(
        album.plain_items(run, marked[:24]),
        sheet=album.small_sheet(run, marked[:24]),
        key="caught",
        on_pick=controls.row_picker("caught"),
        width_rem=5.5,
    )
    if len(marked) > 24:
        st.caption(f"The first 24 of {len(marked):,}; the file holds all of them.")
    st.download_button(
        "Save the list (CSV)",
        run.rows.iloc[list(marked)].to_csv(index=False),
        file_name=f"{run.name}-selection.csv",
        icon=":material/download:",
    )

atlas_groups.show(run)

parts.end(
    "Latent space", "Map", "UMAP", "PCA", "Reconstruction", "Cluster", "Supported",
    "Silhouette", "Patch",
    code=places.python(chosen.row, mapping.COLUMNS[layout]),
)  # fmt: skip
