import streamlit as st

from dashboard import (
    album,
    answers,
    atlas_links,
    cartography,
    controls,
    later,
    parts,
    selections,
    state,
    words,
)
from dashboard.components.atlas_map import atlas_map
from dashboard.components.picture_row import picture_row
from dashboard.figures import pictures, places, selection_sheet
from dashboard.figures import points as mapping
from dashboard.panels import (
    atlas_asks,
    atlas_forming,
    atlas_groups,
    atlas_selections,
    atlas_trust,
    taking,
)

run = state.run()
lesion, lesions = run.words.lesion, run.words.lesions

parts.header(
    "Atlas",
    f"Every picture of {words.article(lesion)} in this run, laid out by the model's eye.",
    below="Near means alike to the model. Big gaps and directions mean little.",
)

with st.container(key="atlas_controls"):
    layout_box, colour_box, split_box = st.columns([9, 4, 3], vertical_alignment="bottom")
with layout_box:
    layout = st.segmented_control(
        "Layout",
        mapping.layouts(run),
        default=mapping.layouts(run)[0],
        format_func=lambda name: mapping.BUTTONS.get(name, name),
        required=True,
        wrap=True,
        key="atlas_layout",
        persist_state="session",
        bind="query-params",
    )
with colour_box:
    colour_by = st.selectbox(
        "Colour",
        mapping.colour_names(run),
        format_func=lambda name: mapping.colour_title(name, run),
        key="atlas_colour",
        persist_state="session",
        bind="query-params",
    )
with split_box:
    split = st.selectbox(
        "Patients", ["all", "train", "validation", "test"], key="atlas_split",
        format_func=controls.split_name, persist_state="session", bind="query-params",
    )  # fmt: skip
selections.follow_link()
layout = atlas_trust.ready(layout)
st.caption(mapping.layout_words(layout, cartography.over_now()))
chosen = state.chosen()
left, right = parts.split(7, 5, key="atlas")
with left:
    atlas_map(
        atlas_links.links(run, layout, colour_by, forming=atlas_forming.ready(run, layout)),
        atlas_links.shape(run),
        run=run.name,
        label=atlas_links.label(run, layout, colour_by),
        rows=len(run.rows),
        split=split,
        chosen=chosen.row,
        selections=(cartography.selected("a"), cartography.selected("b")),
        stamp=cartography.stamp(),
        key="atlas_map",
        on_pick=controls.row_picker("atlas_map"),
        on_select=cartography.selection_drawn,
        on_view=atlas_links.view_linked,
        view=atlas_links.linked_view(),
        nearest_in=mapping.nearest_in(layout),
        notice=selection_sheet.notice(synthetic=run.manifest.synthetic),
        names=atlas_groups.names_on_map() if colour_by == mapping.CLUSTER else (),
        halos=cartography.halos(layout, chosen.row),
    )
    atlas_forming.choose(run, layout)
    atlas_asks.explain()
    as_table = st.expander(
        "The map as a table", icon=":material/table:", key="atlas_table", on_change="rerun"
    )
    if as_table.open:
        with as_table:
            found = later.ask(cartography.clusters, *state.key(), cartography.grouped())
            if isinstance(found, later.Asked):
                later.wait(found, "Looking for groups")
            else:
                st.dataframe(atlas_links.table(run, layout, found.labels), height=320)
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
    own = (run.rows["patient_id"] == chosen.patient_id).to_numpy().nonzero()[0].tolist()
    st.caption(f"All {words.counted(len(own), 'patch', 'patches')} of {chosen.patient_id}:")
    taking.offer(own, f"all patches of {chosen.patient_id}", key="patient")
    controls.doors_to("patients", "growth", "why")
    over = atlas_forming.over(layout)
    parts.section("Its nearest neighbours", mapping.nearest_words(layout))
    others = st.toggle(
        "Of other patients only", value=True, key="atlas_others", persist_state="session",
        bind="query-params",
    )  # fmt: skip
    near = cartography.neighbours(*state.key(), chosen.row, 8, others_only=others, over=over)
    usual = later.ask(cartography.usual_distance, *state.key(), over)
    picture_row(
        album.neighbour_items(run, near, usual=usual if isinstance(usual, float) else 0.0),
        sheet=album.small_sheet(run, [row for row, _ in near]),
        key="neighbours",
        on_pick=controls.row_picker("neighbours"),
        width_rem=5.6,
    )
    if isinstance(usual, later.Asked):
        later.wait(usual, "Finding out how far is usual")
    taking.offer([row for row, _ in near], "these neighbours", key="near")

asked = atlas_asks.choose()
fits = selections.write_link()
if asked == "selections":
    atlas_selections.show(run, fits=fits)
elif asked == "trust":
    atlas_trust.show(run, layout)
else:
    atlas_groups.show(run)

parts.end(
    "Latent space", "Map", "UMAP", "PCA", "Reconstruction", "Cluster", "Supported",
    "Silhouette", "Patch",
    code=places.python(chosen.row, mapping.COLUMNS[layout], atlas_forming.over(layout)),
)  # fmt: skip
