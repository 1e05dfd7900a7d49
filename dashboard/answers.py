"""Cached answers of the pages that ask the model: Growth and Dials; Why has `explaining`.

Keyed by the run's folder, its weights and plain values, so that hashing never meets a network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from core.arrays import Code, Codes, Features, Labels, Patch, Patches, Values
from core.run import Run
from dashboard import ruled, state

if TYPE_CHECKING:
    from core.growth.delivery import Keep
    from core.growth.measure import Measurement
    from core.growth.outlined import Outlined
    from core.growth.preference import Preferred
    from core.growth.trajectory import Trajectory
    from core.growth.walked import Ground
    from core.latent.dimensions import Dimension
    from core.latent.direction import Direction, Way
    from core.prediction import Clinical, Prediction


@dataclass(frozen=True)
class Summed:
    """A second direction that a walk takes along: so many of its units for each unit walked."""

    name: str
    rate: float


@dataclass(frozen=True)
class Dialled:
    """What the model draws for one setting of the dials.

    Attributes:
        picture: As drawn, in [0, 1].
        score: The lesion's suspicion score, in [0, 1].
        measured: What the ruler reads on the picture; None where it cannot.
        typicality: Distance from the training codes over their 99 % shell; above 1 is outside.
    """

    picture: Patch
    score: float
    measured: "Measurement | None"
    typicality: float


def spacing_mm(run: Run, row: int) -> tuple[float, float]:
    """Height and width of a pixel of one row's patch; (1, 1) where the cohort has no geometry."""
    if not run.manifest.has_masks:
        return (1.0, 1.0)
    affine = np.array([float(value) for value in run.grid["affine"].iloc[row]]).reshape(4, 4)
    down, across = np.linalg.norm(affine[:3, :2], axis=0)
    return (float(down), float(across))


@st.cache_data(max_entries=16, show_spinner=False)
def ruler_holds(folder: str, sha: str) -> bool:
    """Whether the ruler finds in this cohort what its outlines outline, so that it is asked."""
    from core.growth.ruler_check import ruler_check

    run = state.reopened(folder, sha)
    if not run.manifest.has_masks:
        return False
    return ruler_check(run.rows, run.patches, spacing_mm=spacing_mm(run, 0)).holds


def ruler_mm(run: Run, row: int) -> tuple[float, float] | None:
    """Height and width of a pixel for the ruler; None where it is not to be asked.

    That is in a cohort that it cannot read, and of a lesion of which it reads something else than
    what is outlined.
    """
    key, spacing = state.key(run), spacing_mm(run, row)
    return spacing if ruler_holds(*key) and ruled.agrees_on(*key, row, spacing) else None


def outlined(run: Run, row: int) -> "Outlined | None":
    """A lesion's outline where the ruler is not to be asked; None where it is, or without one."""
    from core.growth.outlined import Outlined

    short_mm = float(run.rows["short_axis_mm"].iloc[row])
    if ruler_mm(run, row) is not None or not run.manifest.has_masks or not run.masks[row].any():
        return None
    size = state.latent_space(run).direction("short_axis_mm")
    return Outlined(run.masks[row], short_mm, size.read)


def pixel_mm(run: Run, row: int) -> float | None:
    """The same as one number for a scale bar; None where millimetres are not known."""
    return float(np.mean(spacing_mm(run, row))) if run.manifest.has_masks else None


def walk(
    folder: str,
    sha: str,
    row: int,
    direction: str,
    steps: tuple[float, ...],
    *,
    closed: bool,
    keep: "Keep",
    way: "Way | None" = None,
    summed: Summed | None = None,
) -> "Trajectory":
    """One lesion moved along a named direction, drawn, measured and scored at every step.

    See `core.growth.walked`; with a second direction, that goes along. Without a way
    the size goes the way that the trial of all ways recommends for this run.
    """
    # the cache tells what is left out from what is given as None, and would draw it twice
    return _walk((folder, sha, row, direction, steps), closed, keep, way, summed)


@st.cache_data(max_entries=48, show_spinner="Drawing the walk")
def _walk(
    asked: tuple[str, str, int, str, tuple[float, ...]],
    closed: bool,
    keep: "Keep",
    way: "Way | None",
    summed: Summed | None,
) -> "Trajectory":
    from core.growth.readying import ready_beside
    from core.growth.walked import walked

    folder, sha, row, direction, steps = asked
    ready_beside()
    along = along_of(folder, sha, direction, way)
    more = None if summed is None else summed.rate * along_of(folder, sha, summed.name)
    ground = ground_of(state.reopened(folder, sha), row)
    return walked(ground, row, along, np.array(steps), closed=closed, keep=keep, beside=more)


def ground_of(run: Run, row: int) -> "Ground":
    """What a lesion's walks stand on, of what was found out before."""
    from core.growth.sized import Sized
    from core.growth.walked import Ground

    return Ground(
        run,
        state.latent_space(run),
        state.model(run).decode,
        Sized(ruler_mm(run, row), outlined(run, row)),
        ruler_holds(*state.key(run)),
        scorer(run, row),
    )


def trusted_way(
    folder: str,
    sha: str,
    row: int,
    direction: str,
    steps: tuple[float, ...],
    *,
    keep: "Keep",
    summed: Summed | None = None,
) -> "Way":
    """Of the ways to find a direction, the one whose corrected walk is refused least.

    The first that is refused at no more than a quarter of its steps is taken, beginning with the
    one that the trial of all ways recommends.
    """
    from core.growth.usual import least_refused, ways_of

    def corrected(way: "Way") -> "Trajectory":
        asked = (folder, sha, row, direction, steps)
        return walk(*asked, closed=True, keep=keep, way=way, summed=summed)

    ground = ground_of(state.reopened(folder, sha), row)
    return least_refused(ways_of(ground, direction), corrected)


@st.cache_resource(max_entries=48, show_spinner=False)
def along_of(folder: str, sha: str, name: str, way: "Way | None" = None) -> "Direction":
    """A direction in its unit, scaled by what is drawn of validation lesions where that is read."""
    from core.growth import walked
    from core.growth.sized import Sized

    run, unasked = state.reopened(folder, sha), Sized(None, None)  # of no lesion in particular
    space, decode = state.latent_space(run), state.model(run).decode
    ground = walked.Ground(run, space, decode, unasked, ruler_holds(folder, sha))
    return walked.along_of(ground, name, way)


@st.cache_data(max_entries=16, show_spinner=False)
def preferred_of(folder: str, sha: str) -> "Preferred":
    """What the trial of all ways to grow recommends for a run."""
    from core.growth.preference import preferred

    return preferred(state.reopened(folder, sha))


def readable(run: Run, row: int) -> bool:
    """Whether the ruler can read a lesion's size on the scan and on the model's picture of it."""
    from core.growth import walked

    return walked.readable(ground_of(run, row), row)


@st.cache_data(max_entries=256, show_spinner=False)
def dialled(folder: str, sha: str, row: int, moves: tuple[tuple[str, float], ...]) -> Dialled:
    """What the model draws from a lesion's code after named moves; a move is (name, amount).

    A name is a direction's, with the amount in its unit, or `dimension 12`, in latent units.
    """
    from core.growth.delivery import read

    run = state.reopened(folder, sha)
    model, space = state.model(run), state.latent_space(run)
    code: Code = run.codes[row].copy()
    for name, amount in moves:
        if name.startswith("dimension "):
            code[int(name.split()[1])] += amount
        else:
            code = code + along_of(folder, sha, name).step(amount).astype(np.float32)
    picture: Patches = model.decode(code[None])
    return Dialled(
        picture=picture[0],
        score=float(scorer(run, row)(code[None])[0]),
        measured=read(picture, ruler_mm(run, row))[0],
        typicality=float(space.typicality(code[None])[0]),
    )


@st.cache_data(max_entries=4, show_spinner="Reading the dimensions")
def dimensions(folder: str, sha: str) -> "tuple[tuple[Dimension, ...], Values]":
    """Every latent dimension with what it says, and how much each moves a lesion's logit."""
    from core.latent.dimensions import describe_dimensions

    run = state.reopened(folder, sha)
    model = state.model(run)
    spread = model.posterior(run.patches)[1]
    return describe_dimensions(state.latent_space(run), spread), model.dimension_weights()


@st.cache_data(max_entries=8, show_spinner=False)
def prior(folder: str, sha: str, seed: int, count: int) -> Patches:
    """Pictures drawn from the prior: what the model makes of pure chance."""
    from core.latent.dimensions import prior_samples

    model = state.model(state.reopened(folder, sha))
    return model.decode(prior_samples(count, model.latent, seed=seed))


def predict(run: Run, patient_id: str) -> "Prediction":
    """What the model says of one of the run's patients, from all of their patches."""
    own = run.rows[run.rows["patient_id"] == patient_id]
    return state.model(run).predict(
        run.codes[own.index.to_numpy()],
        nodes=own["node"].to_numpy(),
        features=features(run, own.index.to_numpy()),
        clinical=clinical(own.iloc[0]),
        patient_id=patient_id,
    )


def clinical(row: "pd.Series[Any]") -> "Clinical":
    """What one row says of the patient beside the pictures."""
    from core.prediction import Clinical

    return Clinical(
        t_stage=int(row["t_stage"]) if pd.notna(row.get("t_stage")) else None,
        age=float(row["age"]) if pd.notna(row.get("age")) else None,
        sex=str(row["sex"]) if pd.notna(row.get("sex")) else None,
    )


def scorer(run: Run, row: int) -> Callable[[Codes], Values]:
    """The suspicion score of codes near one lesion; what was measured of it stays."""
    own, model = features(run, np.array([row])), state.model(run)

    def score(codes: Codes) -> Values:
        return model.node_score(codes, np.repeat(own, len(codes), 0))

    return score


def features(run: Run, rows: Labels) -> Features:
    """What the head is told of lesions beside their codes; NaN where it is not known."""
    from core.training.beside import beside_in

    return beside_in(run, rows)
