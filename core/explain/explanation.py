"""Explanation: why one score came out as it did, as a map over the patch."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from core.arrays import Map2D, Mask, Patch

CellMethod: TypeAlias = Literal["grad_cam", "hires_cam"]
PixelMethod: TypeAlias = Literal["integrated_gradients", "smooth_grad", "occlusion"]
Method: TypeAlias = CellMethod | PixelMethod
Layer: TypeAlias = Literal[8, 16]

LAYERS: tuple[Layer, ...] = (8, 16)
CELL_METHODS: tuple[CellMethod, ...] = ("grad_cam", "hires_cam")
PIXEL_METHODS: tuple[PixelMethod, ...] = ("integrated_gradients", "smooth_grad", "occlusion")
METHODS: dict[Method, str] = {
    "grad_cam": "Grad-CAM",
    "hires_cam": "HiResCAM",
    "integrated_gradients": "Integrated gradients",
    "smooth_grad": "SmoothGrad",
    "occlusion": "Occlusion",
}
"""Every way to make a map, with its name as the literature has it."""


FULL_COLOUR = 99  # percentile of evidence that gets the full colour


@dataclass(frozen=True)
class Variant:
    """One way to make a map: the method, and the layer where it has one."""

    method: Method
    layer: Layer | None = None

    @property
    def key(self) -> str:
        """As a file or a column has it: "grad_cam_8", "occlusion"."""
        return f"{self.method}_{self.layer}" if self.layer else self.method

    @property
    def name(self) -> str:
        """As a page has it: "Grad-CAM, 8 × 8"."""
        return METHODS[self.method] + (f", {self.layer} × {self.layer}" if self.layer else "")


VARIANTS = (
    *(Variant(method, layer) for method in CELL_METHODS for layer in LAYERS),
    *(Variant(method) for method in PIXEL_METHODS),
)
"""All that the pages offer and `train.py explain` measures."""

DEFAULT = Variant("integrated_gradients")
"""What the page opens with, chosen on validation lesions by place and by removal together.

The rule: of the methods that beat a centre blob in both, the one whose poorer share is largest.
The shares are of the best method's figure: in place the mass inside the lesion, in removal
insertion minus deletion, both on shifted patches. Neither alone will do: a map may lie on the
lesion and mark what the score does not follow, or the other way round.

On 39 validation lesions of the shipped demo (`python -m tests.benchmarks.map_choice`): integrated
gradients mass .247, removal 0.88, poorer share .87; SmoothGrad .265, 0.67, .76; HiResCAM at 16 x 16
lies best and is hardly followed, .284, 0.19, .22; occlusion lies worse than the blob, .207, 0.46.
In place integrated gradients beat the blob by less than a thousandth (.247 both): it is removal
that sets them apart.
"""
# of the four that cost one pass; for what must answer at once
QUICK = Variant("hires_cam", 16)

CAVEAT = "Shows what the model used, not where disease is."


@dataclass(frozen=True)
class Explanation:
    """One map in its method's own units, never stretched.

    Magnitudes are kept, so that one colour scale fits all lesions of a patient.

    Attributes:
        row: The patch's row in its run; None for a patch from elsewhere.
        patch: The picture explained, in [0, 1].
        map: Relevance at each pixel: above 0 speaks for the finding, below 0 against it.
        score: The number that the map explains; the lesion's logit by default.
        asked: What that number is, in words.
        layer: Cells along a side of the features of a 32 px patch, 8 or 16; None for methods
            that work on the pixels themselves.
        method: How the map was made.
        raw_max: Largest relevance of a cell before enlarging, 0 where none speaks for it.
        mass_inside: Share of the relevance for the finding that lies in the lesion's mask;
            None without a mask or without such relevance.
        area_share: The mask's share of the patch, which a map that knows nothing would get;
            None without a mask.
    """

    row: int | None
    patch: Patch
    map: Map2D
    score: float
    layer: Layer | None
    method: Method
    raw_max: float
    mass_inside: float | None
    area_share: float | None
    asked: str = "the suspicion score's logit"

    def __post_init__(self) -> None:
        if self.map.shape != self.patch.shape:
            raise ValueError(f"the map is {self.map.shape}, the patch {self.patch.shape}")
        if not np.isfinite(self.map).all():
            raise ValueError("a map that is not finite explains nothing")

    @property
    def in_favour(self) -> Map2D:
        """What speaks for the finding, 0 elsewhere."""
        return np.maximum(self.map, 0)

    @property
    def against(self) -> Map2D:
        """What speaks against the finding, as positive values, 0 elsewhere."""
        return np.maximum(-self.map, 0)

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the patch speaks for the finding: say so, draw no colours."""
        return not bool((self.map > 0).any())

    @property
    def is_drawable(self) -> bool:
        """Whether there is a pattern at all; a constant map has no place to point at."""
        return bool(np.ptp(self.map) > 0)

    @property
    def made(self) -> str:
        """Method and layer: "Grad-CAM at 8 x 8"."""
        where = f"at {self.layer} x {self.layer}" if self.layer else "on the pixels"
        return f"{METHODS[self.method]} {where}"

    @property
    def in_words(self) -> str:
        """What must stand beside the map: method, layer, largest value, mass against area."""
        said = [f"{self.made}, of {self.asked}"]
        if self.is_empty:
            said.append("nothing in this patch speaks for the finding")
        else:
            said.append(f"largest value {self.raw_max:.3g}")
        if self.mass_inside is not None and self.area_share is not None:
            said.append(
                f"{self.mass_inside:.0%} of the relevance lies in the outline, "
                f"which covers {self.area_share:.0%} of the patch"
            )
        elif self.area_share is not None:
            said.append(f"the outline covers {self.area_share:.0%} of the patch")
        return f"{'; '.join(said)}. {CAVEAT}"


def mass_inside(relevance: Map2D, mask: Mask) -> float | None:
    """Share of the positive relevance inside a mask; None where either is empty."""
    positive = np.maximum(relevance, 0)
    total = float(positive.sum(dtype=np.float64))
    if total == 0 or not mask.any():
        return None
    return float(positive[mask].sum(dtype=np.float64)) / total


def colour_limit(explanations: tuple[Explanation, ...]) -> float | None:
    """Where a symmetric colour scale for a patient's maps is full; None where all are flat.

    That is the 99th percentile over the pixels of all maps together: one loud pixel, as
    gradients have them, would leave everything else pale. What lies above keeps the full colour.
    """
    drawn = [np.abs(each.map).ravel() for each in explanations if each.is_drawable]
    if not drawn:
        return None
    strength = np.concatenate(drawn).astype(np.float64)
    return float(np.percentile(strength, FULL_COLOUR)) or float(strength.max())
