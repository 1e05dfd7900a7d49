"""How like a patch its reconstruction is: SSIM, PSNR and mean absolute error, per image.

SSIM is Wang et al. 2004 with a uniform window of 11 pixels, sample covariance and range 1,
the mean over windows that lie inside the picture; it equals
`skimage.metrics.structural_similarity(win_size=11, data_range=1)` and takes a batch at once.
"""

import numpy as np
from scipy.ndimage import uniform_filter

from core.arrays import Patches, Values

WINDOW_PX = 11
RANGE = 1.0
_BATCH = 512  # keeps the eight float64 pictures in flight under about 40 MB


def ssim(original: Patches, reconstruction: Patches, *, window_px: int = WINDOW_PX) -> Values:
    """Structural similarity of each pair of pictures in [0, 1], with shape (row).

    Raises:
        ValueError: The window is even or wider than the pictures.
    """
    smallest = min(original.shape[1:])
    if window_px % 2 == 0 or window_px > smallest:
        raise ValueError(f"the window must be uneven and at most {smallest} px, got {window_px}")
    parts = [
        _ssim(original[first : first + _BATCH], reconstruction[first : first + _BATCH], window_px)
        for first in range(0, len(original), _BATCH)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def psnr(original: Patches, reconstruction: Patches) -> Values:
    """Peak signal-to-noise ratio of each pair in dB, with shape (row); inf where equal."""
    error = np.square(original.astype(np.float64) - reconstruction).mean(axis=(1, 2))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(RANGE**2 / error)  # type: ignore[no-any-return]  # numpy: Any


def mae(original: Patches, reconstruction: Patches) -> Values:
    """Mean absolute difference of each pair, with shape (row)."""
    difference = np.abs(original.astype(np.float64) - reconstruction)
    return difference.mean(axis=(1, 2))  # type: ignore[no-any-return]  # numpy: Any


def _ssim(original: Patches, reconstruction: Patches, window_px: int) -> Values:
    x, y = original.astype(np.float64), reconstruction.astype(np.float64)
    size = (1, window_px, window_px)
    mean_x, mean_y = uniform_filter(x, size), uniform_filter(y, size)
    sample = window_px**2 / (window_px**2 - 1)
    var_x = sample * (uniform_filter(x * x, size) - mean_x**2)
    var_y = sample * (uniform_filter(y * y, size) - mean_y**2)
    cov = sample * (uniform_filter(x * y, size) - mean_x * mean_y)
    c1, c2 = (0.01 * RANGE) ** 2, (0.03 * RANGE) ** 2  # K1, K2 of Wang et al.
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * cov + c2) / (var_x + var_y + c2)
    pad = window_px // 2
    inside = (luminance * structure)[:, pad : x.shape[1] - pad, pad : x.shape[2] - pad]
    return inside.mean(axis=(1, 2))  # type: ignore[no-any-return]  # numpy: Any
