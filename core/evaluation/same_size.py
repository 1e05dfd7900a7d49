"""Same size, other verdict: what a model and two rules say of lesions of one size that
nobody fitted on.

Size alone cannot tell lesions of the same size apart, so within a narrow band of size a model
shows what else it knows. A lesion's truth is its own on a synthetic cohort drawn by name, and
elsewhere only its patient's outcome, which is said wherever it is shown.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import Labels
from core.cohort.phantom.truth import draw_truth, truth_table
from core.cohort.source import PHANTOM
from core.evaluation.intervals import Interval
from core.evaluation.probes import clustered_auc
from core.evaluation.rules import RULE_MM, SIGNS, esgar, esgar_signs
from core.latent.attributes import CM_FROM_MM
from core.run import Run

HALF_MM = 0.5  # a band reaches so far to either side
LARGE = 10  # times as far where lesions are spoken of in cm
QUANTILE = 0.7  # from which a lesion counts as round, irregular or heterogeneous
FEWEST = 5  # lesions of either kind that an AUC needs


@dataclass(frozen=True, eq=False)
class Lesions:
    """Held-out lesions, their largest sections; one place a lesion throughout.

    Attributes:
        rows: The run's row.
        patient_ids: Whose.
        size_mm: Short axis.
        positive: What is true of it, see `own_truth`.
        own_truth: Whether `positive` is the lesion's own truth and not its patient's outcome.
        score: The run's suspicion score.
        tested: Whether of a test patient; the model's threshold was set on others (`chosen_on`).
        model, rule, esgar: Whether each calls it.
    """

    rows: np.ndarray
    patient_ids: np.ndarray
    size_mm: np.ndarray
    positive: np.ndarray
    own_truth: bool
    score: np.ndarray
    tested: np.ndarray
    model: np.ndarray
    rule: np.ndarray
    esgar: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def calls(self) -> dict[str, np.ndarray]:
        """Calls by who makes them; a rule that calls every lesion here is left out."""
        rules = {"rule": self.rule, "esgar": self.esgar}
        return {
            "model": self.model,
            **{name: called for name, called in rules.items() if not called.all()},
        }

    @property
    def in_cm(self) -> bool:
        """Whether these lesions are spoken of in cm."""
        return bool(np.median(self.size_mm) >= CM_FROM_MM)

    @property
    def half_mm(self) -> float:
        """How far a band of size reaches to either side."""
        return HALF_MM * LARGE if self.in_cm else HALF_MM

    def near(self, size_mm: float) -> np.ndarray:
        """Places of the lesions within the band around a size, the nearest first."""
        away = np.abs(self.size_mm - size_mm)
        order = np.argsort(away, kind="stable")
        return order[away[order] <= self.half_mm]

    def auc(self, places: np.ndarray) -> Interval | None:
        """How well scores tell these apart, patients resampled; None with too few of a kind."""
        return self._ranked(self.score, places)

    def size_auc(self, places: np.ndarray) -> Interval | None:
        """The same of size alone: what a narrow band leaves of it."""
        return self._ranked(self.size_mm, places)

    def _ranked(self, by: np.ndarray, places: np.ndarray) -> Interval | None:
        truth = self.positive[places]
        if min(truth.sum(), (~truth).sum()) < FEWEST:
            return None
        return clustered_auc(truth, by[places], self.patient_ids[places])

    def caught(self, places: np.ndarray) -> dict[str, tuple[int, int, int, int]]:
        """By who calls, of test patients' lesions alone: thresholds were set on the others.

        Returns:
            Positives called, positives, negatives called, negatives.
        """
        places = places[self.tested[places]]
        truth = self.positive[places]
        return {
            name: (
                int((called[places] & truth).sum()),
                int(truth.sum()),
                int((called[places] & ~truth).sum()),
                int((~truth).sum()),
            )
            for name, called in self.calls.items()
        }


def held_out_lesions(run: Run) -> Lesions | None:
    """The lesions of validation and test patients; None where sizes or such patients lack.

    The ESGAR rule's three signs are measured columns beyond a quantile of training lesions.
    """
    rows = run.rows
    key = rows["key_slice"].to_numpy().astype(bool)
    sized = np.isfinite(rows["short_axis_mm"].to_numpy(dtype=np.float64))
    train = (rows["split"] == "train").to_numpy()
    chosen = np.flatnonzero(key & sized & ~train)
    if not run.manifest.has_masks or not chosen.size or not (key & sized & train).any():
        return None
    columns = {name: rows[name].to_numpy(dtype=np.float64) for name in SIGNS}
    signs = esgar_signs(columns, key & sized & train, quantile=QUANTILE)
    size = rows["short_axis_mm"].to_numpy(dtype=np.float64)
    score = rows["node_score"].to_numpy(dtype=np.float64)
    truth = _own_truth(run)
    positive = rows["label"].to_numpy().astype(bool) if truth is None else truth
    threshold = float(run.preprocessing["node_threshold"])
    return Lesions(
        rows=chosen,
        patient_ids=rows["patient_id"].to_numpy().astype(str)[chosen],
        size_mm=size[chosen],
        positive=positive[chosen],
        own_truth=truth is not None,
        score=score[chosen],
        tested=(rows["split"] == "test").to_numpy()[chosen],
        model=score[chosen] >= threshold,
        rule=size[chosen] > RULE_MM,
        esgar=esgar(size, signs)[chosen],
    )


def _own_truth(run: Run) -> Labels | None:
    """Whether each row's lesion is malignant, drawn again from the cohort's name; else None."""
    drawn = PHANTOM.fullmatch(Path(run.settings.cohort.path).name)
    if drawn is None or not run.manifest.synthetic:
        return None
    true = truth_table(draw_truth(int(drawn.group(1)), int(drawn.group(2))))
    keys = run.rows[["patient_id", "node"]].astype({"patient_id": str})
    known = true[["patient_id", "node", "malignant"]]
    both = keys.merge(known, on=["patient_id", "node"], how="left")
    if both["malignant"].isna().any():
        return None
    return both["malignant"].to_numpy().astype(bool)
