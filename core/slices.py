"""Pictures of the slices that carry lesions, for runs whose volumes are not at hand.

A picture is 8-bit on the common scale (0 to 255 for 0 to 1), rows from anterior to posterior,
columns from the patient's right to left, as radiologists look. On disk it is a lossy WebP
beside `index.json`, which holds the outlines as polygons in pixels.
"""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from core.errors import RunUnusable
from core.progress import Progress, silent

QUALITY = 26  # WebP; keeps the shipped demo, with its 1,066 slices and what is added, under 20 MB
INDEX = "index.json"
STRAIGHT_PX = 1e-6  # a point this near to the line between its neighbours says nothing new


@dataclass(frozen=True)
class Outline:
    """One lesion on one slice, drawn.

    Attributes:
        node: The lesion's label in the mask.
        points: Closed polygons, each (point, 2) as (row, column) in pixels; pixel centres lie
            at whole numbers.
    """

    node: int
    points: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class SlicePicture:
    """One slice as it is looked at.

    Attributes:
        patient_id: Whose.
        slice_k: Index in the canonical volume the patches were cut from.
        picture: (row, column) uint8, on the scale of the patches times 255.
        spacing_mm: Pixel size along rows and columns.
        outlines: The lesions on it.
    """

    patient_id: str
    slice_k: int
    picture: NDArray[np.uint8]
    spacing_mm: tuple[float, float]
    outlines: tuple[Outline, ...]


@dataclass(frozen=True)
class SliceEntry:
    """A slice's picture that a run keeps; the picture itself stays on disk until asked for.

    Attributes:
        patient_id: Whose.
        slice_k: Index in the canonical volume the patches were cut from; the rows' slice_k.
        path: The WebP.
        shape: (rows, columns) in pixels.
        spacing_mm: Pixel size along rows and columns.
        outlines: The lesions on it.
    """

    patient_id: str
    slice_k: int
    path: Path
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    outlines: tuple[Outline, ...]

    def read(self) -> NDArray[np.uint8]:
        """The picture, (row, column), 0 to 255 for 0 to 1 on the patches' scale."""
        from PIL import Image

        with Image.open(self.path) as image:
            return np.asarray(image.convert("L"))


def outlines_of(labels: NDArray[Any]) -> tuple[Outline, ...]:
    """The outlines of every lesion on one displayed slice of a mask, corners only."""
    from skimage.measure import approximate_polygon, find_contours

    found = []
    for node in np.unique(labels[labels > 0]).tolist():
        rows, columns = np.nonzero(labels == node)
        top, left = int(rows.min()) - 1, int(columns.min()) - 1
        crop = labels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] == node
        lines = find_contours(np.pad(crop, 1).astype(float), 0.5, fully_connected="high")
        polygons = tuple(
            tuple((float(r) + top, float(c) + left) for r, c in corners.tolist())
            for corners in (approximate_polygon(line, STRAIGHT_PX) for line in lines)
        )
        found.append(Outline(int(node), polygons))
    return tuple(found)


def write_slices(
    slices: Sequence[SlicePicture], folder: Path, *, progress: Progress = silent
) -> None:
    """Write every picture as WebP and `index.json` last.

    Args:
        slices: In the order of the table.
        folder: `slices` of a run that is being written; made when missing.
        progress: Told how many are written.
    """
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for done, one in enumerate(slices):
        name = f"{safe_name(one.patient_id)}_k{one.slice_k}.webp"
        held = io.BytesIO()
        Image.fromarray(one.picture).save(held, format="WEBP", quality=QUALITY, method=6)
        (folder / name).write_bytes(held.getvalue())
        entries.append(
            {
                "file": name,
                "patient_id": one.patient_id,
                "slice_k": one.slice_k,
                "shape": one.picture.shape,
                "spacing_mm": [round(mm, 6) for mm in one.spacing_mm],
                "outlines": [
                    {"node": outline.node, "points": _written(outline)} for outline in one.outlines
                ],
            }
        )
        progress("writing slices", done + 1, len(slices))
    text = json.dumps({"format": 1, "slices": entries}, separators=(",", ":"))
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def _written(outline: Outline) -> list[list[list[float]]]:
    """An outline's corners; whole numbers without a fraction, half of them are, are shorter."""
    return [
        [[int(x) if x.is_integer() else x for x in corner] for corner in line]
        for line in outline.points
    ]


def read_slices(folder: Path, *, run: str) -> tuple[SliceEntry, ...]:
    """The slices that a run keeps, in the order of its rows; empty where it keeps none.

    Raises:
        RunUnusable: The index is damaged or names a file outside the folder.
    """
    path = folder / INDEX
    if not path.is_file():
        return ()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["slices"]
        return tuple(_entry(folder, entry) for entry in entries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"slices/{INDEX}: {type(error).__name__}"
        raise RunUnusable(run, found, "the file as it was written") from error


def _entry(folder: Path, entry: dict[str, Any]) -> SliceEntry:
    name = str(entry["file"])
    if Path(name).name != name or not name.endswith(".webp") or "\\" in name or "\0" in name:
        raise ValueError(f"{name!r} is not a picture beside the index")
    rows, columns = (int(n) for n in entry["shape"])
    down_mm, across_mm = (float(mm) for mm in entry["spacing_mm"])
    outlines = tuple(
        Outline(
            int(outline["node"]),
            tuple(tuple((float(r), float(c)) for r, c in line) for line in outline["points"]),
        )
        for outline in entry["outlines"]
    )
    return SliceEntry(
        patient_id=str(entry["patient_id"]),
        slice_k=int(entry["slice_k"]),
        path=folder / name,
        shape=(rows, columns),
        spacing_mm=(down_mm, across_mm),
        outlines=outlines,
    )


def safe_name(patient_id: str) -> str:
    """A pseudonym as part of a file name; letters, digits, dot, dash and underscore stay."""
    quoted = quote(patient_id, safe="")
    return re.sub(r"^\.", "%2E", quoted)
