"""Cached answers of the Growth and Dials pages beside the walk itself."""

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.arrays import Codes, Features, Map2D, Patch, Patches, Values
from core.errors import LymphoscapeError
from core.growth.span import FRAMES
from core.run import Run
from dashboard import answers, state

TRAININGS = 6  # other ones that are asked about a walk, the newest
ALIKE = 0.08  # mean difference that the slice's lossy picture may have from the patch

if TYPE_CHECKING:
    from core.growth.agreement import Told, Training
    from core.growth.counterfactual import Flip
    from core.growth.delivery import Keep
    from core.growth.paths import Mode
    from core.growth.trainings import Opinion
    from core.growth.trajectory import Trajectory
    from core.latent.direction import Direction, Way
    from core.model import Model
    from core.training.resampled import HeadsAgain


@st.cache_resource(max_entries=48, show_spinner="Looking for the smallest change")
def flip(folder: str, sha: str, row: int) -> "Flip":
    """The smallest plausible change of a lesion's picture that turns its call."""
    from core.growth.flips import flip_of
    from core.growth.sized import Sized

    run = state.reopened(folder, sha)
    model = state.model(run)
    return flip_of(
        run,
        row,
        decode=model.decode,
        encode=model.encode,
        score=answers.scorer(run, row),
        space=state.latent_space(run),
        named=_named(folder, sha),
        known=Sized(answers.ruler_mm(run, row), answers.outlined(run, row)),
    )


@st.cache_data(max_entries=48, show_spinner=False)
def patient_turned(folder: str, sha: str, row: int) -> bool:
    """Whether a lesion's smallest flip turns its patient's call too."""
    from core.growth.patient_turned import patient_turns

    run = state.reopened(folder, sha)
    return patient_turns(run, state.model(run))(row, flip(folder, sha, row).picture)


@st.cache_data(max_entries=8, show_spinner=False)
def spread(folder: str, sha: str) -> dict[str, float]:
    """Standard deviation of what the ruler reads of training lesions."""
    from core.growth.flips import spread_of

    return spread_of(state.reopened(folder, sha))


@st.cache_resource(max_entries=8, show_spinner=False)
def _named(folder: str, sha: str) -> "tuple[Direction, ...]":
    run = state.reopened(folder, sha)
    if not answers.ruler_holds(folder, sha):
        return ()
    found = state.latent_space(run).directions()
    return tuple(answers.along_of(folder, sha, one.name) for one in found if one.name != "label")


def nearest_real(run: Run, found: "Flip", row: int) -> int | None:
    """The observed lesion nearest to a flip's end that is called, and labelled, otherwise."""
    from core.growth.counterfactual import nearest_of_other_call

    rows = run.rows
    keys = np.flatnonzero(
        rows["key_slice"].astype(bool) & (rows["patient_id"] != rows["patient_id"].iloc[row])
    )
    if "node_score" not in rows or not len(keys):
        return None
    threshold = float(run.preprocessing["node_threshold"])
    at = nearest_of_other_call(
        run.codes[keys],
        rows["node_score"].to_numpy(float)[keys],
        rows["label"].to_numpy(int)[keys],
        found.code,
        called=found.score_before >= threshold,
        threshold=threshold,
    )
    return None if at is None else int(keys[at])


@st.cache_data(max_entries=48, show_spinner=False)
def observed(
    folder: str,
    sha: str,
    row: int,
    steps: tuple[float, ...],
    *,
    closed: bool,
    keep: "Keep",
    way: "Way | None",
) -> pd.DataFrame:
    """The scores of the nearest observed lesions at sizes along a walk."""
    from core.growth.observed import observed_beside

    run = state.reopened(folder, sha)
    walk = answers.walk(folder, sha, row, "short_axis_mm", steps, closed=closed, keep=keep, way=way)
    return observed_beside(run, walk, row, again=scores_again(run, row, walk.codes))


@st.cache_resource(max_entries=4, show_spinner=False)
def heads(folder: str, sha: str) -> "HeadsAgain | None":
    """The run's head fitted on its training patients drawn again; None where it cannot be."""
    from core.training.resampled import heads_again

    run = state.reopened(folder, sha)
    return heads_again(run, state.model(run))


def scores_again(run: Run, row: int, codes: Codes) -> Features | None:
    """What those heads say of codes near one lesion, (draw, code)."""
    found = heads(*state.key(run))
    if found is None:
        return None
    own = answers.features(run, np.array([row]))
    return found.node_scores(codes, np.repeat(own, len(codes), 0))


@st.cache_data(max_entries=48, show_spinner=False)
def scored_anew(folder: str, sha: str, row: int, pictures: Patches) -> Values:
    """The scores of pictures near one lesion, each given to the model as a scan would be."""
    run = state.reopened(folder, sha)
    return answers.scorer(run, row)(state.model(run).encode(pictures))


def other_trainings(run: Run) -> tuple[Run, ...]:
    """The newest other trainings here on the same pictures; examples that went wrong are none."""
    there = [each for each in state.runs() if not state.is_example(each)]
    return _others(*state.key(run), tuple(state.key(each) for each in there))


@st.cache_resource(max_entries=8, show_spinner=False)
def _others(folder: str, sha: str, there: tuple[tuple[str, str], ...]) -> tuple[Run, ...]:
    from core.growth.trainings import others_of

    runs = [state.reopened(*each) for each in there]
    return others_of(state.reopened(folder, sha), runs, most=TRAININGS)


@st.cache_data(max_entries=24, show_spinner="Asking other trainings")
def opinions(row: int, pictures: Patches, asked: tuple[tuple[str, str], ...]) -> "list[Opinion]":
    """What each of these trainings, the first the run's own, says of pictures near one lesion.

    One whose network cannot be opened is left out.
    """
    from core.growth.trainings import opinions as said

    own, *others = (state.reopened(*key) for key in asked)
    found = said(own, row, pictures, [(own, state.model(own))])
    for each in others:
        with suppress(LymphoscapeError):
            found += said(own, row, pictures, [(each, _witness(*state.key(each)))])
    return found


def told_beforehand(run: Run, row: int, asked: Values) -> "list[Opinion]":
    """What trainings that are not here said beforehand of this very walk; else nothing."""
    from core.growth.agreement import kept_opinions

    told = _told(*state.key(run))
    return [] if told is None else kept_opinions(told, row, asked)


def asked_beforehand(run: Run) -> "tuple[Training, ...]":
    """The other trainings that were asked beforehand about this run's usual walks."""
    told = _told(*state.key(run))
    return () if told is None else told.trainings[1:]


@st.cache_resource(max_entries=8, show_spinner=False)
def _told(folder: str, sha: str) -> "Told | None":
    from core.growth.agreement import kept

    return kept(state.reopened(folder, sha))


@st.cache_resource(max_entries=TRAININGS, show_spinner=False)
def _witness(folder: str, sha: str) -> "Model":
    """Another training's network, beside those that visitors' own runs need."""
    from core.model import Model

    return Model.open(state.reopened(folder, sha))


@st.cache_data(max_entries=24, show_spinner="Drawing the walk")
def between(folder: str, sha: str, start: int, end: int, mode: "Mode") -> "Trajectory":
    """The walk from one lesion's code to another's."""
    from core.growth.walked import walked_between

    run = state.reopened(folder, sha)
    return walked_between(answers.ground_of(run, start), start, end, FRAMES, mode=mode)


@st.cache_data(max_entries=24, show_spinner=False)
def passed(folder: str, sha: str, start: int, end: int) -> tuple[int, ...]:
    """The rows of the real lesions that the way by neighbours passes, in order."""
    from core.growth.paths import stations
    from core.growth.walked import other_lesions

    run = state.reopened(folder, sha)
    others = other_lesions(run, start, end)
    found = stations(run.codes[start], run.codes[end], run.codes[others])
    return tuple(int(row) for row in others[found])


@st.cache_data(max_entries=16, show_spinner="Measuring what dimensions change")
def traversed(folder: str, sha: str, dimensions: tuple[int, ...]) -> pd.DataFrame:
    """What the ruler reads when single dimensions of held-out lesions' codes are changed."""
    from core.growth.traverse import traversed as measured

    run = state.reopened(folder, sha)
    space = state.latent_space(run)
    chosen = space.validation if space.validation.any() else space.train
    return measured(
        run.codes[chosen],
        dimensions,
        run.codes[space.train].std(0),
        decode=state.model(run).decode,
        spacing_mm=answers.spacing_mm(run, 0),
        spread=spread(folder, sha),
    )


@st.cache_data(max_entries=24, show_spinner=False)
def warped(folder: str, sha: str, row: int, steps: tuple[float, ...]) -> Patches | None:
    """The scan warped by so many mm, its surroundings kept, no network; None where it is not read.

    Of the image warps of the trial the one that is harder to beat.
    """
    from core.growth.delivery import read
    from core.growth.trial import paste, warp

    run = state.reopened(folder, sha)
    patch, spacing = run.patches[row], answers.ruler_mm(run, row)
    if spacing is None:
        return None
    (found,) = read(patch[None], spacing)
    if found is None:
        return None
    grown = [warp(patch, found, step, spacing) for step in steps]
    return np.stack([paste(picture, patch, found, spacing) for picture in grown])


def in_slice(run: Run, row: int, picture: Patch) -> "tuple[Map2D, tuple[int, int]] | None":
    """A patch's picture pasted back into its slice, in [0, 1], and where its corner lies.

    None where the run keeps no picture of that slice on the grid of its patches.
    """
    if not run.manifest.has_masks:
        return None
    one, grid = run.rows.iloc[row], run.grid.iloc[row]
    kept = [
        each
        for each in run.slices
        if each.patient_id == str(one["patient_id"]) and each.slice_k == int(one["slice_k"])
    ]
    corner_i, corner_j, _ = (int(value) for value in grid["corner"])
    if not kept:
        return None
    whole = kept[0].read().astype(np.float32) / 255
    height, width = whole.shape
    top, left = height - 1 - corner_j, width - 1 - corner_i
    side = picture.shape[0]
    rows, columns = np.arange(top, top + side), np.arange(left, left + side)
    inside = np.ix_((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    place = np.ix_(rows[(rows >= 0) & (rows < height)], columns[(columns >= 0) & (columns < width)])
    there, scan = whole[place], run.patches[row][inside]
    # another grid than the patch's would paste it anywhere: the scan itself must lie there
    if there.size < scan.size or np.abs(there - scan).mean() > ALIKE:
        return None
    whole[place] = picture[inside]
    return whole, (top, left)
