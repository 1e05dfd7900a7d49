"""Where maps lie when it is known what they must mark: on a planted cause, beside what knows less.

The cause always lies to one side of a lesion in the middle, so a fixed map that marks where causes
lay in training may find much of it without a look at the picture. It stands beside every map
(`mass_usual`), and with `moved` the same lesions are asked about off the middle, where it is lost.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.arrays import Map2D, Mask, Masks, Patches
from core.explain.explanation import Variant, mass_inside
from core.explain.faithfulness.baselines import centre_blob, chance, edges
from core.explain.faithfulness.ground import exchanged
from core.explain.faithfulness.held import Held, Scorer, lesions
from core.explain.faithfulness.place import points_inside, rank_accuracy
from core.explain.faithfulness.planted import Spots, spots_in
from core.explain.faithfulness.removal import roads
from core.explain.faithfulness.shifted import moved_mask, shifted
from core.progress import Progress

LEAST_PX = 8  # of a spot of 20 that must lie in the patch
SEED = 0  # of the moves


def on_planted(
    held: Held, variants: Sequence[Variant], *, moved: bool = False, progress: Progress
) -> pd.DataFrame:
    """Where maps lie on patches that show a planted cause.

    Args:
        held: Rows of a run that was trained on a planted cohort.
        variants: Which maps.
        moved: Whether the patches are cut again off the middle, the spots moved along.
        progress: Told after each.

    Returns:
        One line a row and variant: mass on the cause, on the decoy (NaN where none shows), and
        that on the cause of a blob in the middle, of the mean of training causes (`mass_usual`),
        of an edge detector and of chance; the spots' share of the patch; whether the largest
        relevance is on the cause (`pointing`), and how much of the cause the equally many most
        relevant pixels cover (`rank`); what taking away and bringing back what the map marks
        does to the score (`worth`, `road`); the last four likewise for each that knows less;
        whether the patch was moved.
    """
    training = lesions(held.run, "train")
    every = spots_in(held.run, np.concatenate((held.rows, training)))
    many = len(held.rows)
    usual = usual_place(every.cause[many:])
    spots, patches = Spots(every.cause[:many], every.decoy[:many]), held.patches
    if moved:
        away = shifted(held.run, held.rows, seed=SEED)
        spots, patches = _along(spots, away.offsets), away.patches
    return lying(
        held, variants, spots, patches=patches, usual=usual, moved=moved, progress=progress
    )


def lying(
    held: Held,
    variants: Sequence[Variant],
    spots: Spots,
    *,
    patches: Patches,
    usual: Map2D,
    moved: bool = False,
    progress: Progress,
) -> pd.DataFrame:
    """The same where the spots are known.

    Args:
        held: Rows.
        variants: Which maps.
        spots: One of each a row; rows that hardly show a cause are left out.
        patches: The rows' pictures that show them.
        usual: Where causes lay in training.
        moved: What the table says of the patches.
        progress: Told after each.
    """
    shows = spots.cause.sum(axis=(1, 2)) >= LEAST_PX
    here = Held(held.run, held.model, held.rows[shows])
    cause, decoy, patches = spots.cause[shows], spots.decoy[shows], patches[shows]
    who, rng = here.who, np.random.default_rng(2)
    found = []
    for number, variant in enumerate(variants):
        for at, drawn in enumerate(here.maps(patches, variant)):
            shape, patch = drawn.shape, patches[at]
            less = {
                "blob": centre_blob(shape),
                "usual": usual,
                "edge": edges(patch),
                "chance": chance(shape, rng),
            }
            score = Scorer(here, at)
            gained = exchanged(patch, (drawn, *less.values()), score)
            saved = roads(patch, (drawn, *less.values()), score, seed=SEED)
            line: dict[str, object] = {
                "row": int(here.rows[at]),
                "patient": who[at],
                "variant": variant.key,
                "moved": moved,
                **on_spots(drawn, cause[at], decoy[at]),
                "worth": gained[0].insertion_minus_deletion,
                "road": float(saved[0]),
            }
            for place, (name, other) in enumerate(less.items(), 1):
                line[f"mass_{name}"] = mass_inside(other, cause[at])
                line[f"pointing_{name}"] = points_inside(other, cause[at])
                line[f"rank_{name}"] = rank_accuracy(other, cause[at])
                line[f"worth_{name}"] = gained[place].insertion_minus_deletion
                line[f"road_{name}"] = float(saved[place])
            found.append(line)
        progress("looking for the planted cause", number + 1, len(variants))
    return pd.DataFrame(found)


def usual_place(causes: Masks) -> Map2D:
    """How often each pixel lies on a cause: a map that knows training and not the picture.

    Args:
        causes: Of training patches, (row, height, width); those that hardly show one are left out.
    """
    shown = causes[causes.sum(axis=(1, 2)) >= LEAST_PX]
    return np.asarray(shown.mean(axis=0) if len(shown) else np.ones(causes.shape[1:]))


def on_spots(drawn: Map2D, cause: Mask, decoy: Mask) -> dict[str, float | None]:
    """Where the evidence for the outcome lies; an empty map counts as one that knows nothing."""
    evidence = np.maximum(drawn, 0)  # the cause speaks for the outcome
    on_cause, seen = mass_inside(evidence, cause), int(decoy.sum()) >= LEAST_PX
    on_decoy = mass_inside(evidence, decoy) if seen else None
    empty = not evidence.any()
    return {
        "mass": float(cause.mean()) if on_cause is None else on_cause,
        "area": float(cause.mean()),
        "decoy": float(decoy.mean()) if empty and seen else on_decoy,
        "decoy_area": float(decoy.mean()) if seen else None,
        "pointing": points_inside(evidence, cause),
        "rank": rank_accuracy(evidence, cause),
    }


def _along(spots: Spots, offsets: np.ndarray) -> Spots:
    """The spots where the patches' windows were moved to."""
    cause, decoy = (
        np.stack(
            [moved_mask(one, int(d), int(r)) for one, (d, r) in zip(kind, offsets, strict=True)]
        )
        for kind in (spots.cause, spots.decoy)
    )
    return Spots(cause, decoy)
