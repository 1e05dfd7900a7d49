"""Does the model's story hold in lesions that were seen? Their scores beside those of a walk."""

import numpy as np
import pandas as pd

from core.arrays import Features
from core.growth.trajectory import Trajectory
from core.latent.attributes import column
from core.run import Run

NEAREST = 5  # observed lesions a size
WITHIN = 0.15  # of the size asked: how far their own may lie from it
PLACES = 7  # sizes at which the walk is looked at


def observed_beside(
    run: Run, walk: Trajectory, row: int, *, again: Features | None = None
) -> pd.DataFrame:
    """The nearest observed lesions at sizes along a walk, with their scores.

    Nearest is meant in the latent space, among lesions of other patients whose outlined short
    axis lies within 15 % of the size asked; one row a lesion (its key slice).

    Args:
        run: The run, with sizes and node scores.
        walk: Along the short axis, from the row's lesion.
        row: Whose patient is left out.
        again: The walk's scores by heads fitted on patients drawn again, (draw, step).

    Returns:
        One line a size, of steps that are to be trusted alone: size_mm, walk (its score),
        walk_low and walk_high (95 % of `again`, NaN without), mean, low and high (of the observed
        scores), n, rows; sizes without any are left out.
    """
    size, score = column(run.rows, "short_axis_mm"), column(run.rows, "node_score")
    others = run.rows["key_slice"].to_numpy(bool) & np.isfinite(size) & np.isfinite(score)
    others &= (run.rows["patient_id"] != run.rows["patient_id"].iloc[row]).to_numpy()
    lines = []
    unknown = np.full((2, len(walk)), np.nan)
    edges = unknown if again is None else np.percentile(again, (2.5, 97.5), axis=0)
    trusted = [
        at for at in range(len(walk)) if np.isfinite(walk.asked_mm[at]) and not walk.refused[at]
    ]
    for at in np.unique(np.linspace(0, len(trusted) - 1, PLACES).round().astype(int)):
        step = trusted[at] if trusted else 0
        asked = float(walk.asked_mm[step]) if trusted else np.nan
        near = np.flatnonzero(others & (np.abs(size - asked) <= WITHIN * asked))
        if not near.size:
            continue
        away = np.linalg.norm(run.codes[near] - walk.codes[step], axis=1)
        chosen = near[np.argsort(away, kind="stable")[:NEAREST]]
        found = score[chosen]
        lines.append(
            {
                "size_mm": asked,
                "walk": float(walk.score[step]),
                "walk_low": float(edges[0, step]),
                "walk_high": float(edges[1, step]),
                "mean": float(found.mean()),
                "low": float(found.min()),
                "high": float(found.max()),
                "n": len(chosen),
                "rows": tuple(int(one) for one in chosen),
            }
        )
    return pd.DataFrame(lines)
