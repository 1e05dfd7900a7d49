"""`python train.py evaluate`: how good a finished run is, from patients it was not fitted on.

Writes `added/evaluate/` into the run: `evaluation.json` (see `verdict`), `predictions_cv.csv`
(the model's out-of-fold probabilities), `contenders.parquet` (every row's), `table.csv` and
`metrics.json`, from which the run's own is rebuilt. Fold by fold, so that the same command goes
on after a kill.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.evaluation.contender import Contender, answers
from core.evaluation.figures import Stamp, rebuild_metrics
from core.evaluation.folds import OuterFold, outer_folds
from core.evaluation.heads import as_table, from_table
from core.evaluation.nested import judge_fold
from core.evaluation.parts import Parts, parts_of
from core.evaluation.people import People, refuse_other_patients
from core.evaluation.telling import TOLD, Plan, answered, tell, write_told
from core.evaluation.verdict import (
    EVERYBODY,
    FOLDER,
    PREDICTIONS,
    Verdict,
    read_verdict,
)
from core.progress import Progress, silent
from core.run import Run
from core.training.record import commit, write_table

VERSION = 4  # rises when a row of the same name comes to answer otherwise in the same folds
HEADS = "heads-on-validation"
PREDICTED = ["patient", "repeat", "fold", "probability", "label", "called", "set"]


def evaluate(
    run: Run,
    *,
    folds: int = 5,
    repeats: int = 10,
    seed: int = 0,
    beside: Run | None = None,
    light: bool = False,
    device: str = "auto",
    progress: Progress = silent,
    report: Callable[[str], None] = lambda sentence: None,
) -> Verdict:
    """Cross-validate a run on the codes of its own autoencoder, beside the table of models.

    Args:
        run: Finished.
        folds: Outer folds a repeat.
        repeats: How often patients are dealt anew.
        seed: Of the folds.
        beside: Another finished run on the same patients and split; its codes with the paper's
            head are a row.
        light: Leave out the rows that fit a further network in every fold, and the kinds of head
            on validation patients; they take most of the time.
        device: Where the run's own head is fitted.
        progress: Told the folds done.
        report: Told, in a sentence, what a person should know at once.

    Raises:
        TooFewPatients: An outcome has fewer patients than folds.
        RunUnusable: The run is damaged, another process evaluates it, or the run beside it has
            other patients or another split.
    """
    made = f"python train.py evaluate --run {run.name} --folds {folds} --repeats {repeats}"
    if beside is not None:
        refuse_other_patients(run, beside)
        made += f" --beside {beside.name}"
    if light:
        made += " --light"

    def judge(parts: Parts, people: People, dealt: Sequence[OuterFold]) -> Judged:
        from core.training.heads_validated import validated_heads

        rows = _rows(run, people, device, beside, light=light)
        tables = crossed_tables(parts, rows, people, dealt, progress)
        if not light and parts.get(HEADS) is None:
            found = validated_heads(run, device=device, progress=progress)
            if found:
                parts.put(HEADS, as_table(found))
        return rows, tables

    return cross_validate(
        run,
        Plan(
            FOLDER,
            "frozen",
            VERSION,
            folds,
            repeats,
            seed,
            made,
            beside.manifest.weights_sha256 if beside else "",
            light,
        ),
        judge,
        progress=progress,
        report=report,
    )


Judged = tuple[Sequence[Contender], dict[str, pd.DataFrame]]
"""The rows of the table, the model first, and each one's out-of-fold answers."""


def cross_validate(
    run: Run,
    plan: Plan,
    judge: Callable[[Parts, People, Sequence[OuterFold]], Judged],
    *,
    progress: Progress = silent,
    report: Callable[[str], None] = lambda sentence: None,
) -> Verdict:
    """Deal the folds, have them judged, and write the verdict; nothing where it was done before.

    Args:
        run: Finished.
        plan: What was asked for.
        judge: Makes every row's out-of-fold answers, keeping them fold by fold.
        progress: Told how far each step is.
        report: Told, in a sentence, what a person should know at once.

    Raises:
        TooFewPatients: An outcome has fewer patients than folds.
        RunUnusable: The run is damaged, or another process evaluates it.
    """
    asked = {"folds": plan.folds, "repeats": plan.repeats, "seed": plan.seed}
    noted: dict[str, int | str] = {"version": plan.version, "told": TOLD, **asked}
    noted |= {"beside": plan.beside} if plan.beside else {}
    noted |= {"light": True} if plan.light else {}
    with parts_of(run, plan.folder, noted) as parts:
        known = read_verdict(run, folder=plan.folder) if parts.finished else None
        if known is not None:
            report(f"Run {run.name} was evaluated so before; nothing was done.")
            return known
        people = People.of(run)
        rows, tables = judge(parts, people, outer_folds(people.labels, **asked))
        return _write(run, parts, people, rows, tables, plan, progress=progress)


def crossed_tables(
    parts: Parts,
    rows: Sequence[Contender],
    people: People,
    folds: Sequence[OuterFold],
    progress: Progress,
) -> dict[str, pd.DataFrame]:
    """Every contender's out-of-fold answers; what is there from before is not made again, be it
    from a command that was stopped or from a finished one that had other rows."""
    wanted = {
        each.key: [
            fold for fold in folds if not each.most_repeats or fold.repeat < each.most_repeats
        ]
        for each in rows
    }
    total, done, before = sum(map(len, wanted.values())), 0, answered(parts)
    progress("cross-validating", 0, total)
    tables = {}
    for each in rows:
        found = []
        for fold in wanted[each.key]:
            name = f"{each.key}-{fold.repeat:02d}-{fold.fold}"
            table = parts.get(name)
            if table is None:
                table = before.get((each.key, fold.repeat, fold.fold))
            if table is None:
                table = judge_fold(each, people, fold)
                parts.put(name, table)
            found.append(table)
            done += 1
            progress("cross-validating", done, total)
        tables[each.key] = pd.concat(found, ignore_index=True)
    return tables


def _write(
    run: Run,
    parts: Parts,
    people: People,
    rows: Sequence[Contender],
    tables: dict[str, pd.DataFrame],
    plan: Plan,
    *,
    progress: Progress,
) -> Verdict:
    """Judge the answers, write the folder whole, and rebuild the run's metrics."""
    kept = parts.get(HEADS)
    heads = from_table(kept) if kept is not None else ()
    verdict = tell(run, people, rows, tables, plan, heads=heads, progress=progress)
    model = tables["model"].rename(columns={"patient_id": "patient"})
    model = model.assign(set=answers(model))
    write_table(parts.folder / PREDICTIONS, model[PREDICTED])
    everybody = pd.concat([table.assign(model=key) for key, table in tables.items()])
    # seven digits of every answer are enough, and half the bytes
    single = dict.fromkeys(everybody.select_dtypes("float64"), np.float32)
    write_table(parts.folder / EVERYBODY, everybody.astype(single).reset_index(drop=True))
    write_told(
        run,
        parts.folder,
        verdict,
        Stamp.now(plan.command, seeds=(run.manifest.seed,), commit=commit()),
    )
    parts.finish()
    rebuild_metrics(run.folder)
    return verdict


def _rows(
    run: Run, people: People, device: str, beside: Run | None = None, *, light: bool = False
) -> list[Contender]:
    from core.evaluation.contenders import contenders
    from core.evaluation.pixel_rows import pixel_rows
    from core.training.cnn_inside import cnn_row
    from core.training.heads_inside import own_head, paper_head, stacked_head

    t_stage = ("t_stage",) if people.knows("t_stage") else ()
    heads = [
        stacked_head("additive", "Small network, additive pooling", t_stage),
        stacked_head("mean", "Small network, mean pooling", t_stage),
        stacked_head("max", "Small network, max pooling", t_stage),
        stacked_head("attention", "Gated attention (ABMIL)", t_stage),
    ]
    if beside is not None:
        epochs = int((beside.history["phase"] == "vae").sum())  # as trained, not as asked
        title = f"Run {beside.name}, {epochs} epochs: its codes, the paper's head"
        heads.append(paper_head(beside, key="beside", title=title, device=device))
    networks = [
        cnn_row(run.patches),
        *heads,
        paper_head(run, key="head_paper", title="The paper's head on this run's codes"),
    ]
    return [
        own_head(run, device=device),
        *contenders(people),
        *pixel_rows(people, run.patches, run.masks, t_stage),
        *([] if light else networks),
    ]
