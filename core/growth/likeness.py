"""How like a delivered picture is to the same lesion truly drawn that much larger.

Everything here is held against the re-rendered twin (`core.growth.twin`): likeness of the whole
picture, overlap of the outlines, how sharp the lesion's rim is drawn, what else has changed, and
what the model itself says of the picture when it is encoded again as if it were a scan.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Codes, Features, Map2D, Mask, Patch, Patches, Values
from core.evaluation.reconstruction import psnr, ssim
from core.growth.measure import Measurement
from core.growth.specimen import Specimen

WATCHED = ("elongation", "signal", "texture", "border")
FAR_PX = 3  # background: further than this outside both masks
NEAR_PX = 1  # inside: so far around both masks (SCIENCE.md section 2)
RIM_PX = 2.0  # either side of the true outline, where an edge is blurred or sharp
LIKENESS = ("psnr", "ssim", "dice", "rim", "inside", "background", *WATCHED)
ANSWERS = ("score", "score_off", "shell")


@dataclass(frozen=True, eq=False)
class Reader:
    """What the model says of pictures, encoded as if they were scans.

    Attributes:
        encode: Usually `model.encode`.
        score_of: The score of codes near a row's lesion.
        typicality: Of codes; above 1 outside what training patients showed.
    """

    encode: Callable[[Patches], Codes]
    score_of: Callable[[int], Callable[[Codes], Values]]
    typicality: Callable[[Codes], Values]

    def answers(self, one: Specimen, pictures: Patches) -> Features:
        """Score, its difference from the re-rendered twin's, and typicality, (request, 3)."""
        score = self.score_of(one.row)
        codes = self.encode(pictures)
        found = np.asarray(score(codes), dtype=np.float64)
        true = np.asarray(score(self.encode(one.twins.pictures)), dtype=np.float64)
        return np.stack([found, found - true, self.typicality(codes)], axis=1)


def likeness(
    picture: Patch,
    found: Measurement | None,
    one: Specimen,
    truth: Sequence[Measurement | None],
    at: int,
) -> dict[str, float]:
    """One delivered picture against the truth at the same request; what cannot be read is absent.

    Args:
        picture: As delivered.
        found: What the ruler reads of it.
        one: The lesion, with its twins.
        truth: What the ruler reads of the twins.
        at: Which request.
    """
    from scipy.ndimage import distance_transform_edt

    twin, real = one.twins.pictures[at], truth[at]
    away = distance_transform_edt(~(one.mask | one.twins.masks[at]))
    changed, far = np.abs(picture - one.patch), away > FAR_PX
    rim = _rim(one.twins.masks[at])
    line = {
        "psnr": float(psnr(twin[None], picture[None])[0]),
        "ssim": float(ssim(twin[None], picture[None])[0]),
        "background": float(changed[far].mean()) if far.any() else np.nan,
        "inside": _share(changed, away <= NEAR_PX),
        "rim": float(_steepness(picture)[rim].mean() / max(_steepness(twin)[rim].mean(), 1e-9)),
    }
    if real is not None:
        line["dice"] = 0.0 if found is None else _dice(found.region, real.region)
    if found is not None and one.reading is not None:
        for name in WATCHED:
            line[name] = abs(getattr(found, name) - getattr(one.reading, name))
    return line


def _share(changed: Map2D, where: Mask) -> float:
    """Of all that changed, what lies there; NaN where nothing did."""
    whole = float(changed.sum())
    return float(changed[where].sum()) / whole if whole else float("nan")


def _rim(mask: Mask) -> Mask:
    from scipy.ndimage import distance_transform_edt

    away = np.where(mask, distance_transform_edt(mask), distance_transform_edt(~mask))
    near: Mask = away <= RIM_PX
    return near


def _steepness(picture: Patch) -> Map2D:
    """Length of the grey's gradient, a pixel."""
    down, across = np.gradient(picture.astype(np.float64))
    steep: Map2D = np.hypot(down, across)
    return steep


def _dice(a: Mask, b: Mask) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))
