"""How a run's ways of growing fared against the re-rendered truth, as `train.py growth` found."""

from dataclasses import dataclass

import pandas as pd

from core.errors import RunUnusable
from core.growth import trial
from core.growth.delivery import Keep
from core.growth.preference import FOLDER
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


@dataclass(frozen=True)
class Standing:
    """The way that the pages walk, and the best that needs no network."""

    walked: Stood
    unaided: Stood

    @property
    def unaided_wins(self) -> bool:
        """Whether an image warp without a network comes nearer to the truth (PSNR and SSIM)."""
        return self.unaided.psnr > self.walked.psnr and self.unaided.ssim > self.walked.ssim


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
        return Standing(_stood(walked), _stood(rest.sort_values("psnr").iloc[-1]))
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
