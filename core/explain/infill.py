"""What stands in for a pixel that a map's test, or a method, takes away."""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_matrix, diags, identity
from scipy.sparse.linalg import spsolve

from core.arrays import Mask, Patch

BLUR_PX = 4.0  # leaves a lesion of 3 to 9 mm no outline at 0.573 mm a pixel
NOISE_SD = 0.01  # of filled-in pixels, as in ROAD's own code


def blurred(patch: Patch, *, sigma_px: float = BLUR_PX) -> Patch:
    """The same patch without detail, so that no new edge appears."""
    return np.asarray(gaussian_filter(patch.astype(np.float32), sigma_px, mode="nearest"))


def imputed(patch: Patch, removed: Mask, rng: np.random.Generator) -> Patch:
    """The patch with some pixels filled in from the rest, so that nothing tells what was there.

    Noisy linear imputation (Rong et al. 2022, "ROAD"): each removed pixel is the weighted mean of
    its neighbours, direct ones twice as heavy as diagonal ones, all solved at once.

    Args:
        patch: In [0, 1].
        removed: Which pixels are filled in; if all are, the patch's mean stands everywhere.
        rng: Of the noise, which keeps the fill from being told by its smoothness.
    """
    if removed.all():
        return np.full_like(patch, patch.mean())
    filled = patch.astype(np.float32).copy()
    gone = np.flatnonzero(removed)
    if gone.size:
        own = _neighbours(patch.shape)[gone]
        kept = np.flatnonzero(~removed)
        system = identity(gone.size, format="csc") - own[:, gone].tocsc()
        values = spsolve(system, own[:, kept] @ patch.ravel()[kept].astype(np.float64))
        noise = rng.normal(0, NOISE_SD, gone.size)
        filled.ravel()[gone] = np.clip(values + noise, 0, 1)
    return filled


@cache
def _neighbours(shape: tuple[int, int]) -> csr_matrix:
    """Each pixel's neighbours with weights that add up to 1, (pixel, pixel)."""
    height, width = shape
    number = np.arange(height * width).reshape(shape)
    start, end, weight = [], [], []
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        rows, columns = slice(0, height - down), slice(max(0, -across), width - max(0, across))
        here = number[rows, columns].ravel()
        there = number[down:, max(0, across) : width + min(0, across)].ravel()
        heavy = 2.0 if down + abs(across) == 1 else 1.0
        start += [here, there]
        end += [there, here]
        weight += [np.full(len(here), heavy)] * 2
    whole = csr_matrix(
        (np.concatenate(weight), (np.concatenate(start), np.concatenate(end))),
        shape=(number.size, number.size),
    )
    return csr_matrix(diags(1 / np.asarray(whole.sum(1)).ravel()) @ whole)
