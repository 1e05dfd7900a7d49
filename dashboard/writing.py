"""Where the decoder writes each attribute: cached, as signed changes of the model's picture."""

import numpy as np
import streamlit as st

from core.errors import UndefinedDirection
from core.evaluation.probes import FACTORS
from core.latent.attributes import LABEL, attribute_words
from core.run import Run
from dashboard import cartography, state, words
from dashboard.figures.heat_written import Change, Written

LEAST_R2 = 0.10  # below it a map of the reading shows where next to nothing is read


def attributes(run: Run) -> tuple[str, ...]:
    """The attributes that the run has a direction for."""
    return tuple(one.name for one in state.latent_space(run).directions() if one.name != LABEL)


def known_words(run: Run, name: str) -> str:
    """How much of what was measured the model's reading of an attribute tells, after a reading."""
    r2 = state.latent_space(run).direction(name).r2
    if not np.isfinite(r2):
        return ""
    factor = next((key for key, (_, column) in FACTORS.items() if column == name), "")
    true = run.metrics.get(f"r2.{factor}")
    also = f"; the whole code and the true one {true['value']:.2f}" if true else ""
    if r2 < LEAST_R2:
        return f"; of what is measured it tells next to nothing (R² {r2:.2f}{also})"
    return f"; R² with what is measured {r2:.2f}{also}"


@st.cache_data(max_entries=128, show_spinner="Drawing the changes")
def written(folder: str, sha: str, row: int, names: tuple[str, ...]) -> Written:
    """What one standard deviation more of each attribute changes in the model's picture.

    Args:
        folder: Of the run.
        sha: Of its weights.
        row: Whose picture.
        names: Of which attributes.

    Returns:
        decode(code + 1 sd) - decode(code - 1 sd) of each attribute, the standard deviation being
        that of the training codes along its direction, and the reconstruction with its error.
    """
    run = state.reopened(folder, sha)
    model, space = state.model(run), state.latent_space(run)
    code, trained = run.codes[row], run.codes[(run.rows["split"] == "train").to_numpy()]
    changes = []
    for name in names:
        try:
            vector = space.direction(name).vector.astype(np.float32)
        except UndefinedDirection:
            continue
        sd = float((trained @ vector).std())
        less, more = model.decode(np.stack([code - sd * vector, code + sd * vector]))
        title = words.capital(attribute_words(name))
        changes.append(Change(title, np.asarray(more - less), sd))
    patch, drawn = np.array(run.patches[row]), cartography.reconstruction(folder, sha, row)
    return Written(patch, drawn, tuple(changes))
