"""Minimal flips of a run: of one lesion, and how often one is found over a split's patients."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.arrays import Codes, Features, Values
from core.errors import UndefinedDirection
from core.evaluation.figures import Figure, Stamp
from core.evaluation.intervals import mean_interval, share_interval
from core.growth.calibrate import calibrated
from core.growth.counterfactual import Encode, Flip, Judge, minimal_flip
from core.growth.delivery import Decode, Keep, Lesion, read
from core.growth.patient_turned import Turns
from core.growth.sized import Sized, ruler_holds, sized, spacing_of
from core.latent.attributes import FREE
from core.latent.direction import Direction
from core.latent.space import LatentSpace
from core.run import Run
from core.training.beside import beside_in

READ = ("short_axis_mm", "elongation", "signal", "contrast", "texture", "border")


def flip_of(
    run: Run,
    row: int,
    *,
    decode: Decode,
    encode: Encode,
    score: Judge,
    space: LatentSpace,
    named: tuple[Direction, ...],
    keep: Keep = "surroundings",
    known: Sized | None = None,
) -> Flip:
    """The minimal flip of one row's lesion; see `core.growth.counterfactual`.

    Args:
        run: The run.
        row: The lesion.
        decode: Usually `model.decode`.
        encode: Usually `model.encode`.
        score: Of codes near this lesion.
        space: The run's latent space.
        named: Directions that can be said in words, from `named_directions`.
        keep: What of the scan is kept.
        known: How the lesion's size is known, where that was found out before.
    """
    if known is None:
        known = sized(run, row, space=space, holds=ruler_holds(run))
    lesion = Lesion.of(
        run.codes[row],
        decode,
        original=run.patches[row],
        spacing_mm=known.spacing_mm,
        keep=keep,
        outlined=known.outlined,
    )
    return minimal_flip(
        lesion,
        named=named,
        covariance=covariance_of(space),
        score=score,
        threshold=float(run.preprocessing["node_threshold"]),
        encode=encode,
        seen=space.seen,
    )


def named_directions(run: Run, space: LatentSpace, *, decode: Decode) -> tuple[Direction, ...]:
    """The directions that can be said in words, scaled by what is drawn where that is read.

    None in a cohort that the ruler cannot read: nothing could be said of what they change.
    """
    if not ruler_holds(run):
        return ()
    found = []
    for name in FREE:
        try:
            fitted = space.direction(name)
        except UndefinedDirection:
            continue
        found.append(calibrated(space, fitted, decode=decode, spacing_mm=spacing_of(run)))
    return tuple(found)


def score_near(run: Run, node_score: Callable[[Codes, Features], Values]) -> Callable[[int], Judge]:
    """For each row of a run, the score of codes near it; what was measured of it stays.

    Args:
        run: The run.
        node_score: Usually `model.node_score`.
    """

    def of(row: int) -> Judge:
        own = beside_in(run, np.array([row]))
        return lambda codes: node_score(codes, np.repeat(own, len(codes), 0))

    return of


def covariance_of(space: LatentSpace) -> Features:
    """Of the training codes, (latent, latent)."""
    covariance: Features = np.cov(space.codes[space.train].astype(np.float64), rowvar=False)
    return covariance


def spread_of(run: Run) -> dict[str, float]:
    """Standard deviation of every reading over training patients' lesions."""
    if not ruler_holds(run):
        return {}
    chosen = run.rows["key_slice"].to_numpy(bool) & (run.rows["split"] == "train").to_numpy()
    found = [one for one in read(run.patches[chosen], spacing_of(run)) if one]
    return {name: float(np.std([getattr(one, name) for one in found])) for name in READ}


def flips(
    run: Run,
    split: str,
    *,
    decode: Decode,
    encode: Encode,
    score_of: Callable[[int], Judge],
    most: int | None = None,
    turns: Turns | None = None,
) -> pd.DataFrame:
    """One line a lesion of a split's patients: whether its call was turned, and how.

    Args:
        run: The run.
        split: train, validation or test.
        decode: Usually `model.decode`.
        encode: Usually `model.encode`.
        score_of: The score of codes near a row's lesion.
        most: How many lesions, evenly taken; None takes all.
        turns: Whether a changed picture turns its patient's call too; None leaves it unasked.
    """
    space = LatentSpace.open(run)
    named, spread = named_directions(run, space, decode=decode), spread_of(run)
    chosen = run.rows["key_slice"].to_numpy(bool) & (run.rows["split"] == split).to_numpy()
    rows, holds = np.flatnonzero(chosen), ruler_holds(run)
    if most is not None and len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    lines = []
    for row in rows:
        found = flip_of(
            run, int(row), decode=decode, encode=encode, score=score_of(int(row)), space=space,
            named=named, known=sized(run, int(row), space=space, holds=holds),
        )  # fmt: skip
        lines.append(
            {
                "row": int(row),
                "patient_id": str(run.rows["patient_id"].iloc[row]),
                "found": found.found,
                "named": found.named,
                "inside": found.inside(run.patches[row], run.masks[row]),
                "score_before": found.score_before,
                "score_after": found.score_after,
                "size_sd": found.size_sd,
                "patient_turned": None if turns is None else turns(int(row), found.picture),
                "words": found.words(spread),
            }
        )
    return pd.DataFrame(lines)


def flip_figures(found: pd.DataFrame, *, stamp: Stamp) -> list[Figure]:
    """`flip.found` over all lesions; over those whose call turned `flip.inside` and how often
    the patient's call turns with it, `flip.patient`.
    """
    turned = found[found["found"] & found["inside"].notna()]
    values = [("flip.found", found["found"].astype(float), found)]
    if len(turned):
        values.append(("flip.inside", turned["inside"], turned))
    whole = found[found["found"] & found["patient_turned"].notna()]
    if len(whole):
        values.append(("flip.patient", whole["patient_turned"].astype(float), whole))
    return [
        stamp.figure(
            name,
            (mean_interval if name == "flip.inside" else share_interval)(
                value.to_numpy(), rows["patient_id"].to_numpy(dtype=str)
            ),
            n=len(rows),
            unit_of_n="node",
            data="test",
        )
        for name, value, rows in values
    ]
