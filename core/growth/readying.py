"""What pictures wait for, compiled ahead: the first visitor would wait for the compiler else."""

import numpy as np

from core.arrays import Codes, Patches
from core.growth.delivery import Lesion

SIDE_PX, RADIUS_PX = 32, 6.0


def ready() -> None:
    """Compile the loops of the ruler and the warps, or load them from where they are kept."""
    down, across = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX // 2
    disc = np.where(np.hypot(down, across) < RADIUS_PX, 0.3, 0.7).astype(np.float32)

    def decode(codes: Codes) -> Patches:
        return np.repeat(disc[None], len(codes), axis=0)

    code = np.zeros(1, np.float32)
    lesion = Lesion.of(code, decode, original=disc, spacing_mm=(1.0, 1.0), keep="surroundings")
    lesion.deliver(code[None])
