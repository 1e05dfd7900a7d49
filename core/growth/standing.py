"""How a run's ways of growing fared against the re-rendered truth, as `train.py growth` found."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.errors import RunUnusable
from core.evaluation.intervals import Interval, mean_interval
from core.growth import trial
from core.growth.delivery import Keep
from core.growth.preference import FOLDER
from core.growth.summary import judged
from core.latent.direction import Way
from core.run import Run

UNAIDED = (trial.WARP, trial.PASTED)  # no network takes part in these


@dataclass(frozen=True)
class Stood:
    """One way beside the same synthetic lesions drawn 3 mm larger.

    Attributes:
        way: What it is called.
        lesions: Test lesions judged.
        psnr: Likeness to the truth in dB.
        ssim: Structural similarity with the truth.
        dice: Overlap of the outlines.
    """

    way: str
    lesions: int
    psnr: float
    ssim: float
    dice: float


Verdict = Literal["nearer", "farther", "alike", "unknown"]


@dataclass(frozen=True)
class Standing:
    """The way that the pages walk, and the best that needs no network.

    Attributes:
        walked: The walked way.
        unaided: The best without a network.
        psnr: Walked minus unaided on the same lesions, in dB, its 95 % interval by patient; None
            where the trial kept no single lesions.
        ssim: The same of structural similarity.
        dice: The same of the outlines' overlap.
    """

    walked: Stood
    unaided: Stood
    psnr: Interval | None
    ssim: Interval | None
    dice: Interval | None

    @property
    def verdict(self) -> Verdict:
        """Whether the walk comes nearer to the truth than the warp, by the greys of the pictures.

        Means alone decide nothing: nearer or farther is said only where the paired intervals of
        PSNR and SSIM lie on one side of 0.
        """
        if self.psnr is None or self.ssim is None:
            return "unknown"
        if min(self.psnr.low, self.ssim.low) > 0:
            return "nearer"
        return "farther" if max(self.psnr.high, self.ssim.high) < 0 else "alike"


def standing(run: Run, *, way: Way | None = None, keep: Keep | None = None) -> Standing | None:
    """What `train.py growth` found; None where it was not run, or not of such a walk.

    Args:
        run: The run.
        way: How the direction of the walk is found; None with `keep` None asks for the way that
            the trial chose.
        keep: What of the scan the walk keeps.

    Raises:
        RunUnusable: The table is damaged.
    """
    path = run.folder / "added" / FOLDER / "table.csv"
    if not path.is_file():
        return None
    try:
        table = pd.read_csv(path)
        asked = table["chosen"].astype(bool)
        if way is not None and keep is not None:
            asked = table["way"] == trial.latent_name(way, keep)
        if not asked.any():
            return None
        walked = table[asked].iloc[0]
        rest = table[table["way"].isin(UNAIDED)]
        unaided = _stood(rest.sort_values("psnr").iloc[-1])
        cases = path.with_name("cases.parquet")
        paired = (
            _paired(pd.read_parquet(cases), str(walked["way"]), unaided.way)
            if cases.is_file()
            else (None, None, None)
        )
        return Standing(_stood(walked), unaided, *paired)
    except (OSError, ValueError, KeyError, IndexError) as error:
        found = f"added/{FOLDER}/table.csv: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the table as it was written") from error


def _stood(line: "pd.Series[float]") -> Stood:
    return Stood(
        way=str(line["way"]),
        lesions=int(line["n"]),
        psnr=float(line["psnr"]),
        ssim=float(line["ssim"]),
        dice=float(line["dice"]),
    )


def _paired(
    cases: pd.DataFrame, way: str, baseline: str
) -> tuple[Interval | None, Interval | None, Interval | None]:
    """One way minus another on the same lesions: PSNR, SSIM, overlap of outlines."""
    shown = judged(cases)
    own, other = (shown[shown["way"] == name].set_index("row") for name in (way, baseline))
    found: list[Interval | None] = []
    for name in ("psnr", "ssim", "dice"):
        apart = (own[name] - other[name]).replace([np.inf, -np.inf], np.nan).dropna()
        who = own.loc[apart.index, "patient_id"].to_numpy()
        found.append(mean_interval(apart.to_numpy(np.float64), who) if len(apart) else None)
    return found[0], found[1], found[2]
