"""First-order and texture features of lesions, the hand-made ones that radiomics works with.

First order: moments, percentiles, entropy and uniformity of the grey values inside the mask.
Texture: grey-level co-occurrence (Haralick, Shanmugam & Dinstein, IEEE Trans. SMC 1973; 3:610-621)
of pixel pairs that both lie inside the mask, at 1 and 2 pixels, mean over four directions. Grey
values in [0, 1] fall into `LEVELS` equal bins. Without a mask the whole patch counts.
"""

import numpy as np
from scipy.stats import kurtosis, skew

from core.arrays import Features, Masks, Patches

LEVELS = 16
DISTANCES_PX = (1, 2)
TEXTURES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation")
PERCENTILES = (10, 50, 90)
NAMES = (
    *("mean", "sd", "skewness", "kurtosis", "entropy", "uniformity"),
    *(f"percentile_{each}" for each in PERCENTILES),
    *(f"glcm_{name}_{apart}px" for apart in DISTANCES_PX for name in (*TEXTURES, "entropy")),
)


def radiomics(patches: Patches, masks: Masks) -> Features:
    """`NAMES` of each patch, (row, feature); 0 where a lesion is too small to say.

    Args:
        patches: In [0, 1], (row, height, width).
        masks: Where the lesion is, (row, height, width).
    """
    return np.stack([_one(patch, mask) for patch, mask in zip(patches, masks, strict=True)])


def _one(patch: np.ndarray, mask: np.ndarray) -> np.ndarray:
    from skimage.feature import graycomatrix, graycoprops

    inside = np.asarray(mask).astype(bool)
    inside = inside if inside.any() else np.ones_like(inside)
    values = np.asarray(patch, dtype=np.float64)[inside]
    binned = np.minimum(np.asarray(patch, dtype=np.float64) * LEVELS, LEVELS - 1).astype(np.uint8)
    share = np.bincount(binned[inside], minlength=LEVELS) / values.size
    flat = np.ptp(values) == 0
    found = [
        values.mean(),
        values.std(),
        0.0 if flat else float(skew(values)),
        0.0 if flat else float(kurtosis(values)),
        _entropy(share),
        float((share**2).sum()),
        *np.percentile(values, PERCENTILES),
    ]
    # level 0 stands for outside and is dropped, so that no pair reaches over the border
    levels = np.where(inside, binned + 1, 0).astype(np.uint8)
    angles = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
    pairs = graycomatrix(levels, DISTANCES_PX, angles, levels=LEVELS + 1, symmetric=True)
    pairs = pairs[1:, 1:].astype(np.float64)
    total = pairs.sum(axis=(0, 1), keepdims=True)
    pairs = np.divide(pairs, total, out=np.zeros_like(pairs), where=total > 0)
    textures = [graycoprops(pairs, name).mean(axis=1) for name in TEXTURES]
    for place in range(len(DISTANCES_PX)):
        mean = pairs[:, :, place].mean(axis=2)
        found += [float(each[place]) for each in textures] + [_entropy(mean)]
    return np.nan_to_num(np.asarray(found, dtype=np.float64))


def _entropy(shares: np.ndarray) -> float:
    known = shares[shares > 0]
    return float(-(known * np.log2(known)).sum())
