"""Verdict: all that a cross-validation came to, as `added/evaluate/evaluation.json` keeps it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from types import UnionType
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

import numpy as np

from core.errors import RunUnusable
from core.evaluation.bands import Band, bands, majority
from core.evaluation.calibration_curve import calibration_curve
from core.evaluation.crossed import Crossed, Standing
from core.evaluation.heads import HeadRow
from core.evaluation.net_benefit import decision_curve
from core.evaluation.ordinal import Ordered
from core.evaluation.people import People
from core.evaluation.silence import Silence, band_answers, silence
from core.run import Run

FORMAT = 1
FOLDER, FILE, PREDICTIONS, EVERYBODY = (
    "evaluate",
    "evaluation.json",
    "predictions_cv.csv",
    "contenders.parquet",
)
INSIDE = "evaluate-inside"
Mode = Literal["frozen", "inside"]


@dataclass(frozen=True)
class Line:
    """A curve with a band, point by point; a band is absent where it was not drawn."""

    x: list[float]
    y: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True)
class Benefit:
    """Net benefit over thresholds, see `core.evaluation.net_benefit`."""

    model: Line
    treat_all: list[float]
    rule: list[float] | None


@dataclass(frozen=True)
class Verdict:
    """What a cross-validation of one run came to.

    Attributes:
        format: Of the file.
        mode: "frozen": codes of the run's own autoencoder; "inside": everything anew a fold.
        folds, repeats, seed: As asked for.
        patients, positives: Who was judged.
        seen: Patients whose pictures (never their outcomes) the run's autoencoder was fitted on.
        standings: The table of models, the model first.
        bands: The model's calls by size of the largest lesion and by number of lesions.
        sets: Conformal sets at alpha 0.10.
        paper_band: The paper's way of giving no answer.
        calibration: Smooth curve of the model; None where it cannot be fitted.
        benefit: Net benefit of the model.
        orders: How well rows order N0 < N1 < N2, the one taught the order first; none where the
            stages are not known.
        heads: Kinds of head on validation patients, the best first; none in files of before.
    """

    format: int
    mode: Mode
    folds: int
    repeats: int
    seed: int
    patients: int
    positives: int
    seen: int
    standings: list[Standing]
    bands: list[Band]
    sets: Silence
    paper_band: Silence
    calibration: Line | None
    benefit: Benefit
    orders: list[Ordered] = field(default_factory=list)
    heads: list[HeadRow] = field(default_factory=list)

    @cached_property
    def by_key(self) -> dict[str, Standing]:
        """The table's rows by their short names."""
        return {each.key: each for each in self.standings}

    @property
    def model(self) -> Standing:
        """The row of the run's own model."""
        return self.by_key["model"]

    @property
    def better(self) -> list[Standing]:
        """Rows whose AUC lies above the model's, the best first; few of them surely so."""
        own = self.model.auc
        found = [
            each
            for each in self.standings
            if own and each.auc and each.key != "model" and each.auc.value > own.value
        ]
        return sorted(found, key=lambda each: -(each.auc.value if each.auc else 0))

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` gave; ValueError, KeyError or TypeError where it is broken."""
        fields = json.loads(text)
        if fields["format"] != FORMAT:
            raise ValueError(f"format {fields['format']!r}")
        found: Self = _built(cls, fields)
        return found


def read_verdict(run: Run, *, folder: str = FOLDER) -> Verdict | None:
    """A run's cross-validation; None where there is none, or one of other weights.

    Args:
        run: Whose.
        folder: `INSIDE` for the one with everything trained anew in every fold.

    Raises:
        RunUnusable: The file is damaged.
    """
    place = run.folder / "added" / folder
    path = place / FILE
    if not path.is_file():
        return None
    try:
        note = json.loads((place / "metrics.json").read_text(encoding="utf-8"))
        if note.get("weights_sha256") != run.manifest.weights_sha256:
            return None
        return Verdict.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"added/{folder}/{FILE}: {type(error).__name__}"
        raise RunUnusable(run.name, found, "the file as it was written") from error


def reach_verdict(
    people: People,
    model: Crossed,
    standings: Sequence[Standing],
    *,
    rule: Crossed | None,
    mode: Mode,
    folds: int,
    seed: int,
    seen: int,
    orders: Sequence[Ordered] = (),
    heads: Sequence[HeadRow] = (),
) -> Verdict:
    """Put everything together from the model's out-of-fold answers.

    Args:
        people: Who was judged.
        model: The model's answers.
        standings: The table, the model first.
        rule: The 5 mm rule's answers, where sizes are known.
        mode: What was fitted anew.
        folds: As asked for.
        seed: Of the folds.
        seen: Patients whose pictures the run's autoencoder was fitted on.
        orders: How well rows order the stages, where these are known.
        heads: Kinds of head on validation patients.
    """
    truth, chance = model.labels, model.averaged
    curve = calibration_curve(truth, chance)
    worth = decision_curve(truth, chance, rule=majority(rule.called) if rule else None)
    return Verdict(
        format=FORMAT,
        mode=mode,
        folds=folds,
        repeats=model.repeats,
        seed=seed,
        patients=len(truth),
        positives=int(truth.sum()),
        seen=seen,
        standings=list(standings),
        bands=bands(
            truth,
            majority(model.called),
            largest_mm=people.largest_mm if people.has_sizes else None,
            nodes=people.nodes,
        ),
        sets=silence(truth, model.answers, held=model.held),
        paper_band=silence(truth, band_answers(model.probability)),
        calibration=_line(curve.told, curve.observed, curve.low, curve.high) if curve else None,
        benefit=Benefit(
            _line(worth.thresholds, worth.value, worth.low, worth.high),
            _plain(worth.treat_all),
            None if worth.rule is None else _plain(worth.rule),
        ),
        orders=list(orders),
        heads=list(heads),
    )


def _line(x: np.ndarray, y: np.ndarray, low: np.ndarray, high: np.ndarray) -> Line:
    return Line(_plain(x), _plain(y), _plain(low), _plain(high))


def _plain(values: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in values]


def _built(kind: Any, value: Any) -> Any:  # noqa: ANN401  any field of the tree above
    """Dataclasses again from what `asdict` and JSON made of them."""
    if get_origin(kind) is UnionType:
        own = [each for each in get_args(kind) if each is not type(None)]
        return None if value is None else _built(own[0], value)
    if get_origin(kind) is list:
        return [_built(get_args(kind)[0], each) for each in value]
    if hasattr(kind, "__dataclass_fields__"):
        hints = get_type_hints(kind)
        return kind(**{name: _built(hints[name], each) for name, each in value.items()})
    return value
