"""From a walk through the latent space to what the film slider shows."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from core.arrays import Features, Patch, Values
from core.growth.crossing import crossings
from core.latent.attributes import CM_FROM_MM
from dashboard.components.film_slider import Live, Reel, ReelWords
from dashboard.figures.window import window_of

if TYPE_CHECKING:
    from core.growth.trajectory import Trajectory


def reel_of(
    trajectory: "Trajectory",
    *,
    original: Patch,
    threshold: float,
    start: int,
    words: ReelWords,
    unit: str = "",
    sized: bool = True,
    later: tuple[Literal["twin", "warp"], ...] = (),
    live: Live | None = None,
    again: Features | None = None,
    outline_mm: float | None = None,
    doubling_days: float | None = None,
) -> Reel:
    """A walk as the film slider wants it.

    Args:
        trajectory: The walk; steps rising.
        original: The picture that differences are taken from.
        threshold: A lesion's threshold.
        start: Step shown first.
        words: What stands beside the pictures.
        unit: Unit of the steps where they are no sizes.
        sized: Whether millimetres and the patient's sides are known.
        later: Which pictures will be handed on after it.
        live: How pictures between the steps are decoded; None shows the steps alone.
        again: The scores of heads trained again, (draw, step); None draws no band.
        outline_mm: The short axis by the outline, which stands beside the ruler's reading.
        doubling_days: The doubling time of the volume that the user set.
    """
    in_mm = trajectory.unit == "mm" and bool(np.isfinite(trajectory.asked_mm).all())
    share = trajectory.unit == "share"
    asked = trajectory.asked_mm if in_mm else trajectory.steps * (100 if share else 1)
    trusted = np.array([not sentence for sentence in trajectory.refused])
    return Reel(
        original=original,
        frames=trajectory.pictures,
        asked=asked,
        measured_mm=trajectory.measured_mm if sized else np.full(len(trajectory), np.nan),
        score=trajectory.score,
        threshold=threshold,
        score_low=None if again is None else np.percentile(again, 2.5, axis=0),
        score_high=None if again is None else np.percentile(again, 97.5, axis=0),
        crossings=crossings(asked, np.where(trusted, trajectory.score, np.nan), threshold),
        start=start,
        unit="mm" if in_mm else "%" if share else unit,
        spacing_mm=float(np.mean(trajectory.spacing_mm)) if sized else None,
        window=window_of(np.concatenate([original[None], trajectory.pictures])),
        letters=("R", "L", "A") if sized else None,
        later=later,
        enlarged=trajectory.enlarged,
        notes=trajectory.refused,
        original_mm=_standing(trajectory) if sized else None,
        outline_mm=outline_mm if sized else None,
        in_cm=max(outline_mm or 0.0, float(asked.max()) if in_mm else 0.0) >= CM_FROM_MM,
        doubling_days=doubling_days if sized else None,
        words=words,
        live=live,
    )


def _standing(trajectory: "Trajectory") -> float | None:
    """The size read where the walk stands still; None where it does not or cannot be read."""
    still = np.flatnonzero(trajectory.steps == 0)
    found = float(trajectory.measured_mm[still[0]]) if len(still) else np.nan
    return found if np.isfinite(found) else None


def first_crossings(asked: Values, scores: Features, thresholds: Values) -> Values:
    """Where each of many scores, (draw, step), first passes its own threshold; NaN where never."""
    each = [crossings(asked, score, at) for score, at in zip(scores, thresholds, strict=True)]
    return np.array([found[0] if found else np.nan for found in each])
