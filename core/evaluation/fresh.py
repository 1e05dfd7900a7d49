"""`python train.py evaluate --fresh N`: a run judged by synthetic patients nobody has seen.

They come from the same known densities as the training cohort, so the best possible answer is
known for each (`core.cohort.phantom.bayes`), and so is what every lesion really is. Writes
`added/fresh/`: `predictions_fresh.csv`, `nodes_fresh.csv` and `metrics.json`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.fresh import FreshPatients, fresh_patients
from core.cohort.phantom.bayes import bayes_node, bayes_patient
from core.cohort.phantom.truth import draw_truth, truth_table
from core.cohort.source import PHANTOM
from core.cohort.standardise import Landmarks
from core.errors import RunUnusable
from core.evaluation import calibration
from core.evaluation.classification import auc_interval, confusion
from core.evaluation.compare import paired
from core.evaluation.figures import Figure, Stamp, rebuild_metrics, write_metrics
from core.evaluation.intervals import Interval, mean_interval, wilson
from core.evaluation.parts import parts_of
from core.evaluation.probes import FACTORS, Known, clustered_auc, ridge_r2
from core.progress import Progress, silent
from core.run import Run
from core.training.record import commit, write_table

FOLDER = "fresh"
VERSION = 1
SEED = 90_001  # far from the seeds that people train on
KEYS = ["patient_id", "node"]


@dataclass(frozen=True, eq=False)
class Freshly:
    """What a run said of fresh patients, beside the truth.

    Attributes:
        patients: patient_id, label, probability, set, best (the best possible probability),
            largest_mm.
        nodes: One row a lesion's largest slice: patient_id, node, malignant, node_score, best.
    """

    patients: pd.DataFrame
    nodes: pd.DataFrame


def evaluate_fresh(
    run: Run,
    patients: int,
    *,
    seed: int = SEED,
    cohorts: Path = Path("cohorts"),
    device: str = "auto",
    progress: Progress = silent,
    report: Callable[[str], None] = lambda sentence: None,
) -> list[Figure]:
    """Draw fresh patients, let the run judge them, and write what came of it.

    Args:
        run: Finished, of a synthetic cohort.
        patients: How many.
        seed: Of the patients; a training on the same seed is refused.
        cohorts: Folder in which their small files are kept.
        device: Where the run computes.
        progress: Told how far each step is.
        report: Told, in a sentence, what a person should know at once.

    Returns:
        The figures, also in the run's `metrics.json`.

    Raises:
        RunUnusable: The run is not of a synthetic cohort, or was trained on that seed.
    """
    refuse_own_seed(run, seed)
    plan = {"version": VERSION, "patients": patients, "seed": seed}
    with parts_of(run, FOLDER, plan) as parts:
        if parts.finished:
            report(f"Run {run.name} was judged by these fresh patients before.")
            return [figure for figure in rebuild_metrics(run.folder) if figure.data == "fresh"]
        fresh = fresh_patients(
            patients,
            seed=seed,
            settings=run.settings.patch,
            landmarks=Landmarks.from_json(run.preprocessing["landmarks"]),
            place=cohorts,
            progress=progress,
        )
        said, codes = judge(run, fresh, device=device, progress=progress)
        command = f"python train.py evaluate --run {run.name} --fresh {patients}"
        stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
        known = of_training(run)
        figures = [
            *patient_figures(said, stamp, trained=run.manifest.patients),
            *node_figures(said, stamp),
            *(probe_figures(known, of_fresh(fresh, codes), stamp) if known else ()),
        ]
        write_table(parts.folder / "predictions_fresh.csv", said.patients)
        write_table(parts.folder / "nodes_fresh.csv", said.nodes)
        write_metrics(parts.folder, figures, weights_sha256=run.manifest.weights_sha256)
        parts.finish()
        rebuild_metrics(run.folder)
        return figures


def refuse_own_seed(run: Run, seed: int) -> None:
    """See that fresh patients of a seed mean something for a run, and were not trained on.

    Raises:
        RunUnusable: The run is not of a synthetic cohort, or was trained on that seed.
    """
    trained = PHANTOM.fullmatch(Path(run.settings.cohort.path).name)
    if not run.manifest.synthetic:
        found = "a cohort of real patients"
        raise RunUnusable(run.name, found, "a synthetic one, whose truth is known")
    if trained and int(trained.group(2)) == seed:
        raise RunUnusable(run.name, f"seed {seed} in its training", "another --fresh-seed")


def judge(
    run: Run, fresh: FreshPatients, *, device: str = "auto", progress: Progress = silent
) -> tuple[Freshly, np.ndarray]:
    """The run's answers on fresh patients, and their codes."""
    from core.cohort.node import FEATURES
    from core.model import Model
    from core.training.answers import predict_rows
    from core.training.scaler import columns

    model = Model.open(run, device=device)
    codes = model.encode(fresh.patches)
    scores = model.node_score(codes, columns(fresh.rows, FEATURES))
    rows = fresh.rows.assign(node_score=scores)
    groups = rows.groupby("patient_id", sort=False).indices
    said = {"positive": "N+", "negative": "N0", "no answer": "no answer"}
    people = []
    for done, truth in enumerate(fresh.truths):
        chosen = np.asarray(groups.get(truth.patient_id, []), dtype=int)
        if chosen.size:
            found = predict_rows(model, rows.iloc[chosen], codes[chosen])
            people.append(
                {
                    "patient_id": truth.patient_id,
                    "label": int(truth.positive),
                    "probability": found.probability,
                    "called": int(found.probability >= found.threshold),
                    "set": said[found.answer],
                    "best": bayes_patient(truth),
                    "largest_mm": rows["short_axis_mm"].to_numpy()[chosen].max(),
                }
            )
        progress("judging fresh patients", done + 1, len(fresh.truths))
    nodes = [node for truth in fresh.truths for node in truth.nodes]
    true = truth_table(fresh.truths).assign(best=bayes_node(nodes))
    keys = rows.loc[rows["key_slice"].astype(bool), [*KEYS, "node_score"]]
    kept = keys.merge(true[[*KEYS, "malignant", "best"]], on=KEYS, validate="one_to_one")
    return Freshly(pd.DataFrame(people), kept), codes


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
    if f"regret.{trained}" in ("regret.168", "regret.458", "regret.2000"):
        yield from made(f"regret.{trained}", regret)
    yield from made("calib.ece", calibration.expected_error_interval(labels, chance))
    called = confusion(labels, table["called"].to_numpy().astype(np.float64), threshold=0.5)
    yield from made("sensitivity.fresh", called.sensitivity, positives)
    yield from made("specificity.fresh", called.specificity, n - positives)
    yield from made("brier.fresh", mean_interval(calibration.brier(labels, chance), np.arange(n)))
    answers = table["set"].to_numpy()
    yield from made("conformal.referred.fresh", wilson(int((answers == "no answer").sum()), n))
    held = wilson(int((answers[labels] != "N0").sum()), positives)
    yield from made("conformal.coverage_positive.fresh", held, positives)
    held = wilson(int((answers[~labels] != "N+").sum()), n - positives)
    yield from made("conformal.coverage_negative.fresh", held, n - positives)


def node_figures(said: Freshly, stamp: Stamp) -> Iterator[Figure]:
    """How well node scores, learned from patients' labels, tell what each lesion is."""
    table = said.nodes
    truth = table["malignant"].to_numpy().astype(bool)
    if truth.all() or not truth.any():
        return
    whose = table["patient_id"].to_numpy().astype(str)
    for name, column in (("auc.node_truth", "node_score"), ("auc.node_truth_best", "best")):
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
    return _known(run.rows[train], run.codes[train], true)


def of_fresh(fresh: FreshPatients, codes: np.ndarray) -> Known:
    """Fresh patients' lesions beside their truth."""
    return _known(fresh.rows, codes, truth_table(fresh.truths))


def _known(rows: pd.DataFrame, codes: np.ndarray, true: pd.DataFrame) -> Known:
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
