"""Kinds of head on validation patients: the table that the default head is chosen by."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.evaluation.intervals import Interval

ALONE = "logistic_code"
_TITLES = {
    "logistic": "Penalised logistic, codes and measures",
    ALONE: "Penalised logistic, codes alone",
    "additive": "Small network, additive pooling",
    "attention": "Gated attention (ABMIL)",
    "mean": "Small network, mean pooling",
    "max": "Small network, max pooling",
    "paper": "The paper's head",
}
KINDS = tuple(_TITLES)


def title_of(kind: str, *, measured: bool) -> str:
    """What a kind of head is called, by whether the logistic one reads measures too."""
    return _TITLES[ALONE if kind == "logistic" and not measured else kind]


@dataclass(frozen=True)
class HeadRow:
    """One kind of head, fitted on training patients with the run's autoencoder.

    Attributes:
        kind: As `head.kind` in the settings; "logistic_code" is the logistic one that reads no
            measures off the outline.
        title: In words.
        auc: Of validation patients, interval by bootstrap.
        log_loss: Of validation patients, both outcomes weighing the same.
        own: Whether the run itself has this kind.
    """

    kind: str
    title: str
    auc: Interval
    log_loss: float
    own: bool


def as_table(rows: Sequence[HeadRow]) -> pd.DataFrame:
    """Rows as a part that is kept on disk until the evaluation is whole."""
    return pd.DataFrame(
        [
            {
                "kind": each.kind,
                "value": each.auc.value,
                "low": each.auc.low,
                "high": each.auc.high,
                "log_loss": each.log_loss,
                "own": int(each.own),
            }
            for each in rows
        ]
    )


def from_table(table: pd.DataFrame) -> list[HeadRow]:
    """Read what `as_table` gave."""
    measured = ALONE in set(table["kind"])  # the row is there only beside one that reads them
    return [
        HeadRow(
            str(each["kind"]),
            title_of(str(each["kind"]), measured=measured),
            Interval(float(each["value"]), float(each["low"]), float(each["high"])),
            float(each["log_loss"]),
            bool(each["own"]),
        )
        for each in table.to_dict("records")
    ]
