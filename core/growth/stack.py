"""A trajectory as NIfTI: every step a picture, in mm, with a header of its own.

The header is made fresh: nothing of the scan's is passed on. What it holds is SIMULATED, which
stands in the header and in pixels below every picture, so that no viewer can lose it.
"""

import gzip
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import LatentError
from core.growth.film import NOTICE
from core.growth.trajectory import Trajectory

LINES = ("SIMU", "LATED")
GLYPHS = {  # 3 x 5 pixels, rows from above as three bits each
    "S": (3, 4, 2, 1, 6), "I": (7, 2, 2, 2, 7), "M": (5, 7, 7, 5, 5), "U": (5, 5, 5, 5, 7),
    "L": (4, 4, 4, 4, 7), "A": (2, 5, 7, 5, 5), "T": (7, 2, 2, 2, 2), "E": (7, 4, 6, 4, 7),
    "D": (6, 5, 5, 5, 6),
}  # fmt: skip


def nifti(trajectory: Trajectory) -> bytes:
    """The steps as one compressed NIfTI: (column, row, 1, step), float32 in [0, 1].

    Columns run from the patient's right to left, rows from anterior to posterior; the origin is
    the patch's own corner and no place in the scanner.

    Raises:
        LatentError: The pixels' size is not known.
    """
    import nibabel

    if trajectory.spacing_mm is None:
        raise LatentError("This cohort does not say how large a pixel is: no NIfTI in mm.")
    down, across = trajectory.spacing_mm
    marked = np.stack([_marked(picture) for picture in trajectory.pictures])
    data = marked.transpose(2, 1, 0)[:, :, None].astype(np.float32)
    # towards the patient's left and back are the negative axes of RAS
    image = nibabel.Nifti1Image(data, np.diag([-across, -down, 1.0, 1.0]))
    header = image.header
    header.set_xyzt_units("mm")
    header["descrip"] = NOTICE.encode()[:79]
    header["intent_name"] = b"SIMULATED"
    return gzip.compress(image.to_bytes(), mtime=0)


def _marked(picture: NDArray[Any]) -> NDArray[Any]:
    """The picture with the word written below it."""
    width = picture.shape[1]
    below = np.zeros((6 * len(LINES) + 1, width), dtype=picture.dtype)
    for at, line in enumerate(LINES):
        for letter, name in enumerate(line):
            for row, bits in enumerate(GLYPHS[name]):
                for column in range(3):
                    x = 1 + 4 * letter + column
                    if bits >> (2 - column) & 1 and x < width:
                        below[1 + 6 * at + row, x] = 1
    return np.concatenate([picture, below])
