"""Figure: one measured number that says where it comes from; `metrics.json` is made of these.

A figure that was not measured is absent, never null, and none is typed in: each carries the
command that made it. What training measured and what later commands add under
`added/<command>/` are merged by `rebuild_metrics`, so `metrics.json` can always be made again.
"""

import json
import math
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from core.errors import RunUnusable
from core.evaluation.goals import goal
from core.evaluation.intervals import Interval
from core.run import Run, write_text

FORMAT = 1
TRAINING = "train"  # `added/train/` keeps what training itself measured

UnitOfN = Literal["patient", "node", "patch"]
Data = Literal["validation", "test", "cross-validated", "fresh", "external"]


@dataclass(frozen=True)
class Figure:
    """One measured number with its interval, its n and the way it was made.

    Attributes:
        id: The name in GOALS.md, such as `auc.test`.
        value: What was measured; always finite.
        low: Lower end of the 95 % interval; None where the figure has none.
        high: Upper end of the 95 % interval; None where the figure has none.
        n: How many were measured.
        unit_of_n: What `n` counts.
        data: Which patients it was measured on.
        seeds: Seeds of the trainings behind it.
        reach: What we want to reach, in words; "" where nothing was set.
        definition: How it is measured, in one sentence.
        command: The command that measures it again.
        made_at: When, ISO 8601 in UTC.
        commit: Commit of the program, or "".
    """

    id: str
    value: float
    low: float | None
    high: float | None
    n: int
    unit_of_n: UnitOfN
    data: Data
    seeds: tuple[int, ...]
    reach: str
    definition: str
    command: str
    made_at: str
    commit: str

    def __post_init__(self) -> None:
        numbers = [self.value] + [end for end in (self.low, self.high) if end is not None]
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"figure {self.id} is not finite: leave it out where not measured")
        if (self.low is None) != (self.high is None):
            raise ValueError(f"figure {self.id} has one end of an interval without the other")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"figure {self.id} has its interval upside down")
        if self.n < 1:
            raise ValueError(f"figure {self.id} was measured on nobody")

    def to_json(self) -> dict[str, Any]:
        """The figure's entry in `metrics.json`, without its ID, which is the key."""
        fields = asdict(self)
        del fields["id"]
        return fields | {"seeds": list(self.seeds)}

    @classmethod
    def from_json(cls, figure_id: str, fields: dict[str, Any]) -> Self:
        """Read one entry of `metrics.json`; raises KeyError, TypeError or ValueError if broken."""
        ends = {key: float(fields[key]) for key in ("low", "high") if fields[key] is not None}
        seeds = tuple(int(seed) for seed in fields["seeds"])
        exact = {"value": float(fields["value"]), **ends, "seeds": seeds}
        return cls(**{"id": figure_id, **fields, **exact})


@dataclass(frozen=True)
class Stamp:
    """What all figures of one command share: the command, its seeds, when and which commit."""

    command: str
    seeds: tuple[int, ...]
    made_at: str
    commit: str

    @classmethod
    def now(cls, command: str, *, seeds: tuple[int, ...], commit: str = "") -> Self:
        """A stamp of this moment, in UTC."""
        return cls(command, seeds, datetime.now(UTC).isoformat(timespec="seconds"), commit)

    def figure(
        self,
        figure_id: str,
        value: Interval | float,
        *,
        n: int,
        unit_of_n: UnitOfN,
        data: Data,
    ) -> Figure:
        """Make a figure; its reach and definition come from `core.evaluation.goals`.

        Raises:
            ValueError: `goals` does not know the ID, or the value is not finite.
        """
        found = value if isinstance(value, Interval) else None
        plain = value.value if isinstance(value, Interval) else value
        wanted = goal(figure_id)
        return Figure(
            id=figure_id,
            value=float(plain),
            low=float(found.low) if found else None,
            high=float(found.high) if found else None,
            n=int(n),
            unit_of_n=unit_of_n,
            data=data,
            seeds=self.seeds,
            reach=wanted.reach,
            definition=wanted.definition,
            command=self.command,
            made_at=self.made_at,
            commit=self.commit,
        )


def write_metrics(
    folder: Path, figures: Iterable[Figure], *, weights_sha256: str | None = None
) -> None:
    """Write `metrics.json` into a run's folder, or into a folder under its `added/`.

    Args:
        folder: The run (or its draft), or `RUN/added/<command>`.
        figures: What was measured; each ID once.
        weights_sha256: Which weights they were measured with; needed under `added/`.

    Raises:
        ValueError: An ID stands there twice.
    """
    entries: dict[str, str] = {}
    for figure in figures:
        if figure.id in entries:
            raise ValueError(f"figure {figure.id} was measured twice")
        entries[figure.id] = json.dumps(figure.to_json(), ensure_ascii=False, allow_nan=False)
    head: dict[str, Any] = {"format": FORMAT}
    if weights_sha256 is not None:
        head["weights_sha256"] = weights_sha256
    folder.mkdir(parents=True, exist_ok=True)
    # a line a figure, so that two versions can be held against each other
    lines = ",\n".join(f"{json.dumps(name)}: {entry}" for name, entry in entries.items())
    text = f'{json.dumps(head)[:-1]}, "figures": {{\n{lines}\n}}}}\n'
    write_text(folder / "metrics.json", text)


def read_metrics(folder: Path) -> tuple[list[Figure], str | None]:
    """The figures in a folder's `metrics.json`, and the weights' SHA-256 where it is given.

    Raises:
        RunUnusable: The file is missing, damaged or of another format.
    """
    try:
        content = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        if content.get("format") != FORMAT:
            raise RunUnusable(folder.name, f"format {content.get('format')!r}", f"format {FORMAT}")
        figures = [Figure.from_json(key, entry) for key, entry in content["figures"].items()]
        return figures, content.get("weights_sha256")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        found = f"metrics.json: {type(error).__name__}"
        raise RunUnusable(folder.name, found, "the file as it was written") from error


@contextmanager
def adding(run: Run, name: str) -> Iterator[Path]:
    """A draft of `RUN/added/NAME/` to write into; it takes the old one's place whole or never.

    When the block ends `metrics.json` is made again; where it fails nothing has changed.
    """
    target = run.folder / "added" / name
    draft = target.with_name(f".{name}.{os.getpid()}.partial")
    draft.mkdir(parents=True)
    try:
        yield draft
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    rebuild_metrics(run.folder)


def rebuild_metrics(run_folder: Path) -> list[Figure]:
    """Make `metrics.json` again from training's figures and all that later commands added.

    Before the first merge training's own figures are set aside in `added/train/`, so that the
    result depends on nothing but what lies under `added/`. Folders measured with other weights,
    and those without figures, are passed over. Where an ID occurs twice the newest wins.

    Returns:
        The figures now in `metrics.json`, in the order of their IDs.
    """
    weights = Run.open(run_folder).manifest.weights_sha256
    added = run_folder / "added"
    if not (added / TRAINING / "metrics.json").is_file():
        write_metrics(added / TRAINING, read_metrics(run_folder)[0], weights_sha256=weights)
    newest: dict[str, Figure] = {}
    for path in sorted(added.glob("*/metrics.json")):
        figures, measured_with = read_metrics(path.parent)
        if measured_with != weights or path.parent.name.startswith("."):
            continue
        for figure in figures:
            known = newest.get(figure.id)
            if known is None or figure.made_at >= known.made_at:
                newest[figure.id] = figure
    merged = [newest[key] for key in sorted(newest)]
    write_metrics(run_folder, merged)
    return merged
