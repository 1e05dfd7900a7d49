"""`python train.py evaluate --vae-inside N`: cross-validation with nothing left outside.

In every outer fold landmarks, scalers, autoencoder and head are trained anew with the run's own
settings, which takes as long as so many trainings. Beside it stand the rows that need no code,
in the same folds. Writes `added/evaluate-inside/`, fold by fold; the same command goes on.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from core.cohort.cohort import Cohort
from core.cohort.source import ready_cohort
from core.errors import RunUnusable
from core.evaluation.contender import Contender, Inside
from core.evaluation.contenders import contenders
from core.evaluation.evaluate import Judged, cross_validate, crossed_tables
from core.evaluation.folds import OuterFold
from core.evaluation.parts import Parts
from core.evaluation.people import People
from core.evaluation.telling import Plan, answered
from core.evaluation.verdict import INSIDE, Verdict
from core.progress import Progress, silent
from core.run import Run

VERSION = 1
WITHOUT_CODES = (
    "size_shape",
    "t_stage",
    "clinical",
    "measures",
    "short_axis",
    "volume",
    "rule_5mm",
    "rule_esgar",
    "boosting",
)
Report = Callable[[str], None]


def evaluate_inside(
    run: Run,
    repeats: int,
    *,
    folds: int = 5,
    seed: int = 0,
    cohort: str | None = None,
    device: str = "auto",
    progress: Progress = silent,
    report: Report = lambda sentence: None,
) -> Verdict:
    """Cross-validate a run's whole recipe, trained anew in every fold.

    Args:
        run: Finished; its settings are the recipe.
        repeats: How often patients are dealt anew; each costs `folds` trainings.
        folds: Outer folds a repeat.
        seed: Of the folds; the same as of `evaluate`, so the same folds.
        cohort: Where its cohort lies; by default where it lay when the run was trained.
        device: Where it is trained.
        progress: Told how far each step is.
        report: Told, in a sentence, what a person should know at once.

    Raises:
        RunUnusable: The cohort there is another, or another process evaluates the run.
        TooFewPatients: An outcome has fewer patients than folds.
        CohortError: The cohort cannot be read.
    """

    def judge(parts: Parts, people: People, dealt: Sequence[OuterFold]) -> Judged:
        source = same_cohort(run, cohort, progress=progress)
        own = _folds(run, source, parts, people, dealt, device, progress, report)
        rows = [each for each in contenders(people) if each.key in WITHOUT_CODES]
        tables = {"model": own, **crossed_tables(parts, rows, people, dealt, progress)}
        model = Contender("model", "This run's recipe, trained anew", "model", _never)
        return [model, *rows], tables

    made = f"python train.py evaluate --run {run.name} --vae-inside {repeats}"
    return cross_validate(
        run,
        Plan(INSIDE, "inside", VERSION, folds, repeats, seed, made),
        judge,
        progress=progress,
        report=report,
    )


def same_cohort(run: Run, place: str | None, *, progress: Progress = silent) -> Cohort:
    """The cohort that a run was trained on, from where it is said or was then.

    Raises:
        RunUnusable: Other patients are there.
        CohortError: Nothing readable is there.
    """
    if place is None:
        kept = run.cohort_place
        place = str(kept) if kept and kept.exists() else run.settings.cohort.path
    asked = run.settings.cohort.model_copy(update={"path": place})
    cohort = ready_cohort(asked, progress=progress)
    if cohort.fingerprint() != run.manifest.fingerprint:
        wanted = "the cohort it was trained on: name its place with --cohort"
        raise RunUnusable(run.name, f"other patients in {Path(place).name}", wanted)
    return cohort


def _folds(
    run: Run,
    cohort: Cohort,
    parts: Parts,
    people: People,
    folds: Sequence[OuterFold],
    device: str,
    progress: Progress,
    report: Report,
) -> pd.DataFrame:
    from core.training.inside import train_inside

    found, before = [], answered(parts)
    for done, fold in enumerate(folds):
        name = f"model-{fold.repeat:02d}-{fold.fold}"
        table = parts.get(name)
        if table is None:
            table = before.get(("model", fold.repeat, fold.fold))
        if table is None:
            report(f"Training anew for fold {done + 1} of {len(folds)}.")
            table = train_inside(
                run.settings,
                cohort,
                people.patient_ids,
                fold,
                folder=parts.folder / "work" / name,
                device=device,
                progress=progress,
                report=report,
            )
            parts.put(name, table)
        found.append(table)
        progress("folds trained anew", done + 1, len(folds))
    return pd.concat(found, ignore_index=True)


def _never(people: People, fold: OuterFold) -> Inside:
    raise ValueError("the recipe is trained by core.training.inside")
