"""What a scanner does to a picture: point spread, chemical shift, coil shading, Rician noise.

Water and fat are acquired in k-space, where fat lies displaced along the frequency-encoding
axis; the bright and dark crescents around nodes follow from that and are not painted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy import fft

from core.arrays import Map2D

FIELD_OF_VIEW_MM = 130.644  # 228 pixels of the paper's 0.573 mm
OWN_SLICE_MM = 3.3  # slices of the scanner that the anatomy was laid out for
NOISE_SPREAD = 0.45  # how much of the point spread the noise carries


@dataclass(frozen=True)
class Scanner:
    """A scanner and its protocol; another one draws another centre.

    Attributes:
        field_t: Field strength in tesla; noise falls and chemical shift rises with it.
        noise: Standard deviation of the noise at 3 T, as a share of fat's signal.
        pixel_mm: In-plane pixel; the field of view stays.
        slice_mm: Slice thickness and spacing; the length covered stays.
        contrast: Exponent on the tissues' signal: above 1 darkens what is dark.
        coil: Depth of the coil's shading over the field of view, 0 for none.
        shift_px: How far fat is displaced at 3 T, in pixels.
        blur_px: Standard deviation of the point spread along rows and columns, in pixels; the
            phase-encoding axis (rows) is scanned more coarsely.
    """

    field_t: float = 3.0
    noise: float = 0.040
    pixel_mm: float = 0.573
    slice_mm: float = OWN_SLICE_MM
    contrast: float = 1.0
    coil: float = 0.35
    shift_px: float = 1.0
    blur_px: tuple[float, float] = (0.66, 0.28)

    @property
    def noise_sd(self) -> float:
        """Standard deviation of the noise as a share of fat's signal, at this field."""
        return self.noise * 3.0 / self.field_t

    @property
    def size_px(self) -> int:
        """Rows and columns of a slice."""
        return round(FIELD_OF_VIEW_MM / self.pixel_mm)

    @property
    def slices(self) -> int:
        """Slices of a volume; 72.6 mm from the pelvic floor upwards."""
        return round(72.6 / self.slice_mm)


ScannerName = Literal["own", "other"]

# "other" is an older 1.5 T system in a busier place: larger voxels, half as much noise again in
# what it shows, tissue told apart more harshly, deeper shading under its coil. Set beforehand, from
# protocols of that kind (0.7 to 0.8 mm, 4 mm), and never changed by what a run made of it.
SCANNERS: Mapping[ScannerName, Scanner] = {
    "own": Scanner(),
    "other": Scanner(
        field_t=1.5, noise=0.030, pixel_mm=0.75, slice_mm=4.0, contrast=1.25, coil=0.55
    ),
}


def acquire(
    water: Map2D,
    fat: Map2D,
    scanner: Scanner,
    *,
    noise: np.random.Generator | None,
    noise_sd: float,
) -> Map2D:
    """Turn what is there into what the scanner shows of one slice.

    Args:
        water: Signal of water, (row, column).
        fat: Signal of fat on the same grid.
        scanner: How it is scanned.
        noise: Source of the noise; None for the noise-free picture.
        noise_sd: Standard deviation of the noise, in the unit of the signal.

    Returns:
        The magnitude picture, float32.
    """
    shape = (water.shape[0], water.shape[1])
    spread, ramp, softening = _transfer(
        shape, scanner.blur_px, scanner.shift_px * scanner.field_t / 3.0
    )
    spectrum = (fft.rfft2(water) + fft.rfft2(fat) * ramp) * spread
    real = fft.irfft2(spectrum, s=shape)
    if noise is None:
        return np.abs(real)
    white = noise.standard_normal((2, *shape), dtype=np.float32)
    coloured = fft.ifft2((white[0] + 1j * white[1]) * softening) * np.float32(noise_sd)
    return np.hypot(real + coloured.real, coloured.imag)


@cache
def _transfer(
    shape: tuple[int, int], blur_px: tuple[float, float], shift_px: float
) -> tuple[Map2D, Map2D, Map2D]:
    """Point spread, fat's displacement and the noise's amplitude in k-space."""
    along = fft.fftfreq(shape[0])[:, None]
    across = fft.fftfreq(shape[1])[None, :]
    spread = np.exp(-2 * np.pi**2 * ((blur_px[0] * along) ** 2 + (blur_px[1] * across) ** 2))
    # reconstruction interpolates, so noise is smooth too, if less than the picture
    amplitude = spread**NOISE_SPREAD
    amplitude *= np.sqrt(shape[0] * shape[1] / np.mean(amplitude**2))
    half = shape[1] // 2 + 1
    ramp = np.exp(-2j * np.pi * shift_px * fft.rfftfreq(shape[1])[None, :])
    return (
        spread[:, :half].astype(np.float32),
        ramp.astype(np.complex64),
        amplitude.astype(np.float32),
    )
