"""The figures of a run's maps: how they stand on held-out patients, beside what knows nothing.

Everything is taken on one row a lesion of the test patients. Figures of place use the evidence for
the model's own call; a map without any such evidence counts as a map that knows nothing.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.arrays import Labels, Map2D, Mask, Values
from core.explain.explanation import DEFAULT, Variant, mass_inside
from core.explain.faithfulness.baselines import centre_blob, chance, edges
from core.explain.faithfulness.held import Held, Rows, in_favour_of_call
from core.explain.faithfulness.ignorant import others_of
from core.explain.faithfulness.likeness import agreement, rank_correlation, ssim
from core.explain.faithfulness.place import area_under_roc, points_inside, rank_accuracy
from core.explain.faithfulness.randomise import STAGES, randomised
from core.explain.faithfulness.shifted import shifted
from core.progress import Progress

SEEDS = (0, 1, 2)
REDRAWN = 5  # networks a stage
SHUFFLES = 5


def on_shifted(held: Held, *, seeds: Sequence[int] = SEEDS, progress: Progress) -> pd.DataFrame:
    """Where the default map and maps that know nothing lie, on shifted patches.

    Returns:
        One line a row, seed and map ("map", "blob", "edge", "chance"): pointing, mass, rank (the
        share of the node that the equally many most relevant pixels cover), auc, area.
    """
    found, who = [], held.who
    for number, seed in enumerate(seeds):
        away, rng = shifted(held.run, held.rows, seed=seed), np.random.default_rng([seed, 2])
        maps, logits = held.maps(away.patches), held.logits(away.patches)
        for at, (patch, mask) in enumerate(zip(away.patches, away.masks, strict=True)):
            of = {"row": int(held.rows[at]), "patient": who[at], "seed": seed}
            for name, evidence in {
                "map": in_favour_of_call(maps[at], float(logits[at]), held.threshold),
                "blob": centre_blob(patch.shape),
                "edge": edges(patch),
                "chance": chance(patch.shape, rng),
            }.items():
                found.append(of | {"of": name} | _on_mask(evidence, mask))
        progress("where maps lie on shifted patches", number + 1, len(seeds))
    return pd.DataFrame(found)


def of_variants(held: Held, variants: Sequence[Variant], *, progress: Progress) -> pd.DataFrame:
    """Where the other methods' maps lie on shifted patches, so that the table lets one choose.

    Returns:
        Lines like those of `on_shifted` with its first seed; `of` is the variant's key.
    """
    found, who, seed = [], held.who, SEEDS[0]
    away = shifted(held.run, held.rows, seed=seed)
    logits = held.logits(away.patches)
    for number, variant in enumerate(variants):
        for at, drawn in enumerate(held.maps(away.patches, variant)):
            of = {"row": int(held.rows[at]), "patient": who[at], "seed": seed, "of": variant.key}
            evidence = in_favour_of_call(drawn, float(logits[at]), held.threshold)
            found.append(of | _on_mask(evidence, away.masks[at]))
        progress("where each method's maps lie", number + 1, len(variants))
    return pd.DataFrame(found)


def _on_mask(evidence: Map2D, mask: Mask) -> dict[str, float | None]:
    inside, area, outlined = mass_inside(evidence, mask), float(mask.mean()), bool(mask.any())
    return {
        "pointing": points_inside(evidence, mask),
        "mass": area if inside is None and outlined else inside,
        "rank": rank_accuracy(evidence, mask),
        "auc": area_under_roc(evidence, mask),
        "area": area if outlined else None,
    }


def between_methods(
    held: Held, maps: Sequence[tuple[str, Sequence[Map2D]]], *, progress: Progress
) -> pd.DataFrame:
    """How far every two methods agree on the order of a patch's pixels.

    Args:
        held: Whose patches.
        maps: Each method's key, or that of a map that knows nothing, with its maps.
        progress: Told after each row.

    Returns:
        One line a row and two of them (`one`, `other`), with the rank correlation of their maps.
    """
    names, found = [name for name, _ in maps], []
    pairs = [(one, other) for one in range(len(names)) for other in range(one)]
    for at in range(len(held.rows)):
        table = agreement([drawn[at] for _, drawn in maps])
        for one, other in pairs:
            found.append(
                {
                    "row": int(held.rows[at]),
                    "patient": held.who[at],
                    "one": names[other],
                    "other": names[one],
                    "spearman": float(table[one, other]),
                }
            )
        progress("how far methods agree", at + 1, len(held.rows))
    return pd.DataFrame(found)


def under_randomisation(
    held: Held, variant: Variant = DEFAULT, *, progress: Progress
) -> pd.DataFrame:
    """How alike a method's maps and those of networks with random weights are.

    Every stage is drawn `REDRAWN` times. The patients are dealt out to the draws, so that every
    lesion counts once a stage: a mean over lesions is then one over draws too, at the price of one.

    Returns:
        One line a row and stage: seed, ssim, spearman; stage "other lesion" compares each lesion's
        map with `ignorant.OTHERS` other lesions' of the model itself.
    """
    patches, who, found = held.patches, held.who, []
    own = held.maps(patches, variant)
    hands = dealt(who, REDRAWN)
    for number, stage in enumerate(STAGES):
        for draw in range(REDRAWN):
            at = np.flatnonzero(hands == draw)
            if at.size:
                seed = number * REDRAWN + draw
                part = Held(held.run, held.model, held.rows[at])
                afresh = randomised(held.model.network, stage, seed=seed)
                other = part.maps(patches[at], variant, afresh)
                found += _compared(part, [own[one] for one in at], other, stage, seed)
        progress("drawing weights afresh", number + 1, len(STAGES))
    for one, two in enumerate(others_of(len(own))):
        alone = Held(held.run, held.model, np.repeat(held.rows[one], len(two)))
        found += _compared(
            alone, [own[one]] * len(two), [own[each] for each in two], "other lesion", 0
        )
    return pd.DataFrame(found)


def dealt(who: Labels, hands: int) -> Rows:
    """Which hand each row's patient was dealt to, (row,): patients by chance, as evenly as goes."""
    names, number = np.unique(who, return_inverse=True)
    return np.asarray(np.random.default_rng(4).permutation(len(names))[number] % hands)


def on_shuffled(held: Held, *, progress: Progress) -> pd.DataFrame:
    """How alike the default map and those of heads fitted on shuffled labels are.

    Returns:
        One line a row and shuffle: ssim, spearman, and `strength`, the shuffled map's largest
        magnitude over the map's own (NaN where that is 0).
    """
    from core.training.shuffled import on_shuffled_labels

    own, found = held.maps(held.patches), []
    strong = np.array([float(np.abs(drawn).max()) for drawn in own])
    for number in range(SHUFFLES):
        model = on_shuffled_labels(held.run, held.model, seed=number)
        other = held.maps(held.patches, network=model.network)
        lines = _compared(held, own, other, "shuffled labels", number)
        for line, drawn, full in zip(lines, other, strong, strict=True):
            left = float(np.abs(drawn).max())
            found.append(line | {"strength": left / full if full else float("nan")})
        progress("fitting heads on shuffled labels", number + 1, SHUFFLES)
    return pd.DataFrame(found)


def mirrored(held: Held, variant: Variant = DEFAULT) -> Values:
    """SSIM of each map with the map of the mirrored patch mirrored back, (row,)."""
    own = held.maps(held.patches, variant)
    turned = held.maps(np.ascontiguousarray(held.patches[:, :, ::-1]), variant)
    return np.array([ssim(a, b[:, ::-1]) for a, b in zip(own, turned, strict=True)])


def retrained(held: Held, other: Held, variant: Variant = DEFAULT) -> Values:
    """SSIM of each map with the map of another training of the same rows, (row,).

    Both explain the same pictures; what the head is told beside them is each training's own.
    """
    own, again = held.maps(held.patches, variant), other.maps(held.patches, variant)
    return np.array([ssim(a, b) for a, b in zip(own, again, strict=True)])


def _compared(
    held: Held, own: Sequence[Map2D], other: Sequence[Map2D], stage: str, seed: int
) -> list[dict[str, object]]:
    measures: dict[str, Callable[[Map2D, Map2D], float]] = {
        "ssim": ssim,
        "spearman": rank_correlation,
    }
    return [
        {
            "row": int(held.rows[at]),
            "patient": held.who[at],
            "stage": stage,
            "seed": seed,
            **{name: measure(a, b) for name, measure in measures.items()},
        }
        for at, (a, b) in enumerate(zip(own, other, strict=True))
    ]
