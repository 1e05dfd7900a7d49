"""What fresh patients say of a run, as figures: outcomes, lesions, what codes know of the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.fresh import FreshPatients
from core.cohort.phantom.truth import draw_truth, truth_table
from core.cohort.source import PHANTOM
from core.evaluation import calibration
from core.evaluation.classification import auc_interval, confusion
from core.evaluation.compare import paired
from core.evaluation.figures import Figure, Stamp
from core.evaluation.intervals import Interval, mean_interval, wilson
from core.evaluation.probes import FACTORS, Known, clustered_auc, ridge_r2
from core.run import Run

KEYS = ["patient_id", "node"]


@dataclass(frozen=True, eq=False)
class Freshly:
    """What a run said of fresh patients, beside the truth.

    Attributes:
        patients: patient_id, label, probability, called, set (in words), held (whether the set
            holds the outcome), best (the best possible probability), largest_mm.
        nodes: One row a lesion's largest slice: patient_id, node, malignant, node_score,
            short_axis_mm, best.
    """

    patients: pd.DataFrame
    nodes: pd.DataFrame


def patient_figures(said: Freshly, stamp: Stamp, *, trained: int) -> Iterator[Figure]:
    """AUC, regret, calibration and sets of fresh patients."""
    table = said.patients
    labels = table["label"].to_numpy().astype(bool)
    chance, best = (table[name].to_numpy().astype(np.float64) for name in ("probability", "best"))
    n, positives = len(labels), int(labels.sum())
    if not 1 < positives < n - 1:
        return

    def made(name: str, value: Interval | float | None, count: int = n) -> Iterator[Figure]:
        if value is not None:
            yield stamp.figure(name, value, n=count, unit_of_n="patient", data="fresh")

    size = table["largest_mm"].to_numpy().astype(np.float64)
    yield from made("auc.fresh", auc_interval(labels, chance))
    yield from made("auc.fresh_best", auc_interval(labels, best))
    yield from made("auc.fresh_short_axis", auc_interval(labels, size))
    regret = paired(labels, best, chance).difference
    # of more patients the bare number is taken by heads on this run's codes (`fresh_heads`)
    served = {"168": "regret.168", "458": "regret.458_served", "2000": "regret.2000_served"}
    if str(trained) in served:
        yield from made(served[str(trained)], regret)
    yield from made("calib.ece", calibration.expected_error_interval(labels, chance))
    called = confusion(labels, table["called"].to_numpy().astype(np.float64), threshold=0.5)
    yield from made("sensitivity.fresh", called.sensitivity, positives)
    yield from made("specificity.fresh", called.specificity, n - positives)
    yield from made("brier.fresh", mean_interval(calibration.brier(labels, chance), np.arange(n)))
    answers = table["set"].to_numpy()
    yield from made("conformal.referred.fresh", wilson(int((answers == "no answer").sum()), n))
    inside = table["held"].to_numpy().astype(bool)
    held = wilson(int(inside[labels].sum()), positives)
    yield from made("conformal.coverage_positive.fresh", held, positives)
    held = wilson(int(inside[~labels].sum()), n - positives)
    yield from made("conformal.coverage_negative.fresh", held, n - positives)


def node_figures(said: Freshly, stamp: Stamp) -> Iterator[Figure]:
    """How well node scores, learned from patients' labels, tell what each lesion is."""
    table = said.nodes
    truth = table["malignant"].to_numpy().astype(bool)
    if truth.all() or not truth.any():
        return
    whose = table["patient_id"].to_numpy().astype(str)
    for name, column in (
        ("auc.node_truth", "node_score"),
        ("auc.node_truth_size", "short_axis_mm"),
        ("auc.node_truth_best", "best"),
    ):
        value = clustered_auc(truth, table[column].to_numpy().astype(np.float64), whose)
        yield stamp.figure(name, value, n=len(table), unit_of_n="node", data="fresh")


def probe_figures(fit: Known, judged: Known, stamp: Stamp) -> Iterator[Figure]:
    """R² of each true factor from the codes, and from one measured column alone."""
    for place, name in enumerate(FACTORS):
        for suffix, one, other in (
            ("", fit.codes, judged.codes),
            ("_ruler", fit.measured[:, [place]], judged.measured[:, [place]]),
        ):
            seen, read = np.isfinite(one).all(axis=1), np.isfinite(other).all(axis=1)
            value = ridge_r2(
                one[seen].astype(np.float64),
                fit.truth[seen, place],
                other[read].astype(np.float64),
                judged.truth[read, place],
                judged.patient_ids[read],
            )
            n = int(read.sum())
            yield stamp.figure(f"r2.{name}{suffix}", value, n=n, unit_of_n="node", data="fresh")


def of_training(run: Run) -> Known | None:
    """Training patients' lesions beside their truth; None where the run does not say which."""
    drawn = PHANTOM.fullmatch(Path(run.settings.cohort.path).name)
    if drawn is None:
        return None
    true = truth_table(draw_truth(int(drawn.group(1)), int(drawn.group(2))))
    train = (run.rows["split"] == "train").to_numpy()
    return known(run.rows[train], run.codes[train], true)


def of_fresh(fresh: FreshPatients, codes: np.ndarray) -> Known:
    """Fresh patients' lesions beside their truth."""
    return known(fresh.rows, codes, truth_table(fresh.truths))


def known(rows: pd.DataFrame, codes: np.ndarray, true: pd.DataFrame) -> Known:
    """The largest section of each lesion beside the truth that describes it."""
    key = rows["key_slice"].to_numpy().astype(bool)
    own = rows[key]
    names = [f"{factor}_true" for factor, _ in FACTORS.values()]
    renamed = true[[*KEYS, *(factor for factor, _ in FACTORS.values())]].set_axis(
        [*KEYS, *names], axis=1
    )
    both = own.merge(renamed, on=KEYS, how="left", validate="one_to_one")
    return Known(
        codes[key],
        both[[measured for _, measured in FACTORS.values()]].to_numpy(dtype=np.float64),
        both[names].to_numpy(dtype=np.float64),
        both["patient_id"].to_numpy().astype(str),
    )
