"""Studies of groups kept on disk: in the run if a command made them, else in a cache folder.

`python train.py clusters --run RUN` writes `RUN/added/clusters/<method>-<dims>.json`. What a page
computes goes to the user's cache folder, since a run on show may be read-only and never changes.
Both name the weights they belong to; a study of other weights is not read.
"""

import hashlib
import io
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import LatentError
from core.latent.evidence import Explained, Study, Support
from core.latent.grouping import METHODS, Method
from core.latent.projection import onto, umap_layout
from core.latent.space import LatentSpace
from core.latent.support import study
from core.latent.umap_cache import cache_folder
from core.run import Run, write_bytes, write_text

FORMAT = 1
COMMAND = "clusters"
AGAIN = "umap-again.npy"
NAME = 16  # letters of a kept selection's name


def added_folder(run: Run) -> Path:
    """Where the command keeps its studies."""
    return run.folder / "added" / COMMAND


def kept_folder(run: Run) -> Path:
    """Where a page keeps its studies: a cache folder of the run's weights."""
    return cache_folder().parent / "studies" / run.manifest.weights_sha256[:16]


def maps_folders(run: Run) -> tuple[Path, Path]:
    """Where further maps of these weights are looked for: in the run, then in the cache folder."""
    return added_folder(run) / run.manifest.weights_sha256[:16], kept_folder(run)


def study_name(method: Method, dims: int) -> str:
    """A study's file name."""
    return f"{method}-{dims}.json"


def read_study(run: Run, method: Method, dims: int, folders: Sequence[Path] = ()) -> Study | None:
    """A study that was made before, in the run or beside a page, or in some folders alone.

    None where there is none of these weights.
    """
    for folder in folders or (added_folder(run), kept_folder(run)):
        with suppress(OSError, ValueError, TypeError, KeyError):
            text = (folder / study_name(method, dims)).read_text(encoding="utf-8")
            content = json.loads(text)
            same = content["weights_sha256"] == run.manifest.weights_sha256
            if content["format"] == FORMAT and same:
                return _study(content["study"])
    return None


def write_study(folder: Path, made: Study, *, weights_sha256: str) -> None:
    """Keep a study in a folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"format": FORMAT, "weights_sha256": weights_sha256, "study": asdict(made)}
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    write_text(folder / study_name(made.method, made.dims), text + "\n")


def _study(fields: dict[str, Any]) -> Study:
    return Study(**{**fields, "found": tuple(_support(one) for one in fields["found"])})


def _support(fields: dict[str, Any]) -> Support:
    lists = {name: tuple(fields[name]) for name in ("nulls", "jaccard", "sizes")}
    explained = tuple(Explained(**one) for one in fields["explained"])
    return Support(**{**fields, **lists, "explained": explained})


def keep_rows(run: Run, text: str) -> str:
    """Keep a set of rows that is too long for a link (`selection.write_rows`); returns its name."""
    name = hashlib.sha256(text.encode("ascii")).hexdigest()[:NAME]
    folder = kept_folder(run) / "selections"
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / f"{name}.txt", text)
    return name


def read_kept_rows(run: Run, name: str) -> str:
    """The text that was kept under a name; raises LatentError where there is none."""
    if len(name) == NAME and set(name) <= set("0123456789abcdef"):
        with suppress(OSError, ValueError):
            path = kept_folder(run) / "selections" / f"{name}.txt"
            return path.read_text(encoding="ascii")
    raise LatentError("The link's selection is kept on another server; lasso it again.")


def read_again(run: Run, folders: Sequence[Path] = ()) -> np.ndarray | None:
    """UMAP from another seed, (row, 2), turned onto the run's own; None before it was laid out."""
    for folder in folders or maps_folders(run):
        with suppress(OSError, ValueError):
            found: np.ndarray = np.load(folder / AGAIN, allow_pickle=False)
            if found.shape == (len(run.rows), 2):
                return found
    return None


def lay_again(run: Run, folder: Path | None = None) -> None:
    """Lay the codes out from another seed and keep that: what moves was never a finding.

    Args:
        run: Whose codes.
        folder: Where it is kept; where a page keeps its studies, if it is not said.
    """
    own = run.map[["umap_x", "umap_y"]].to_numpy(np.float64)
    seed = run.settings.seed + 1
    again = umap_layout(run.codes, settings=run.settings.map, dimensions=2, seed=seed)
    held = io.BytesIO()
    np.save(held, onto(own, again.astype(np.float64)).astype(np.float32), allow_pickle=False)
    folder = folder or kept_folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / AGAIN, held.getvalue())


def main(arguments: list[str]) -> int:
    """Make one study, or one more map, and keep it; prints "done total" as it goes.

    A page starts this beside itself, so that no visitor waits for it: FOLDER METHOD OVER,
    FOLDER again, or FOLDER forming OVER.
    """
    if hasattr(os, "nice"):
        os.nice(10)  # whoever looks at a page comes first
    folder, what, *over = arguments
    run = Run.open(Path(folder))
    if what == "again":
        lay_again(run)
        return 0
    if what == "forming":
        from core.latent.forming import write_formed

        write_formed(run, _printed, named=over == ["attributes"])
        return 0
    made = study(
        LatentSpace.open(run),
        method=next(one for one in METHODS if one == what),
        over="all" if over == ["all"] else "attributes",
        progress=_printed,
    )
    write_study(kept_folder(run), made, weights_sha256=run.manifest.weights_sha256)
    return 0


def _printed(_: str, done: int, total: int) -> None:
    print(done, total, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
