"""The ways between two lesions beside each other: how evenly each steps, how usual it stays."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.growth.trajectory import Trajectory


def step_table(walks: Mapping[str, Trajectory]) -> pd.DataFrame:
    """One line a way: its steps in the code and on the picture, and how far it strays.

    Args:
        walks: By the way's name, each of two pictures or more.

    Returns:
        Columns way, length (of the way in the code), worst_step (largest step in the code over the
        mean one: 1 is even), picture_step and worst_picture_step (mean and largest mean absolute
        change of grey from one picture to the next), typicality and worst_typicality (mean and
        largest distance from training codes over the shell's: above 1 is outside), outside (share
        of pictures there); NaN where it was not asked.
    """
    lines = []
    for name, walk in walks.items():
        hops, changes, far = walk.hops[1:], walk.changes[1:], walk.typicality
        lines.append(
            {
                "way": name,
                "length": float(hops.sum()),
                "worst_step": float(hops.max() / hops.mean()) if hops.any() else 1.0,
                "picture_step": float(changes.mean()),
                "worst_picture_step": float(changes.max()),
                "typicality": float(far.mean()),
                "worst_typicality": float(far.max()),
                "outside": float((far > 1).mean()) if np.isfinite(far).all() else float("nan"),
            }
        )
    return pd.DataFrame(lines)
