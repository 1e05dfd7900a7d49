"""What a finished training writes down: tables, arrays, and the manifest that explains them."""

import io
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from core.run import write_bytes

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "umap-learn", "nibabel")


def write_array(path: Path, values: np.ndarray) -> None:
    """An array as `.npy`, whole or not at all."""
    held = io.BytesIO()
    np.save(held, values, allow_pickle=False)
    write_bytes(path, held.getvalue())


def write_table(path: Path, table: pd.DataFrame) -> None:
    """A table as `.parquet`, or as `.csv` with five significant digits, whole or not at all."""
    if path.suffix == ".csv":
        write_bytes(path, table.to_csv(index=False, float_format="%.6g").encode("utf-8"))
        return
    held = io.BytesIO()
    table.to_parquet(held, index=False, compression="zstd")
    write_bytes(path, held.getvalue())


def versions() -> dict[str, str]:
    """What computed it: Python and the libraries that matter."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The program's commit, or "" where it is not run from a repository."""
    here = Path(__file__).parent
    try:
        said = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def now() -> str:
    """This moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
