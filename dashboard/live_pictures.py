"""What the live worker computes: pictures of several visitors at once, and what is read of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.arrays import Code, Codes, Features, Patch, Patches, Values
from core.growth.delivery import KEEPS, Keep, Lesion, complete_all, read
from core.growth.finishing import enlarged
from core.growth.preference import share_of
from core.growth.readying import ready_beside
from core.growth.refusing import refusals
from core.growth.sized import SIZE
from core.latent.direction import WAYS, Way
from dashboard import answers, state

READINGS = ("short_axis_mm", "elongation", "contrast", "texture", "border")


@dataclass(frozen=True, eq=False)
class Wish:
    """What a visitor asks to be drawn: a code, and how many times its picture is enlarged."""

    code: Code
    times: float = 1.0


@dataclass(frozen=True)
class Told:
    """A picture with its score, how far its code lies from training codes, and any refusal."""

    picture: Patch
    score: float
    typicality: float
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Bench:
    """What pictures of one lesion are drawn with.

    Attributes:
        lesion: What every walk begins with.
        beside: What the head is told of it besides its code, (1, feature).
        score: Scores of codes.
        typicality: How far codes lie from training codes.
        start_far: That of the lesion itself.
        latent: Length of a code.
    """

    lesion: Lesion
    beside: Features
    score: Callable[[Codes, Features], Values]
    typicality: Callable[[Codes], Values]
    start_far: float
    latent: int


def bench_of(name: str, row: int, keep: str) -> Bench:
    """What a lesion's pictures are drawn with.

    Args:
        name: The run's name.
        row: The lesion.
        keep: What of the scan is kept; a blended picture says which way of growing it blends with
            the warp, as "blended:dimension" ("blended:" is the run's own way).

    Raises:
        RunNotFound: There is no such run.
        IndexError: The run has no such row.
        ValueError: Nothing like that can be kept, or walked.
    """
    run = state.open_run(name)
    if not 0 <= row < len(run.rows):
        raise IndexError(row)
    kept, _, way = keep.partition(":")
    along = WAYS[WAYS.index(way)] if way else None
    return _bench(*state.key(run), row, KEEPS[KEEPS.index(kept)], along)


@st.cache_resource(max_entries=128, show_spinner=False)
def _bench(folder: str, sha: str, row: int, keep: Keep, way: Way | None) -> Bench:
    """Made once for a class that looks at the same lesion."""
    ready_beside()
    run = state.reopened(folder, sha)
    model, space = state.model(run), state.latent_space(run)
    lesion = Lesion.of(
        run.codes[row],
        model.decode,
        original=run.patches[row],
        spacing_mm=answers.ruler_mm(run, row),
        keep=keep,
        outlined=answers.outlined(run, row),
        share=share_of(run),
        along=answers.along_of(folder, sha, SIZE, way) if keep == "blended" else None,
    )
    return Bench(
        lesion,
        answers.features(run, np.array([row])),
        model.node_score,
        space.typicality,
        float(space.typicality(run.codes[[row]])[0]),
        model.latent,
    )


def drawn(work: list[tuple[Bench, Wish]]) -> list[Told]:
    """Pictures of several visitors; those who share a network are decoded together."""
    found: dict[int, Told] = {}
    networks: dict[object, list[int]] = {}
    for at, (bench, _) in enumerate(work):
        # a bound method is equal to another one of the same network
        networks.setdefault(bench.lesion.decode, []).append(at)
    for places in networks.values():
        benches, codes = (
            [work[at][0] for at in places],
            np.stack([work[at][1].code for at in places]),
        )
        first = benches[0]
        pictures = complete_all(
            [each.lesion for each in benches], first.lesion.decode(codes), codes
        )
        pictures = _finished([work[at] for at in places], pictures)
        scores = first.score(codes, np.concatenate([each.beside for each in benches]))
        far = first.typicality(codes)
        for at, bench, code, picture, score, away in zip(
            places, benches, codes, pictures, scores, far, strict=True
        ):
            (refused,) = refusals(
                code[None],
                np.array([away]),
                start=bench.lesion.code,
                start_far=bench.start_far,
                # of a bare model's picture nothing is stretched that could leave the patch
                outlined=bench.lesion.outlined,
            )
            found[at] = Told(picture, float(score), float(away), refused)
    return [found[at] for at in range(len(work))]


def _finished(work: list[tuple[Bench, Wish]], pictures: Patches) -> Patches:
    """Pictures enlarged where a corrected walk ended so; one that cannot be read stays."""
    found = pictures.copy()
    for at, (bench, wish) in enumerate(work):
        if wish.times == 1 or bench.lesion.residual is None:
            continue
        (own,) = read(pictures[at][None], bench.lesion.spacing_mm)
        if own is not None:
            found[at] = enlarged(bench.lesion, pictures[at], own, wish.times)
    return found


def readings_of(work: list[tuple[Bench, Patch]]) -> list[tuple[float, ...]]:
    """What the ruler reads of pictures, each in the order of READINGS; NaN where it fails."""
    found: dict[int, tuple[float, ...]] = {}
    for spacing in {bench.lesion.spacing_mm for bench, _ in work}:
        at = [row for row, (bench, _) in enumerate(work) if bench.lesion.spacing_mm == spacing]
        for row, one in zip(at, read(np.stack([work[row][1] for row in at]), spacing), strict=True):
            found[row] = tuple(float(getattr(one, name)) if one else np.nan for name in READINGS)
    return [found[row] for row in range(len(work))]
