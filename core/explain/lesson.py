"""The planted lesson: maps of a network that is known to use one spot, kept small for the pages.

Where one bright spot alone decides what a lesion is (`phantom --planted`), what a map must mark is
known. `tests.benchmarks.planted_maps` measures it and writes `assets/planted`: a few pictures with
their spots and maps, and one line a network and method (`lines.json`), all about 60 kB.
"""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.arrays import Map2D, Mask, Patches
from core.errors import RunUnusable
from core.run import SHIPPED, write_text

LESSON = SHIPPED.parent / "planted"
FULL = 127  # the largest signed byte


@dataclass(frozen=True)
class SpotLine:
    """Where one network's maps by one method lie; shares are means over lesions.

    Attributes:
        network: Which network, in words.
        variant: The method's key.
        lesions: Held-out lesions with a cause in their picture.
        cause, cause_low, cause_high: Share of the evidence on the cause, 95 % by patient.
        area: The cause's share of the picture: what a map that knows nothing gets.
        blob, edges: The same share of a centre blob and of an edge detector.
        decoy: Share of the evidence on the decoy, where one shows; NaN where none does.
        pointing: How often the strongest pixel lies on the cause.
        usual: The cause's share of a map of where causes lie in training patches; None in
            lessons kept before it was measured, like the three that follow.
        moved: Share of the evidence on the cause where patches are cut again off the middle.
        moved_usual: The same of the map of where causes lie in training patches.
        moved_lesions: Of how many that is the mean.
    """

    network: str
    variant: str
    lesions: int
    cause: float
    cause_low: float
    cause_high: float
    area: float
    blob: float
    edges: float
    decoy: float
    pointing: float
    usual: float | None = None
    moved: float | None = None
    moved_usual: float | None = None
    moved_lesions: int | None = None


@dataclass(frozen=True, eq=False)
class Lesson:
    """What was measured, and pictures of it.

    Attributes:
        lines: One a network and method.
        seen: What each network knows of the cause, by its words: how often it ranks a lesion with
            the cause above one without (AUC on held-out lesions).
        lesion: What the cohort calls one.
        command: What measured it.
        patches: Pictures, (picture, height, width), in [0, 1].
        cause, decoy: Where the spots lie, of the same shape.
        maps: The first network's maps of these pictures by the method's key, one a picture.
        pixel_mm: Side of a pixel; None in lessons kept before it was written down.
        usual_drawn: The cause's share of a map of where causes lie, from the rules that draw the
            cohort alone (`tests.benchmarks.planted_place`); None where it was not worked out.
    """

    lines: tuple[SpotLine, ...]
    seen: dict[str, float]
    lesion: str
    command: str
    patches: Patches
    cause: tuple[Mask, ...]
    decoy: tuple[Mask, ...]
    maps: dict[str, tuple[Map2D, ...]]
    pixel_mm: float | None = None
    usual_drawn: float | None = None

    @property
    def usual(self) -> float | None:
        """What a map reaches that knows where causes lie: measured, else from the rules."""
        measured = self.lines[0].usual if self.lines else None
        return self.usual_drawn if measured is None else measured


def keep_lesson(lesson: Lesson, folder: Path) -> None:
    """Write a lesson; maps as signed bytes, their largest magnitude at 127."""
    folder.mkdir(parents=True, exist_ok=True)
    spots = np.where(lesson.decoy, 2, np.where(lesson.cause, 1, 0)).astype(np.uint8)
    drawn = np.stack([np.stack(own) for own in lesson.maps.values()])
    full = np.abs(drawn).max(axis=(2, 3), keepdims=True)
    small = np.round(FULL * drawn / np.where(full > 0, full, 1)).astype(np.int8)
    for name, array in (
        ("patches", np.round(255 * lesson.patches).astype(np.uint8)),
        ("spots", spots),
        ("maps", small),
    ):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    told = {
        "format": 1,
        "command": lesson.command,
        "lesion": lesson.lesion,
        "seen": lesson.seen,
        "pixel_mm": lesson.pixel_mm,
        "usual_drawn": lesson.usual_drawn,
        "methods": list(lesson.maps),
        "full": full[..., 0, 0].astype(float).tolist(),
        "lines": [asdict(line) for line in lesson.lines],
    }
    write_text(folder / "lines.json", json.dumps(told, indent=1) + "\n")


@cache
def kept_lesson(folder: Path = LESSON) -> Lesson | None:
    """The lesson that comes with the program; None where it is not there.

    Raises:
        RunUnusable: Its files are damaged.
    """
    if not (folder / "lines.json").is_file():
        return None
    try:
        told = json.loads((folder / "lines.json").read_text(encoding="utf-8"))
        patches, spots, small = (
            np.load(folder / f"{name}.npy", allow_pickle=False)
            for name in ("patches", "spots", "maps")
        )
        full = np.array(told["full"], np.float32)[..., None, None]
        maps = small * (full / np.float32(FULL))
        return Lesson(
            lines=tuple(SpotLine(**line) for line in told["lines"]),
            seen={str(name): float(value) for name, value in told["seen"].items()},
            lesion=str(told["lesion"]),
            command=str(told["command"]),
            patches=(patches / 255).astype(np.float32),
            cause=tuple(spots == 1),
            decoy=tuple(spots == 2),
            pixel_mm=told.get("pixel_mm"),
            usual_drawn=told.get("usual_drawn"),
            maps={key: tuple(own) for key, own in zip(told["methods"], maps, strict=True)},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunUnusable(folder.name, type(error).__name__, "the files as written") from error
