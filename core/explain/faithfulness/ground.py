"""Ground: what every map of some lesions is tested on, made once and shared by all methods.

Each lesion's patch is cut again off the middle (`shifted`), and there the maps that know nothing
of the model (a blob in the middle, the picture's edges, chance) show what any map gets for free.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.arrays import Map2D, Patch
from core.explain.faithfulness.baselines import centre_blob, chance, edges
from core.explain.faithfulness.held import Held, Rows, Scorer
from core.explain.faithfulness.ignorant import IGNORANT
from core.explain.faithfulness.removal import Removal, Score, removals, roads
from core.explain.faithfulness.shifted import Shifted, shifted
from core.explain.infill import blurred
from core.progress import Progress, silent

DRAWS = 4  # noisy copies, as for the maps
STEPS = 12  # of insertion and deletion; 32 change the mean by less than its interval


@dataclass(frozen=True, eq=False)
class Ground:
    """Lesions off the middle of their patches, and what maps that know nothing are worth there.

    Attributes:
        away: Patches and outlines, one a row.
        table: One line a row: `row`, and of each of `IGNORANT` `worth_...`, `inserted_...`,
            `deleted_...` and `road_...`.
    """

    away: Shifted
    table: pd.DataFrame

    def of(self, rows: Rows) -> "Ground":
        """The ground of some of its rows, in their order."""
        place = {int(row): at for at, row in enumerate(self.table["row"])}
        at = np.array([place[int(row)] for row in rows], dtype=np.int64)
        away = Shifted(self.away.patches[at], self.away.masks[at], self.away.offsets[at])
        return Ground(away, self.table.iloc[at].reset_index(drop=True))


def ground(held: Held, *, seed: int = 0, progress: Progress = silent) -> Ground:
    """Move every lesion off the middle and measure there what maps that know nothing are worth.

    Args:
        held: Whose.
        seed: Of the shifts and of chance.
        progress: Told after each lesion.
    """
    away, rng, lines = shifted(held.run, held.rows, seed=seed), np.random.default_rng([seed, 1]), []
    for at, patch in enumerate(away.patches):
        score = Scorer(held, at)
        maps = (centre_blob(patch.shape), edges(patch), chance(patch.shape, rng))
        gained, saved = exchanged(patch, maps, score), roads(patch, maps, score, seed=seed)
        line: dict[str, float] = {"row": int(held.rows[at])}
        for name, found, kept in zip(IGNORANT, gained, saved, strict=True):
            line[f"worth_{name}"] = found.insertion_minus_deletion
            line[f"inserted_{name}"], line[f"deleted_{name}"] = found.inserted, found.deleted
            line[f"road_{name}"] = float(kept)
        lines.append(line)
        progress("what maps that know nothing are worth", at + 1, len(away.patches))
    return Ground(away, pd.DataFrame(lines))


def shifted_ground(held: Held, table: pd.DataFrame, *, seed: int = 0) -> Ground:
    """The same where the table is at hand: only the patches are cut again."""
    return Ground(shifted(held.run, held.rows, seed=seed), table)


def exchanged(patch: Patch, maps: Sequence[Map2D], score: Score) -> list[Removal]:
    """Insertion and deletion of several maps of one patch, as every map here is tested."""
    return removals(patch, maps, score, infill=blurred(patch), steps=STEPS)
