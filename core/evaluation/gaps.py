"""What the picture adds to what is known without it: paired differences of two rows of one
cross-validation, read from the answers it kept."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import RunUnusable
from core.evaluation.compare import paired
from core.evaluation.intervals import Interval
from core.evaluation.verdict import EVERYBODY, FOLDER, Verdict
from core.run import Run

# a row that sees the picture beside one that does not, or that takes the pixels as they are; of
# the first kind that was judged the smallest difference counts
ASKED = (
    (("both", "clinical"), ("model", "measures")),
    (("image_size_shape", "size_shape"), ("image_volume", "volume")),
    (("model", "pixels_logistic"), ("model", "pixels_forest")),
)


@dataclass(frozen=True)
class Gap:
    """One row's AUC minus another's, on the same patients and folds.

    Attributes:
        title, than: Of the two rows, in words.
        difference: With its 95 % interval, patients drawn anew.
        repeats: Over which both were judged.
    """

    title: str
    than: str
    difference: Interval
    repeats: int

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.difference.low > 0 or self.difference.high < 0

    @property
    def in_words(self) -> str:
        """The difference as a sentence."""
        gap = self.difference
        spelt = f"AUC {gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})"
        if not self.sure:
            return f"No evidence that it does: {spelt}, which chance can explain."
        return f"Yes: {spelt}." if gap.value > 0 else f"No, it does worse: {spelt}."


def picture_adds(run: Run, verdict: Verdict) -> Gap | None:
    """What the picture adds in this run; None where its rows do not answer that.

    Raises:
        RunUnusable: The file of answers is damaged.
    """
    for pairs in ASKED:
        found = [gap(run, verdict, *pair) for pair in pairs if set(pair) <= set(verdict.by_key)]
        if found:
            return min(found, key=lambda each: each.difference.value)
    return None


# the paper's third experiment: image, clinical facts, both; one kind of head for all three
THIRD = {
    "gain.image_over_clinical": ("both", "clinical"),
    "gain.clinical_over_image": ("both", "image"),
}


def third_experiment(run: Run, verdict: Verdict, *, folder: Path | None = None) -> dict[str, Gap]:
    """What the picture adds to clinical facts and they to it, by figure; empty without the rows.

    Args:
        run: Whose.
        verdict: The cross-validation.
        folder: Where the answers lie; by default where a finished one keeps them.

    Raises:
        RunUnusable: The file of answers is damaged.
    """
    known = set(verdict.by_key)
    return {
        name: gap(run, verdict, *pair, folder=folder)
        for name, pair in THIRD.items()
        if set(pair) <= known
    }


def gap(run: Run, verdict: Verdict, ours: str, theirs: str, *, folder: Path | None = None) -> Gap:
    """The difference of two rows of a run's cross-validation, by their short names.

    Args:
        run: Whose.
        verdict: The cross-validation.
        ours: The row that is subtracted from.
        theirs: The row that is subtracted.
        folder: Where the answers lie; by default where a finished one keeps them.

    Raises:
        RunUnusable: The file of answers is damaged.
    """
    path = (folder or run.folder / "added" / FOLDER) / EVERYBODY
    try:
        told = pd.read_parquet(path)
        parts = [told[told["model"] == key] for key in (ours, theirs)]
        repeats = min(int(each["repeat"].max()) + 1 for each in parts)
        first, second = (
            each[each["repeat"] < repeats].groupby("patient_id")["probability"].mean()
            for each in parts
        )
        labels = parts[0].groupby("patient_id")["label"].first()
    except (OSError, ValueError, KeyError) as error:
        found = f"added/{FOLDER}/{EVERYBODY}: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the file as it was written") from error
    pair = (np.asarray(each[labels.index], dtype=np.float64) for each in (first, second))
    rows = verdict.by_key
    return Gap(
        rows[ours].title,
        rows[theirs].title,
        paired(labels.to_numpy(), *pair).difference,
        repeats,
    )
