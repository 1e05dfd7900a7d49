"""Grid: where voxels lie, and when two grids are one."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Affine

SAME_PLACE_MM = 1e-3
SAME_VOXEL = 0.25  # of the smallest voxel: rounding of a header, not another place


@dataclass(frozen=True)
class Grid:
    """Where voxels lie.

    Attributes:
        shape: Voxels along i, j, k.
        affine: (4, 4) voxel indices to mm in the scanner's space: the sform, else the qform.
        qform: The qform, where the file has both.
    """

    shape: tuple[int, int, int]
    affine: Affine
    qform: Affine | None = None

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel size along i, j, k."""
        return tuple(np.linalg.norm(self.affine[:3, :3], axis=0).tolist())

    def furthest_mm(self, other: "Grid") -> float:
        """Largest distance between the same corners of two grids of one shape."""
        return _furthest_mm(self.shape, self.affine, other.affine)

    def same_as(self, other: "Grid") -> bool:
        """Whether two grids have one shape and corners at most 1e-3 mm apart.

        A qform cannot hold the slight shear that scanners write into an sform (0.06 mm at a
        corner in public prostate scans), and some programs write a mask from the qform. So
        where the sforms are less than a quarter of a voxel apart, it is enough that a qform of
        the one agrees with what the other says.
        """
        if self.shape != other.shape:
            return False
        apart = self.furthest_mm(other)
        if apart <= SAME_PLACE_MM or apart > SAME_VOXEL * min(self.spacing_mm):
            return apart <= SAME_PLACE_MM
        return any(
            _furthest_mm(self.shape, mine, its) <= SAME_PLACE_MM
            for mine in (self.affine, self.qform)
            for its in (other.affine, other.qform)
            if mine is not None and its is not None
        )

    def __str__(self) -> str:
        shape = " x ".join(str(n) for n in self.shape)
        size = " x ".join(f"{mm:.3g}" for mm in self.spacing_mm)
        return f"{shape} voxels of {size} mm"


def _furthest_mm(shape: tuple[int, int, int], one: Affine, other: Affine) -> float:
    ends = np.array(np.meshgrid(*[(0, n - 1) for n in shape])).reshape(3, -1)
    corners = np.vstack([ends, np.ones(ends.shape[1])])
    return float(np.linalg.norm(((one - other) @ corners)[:3], axis=0).max())
