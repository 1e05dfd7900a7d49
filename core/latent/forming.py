"""How the map took shape: the codes kept at a dozen moments of training, laid out one by one.

A code has no fixed axes while it is learned, so each moment is laid out for itself and then
turned onto the next, from the finished model backwards. What stays still is then the model's
doing, what turns is taken out. The last moment is always the finished model, in its own map.
"""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from core.arrays import Codes, Labels, Values
from core.errors import LatentError
from core.latent.kept import kept_folder, maps_folders
from core.latent.projection import onto, principal_axes, umap_layout
from core.progress import Progress, silent
from core.run import Run, write_bytes

FORMED, FORMED_NAMED = "umap-forming.npy", "umap-forming-named.npy"
NEIGHBOURS = 15
Places: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]  # (moment, row, 2)


@dataclass(frozen=True, eq=False)
class Moments:
    """Codes of some rows at moments of training, the finished model last.

    Attributes:
        rows: The rows that were kept: key slices, 2,000 at most.
        epochs: When, counted from 1; the last is the epoch whose weights the run kept, or the
            last epoch again where the run does not say.
        codes: One array a moment, (row, latent).
    """

    rows: Labels
    epochs: tuple[int, ...]
    codes: tuple[Codes, ...]


def has_moments(run: Run) -> bool:
    """Whether the run kept any."""
    return (run.folder / "snapshots" / "index.json").is_file()


def moments_of(run: Run, *, named: bool = False) -> Moments:
    """The moments that a run kept.

    Args:
        run: Whose.
        named: Only the dimensions that were trained to carry an attribute: the code's first.

    Raises:
        LatentError: It kept none, or what it kept cannot be read.
    """
    folder = run.folder / "snapshots"
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        rows = np.asarray(index["rows"], dtype=np.int64)
        epochs = [int(one["epoch"]) for one in index["moments"]]
        paths = [folder / str(one["codes"]) for one in index["moments"]]
        codes = [np.load(path, allow_pickle=False).astype(np.float32) for path in paths]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LatentError(
            f"Run {run.name!r} has no moments of its training to look back at; train it again."
        ) from error
    own = run.codes[rows]
    if not codes or any(one.shape != own.shape for one in codes):
        raise LatentError(f"The moments kept in run {run.name!r} are not of its codes.")
    if named:
        dims = len(run.settings.vae.attributes)
        own, codes = own[:, :dims], [one[:, :dims] for one in codes]
    return Moments(rows, (*epochs, epochs[-1]), (*codes, np.asarray(own, dtype=np.float32)))


def formed_on_axes(run: Run, moments: Moments) -> Places:
    """Every moment on its own first two principal axes, (moment, row, 2).

    Each is turned onto the next and drawn equally wide: an early code may spread further.
    """
    train = (run.rows["split"] == "train").to_numpy(dtype=bool)[moments.rows]
    later = run.map[["pca_x", "pca_y"]].to_numpy(np.float64)[moments.rows]
    found = [later]
    for codes in moments.codes[-2::-1]:
        own = principal_axes(codes, train=train, count=2).astype(np.float64)
        later = onto(later, own, size="spread")
        found.append(later)
    return np.stack(found[::-1]).astype(np.float32)


def formed_by_umap(
    run: Run, moments: Moments, progress: Progress = silent, *, named: bool = False
) -> Places:
    """Every moment laid out by UMAP that starts from the next one's places, (moment, row, 2).

    The last is the run's own map: of the named dimensions where the moments hold these alone.
    """
    later = run.map[["named_x", "named_y"] if named else ["umap_x", "umap_y"]].to_numpy(np.float64)[
        moments.rows
    ]
    found = [later]
    for number, codes in enumerate(moments.codes[-2::-1]):
        progress("laying out moments of training", number, len(moments.codes) - 1)
        own = umap_layout(
            codes,
            settings=run.settings.map,
            dimensions=2,
            seed=run.settings.seed,
            start=later.astype(np.float32),
        )
        later = onto(later, own.astype(np.float64), size="spread")
        found.append(later)
    return np.stack(found[::-1]).astype(np.float32)


def neighbours_there(moments: Moments) -> Values:
    """Share of the finished model's 15 neighbours that already were neighbours, (moment,)."""
    k = min(NEIGHBOURS, len(moments.rows) - 1)
    final = _near(moments.codes[-1], k)
    shares = [
        np.mean([len(set(one) & set(last)) / k for one, last in zip(near, final, strict=True)])
        for near in _each_near(moments, k)
    ]
    return np.array(shares, dtype=np.float64)


def read_formed(run: Run, *, named: bool = False, folders: Sequence[Path] = ()) -> Places | None:
    """What `write_formed` kept, (moment, row, 2); None where there is none of these moments."""
    for folder in folders or maps_folders(run):
        with suppress(OSError, ValueError, LatentError):
            path = folder / (FORMED_NAMED if named else FORMED)
            found: Places = np.load(path, allow_pickle=False)
            moments = moments_of(run, named=named)
            if found.shape == (len(moments.codes), len(moments.rows), 2):
                return found
    return None


def write_formed(
    run: Run, progress: Progress = silent, *, named: bool = False, folder: Path | None = None
) -> None:
    """Lay every moment out and keep that, where a page keeps its studies or in `folder`."""
    held = io.BytesIO()
    found = formed_by_umap(run, moments_of(run, named=named), progress, named=named)
    np.save(held, found, allow_pickle=False)
    folder = folder or kept_folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / (FORMED_NAMED if named else FORMED), held.getvalue())


def _each_near(moments: Moments, k: int) -> Iterator[np.ndarray]:
    for codes in moments.codes:
        yield _near(codes, k)


def _near(codes: Codes, k: int) -> np.ndarray:
    from scipy.spatial.distance import cdist

    apart = cdist(codes.astype(np.float64), codes.astype(np.float64))
    np.fill_diagonal(apart, np.inf)
    return np.argpartition(apart, k - 1, axis=1)[:, :k]
