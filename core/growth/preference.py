"""The way to grow that a run's own trial recommends, as `train.py growth` left it in the run."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.growth import trial
from core.growth.delivery import KEEPS, Keep
from core.latent.direction import WAYS, Way
from core.run import Run

FOLDER = "growth"


@dataclass(frozen=True)
class Preferred:
    """The way that the trial recommends for a run.

    Attributes:
        way: How the direction of size is found; None leaves it to the run's calibration.
        keep: What is kept of the scan.
        share: Of what the network draws beyond the warp, where pictures are blended.
    """

    way: Way | None
    keep: Keep
    share: float | None = None


def preferred(run: Run) -> Preferred:
    """What the trial recommends for this run, or, untried, what it recommended elsewhere."""
    untried = Preferred("dimension" if run.settings.vae.attributes else None, "surroundings")
    table = _table(run)
    if table is None or "chosen" not in table or not table["chosen"].astype(bool).any():
        return untried
    chosen = table[table["chosen"].astype(bool)].iloc[0]
    name = str(chosen["way"])
    for way in WAYS:
        for keep in KEEPS:
            if name == trial.latent_name(way, keep):
                # its own share: another blended way may have been nearer with another one
                return Preferred(way, keep, _share(chosen) if keep == "blended" else None)
    return untried


def _share(chosen: pd.Series) -> float | None:
    share = float(chosen.get("share", np.nan))
    return float(np.clip(share, 0.0, 1.0)) if np.isfinite(share) else None


def share_of(run: Run) -> float | None:
    """What share of the network's own drawing blended pictures of this run take.

    Of the ways that the trial blended, the one that was nearest to the truth on validation
    patients gives it. None where the trial was not run, or before it blended: nothing can be
    blended then.

    Args:
        run: The run.
    """
    table = _table(run)
    if table is None or not {"share", "validation_psnr"} <= set(table):
        return None
    blended = table[table["share"].notna()].sort_values("validation_psnr")
    return float(np.clip(blended["share"].iloc[-1], 0.0, 1.0)) if len(blended) else None


def _table(run: Run) -> pd.DataFrame | None:
    path = run.folder / "added" / FOLDER / "table.csv"
    if not path.is_file():
        return None
    try:
        table = pd.read_csv(path)
    except ValueError:
        return None
    return table if "way" in table else None
