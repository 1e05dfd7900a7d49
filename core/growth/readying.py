"""What pictures wait for, compiled ahead: the first visitor would wait for the compiler else.

Compiling takes seconds, once on a machine, and numba holds Python's lock meanwhile: a server
leaves it to a process of its own (`python -m core.growth.readying`) and loads what that kept.
"""

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock

import numpy as np

from core.arrays import Codes, Patches
from core.growth.delivery import Lesion
from core.latent.umap_cache import cache_folder

ROOT = Path(__file__).parents[2]
KEPT = "compiled_warp.carry*.nbi"  # numba's index of the loop that is compiled last
LONGEST_S = 300.0

_one_at_a_time, _made = Lock(), Event()

SIDE_PX, RADIUS_PX = 32, 6.0


def ready_beside() -> None:
    """`ready`, compiled by another process where nothing is kept yet; whoever comes later waits.

    Where no folder can be written this process compiles, as any other would.
    """
    with _one_at_a_time:
        if _made.is_set():
            return
        if not kept_here():
            path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    [sys.executable, "-m", "core.growth.readying"],
                    env={**os.environ, "PYTHONPATH": path},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=LONGEST_S,
                    check=False,
                )
        ready()
        _made.set()


def kept_here() -> bool:
    """Whether this checkout's loops are kept; another one's on the same machine are not ours.

    numba keeps a file's loops in a folder named by the SHA-1 of the path that the file lies in.
    """
    place = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder())
    own = hashlib.sha1(str(Path(__file__).parent).encode(), usedforsecurity=False).hexdigest()
    return any(place.glob(f"*_{own}/{KEPT}"))


def ready() -> None:
    """Compile the loops of the ruler and the warps, or load them from where they are kept."""
    down, across = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX // 2
    disc = np.where(np.hypot(down, across) < RADIUS_PX, 0.3, 0.7).astype(np.float32)

    def decode(codes: Codes) -> Patches:
        return np.repeat(disc[None], len(codes), axis=0)

    code = np.zeros(1, np.float32)
    lesion = Lesion.of(code, decode, original=disc, spacing_mm=(1.0, 1.0), keep="surroundings")
    lesion.deliver(code[None])


if __name__ == "__main__":
    ready()
