"""`python train.py evaluate --fresh N --scanner other`: what another scanner does to a run.

The same fresh synthetic patients are scanned twice: on the scanner that the run was trained on and
on another one (`core.cohort.phantom.scanner.SCANNERS`). Both are cut and brought to scale as the
run's own patients were, with its own landmarks: that is what a foreign centre gets. Beside the run
stands a small CNN that learned from the run's training patients alone. Since the patients are the
same, every drop is a paired difference. Writes `added/external/`: `predictions_external.csv` and
`metrics.json`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.arrays import Patches, Values
from core.cohort.fresh import FreshPatients
from core.cohort.source import scanner_of
from core.errors import RunUnusable
from core.evaluation.classification import auc_interval, confusion
from core.evaluation.compare import drops_apart, paired
from core.evaluation.figures import (
    Data,
    Figure,
    Stamp,
    read_metrics,
    rebuild_metrics,
    write_metrics,
)
from core.evaluation.fresh import SEED, judge, patients_for, refuse_own_seed
from core.evaluation.intervals import Interval
from core.evaluation.parts import Parts, parts_of
from core.progress import Progress, silent
from core.run import Run
from core.training.record import commit, write_table

if TYPE_CHECKING:
    from core.training.small_cnn import Bags, SmallCnn

FOLDER, FILE = "external", "predictions_external.csv"
VERSION = 1
MEMBERS = 3  # trainings of the CNN whose logits are averaged
BOTH = ("_own", "_other")


def evaluate_external(
    run: Run,
    patients: int,
    *,
    seed: int = SEED,
    cohorts: Path = Path("cohorts"),
    device: str = "auto",
    epochs: int | None = None,
    progress: Progress = silent,
    report: Callable[[str], None] = lambda sentence: None,
) -> list[Figure]:
    """Scan fresh patients on both scanners, let run and CNN judge them, and write what came of it.

    Args:
        run: Finished, of a synthetic cohort of our own scanner.
        patients: How many.
        seed: Of the patients; a training on the same seed is refused.
        cohorts: Folder in which their small files are kept.
        device: Where the run computes; the CNN always on the CPU.
        epochs: Of the CNN; by default its own.
        progress: Told how far each step is.
        report: Told, in a sentence, what a person should know at once.

    Raises:
        RunUnusable: The run is not of a synthetic cohort, was trained on that seed, or was trained
            on the other scanner.
    """
    refuse_own_seed(run, seed)
    if scanner_of(Path(run.settings.cohort.path)) == "other":
        wanted = "a run trained on our own, to which this one is foreign"
        raise RunUnusable(run.name, "the other scanner in its training", wanted)
    plan = {"version": VERSION, "patients": patients, "seed": seed, "epochs": epochs}
    with parts_of(run, FOLDER, plan) as parts:
        if parts.finished:
            report(f"Run {run.name} was judged on another scanner before; nothing was done.")
            return read_metrics(parts.target)[0]
        cnns = _cnns(run, parts, epochs=epochs, progress=progress)
        here, there = (
            patients_for(
                run, patients, seed=seed, place=cohorts, scanner=scanner, progress=progress
            )
            for scanner in ("own", "other")
        )
        said = _both_judged(run, here, there, parts, device=device, progress=progress)
        asked = _cnn_judged(cnns, here, there, progress)
        said = said.merge(asked, on="patient_id", how="left", validate="one_to_one")
        command = f"python train.py evaluate --run {run.name} --fresh {patients} --scanner other"
        stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
        figures = list(external_figures(said, stamp))
        write_table(parts.folder / FILE, said.round(4))
        write_metrics(parts.folder, figures, weights_sha256=run.manifest.weights_sha256)
        parts.finish()
        rebuild_metrics(run.folder)
        return figures


def external_figures(said: pd.DataFrame, stamp: Stamp) -> Iterator[Figure]:
    """AUCs on both scanners, and what the step from one to the other costs each score.

    Args:
        said: One row a patient who has a patch on both: label, best, and `probability`,
            `largest_mm`, `called` and, where the CNN could be trained, `cnn`, each with the
            endings `_own` and `_other`.
        stamp: Of the command.
    """
    labels = said["label"].to_numpy().astype(bool)
    positives, n = int(labels.sum()), len(labels)
    if not 1 < positives < n - 1:
        return

    def made(name: str, value: Interval | None, data: Data, count: int = n) -> Iterator[Figure]:
        if value is not None:
            yield stamp.figure(name, value, n=count, unit_of_n="patient", data=data)

    scores = {
        "probability": ("auc.external_own", "auc.external", "auc.external_drop"),
        "largest_mm": (
            "auc.external_short_axis_own",
            "auc.external_short_axis",
            "auc.external_short_axis_drop",
        ),
        "cnn": ("auc.cnn_fresh", "auc.cnn_external", "auc.cnn_external_drop"),
    }
    pairs = {
        column: (_column(said, column + "_own"), _column(said, column + "_other"))
        for column in scores
        if f"{column}_own" in said
    }
    for column, (own, other) in pairs.items():
        at_home, abroad, drop = scores[column]
        yield from made(at_home, auc_interval(labels, own), "fresh")
        yield from made(abroad, auc_interval(labels, other), "external")
        yield from made(drop, paired(labels, own, other).difference, "external")
    if "cnn" in pairs:
        apart = drops_apart(labels, pairs["cnn"], pairs["probability"])
        yield from made("auc.cnn_extra_drop", apart, "external")
    best = auc_interval(labels, _column(said, "best"))
    yield from made("auc.external_best", best, "external")
    whose: tuple[tuple[str, str, Data], ...] = (
        ("_own", "external_own", "fresh"),
        ("_other", "external", "external"),
    )
    for end, name, data in whose:
        called = confusion(labels, _column(said, f"called{end}"), threshold=0.5)
        yield from made(f"sensitivity.{name}", called.sensitivity, data, positives)
        yield from made(f"specificity.{name}", called.specificity, data, n - positives)


def _column(said: pd.DataFrame, name: str) -> Values:
    return np.asarray(said[name].to_numpy().astype(np.float64))


def _both_judged(
    run: Run,
    here: FreshPatients,
    there: FreshPatients,
    parts: Parts,
    *,
    device: str,
    progress: Progress,
) -> pd.DataFrame:
    """What the run says of everybody who has a patch on both scanners."""
    kept = parts.get("model")
    if kept is not None:
        return kept
    own, other = (
        judge(run, fresh, device=device, progress=progress)[0].patients for fresh in (here, there)
    )
    told = ["patient_id", "probability", "called", "largest_mm"]
    facts = own[["patient_id", "label", "best"]]
    pairs = own[told].merge(other[told], on="patient_id", suffixes=BOTH, validate="one_to_one")
    said = facts.merge(pairs, on="patient_id", validate="one_to_one")
    parts.put("model", said)
    return said


def _cnns(
    run: Run, parts: Parts, *, epochs: int | None, progress: Progress
) -> tuple["SmallCnn", ...]:
    """The CNNs of the pool that validation patients like best; none if the run cannot teach one."""
    from core.training.small_cnn import EPOCHS, POOLS, SmallCnn, fit_cnn

    split = run.rows["split"].to_numpy().astype(str)
    train, validation = (
        _bags(run.rows, run.patches, split == part)[0] for part in ("train", "validation")
    )
    if len(set(train.labels)) < 2 or not len(validation.labels):
        return ()
    fitted = []
    for pool in POOLS:
        members = []
        for member in range(MEMBERS):
            path = parts.folder / "work" / f"cnn-{pool}-{member}.safetensors"
            one = SmallCnn.kept(path)
            if one is None:
                one = fit_cnn(
                    train,
                    validation,
                    pool=pool,
                    seed=run.manifest.seed + member,
                    epochs=epochs or EPOCHS,
                    progress=progress,
                )
                path.parent.mkdir(exist_ok=True)
                one.keep(path)
            members.append(one)
        fitted.append(tuple(members))
    return min(fitted, key=lambda members: sum(one.loss for one in members))


def _cnn_judged(
    cnns: tuple["SmallCnn", ...], here: FreshPatients, there: FreshPatients, progress: Progress
) -> pd.DataFrame:
    """The CNNs' mean logits on both scanners; no such column without a CNN."""
    asked = [_bags(fresh.rows, fresh.patches) for fresh in (here, there)]
    if not cnns:
        return pd.DataFrame({"patient_id": asked[0][1]})
    tables: list[pd.DataFrame] = []
    for bags, who in asked:
        logits: list[np.ndarray] = []
        for one in cnns:
            logits.append(one.logits(bags))
            progress("asking the small CNN", len(tables) * len(cnns) + len(logits), 2 * len(cnns))
        tables.append(pd.DataFrame({"patient_id": who, "cnn": np.mean(logits, axis=0)}))
    return tables[0].merge(tables[1], on="patient_id", suffixes=BOTH, validate="one_to_one")


def _bags(
    rows: pd.DataFrame, patches: Patches, chosen: np.ndarray | None = None
) -> tuple["Bags", list[str]]:
    """Patients with the largest section of each of their lesions, and who they are."""
    from core.training.small_cnn import Bags

    key = rows["key_slice"].to_numpy().astype(bool)
    if chosen is not None:
        key &= chosen
    own = rows[key]
    number, names = pd.factorize(own["patient_id"].astype(str))
    labels = own.groupby("patient_id", sort=False)["label"].first().to_numpy().astype(np.int64)
    return Bags(patches[key], np.asarray(number), labels), list(map(str, names))
