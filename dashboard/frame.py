"""The frame around every page: the list of pages, the run, the banner, and what went wrong."""

from pathlib import Path

import streamlit as st

from dashboard import arrivals, classroom, controls, libraries, page_link, parts, state, words

HERE = Path(__file__).parent
PICTURES = HERE / "components"


def pages() -> dict[str, list[st.Page]]:
    """Every page, grouped by what one does there."""
    return {
        "": [_page("start", "Start", "home", default=True)],
        "Look": [
            _page("patients", "Patients", "groups"),
            _page("atlas", "Atlas", "scatter_plot"),
        ],
        "Ask": [
            _page("growth", "Growth", "zoom_out_map"),
            _page("dials", "Dials", "tune"),
            _page("why", "Why", "psychology_alt"),
        ],
        "Judge": [
            _page("how_good", "How good", "balance"),
            _page("inflated", "Inflated results", "device_thermostat"),
        ],
    }


def _page(name: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    return st.Page(
        HERE / "views" / f"{name}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path=None if default else name.replace("_", "-"),
        default=default,
    )


def banner(page: str) -> None:
    """Which run this is, of whom, from when, what is wrong with it; and not for diagnosis."""
    run = state.run()
    parts.badges(
        run.name,
        run.manifest.cohort,
        "" if run.manifest.synthetic else words.kind(run),
        words.counted(run.manifest.patients, "patient"),
        f"trained {words.when(run)}",
        warn=[
            "Research and teaching only, not for diagnosis",
            *(["Synthetic data"] if run.manifest.synthetic else []),
            *(["Example for class"] if state.is_example(run) else []),
        ],
    )
    if lost := state.recall("lost_run"):
        st.info(f"The link names run {lost!r}, which is not here; this is {run.name!r}.")
    warnings = run.manifest.warnings
    if said := [*classroom.intended(run), *warnings, *classroom.to_see(run, page)]:
        show, icon = (st.warning, "warning") if warnings else (st.info, "school")
        show(" ".join(said), icon=f":material/{icon}:")


st.set_page_config(page_title="Lymphoscape", page_icon=PICTURES / "icon.png", layout="wide")
parts.style()
st.logo(PICTURES / "logo.svg", size="large")
if page_link.room_asked():
    parts.for_a_room()  # before there is a side bar, which would be seen for a moment
page = st.navigation(pages(), expanded=True)
with parts.telling():
    state.read_link()
    with st.sidebar:
        arrivals.watch()
        controls.pick_run()
        st.caption(words.NOTICE)
    if state.row_known():  # to choose one waits for the network; a page's words need not
        state.write_link()
    banner(page.url_path)
    libraries.ready()
    page.run()
    state.write_link()
