"""Which lesion tells most when it is grown: one whose call changes on the way.

A guess from the run's tables alone, made in milliseconds without the network, so that a first
page need not wait. What is shown of the lesion that was picked is then decoded and measured.
"""

import numpy as np

from core.arrays import Code, Codes, Features, Labels, Values
from core.latent.direction import Direction

EDGE = 1e-6  # scores of 0 and 1 have no log odds
SHARE = 0.45  # of the range of sizes: how far up the Growth page walks
EARLY, HALF = 0.15, 0.5  # of that way: the call should change between; half-way is shown first


def telling(
    codes: Codes,
    scores: Values,
    size: Direction,
    *,
    sizes_mm: Values,
    threshold: float,
    among: Labels,
    beside: Features | None = None,
) -> Values:
    """How much each lesion's score rises as it grows, 0 where its call does not change, (row,).

    The log odds of the scores are taken as a straight line in the code and in what the head is
    told beside it, which they are with the default head; a lesion is walked no further than the
    largest size of training patients.

    Args:
        codes: Posterior means, (row, latent).
        scores: Suspicion scores, (row,) in 0..1.
        size: The direction of the short axis.
        sizes_mm: Short axes, (row,); a row without one is not walked.
        threshold: Score from which a lesion is called.
        among: True for the rows asked about, (row,).
        beside: What the head is told beside the codes, (row, feature); it stays as a lesion grows.
    """
    odds = np.log(np.clip(scores, EDGE, 1 - EDGE) / (1 - np.clip(scores, EDGE, 1 - EDGE)))
    a_mm = float(size.move @ _slope(codes, beside, odds))
    up_mm = np.clip(size.high - sizes_mm, 0.0, SHARE * (size.high - size.low))
    early, half, top = (
        1 / (1 + np.exp(-(odds + a_mm * share * up_mm))) for share in (EARLY, HALF, 1.0)
    )
    turns = among & (scores < threshold) & (early < threshold) & (half >= threshold)
    gained: Values = np.where(turns, np.nan_to_num(top - scores), 0.0)
    return gained


def _slope(codes: Codes, beside: Features | None, odds: Values) -> Code:
    """The line through all log odds, by least squares: its slope in the code, (latent,)."""
    known = codes if beside is None else np.concatenate([codes, np.nan_to_num(beside)], axis=1)
    centred = known.astype(np.float64) - known.mean(0, dtype=np.float64)
    square = centred.T @ centred
    held = square + EDGE * np.trace(square) / len(square) * np.eye(len(square))
    slope: Code = np.linalg.solve(held, centred.T @ (odds - odds.mean()))[: codes.shape[1]]
    return slope
