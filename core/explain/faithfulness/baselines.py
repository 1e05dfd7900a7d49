"""What a map must beat: maps that know nothing of the model."""

import numpy as np

from core.arrays import Map2D, Patch


def centre_blob(shape: tuple[int, int], *, sigma_px: float | None = None) -> Map2D:
    """A Gaussian in the middle of the patch, the baseline that knows nothing of the model."""
    sigma = shape[0] / 8 if sigma_px is None else sigma_px
    row, column = (np.arange(n) - n // 2 for n in shape)  # a lesion's centroid is pixel n // 2
    return np.asarray(np.exp(-(row[:, None] ** 2 + column[None, :] ** 2) / (2 * sigma**2)))


def edges(patch: Patch) -> Map2D:
    """The size of the picture's gradient (Sobel), a baseline that sees but does not judge."""
    from scipy.ndimage import sobel

    picture = patch.astype(np.float64)
    return np.asarray(np.hypot(sobel(picture, axis=0), sobel(picture, axis=1)))


def chance(shape: tuple[int, int], rng: np.random.Generator) -> Map2D:
    """Uniform noise, the floor of every figure."""
    return rng.uniform(size=shape)
