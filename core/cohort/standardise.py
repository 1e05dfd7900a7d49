"""One scale of intensities for all patients, learned on training patients alone.

MR intensities have no unit. Following Nyul, Udupa and Zhang (2000), the percentiles of every
training volume's foreground are averaged on a common scale, and each volume is mapped onto
these landmarks piecewise linearly. The paper's steps before it (rescaling to [0, 1] and
z-normalising a volume) are affine, and this mapping takes any affine change back, so they are
left out; its last step, rescaling each volume by its own extremes, is replaced by constants
fitted on the training patches, so that patches of different patients can be compared: over
the training patches the 5th percentile (vessels, muscle) lies at 0.28 and the 75th (fat) at
0.55. What leaves [0, 1] is cut. Nothing is ever fitted to one patch.

The mapping is pointwise, so patches are cut first and mapped once the landmarks are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.arrays import Values

PERCENTILES = (1.0, *map(float, range(10, 100, 10)), 99.0)
DARK, DARK_LEVEL = 5.0, 0.28
BRIGHT, BRIGHT_LEVEL = 75.0, 0.55
TAIL = 0.1  # percent of pixels that bare pictures may lose at either end
SAMPLE = 250_000  # voxels that describe a volume's histogram
FOREGROUND = 0.1  # share of the way from the least to the 99th percentile that is still air


@dataclass(frozen=True)
class Landmarks:
    """What maps a volume's intensities to [0, 1], the same tissue to the same value.

    Attributes:
        percentiles: Which percentiles of a volume's foreground are landmarks.
        values: Where each of them lies on the common scale.
        raw: The landmarks' own intensities where all pictures share one scale (an npz of
            patches), else None: every volume then brings its histogram.
    """

    percentiles: tuple[float, ...]
    values: tuple[float, ...]
    raw: tuple[float, ...] | None = None

    def apply(
        self, intensities: NDArray[Any], histogram: Sequence[float] = ()
    ) -> NDArray[np.float32]:
        """Intensities of a volume on the common scale in [0, 1]; NaN becomes 0.

        Args:
            intensities: Of any shape.
            histogram: That volume's percentiles, from `histogram`.
        """
        placed = self.placed(intensities, histogram)
        return np.clip(np.nan_to_num(placed, nan=0.0), 0.0, 1.0).astype(np.float32)

    def placed(
        self, intensities: NDArray[Any], histogram: Sequence[float] = ()
    ) -> NDArray[np.float64]:
        """Intensities on the common scale before they are cut to [0, 1]; NaN stays.

        Beyond the outer landmarks the outer slopes go on.
        """
        own = self.raw
        if own is None:
            own = tuple(histogram[PERCENTILES.index(p)] for p in self.percentiles)
        x, y = np.asarray(own, dtype=np.float64), np.asarray(self.values)
        slopes = np.diff(y) / np.diff(x)
        piece = np.clip(np.searchsorted(x, intensities, side="right") - 1, 0, len(slopes) - 1)
        mapped: NDArray[np.float64] = y[piece] + (intensities - x[piece]) * slopes[piece]
        return mapped

    def to_json(self) -> dict[str, Any]:
        """What `preprocessing.json` keeps."""
        return {"percentiles": self.percentiles, "values": self.values, "raw": self.raw}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """The landmarks that a run kept."""
        raw = fields["raw"]
        return cls(
            tuple(float(p) for p in fields["percentiles"]),
            tuple(float(v) for v in fields["values"]),
            None if raw is None else tuple(float(v) for v in raw),
        )


def histogram(voxels: NDArray[Any]) -> tuple[float, ...] | None:
    """The landmark percentiles of a volume's foreground; None where all voxels are alike.

    Foreground is what lies above a tenth of the way from the least voxel to the 99th
    percentile, which leaves air out and keeps dark tissue.
    """
    flat = voxels.ravel(order="K")
    sample = np.sort(flat[:: max(1, flat.size // SAMPLE)])
    least, bright = float(sample[0]), float(_quantiles(sample, (99.0,))[0])
    foreground = sample[np.searchsorted(sample, least + FOREGROUND * (bright - least)) :]
    if not bright > least or foreground.size < 2:
        return None
    found = _quantiles(foreground, PERCENTILES)
    apart = max(float(found[-1] - found[0]), 1e-6 * max(1.0, abs(float(found[-1])))) * 1e-6
    return tuple((np.maximum.accumulate(found) + apart * np.arange(len(found))).tolist())


def _quantiles(ordered: NDArray[Any], percentiles: Sequence[float]) -> NDArray[np.float64]:
    """Percentiles of what is sorted already, interpolated linearly."""
    places = np.asarray(percentiles) / 100 * (len(ordered) - 1)
    below = np.minimum(places.astype(int), len(ordered) - 2)
    low, high = ordered[below].astype(np.float64), ordered[below + 1].astype(np.float64)
    found: NDArray[np.float64] = low + (places - below) * (high - low)
    return found


def fit_landmarks(histograms: Sequence[Sequence[float]], *, standardise: bool) -> Landmarks:
    """The average histogram of the training volumes, from 0 (1 %) to 1 (99 %).

    Without `standardise` only these two ends are landmarks, so that a volume is rescaled and
    its histogram keeps its shape.
    """
    own = np.asarray(histograms, dtype=np.float64)
    scaled = (own - own[:, :1]) / (own[:, -1:] - own[:, :1])
    values = scaled.mean(axis=0)
    if not standardise:
        values = np.array([0.0, 1.0])
        return Landmarks((PERCENTILES[0], PERCENTILES[-1]), tuple(values.tolist()))
    return Landmarks(PERCENTILES, tuple(values.tolist()))


def anchored(landmarks: Landmarks, pixels: Values) -> Landmarks:
    """The same landmarks moved so that training pixels lie where the scale wants them.

    Args:
        landmarks: As fitted.
        pixels: Training patches' pixels on that scale, before anything is cut to [0, 1].
    """
    dark, bright = np.percentile(pixels, (DARK, BRIGHT))
    gain = (BRIGHT_LEVEL - DARK_LEVEL) / max(float(bright - dark), 1e-6)
    values = DARK_LEVEL + (np.asarray(landmarks.values) - dark) * gain
    return Landmarks(landmarks.percentiles, tuple(values.tolist()))


def refitted(here: Landmarks, histograms: Sequence[Sequence[float]], pixels: Values) -> Landmarks:
    """Landmarks of some patients whose pictures are on the scale of other landmarks already.

    Args:
        here: What brought the pictures to their scale.
        histograms: The patients' own, as `histogram` gives them.
        pixels: Of their patches, on that scale.
    """
    standardise = len(here.percentiles) > 2
    own = fit_landmarks(histograms, standardise=standardise)
    return anchored(own, between(here, own).placed(pixels).ravel())


def between(here: Landmarks, there: Landmarks) -> Landmarks:
    """What takes pictures from one scale to another; every volume's histogram has the same
    places on a scale, so this is one mapping for all patients. Exact but where the first scale
    cut a pixel to [0, 1]."""
    return Landmarks(here.percentiles, there.values, raw=here.values)


def fit_pictures(pixels: NDArray[Any]) -> Landmarks:
    """One linear scale for bare pictures: 0.1 and 99.9 % of the training pixels at 0 and 1."""
    low, high = np.percentile(pixels, (TAIL, 100 - TAIL)).tolist()
    if not high > low:
        high = low + 1.0
    return Landmarks((TAIL, 100 - TAIL), (0.0, 1.0), (low, high))
