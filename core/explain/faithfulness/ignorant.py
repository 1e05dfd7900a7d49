"""Ignorant: what maps that know nothing of the model reach where one map is compared with another.

A spot in the middle and the picture's edges never look at the network, so a network with random
weights, or of another training, leaves them as they are: their likeness is 1, which is why a high
likeness proves nothing there. Chance is drawn anew each time, and is the floor.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.arrays import Map2D, Patch
from core.explain.faithfulness.baselines import centre_blob, chance, edges
from core.explain.faithfulness.held import Held, Rows
from core.explain.faithfulness.likeness import rank_correlation, ssim
from core.explain.faithfulness.shaken import noise_of, worst_change
from core.progress import Progress, silent

IGNORANT = ("blob", "edge", "chance")
"""Maps that know nothing of the model, beside which every figure stands."""
OTHERS = 3  # lesions that each is compared with
Drawn = Callable[[Patch], Map2D]


def ignorant(rng: np.random.Generator) -> dict[str, Drawn]:
    """How each of `IGNORANT` is drawn for a patch.

    Args:
        rng: Of chance, which is another map each time.
    """
    return {
        "blob": lambda patch: centre_blob(patch.shape),
        "edge": edges,
        "chance": lambda patch: chance(patch.shape, rng),
    }


def others_of(rows: int) -> list[Rows]:
    """Which other rows each row's map is compared with, `OTHERS` of them where there are."""
    rng, found = np.random.default_rng(3), []
    for one in range(rows):
        rest = np.delete(np.arange(rows), one)
        found.append(rng.choice(rest, min(OTHERS, len(rest)), replace=False))
    return found


def compared(
    held: Held, *, draws: int = 4, seed: int = 0, progress: Progress = silent
) -> pd.DataFrame:
    """What maps that know nothing reach in every comparison that the model's maps are put to.

    Args:
        held: Whose patches; the network is not asked.
        draws: Noisy copies of each patch, as for the model's maps.
        seed: Of noise and of chance.
        progress: Told after each lesion.

    Returns:
        One line a row and map (`of`, one of `IGNORANT`): `ssim` and `spearman` with the same map
        drawn again for another network, `ssim_other` with that of other lesions, `ssim_flip` with
        the mirrored patch's map mirrored back, `change` under noise. NaN where there is no other.
    """
    patches, who, rest = held.patches, held.who, others_of(len(held.rows))
    noise = noise_of(patches.shape[1:], draws=draws, seed=seed)
    maps = ignorant(np.random.default_rng([seed, 5]))
    found = []
    for at, patch in enumerate(patches):
        mirrored = np.ascontiguousarray(patch[:, ::-1])
        for name, drawn in maps.items():
            own, again = drawn(patch), drawn(patch)
            found.append(
                {
                    "row": int(held.rows[at]),
                    "patient": who[at],
                    "of": name,
                    "ssim": ssim(own, again),
                    "spearman": rank_correlation(own, again),
                    "ssim_other": _mean([ssim(own, drawn(patches[one])) for one in rest[at]]),
                    "ssim_flip": ssim(own, drawn(mirrored)[:, ::-1]),
                    "change": worst_change(patch, noise, drawn),
                }
            )
        progress("what maps that know nothing reach when compared", at + 1, len(patches))
    return pd.DataFrame(found)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
