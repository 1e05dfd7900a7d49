"""A small CNN told to tell two kinds of pictures apart, on patients that it has not seen.

The yardstick of realism: where it cannot do better than chance, what one kind has that the other
lacks is not in the pixels, or too little for a network of this size to learn from so few.
"""

import numpy as np

from core.arrays import Labels, Patches, Values
from core.training.small_cnn import Bags, fit_cnn

FOLDS = 4
EPOCHS = 12  # a few hundred pictures: longer, and the epoch that is kept comes earlier


def told_apart(patches: Patches, kind: Labels, patients: Labels, *, seed: int = 0) -> Values:
    """Each picture's logit of being of the second kind, by a CNN that saw none of its patient.

    In each fold the next one's patients choose the epoch. Logits of different folds are brought
    onto one scale by their own spread.

    Args:
        patches: In [0, 1], (row, height, width).
        kind: False for the first, True for the second kind, (row,).
        patients: Whose each picture is, (row,).
        seed: Of folds, weights and batches.

    Raises:
        ValueError: Too few patients to be folded, or a fold without both kinds.
    """
    names = np.unique(patients)
    if len(names) < FOLDS:
        raise ValueError(f"patients: found {len(names)}, wanted {FOLDS} or more")
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = dict(zip(names[order], np.arange(len(names)) % FOLDS, strict=True))
    folds = np.array([fold_of[one] for one in patients])
    found = np.zeros(len(patches))
    for fold in range(FOLDS):
        asked, choosing = folds == fold, folds == (fold + 1) % FOLDS
        parts = [_bags(patches, kind, where) for where in (~asked & ~choosing, choosing, asked)]
        if any(len(np.unique(part.labels)) < 2 for part in parts[:2]):
            raise ValueError(f"fold {fold}: pictures of one kind only")
        fitted = fit_cnn(parts[0], parts[1], pool="max", seed=seed + fold, epochs=EPOCHS)
        logits = fitted.logits(parts[2])
        held = fitted.logits(parts[1])
        found[asked] = (logits - np.median(held)) / max(float(held.std()), 1e-6)
    return found


def _bags(patches: Patches, kind: Labels, where: Labels) -> Bags:
    """Every picture a patient of its own, as the CNN wants them."""
    rows = np.flatnonzero(where)
    return Bags(patches[rows], np.arange(len(rows)), np.asarray(kind[rows], dtype=int))
