"""Small volumes on disk for the tests of the cohort's reading."""

import nibabel as nib
import numpy as np

SPACING_MM = (0.573, 0.573, 3.3)


def affine_of(spacing_mm=SPACING_MM, codes="RAS", origin=(0.0, 0.0, 0.0), tilt=0.0):
    """Voxels to mm for axes that run as `codes` says, tilted about the first by degrees."""
    affine = np.zeros((4, 4))
    for axis, code in enumerate(codes):
        world = "RAS".find(code) if code in "RAS" else "LPI".find(code)
        affine[world, axis] = spacing_mm[axis] * (1 if code in "RAS" else -1)
    cos, sin = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    affine[:3, :3] = turn @ affine[:3, :3]
    affine[:3, 3] = origin
    affine[3, 3] = 1
    return affine


def write(path, values, affine, dtype=None):
    """Write a NIfTI file, sform and qform alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(np.asarray(values), affine, dtype=dtype)
    image.set_qform(affine, 1, strip_shears=True)
    nib.save(image, path)
    return path


def scan(rng, shape=(48, 56, 8)):
    """A picture of fat with muscle at the edge and noise, in whole numbers."""
    values = np.full(shape, 550.0)
    values[: shape[0] // 6] = 300
    values[:, : shape[1] // 6] = 250
    return np.round(values + rng.normal(0, 15, shape)).clip(1).astype(np.int16)


def with_nodes(values, nodes):
    """A picture and its mask; `nodes` maps a label to (centre ijk, radius in px, slices)."""
    values, labels = values.copy(), np.zeros(values.shape, np.int16)
    i, j = np.mgrid[: values.shape[0], : values.shape[1]]
    for label, ((ci, cj, ck), radius, slices) in nodes.items():
        for step in range(slices):
            inside = np.hypot(i - ci, j - cj) < radius - 0.6 * step
            values[:, :, ck + step][inside] = 400
            labels[:, :, ck + step][inside] = label
    return values, labels
