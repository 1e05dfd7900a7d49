"""What the live worker computes: pictures of several visitors at once, and what is read of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.arrays import Code, Codes, Features, Patch, Values
from core.growth.delivery import KEEPS, Keep, Lesion, complete_all, read
from core.growth.preference import share_of
from dashboard import answers, state

READINGS = ("short_axis_mm", "elongation", "contrast", "texture", "border")


@dataclass(frozen=True)
class Told:
    """A picture with its score and how far its code lies from training codes."""

    picture: Patch
    score: float
    typicality: float


@dataclass(frozen=True, eq=False)
class Bench:
    """What pictures of one lesion are drawn with; `beside` is what its head is told besides."""

    lesion: Lesion
    beside: Features
    score: Callable[[Codes, Features], Values]
    typicality: Callable[[Codes], Values]
    latent: int


def bench_of(name: str, row: int, keep: str) -> Bench:
    """What a lesion's pictures are drawn with.

    Raises:
        RunNotFound: There is no such run.
        IndexError: The run has no such row.
        ValueError: Nothing like that can be kept.
    """
    run = state.open_run(name)
    if not 0 <= row < len(run.rows):
        raise IndexError(row)
    kept: Keep = KEEPS[KEEPS.index(keep)]
    model, space = state.model(run), state.latent_space(run)
    lesion = Lesion.of(
        run.codes[row],
        model.decode,
        original=run.patches[row],
        spacing_mm=answers.ruler_mm(run, row),
        keep=kept,
        outlined=answers.outlined(run, row),
        share=share_of(run),
    )
    beside = answers.features(run, np.array([row]))
    return Bench(lesion, beside, model.node_score, space.typicality, model.latent)


def drawn(work: list[tuple[Bench, Code]]) -> list[Told]:
    """Pictures of several visitors; those who share a network are decoded and read together."""
    found: dict[int, Told] = {}
    networks: dict[object, list[int]] = {}
    for at, (bench, _) in enumerate(work):
        # a bound method is equal to another one of the same network
        networks.setdefault(bench.lesion.decode, []).append(at)
    for places in networks.values():
        benches, codes = [work[at][0] for at in places], np.stack([work[at][1] for at in places])
        first = benches[0]
        pictures = complete_all(
            [each.lesion for each in benches], first.lesion.decode(codes), codes
        )
        scores = first.score(codes, np.concatenate([each.beside for each in benches]))
        told = zip(places, pictures, scores, first.typicality(codes), strict=True)
        for at, picture, score, away in told:
            found[at] = Told(picture, float(score), float(away))
    return [found[at] for at in range(len(work))]


def readings_of(work: list[tuple[Bench, Patch]]) -> list[tuple[float, ...]]:
    """What the ruler reads of pictures, each in the order of READINGS; NaN where it fails."""
    found: dict[int, tuple[float, ...]] = {}
    for spacing in {bench.lesion.spacing_mm for bench, _ in work}:
        at = [row for row, (bench, _) in enumerate(work) if bench.lesion.spacing_mm == spacing]
        for row, one in zip(at, read(np.stack([work[row][1] for row in at]), spacing), strict=True):
            found[row] = tuple(float(getattr(one, name)) if one else np.nan for name in READINGS)
    return [found[row] for row in range(len(work))]
