"""Shaken: the small noise under which a map should stay, and how far it moves."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from core.arrays import Map2D, Patch

NOISE = 0.02  # of patches in [0, 1]: about the scanner's own
Noise: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]  # (draw, height, width)


def noise_of(shape: tuple[int, ...], *, draws: int, seed: int) -> Noise:
    """Uniform noise of `NOISE` to either side, the same for every patch of a shape.

    Args:
        shape: Of a patch.
        draws: How many.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    return rng.uniform(-NOISE, NOISE, (draws, *shape)).astype(np.float32)


def worst_change(patch: Patch, noise: Noise, drawn: Callable[[Patch], Map2D]) -> float:
    """|map(x + noise) - map(x)| over |map(x)|, worst of the draws: captum's `sensitivity_max`.

    Args:
        patch: The picture.
        noise: What is added, one a draw.
        drawn: Makes the map, for maps that know nothing of the model.
    """
    own = drawn(patch)
    apart = max(float(np.linalg.norm(drawn(patch + one) - own)) for one in noise)
    return apart / float(np.linalg.norm(own)) if own.any() else 0.0
