"""From out-of-fold answers to a verdict: everything that is told of a cross-validation.

Nothing here is fitted. Answers that a finished evaluation kept are taken up, so that what is told
of them can change, and rows can be added, without judging everybody anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.contender import Contender
from core.evaluation.crossed import Crossed, standing
from core.evaluation.crossed_figures import crossed_figures
from core.evaluation.figures import Stamp, write_metrics
from core.evaluation.gaps import third_experiment
from core.evaluation.heads import HeadRow
from core.evaluation.ordinal import ordered
from core.evaluation.parts import Parts
from core.evaluation.people import People
from core.evaluation.standings import standings_table
from core.evaluation.verdict import (
    EVERYBODY,
    FILE,
    PREDICTIONS,
    Mode,
    Verdict,
    reach_verdict,
)
from core.progress import Progress, silent
from core.run import Run, write_text
from core.training.record import write_table

TOLD = 3  # rises when other rows are asked for, or other figures told, of the same answers


@dataclass(frozen=True)
class Plan:
    """What a cross-validation was asked for.

    Attributes:
        folder: Under the run's `added/`.
        mode: What is fitted anew in a fold.
        version: Rises when the same folds come to mean other figures.
        folds, repeats, seed: Of the folds.
        command: The command that does it again.
        beside: SHA-256 of the weights of the run that is a row of it; "" without one.
        light: Whether the rows that fit a further network were left out.
    """

    folder: str
    mode: Mode
    version: int
    folds: int
    repeats: int
    seed: int
    command: str
    beside: str = ""
    light: bool = False


def tell(
    run: Run,
    people: People,
    rows: Sequence[Contender],
    tables: dict[str, pd.DataFrame],
    plan: Plan,
    *,
    heads: Sequence[HeadRow] = (),
    progress: Progress = silent,
) -> Verdict:
    """What the rows' answers come to.

    Args:
        run: Finished.
        people: Who was judged.
        rows: The rows of the table, the model first.
        tables: Each one's out-of-fold answers, as `judge_fold` gives them.
        plan: What was asked for.
        heads: Kinds of head on validation patients.
        progress: Told the rows compared.
    """
    crossed = {each.key: Crossed.of(each, tables[each.key], people.patient_ids) for each in rows}
    model = crossed["model"]
    standings = []
    for done, (key, own) in enumerate(crossed.items()):
        chosen = tables[key].groupby(["repeat", "fold"])["option"].first()
        shares = chosen[chosen != ""].value_counts(normalize=True).round(3)
        options = {str(name): float(share) for name, share in shares.items()}
        plain = crossed.get(own.varies)
        standings.append(standing(own, model, options=options, plain=plain))
        progress("comparing", done + 1, len(crossed))
    train = run.rows.loc[run.rows["split"] == "train", "patient_id"].astype(str)
    return reach_verdict(
        people,
        model,
        standings,
        rule=crossed.get("rule_5mm"),
        mode=plan.mode,
        folds=plan.folds,
        seed=plan.seed,
        seen=0 if plan.mode == "inside" else int(train.nunique()),
        orders=ordered(people.stages, crossed),
        heads=heads,
    )


def write_told(run: Run, folder: Path, verdict: Verdict, stamp: Stamp) -> None:
    """Write what is told: the table, the verdict and its figures; answers are not touched."""
    write_table(folder / "table.csv", standings_table(verdict.standings))
    write_text(folder / FILE, verdict.to_json())
    sha = run.manifest.weights_sha256
    figures = list(crossed_figures(verdict, stamp))
    if verdict.mode == "frozen":
        figures += [
            stamp.figure(
                name,
                each.difference,
                n=verdict.patients,
                unit_of_n="patient",
                data="cross-validated",
            )
            for name, each in third_experiment(run, verdict, folder=folder).items()
        ]
    write_metrics(folder, figures, weights_sha256=sha)


Answered = dict[tuple[str, int, int], pd.DataFrame]
"""By row, repeat and fold: a table as `judge_fold` gives it."""


def answered(parts: Parts) -> Answered:
    """The answers that a finished command of the same folds, weights and version kept."""
    return kept_answers(parts.target) if parts.has_forerunner else {}


def kept_answers(folder: Path) -> Answered:
    """Every row's answers in a finished folder; none where it keeps none.

    They were written in single precision, but for the model's probabilities.
    """
    path = folder / EVERYBODY
    if not path.is_file():
        return {}
    told = pd.read_parquet(path)
    told = told.astype(dict.fromkeys(told.select_dtypes("float32"), np.float64))
    # a share of few patients may be alpha itself, which is decided by "above"
    told[["p_positive", "p_negative"]] = told[["p_positive", "p_negative"]].round(6)
    where = ["patient_id", "repeat"]
    whole = pd.read_csv(
        folder / PREDICTIONS, dtype={"patient": str}, float_precision="round_trip"
    ).rename(columns={"patient": "patient_id"})
    model = told["model"] == "model"
    own = told.loc[model, where].merge(whole, on=where, how="left")["probability"].to_numpy()
    told.loc[model, "probability"] = np.where(
        np.isfinite(own), own, told.loc[model, "probability"].to_numpy()
    )
    return {
        (str(key), int(str(repeat)), int(str(fold))): table.drop(columns="model").reset_index(
            drop=True
        )
        for (key, repeat, fold), table in told.groupby(["model", "repeat", "fold"], sort=False)
    }
