"""The Atlas' groups: whether there are any, a card for each, and where members go as K changes."""

from functools import partial

import streamlit as st

from core.latent.clusters import ClusterCard, Clusters
from core.latent.evidence import NAMED, Study
from core.latent.grouping import METHOD_WORDS, METHODS
from core.run import Run
from dashboard import (
    album,
    cartography,
    controls,
    group_names,
    group_paths,
    later,
    parts,
    state,
    studies,
)
from dashboard.components.atlas_map import GroupName
from dashboard.components.picture_row import picture_row
from dashboard.figures import group_charts, groups, theme
from dashboard.figures import points as mapping
from dashboard.panels import taking
from dashboard.panels.chart import chart

PICTURES = 6  # typical patches, and as many from the border, on a card
OVER_WORDS = {"attributes": "Named dimensions", "all": "Whole code"}


def choose() -> None:
    """Method, dimensions and K; they also colour the map where the colour is "cluster"."""
    with st.container(key="atlas_grouping"):
        method_box, over_box, k_box = st.columns([4, 4, 3], vertical_alignment="bottom")
    with method_box:
        method = st.segmented_control(
            "Found by", METHODS, default="kmeans", required=True, wrap=True, key="atlas_method",
            format_func=METHOD_WORDS.__getitem__, persist_state="session", bind="query-params",
        )  # fmt: skip
    with over_box:
        over = st.segmented_control(
            "Looked at", cartography.overs(), default=cartography.overs()[0], required=True,
            wrap=True, key="atlas_over", format_func=OVER_WORDS.__getitem__,
            persist_state="session", bind="query-params",
        )  # fmt: skip
    with k_box:
        st.number_input(
            "Groups (K)", 2, cartography.MOST_CLUSTERS, cartography.usual_k(method, over),
            key="atlas_k", persist_state="session", bind="query-params",
            disabled=method == "hdbscan",
            help="HDBSCAN finds its own number." if method == "hdbscan" else None,
        )  # fmt: skip


def show(run: Run) -> None:
    """The whole section."""
    asked = cartography.grouped()
    clusters = later.ask(cartography.clusters, *state.key(), asked)
    if isinstance(clusters, later.Asked):
        parts.section("Groups of alike pictures")
        choose()
        later.wait(clusters, "Looking for groups")
        return
    study = studies.study(*state.key(), asked.method, asked.over)
    parts.section(groups.title(study, clusters))
    choose()
    if cartography.grouped() != asked:
        st.rerun()  # the link asked for other groups, which is known once its fields are drawn
    _verdict(run, clusters)
    st.caption(
        f"On show: {groups.shown(clusters)}. All patients: "
        f"{groups.share(clusters.base_rate, run.words)}."
    )
    st.button(
        "Colour the map by group", key="colour_by_group", icon=":material/palette:",
        on_click=state.remember, args=("atlas_colour", mapping.CLUSTER),
        disabled=state.recall("atlas_colour") == mapping.CLUSTER,
    )  # fmt: skip
    _cards(run, clusters)
    _names_tools(run, clusters)
    _members(clusters)


@parts.fragment(run_every=2.0)
def _wait(asked: cartography.Grouped) -> None:
    """How far the study is; the page starts again when it is there."""
    key = state.key()
    if studies.study(*key, asked.method, asked.over):
        st.rerun()
    looking = studies.look(*key, asked.method, asked.over)
    if looking is None:
        st.caption("Whether any number of groups is supported has not been looked at yet:")
        st.code(f"python train.py clusters --run {controls.run_place()}", language="bash")
    elif looking.problem:
        parts.failed(
            f"Whether groups are supported could not be found out: {looking.problem}",
            key="study_again", again=partial(studies.forget, *key, asked.method, asked.over),
        )  # fmt: skip
    else:
        share = looking.done / looking.total if looking.total else 0.0
        st.progress(share, "Finding out whether any number of groups is supported")


def names_on_map() -> list[GroupName]:
    """Every group's name at its typical patch; none while the groups are being looked for."""
    asked = cartography.grouped()
    clusters = later.ask(cartography.clusters, *state.key(), asked)
    if isinstance(clusters, later.Asked):
        return []
    named = names(clusters, studies.study(*state.key(), asked.method, asked.over))
    return [GroupName(card.medoid, named[card.number]) for card in clusters.cards]


def _verdict(run: Run, clusters: Clusters) -> None:
    asked = cartography.grouped()
    study = studies.study(*state.key(), asked.method, asked.over)
    if study is None:
        _wait(asked)
        return
    st.markdown(groups.verdict(study, run))
    if said := groups.about(study, clusters):
        st.markdown(said)
    how_many = st.expander(
        "The evidence", icon=":material/balance:", key="how_many_groups", on_change="rerun"
    )
    if not how_many.open:
        return
    with how_many:
        if study.method != "hdbscan":
            left, middle, right = st.columns(3)
            with left:
                st.caption("Do they hold together? Above the grey band is better than chance.")
                chart(group_charts.silhouettes(study, clusters.k), key="silhouettes",
                      alt="Silhouette against K, over clouds without groups")  # fmt: skip
            with middle:
                st.caption("Do they come back on other patients? Above the dashed line they do.")
                chart(group_charts.stability(study, clusters.k), key="stability",
                      alt="Agreement when patients are drawn again, against K")  # fmt: skip
            with right:
                st.caption(groups.gap_words(study.gap_k) if study.gap_k else "")
                chart(group_charts.gaps(study, clusters.k), key="gaps",
                      alt="Gap statistic against K")  # fmt: skip
        st.dataframe(group_charts.table(study), hide_index=True, height="content")
        st.caption(
            f"Over {study.rows:,} patches of training patients. Minus null: silhouette minus the "
            "mean of 20 Gaussian clouds of the same covariance. ARI and Jaccard: 50 resamples of "
            "patients. Eta²: share of an attribute's variance between groups, p from shuffling "
            "patients. AMI: information shared with outcome and T stage, 0 for none."
        )


def _cards(run: Run, clusters: Clusters) -> None:
    asked = cartography.grouped()
    study = studies.study(*state.key(), asked.method, asked.over)
    named = names(clusters, study)
    effects = later.ask(cartography.effects, *state.key(), asked)
    if isinstance(effects, later.Asked):
        later.wait(effects, "Comparing each group with all others")
    for said in (
        groups.sampled(study, clusters),
        groups.cut_by(clusters, state.latent_space().attributes),
    ):
        if said:
            st.caption(said)
    cards = clusters.cards
    known = [None] * len(cards) if isinstance(effects, later.Asked) else effects
    for card_row in controls.in_rows(list(zip(cards, known, strict=True)), 3):
        for place, (card, own) in zip(st.columns(3), card_row, strict=False):
            with place, st.container(border=True):
                parts.card_title(named[card.number], theme.cluster_colour(card.number))
                back = groups.came_back(study, clusters, card.number)
                if back is None or back >= NAMED:
                    st.text_input(
                        f"Name of group {card.number + 1}",
                        key=group_names.key(clusters, card.number), placeholder="Give it a name",
                        label_visibility="collapsed", max_chars=60, persist_state="session",
                    )  # fmt: skip
                if back is not None:
                    st.caption(groups.came_back_line(back))
                st.caption("  \n".join(groups.card_lines(card, run)))
                st.caption(groups.base_line(card, clusters.base_rate, run))
                if own is not None:
                    st.caption("**Sets it apart**  \n" + "  \n".join(groups.effect_lines(own)))
                taking.offer(card.rows.tolist(), named[card.number], key=f"group_{card.number}")
                _pictures(run, card)


def names(clusters: Clusters, study: Study | None) -> list[str]:
    """What each group is called: one that does not come back keeps its number and takes no name."""
    back = [groups.came_back(study, clusters, number) for number in range(clusters.k)]
    return [
        name if one is None or one >= NAMED else f"Group {number + 1}"
        for number, (name, one) in enumerate(zip(group_names.of(clusters), back, strict=True))
    ]


def _pictures(run: Run, card: ClusterCard) -> None:
    st.caption("Typical")
    typical, torn = card.rows[:PICTURES], card.boundary[:PICTURES]
    picture_row(
        album.plain_items(run, typical), sheet=album.small_sheet(run, typical),
        key=f"group_{card.number}", on_pick=controls.row_picker(f"group_{card.number}"),
        width_rem=4.2,
    )  # fmt: skip
    if len(torn):
        st.caption("On its border")
        picture_row(
            album.plain_items(run, torn), sheet=album.small_sheet(run, torn),
            key=f"border_{card.number}", on_pick=controls.row_picker(f"border_{card.number}"),
            width_rem=4.2,
        )  # fmt: skip


def _names_tools(run: Run, clusters: Clusters) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Save groups and names (CSV)",
            partial(group_names.csv, run, clusters, group_names.of(clusters)),
            file_name=f"{run.name}-groups.csv", icon=":material/download:", mime="text/csv",
        )  # fmt: skip
        st.button(
            "Keep the names on this server", icon=":material/save:", key="keep_names",
            on_click=group_names.keep, args=(clusters,),
            help="Names stay in your session until you keep them; then everybody sees them.",
        )  # fmt: skip
    st.caption(
        "A name belongs to the groups on show: with another K or method there are others. Links "
        "carry no names; those kept on this server are there for everybody."
    )


def _members(clusters: Clusters) -> None:
    asked = cartography.grouped()
    if group_paths.just_changed(asked):
        state.remember("members", True)
    moved = st.expander(
        "Where do members go as the grouping changes?", icon=":material/alt_route:",
        key="members", on_change="rerun",
    )  # fmt: skip
    if not moved.open or clusters.k < 1:
        return
    with moved:
        start = st.selectbox(
            "From", group_paths.starts(asked), format_func=group_paths.spelt,
            key=f"members_from-{group_paths.spelt(asked)}",
        )  # fmt: skip
        before = later.ask(cartography.clusters, *state.key(), start)
        if isinstance(before, later.Asked):
            later.wait(before, "Looking for the groups left behind")
            return
        st.caption(f"Left: {groups.shown(before)}. Right: {groups.shown(clusters)}.")
        chart(
            group_charts.members(before, clusters, group_names.of(clusters)),
            key="members_chart", alt="Members of each group before and after the change",
        )  # fmt: skip
