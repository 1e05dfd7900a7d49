"""Panel of Why: what is shown as files: pictures, maps in the scan's space, numbers."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.run import Run
from dashboard import explaining, state
from dashboard.figures import heat, heat_files


def patient_files(
    run: Run,
    asked: explaining.Asked,
    cards: Sequence[heat.HeatCard],
    *,
    patient: str,
    question: str,
    scale: float,
    opacity: float,
    outlines: bool,
) -> None:
    """All of a patient's lesions: pictures, NIfTI, numbers, also those that are not shown.

    Args:
        run: Whose.
        asked: The patient before the model.
        cards: One a lesion.
        patient: Who, for the files' names.
        question: What the maps explain, by its key.
        scale: Magnitude of full colour.
        opacity: Of the strongest evidence, 0 to 1.
        outlines: Whether the masks' edges are drawn.
    """
    name = heat_files.file_name(run.name, asked.explanations[0], patient, question)
    scan = explaining.scan(*state.key(), patient) if run.manifest.has_masks else None
    grid, said = heat_files.where_nifti_lies(scan, run.settings.patch.spacing_mm[0])
    picture, volume, table = st.columns(3)
    picture.download_button(
        "Pictures (PNG)",
        lambda: heat_files.png(cards, scale=scale, opacity=opacity, outlines=outlines),
        f"{name}.png",
        "image/png",
        width="stretch",
    )
    volume.download_button(
        "Maps (NIfTI)",
        lambda: heat_files.nifti(asked.explanations, run.grid.iloc[list(asked.rows)], scan),
        f"{name}-{grid}.nii.gz",
        "application/gzip",
        width="stretch",
        disabled=not run.manifest.has_masks,
        help=said,
    )
    table.download_button(
        "Numbers (CSV)",
        lambda: heat_files.csv(cards),
        f"{name}.csv",
        "text/csv",
        width="stretch",
    )


def save_picture(label: str, make: Callable[[], bytes], name: str) -> None:
    """A button that saves what is shown as PNG, drawn when it is pressed."""
    st.download_button(label, make, f"{name}.png", "image/png")


def save_table(label: str, make: Callable[[], bytes], name: str) -> None:
    """A button that saves a table as CSV."""
    st.download_button(label, make, f"{name}.csv", "text/csv")
