"""What the first page shows: one lesion growing in a loop, and three doors."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.run import Run
from dashboard import answers, state, words
from dashboard.components.film_slider import Reel, ReelWords
from dashboard.figures.reel import reel_of
from dashboard.panels.walks import steps_of

SIZE = "short_axis_mm"
FEWEST = 8  # steps that a film needs
DOORS = (
    (
        "Explore",
        "Wander over the map of all {lesions}, meet the patients, see what the model finds alike.",
        ("atlas", "patients"),
    ),
    (
        "Demonstrate",
        "Drag a slider and watch a {lesion} grow, turn its shape and signal, follow the score.",
        ("growth", "dials"),
    ),
    (
        "Teach",
        "Take one decision apart, see where the model looks, and judge how far to trust it.",
        ("why", "how_good"),
    ),
)


@st.cache_resource(max_entries=32, show_spinner="Drawing")
def reel(folder: str, sha: str, row: int) -> Reel:
    """One lesion drawn smaller and larger; towards the outcome where sizes are not known."""
    run = state.reopened(folder, sha)
    space = state.latent_space(run)
    sized = SIZE in space.measured
    direction = space.direction(SIZE if sized else "label")
    size = float(run.rows[SIZE].iloc[row]) if sized else None
    steps = steps_of(direction, size)
    walk = answers.walk(folder, sha, row, direction.name, steps, closed=True, keep="surroundings")
    name = f"{words.capital(run.words.lesion)} {int(run.rows['node'].iloc[row])}"
    whose = str(run.rows["patient_id"].iloc[row])
    film = reel_of(
        walk,
        original=run.patches[row],
        threshold=float(run.preprocessing["node_threshold"]),
        start=int(np.argmin(np.abs(steps))),
        unit=direction.unit or "steps",
        sized=sized,
        words=ReelWords(grown=f"{name} of {whose}, simulated"),
        outline_mm=size,
    )
    return trusted(film)


def trusted(film: Reel) -> Reel:
    """The same film without the steps that are not to be trusted, where enough are left."""
    keep = np.array([not note for note in film.notes], bool)
    if not FEWEST <= keep.sum() < len(keep):
        return film
    return replace(
        film,
        frames=film.frames[keep],
        asked=film.asked[keep],
        measured_mm=film.measured_mm[keep],
        score=film.score[keep],
        enlarged=None if film.enlarged is None else film.enlarged[keep],
        notes=(),
        start=min(int(keep[: film.start].sum()), int(keep.sum()) - 1),
    )


def trained_on(run: Run) -> int:
    """Patients whose pictures the weights were fitted on."""
    return int(run.rows.loc[run.rows["split"] == "train", "patient_id"].nunique())


def kinds(run: Run) -> list[str]:
    """What the pictures are, in a few words each."""
    return [run.words.modality, f"{len(run.rows):,} pictures of {run.words.lesions}"]


def python(row: int) -> str:
    """The first page in a few lines."""
    return f"""from core.model import Model

model = Model.open(run)
code = model.encode(run.patches[{row}:{row} + 1])
drawn = model.decode(code)          # (1, 32, 32) in [0, 1]
print(run.manifest.cohort, run.manifest.patients, model.node_score(code))"""
