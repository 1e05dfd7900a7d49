"""Bare patches (an npz) as a PatchTable: each its own patient, no masks, no sizes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.cohort.cohort import Cohort
from core.cohort.node import FEATURES
from core.cohort.patch import PatchTable, as_rows, person
from core.cohort.patient import Split
from core.cohort.standardise import fit_pictures
from core.cohort.table import read_pictures
from core.errors import BrokenPatients, NoNodes
from core.progress import Progress
from core.settings import PatchSettings

UNMEASURED = (*FEATURES, "irregularity", "heterogeneity", "contrast", "area_mm2", "tumour_mm")


def cut_pictures(
    cohort: Cohort, splits: Mapping[str, Split], *, settings: PatchSettings, progress: Progress
) -> PatchTable:
    """All pictures on one scale fitted on training pictures, brought to `size_px`.

    Sizes are NaN and masks empty; the grid's affine is the identity, since nothing says how
    large a pixel is.

    Raises:
        BrokenPatients: Pictures with pixels that are not finite; every one is named.
        NoNodes: No picture is in the training split.
    """
    images = read_pictures(cohort.place, "images").astype(np.float32)
    images = images[np.array([patient.picture for patient in cohort.patients])]
    broken = np.flatnonzero(~np.isfinite(images).all(axis=(1, 2)))
    if broken.size:
        names = [cohort.patients[place].patient_id for place in broken]
        reasons = [(name, "pixels that are not finite") for name in names]
        raise BrokenPatients(reasons, "Mend the pictures, or list them under cohort.exclude.")
    train = np.array([splits[p.patient_id] == "train" for p in cohort.patients])
    if not train.any():
        raise NoNodes(f"{cohort.name} (training patients)", cohort.left_out)
    landmarks = fit_pictures(images[train])
    patches = landmarks.apply(_sized(images, settings.size_px))
    count, size = len(patches), settings.size_px
    unmeasured = dict.fromkeys(UNMEASURED, float("nan"))
    facts = [
        {**person(patient, splits), "node": 1, "slice_k": 0, "key_slice": True, **unmeasured}
        for patient in cohort.patients
    ]
    grid = {
        "row": range(count),
        "affine": [np.eye(4).ravel().tolist()] * count,
        "shape": [[size, size, 1]] * count,
        "corner": [[0, 0, 0]] * count,
    }
    progress("reading pictures", count, count)
    return PatchTable(
        rows=as_rows(facts),
        grid=pd.DataFrame(grid),
        patches=patches,
        masks=np.zeros((count, size, size), dtype=bool),
        slices=(),
        landmarks=landmarks,
        excluded=cohort.left_out,
    )


def _sized(images: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Square pictures of `size` pixels a side; the shorter side is filled with its edge."""
    height, width = images.shape[1:]
    side = max(height, width)
    if height != width:
        down, right = side - height, side - width
        before, after = (down // 2, right // 2), (down - down // 2, right - right // 2)
        margins = ((0, 0), (before[0], after[0]), (before[1], after[1]))
        images = np.pad(images, margins, mode="edge")
    if side == size:
        return images
    from skimage.transform import resize

    sized: NDArray[np.float32] = resize(
        images, (len(images), size, size), order=1, mode="edge", anti_aliasing=size < side
    )
    return sized.astype(np.float32)
