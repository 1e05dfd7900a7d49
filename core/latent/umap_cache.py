"""UMAP without the wait: numba's compiled code is kept in a folder of our own.

umap-learn compiles its loops anew in every process, because it asks numba for `njit` without
`cache=True`. Here that becomes the default while umap is imported and while it works, so that
only the first process on a machine pays. Results are identical. All of it happens under one
lock, as neither umap's random state nor numba's set-up is meant for several threads.
"""

import inspect
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER_VARIABLE = "LYMPHOSCAPE_CACHE"

_lock = threading.RLock()


def cache_folder() -> Path:
    """Where compiled code is kept: LYMPHOSCAPE_CACHE, else the user's own cache folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen) / "numba"
    local = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    return (Path(local) if local else Path.home() / ".cache") / "lymphoscape" / "numba"


def compiled(function: Callable[..., object]) -> Callable[..., Any]:
    """A loop over plain arrays compiled by numba, kept where that is possible.

    Other threads work while it runs: what is compiled here holds no lock of Python's. As in
    numpy a division by zero is no error.
    """
    with _lock:
        import numba

        # what checks its types in tests is laid around it, and numba cannot read that
        plain = inspect.unwrap(function)
        made: Callable[..., Any] = numba.njit(
            plain, nogil=True, cache=_has_folder(), error_model="numpy"
        )
        return made


@contextmanager
def umap_at_work() -> Iterator[ModuleType]:
    """Hand out the umap module to one thread at a time, with compiled code kept.

    Every fit and every transform stands inside this block. A NUMBA_CACHE_DIR that is already
    set is respected; where no folder can be written, umap works without keeping anything.
    """
    with _lock:
        import numba

        plain = numba.njit
        if _has_folder():
            setattr(numba, "njit", partial(_njit_kept, plain))  # noqa: B010 - it is overloaded
        try:
            with warnings.catch_warnings():
                # umap announces that a fixed seed means one thread, which is what we ask for.
                warnings.filterwarnings("ignore", message="n_jobs value")
                warnings.filterwarnings("ignore", category=ImportWarning)
                import umap

                yield umap
        finally:
            numba.njit = plain


def _has_folder() -> bool:
    """Whether compiled code may be kept; settles numba's folder on the first call."""
    from numba.core import config as module

    config: Any = module  # its settings are made at import, so no checker sees them

    if config.CACHE_DIR:
        return True
    folder = cache_folder()
    try:
        # Only the user may write there: numba reads its index back with pickle.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK):
            return False
    except OSError:
        return False
    config.CACHE_DIR = str(folder)
    return True


def _njit_kept(plain: Callable[..., object], *arguments: object, **options: object) -> object:
    options.setdefault("cache", True)
    return plain(*arguments, **options)
