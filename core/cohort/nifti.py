"""NIfTI files, believed only as far as they can be checked before a voxel is read.

A header can lie: of a size the stream does not hold, of an affine that is no place, of a type
that is no number. The header's free text (`descrip`, `db_name`, `aux_file`, extensions) is
never read, so it cannot travel any further.
"""

import gzip
import logging
import zlib
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.orientations import io_orientation
from nibabel.spatialimages import HeaderDataError

from core.arrays import Affine
from core.cohort.grid import Grid
from core.errors import UnreadableVolume

LARGEST_BYTES = 1 << 30  # a 1024 x 1024 x 200 volume of float32 still fits
BEST_DEFLATE = 1032  # no deflate stream grows by more
CHUNK_BYTES = 4 << 20
LEAST_SPACING_MM, MOST_SPACING_MM = 0.01, 100.0
MOST_SHEAR = 0.01  # cosine between rows and columns: 0.6 degrees

_quiet = logging.getLogger("lymphoscape.nifti")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


@dataclass(frozen=True)
class Stored:
    """What a file stores, in its own order and type.

    Attributes:
        values: (3 axes) as stored; a voxel is values * slope + intercept.
        grid: Where they lie, in the file's order of axes.
        slope: Not 0.
        intercept: Finite.
    """

    values: np.ndarray[Any, Any]
    grid: Grid
    slope: float
    intercept: float

    @property
    def scaled(self) -> bool:
        """Whether slope and intercept change anything."""
        return (self.slope, self.intercept) != (1.0, 0.0)


def read_grid(path: Path) -> Grid:
    """The grid that a file's header claims, as it lies in the file (not canonical).

    Raises:
        UnreadableVolume: As for a volume, as far as the header tells.
    """
    with _failing_well(path), _open(path) as file:
        return _header(path, file)[1]


class _failing_well:  # noqa: N801  reads as what the `with` statement does
    """Turns what a damaged file raises while it is read into UnreadableVolume."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        damaged = (OSError, EOFError, zlib.error, ValueError, OverflowError, MemoryError)
        if isinstance(error, (*damaged, HeaderDataError)):
            found = f"{type(error).__name__} while reading"
            if isinstance(error, EOFError):
                found = "a compressed stream that ends early"
            raise UnreadableVolume(self.path, found, "a whole NIfTI file") from error


def _open(path: Path) -> BufferedIOBase:
    if "\0" in str(path) or not path.exists():
        raise UnreadableVolume(path, "no such file", "a NIfTI file (.nii, .nii.gz)")
    if not path.is_file():
        raise UnreadableVolume(path, "a folder", "a NIfTI file (.nii, .nii.gz)")
    name = path.name.lower()
    if name.endswith(".nii.gz"):
        return gzip.open(path, "rb")
    if name.endswith(".nii"):
        return path.open("rb")
    raise UnreadableVolume(path, f"a file ending in {path.suffix or 'nothing'}", ".nii or .nii.gz")


def _header(path: Path, file: BufferedIOBase) -> tuple[nib.Nifti1Header, Grid]:
    """The first bytes as a checked header, and the grid they claim."""
    start = file.read(4)
    if len(start) < 4:
        raise UnreadableVolume(path, f"{len(start)} bytes", "a NIfTI file")
    sizes = {int.from_bytes(start, order) for order in ("little", "big")}
    kind = nib.Nifti2Header if 540 in sizes else nib.Nifti1Header
    if not sizes & {348, 540}:
        raise UnreadableVolume(path, "no NIfTI header", "a NIfTI file (.nii, .nii.gz)")
    length = kind.template_dtype.itemsize
    block = start + file.read(length - 4)
    if len(block) < length:
        raise UnreadableVolume(path, f"a header of {len(block)} bytes", f"{length} bytes")
    header = kind(block, check=False)
    header.check_fix(logger=_quiet, error_level=40)
    if bytes(header["magic"].tobytes())[:2] != b"n+":
        raise UnreadableVolume(path, "a header without its voxels", "one .nii or .nii.gz file")
    shape = tuple(int(n) for n in header.get_data_shape())
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3 or min(shape) < 1:
        found = f"the shape {' x '.join(str(n) for n in shape)}"
        raise UnreadableVolume(path, found, "three axes of at least one voxel")
    dtype = header.get_data_dtype()
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise UnreadableVolume(path, f"voxels of type {dtype}", "whole or real numbers")
    claimed = shape[0] * shape[1] * shape[2] * dtype.itemsize
    held = path.stat().st_size * (BEST_DEFLATE if path.name.lower().endswith(".gz") else 1)
    if claimed > LARGEST_BYTES or claimed > held:
        limit = f"at most {min(LARGEST_BYTES, held)}"
        raise UnreadableVolume(path, f"{shape} voxels claiming {claimed} bytes", limit)
    both = int(header["sform_code"]) > 0 and int(header["qform_code"]) > 0
    return header, Grid(shape, _affine(path, header), _qform(header) if both else None)


def _qform(header: nib.Nifti1Header) -> Affine | None:
    """The second opinion of a file that has an sform; None where it is nonsense."""
    try:
        affine = np.asarray(header.get_qform(), dtype=np.float64)
    except (HeaderDataError, ValueError):
        return None
    return affine if np.isfinite(affine).all() else None


def _affine(path: Path, header: nib.Nifti1Header) -> Affine:
    if int(header["sform_code"]) <= 0 and int(header["qform_code"]) <= 0:
        raise UnreadableVolume(path, "no orientation (sform and qform codes 0)", "either one")
    affine = np.asarray(header.get_best_affine(), dtype=np.float64)
    if not np.isfinite(affine).all():
        raise UnreadableVolume(path, "an affine that is not finite", "finite numbers")
    columns = affine[:3, :3]
    spacing = np.linalg.norm(columns, axis=0)
    if not ((spacing >= LEAST_SPACING_MM) & (spacing <= MOST_SPACING_MM)).all():
        sizes = " x ".join(f"{mm:.3g}" for mm in spacing)
        limits = f"{LEAST_SPACING_MM} to {MOST_SPACING_MM:g} mm"
        raise UnreadableVolume(path, f"voxels of {sizes} mm", limits)
    if abs(np.linalg.det(columns / spacing)) < 1e-3:
        raise UnreadableVolume(path, "a singular affine", "three independent axes")
    in_plane = (columns / spacing)[:, io_orientation(affine)[:, 0] < 2]
    cosine = abs(float(in_plane[:, 0] @ in_plane[:, 1]))
    if cosine > MOST_SHEAR:
        angle = f"rows and columns at {np.degrees(np.arccos(min(cosine, 1.0))):.1f} degrees"
        raise UnreadableVolume(path, angle, "right angles within a slice")
    if np.abs(affine[:3, 3]).max() > 1e5:
        raise UnreadableVolume(path, "an origin more than 100 m away", "mm in the scanner")
    return affine


def read_stored(path: Path) -> Stored:
    """Read what a NIfTI file stores.

    Raises:
        UnreadableVolume: Whatever is wrong with it, naming the file.
    """
    with _failing_well(path), _open(path) as file:
        header, grid = _header(path, file)
        slope, intercept = header.get_slope_inter()
        slope, intercept = slope or 1.0, intercept or 0.0
        # NaN says "no scaling" and is taken so; infinity says nothing
        if np.isinf(header["scl_slope"]) or not np.isfinite([slope, intercept]).all():
            raise UnreadableVolume(path, "a slope that is not finite", "finite numbers")
        dtype = header.get_data_dtype()
        offset = header.get_data_offset()
        head = header.template_dtype.itemsize
        if not head <= offset <= LARGEST_BYTES:
            raise UnreadableVolume(path, f"voxels at byte {offset}", "an offset inside the file")
        _skip(path, file, offset - head)
        count = int(np.prod(grid.shape)) * dtype.itemsize
        stored = _take(path, file, count)
        file.read(1)  # reaching the end makes gzip compare its checksum
    raw = np.frombuffer(stored, dtype=dtype).reshape(grid.shape, order="F")
    return Stored(raw, grid, float(slope), float(intercept))


def _skip(path: Path, file: BufferedIOBase, count: int) -> None:
    while count > 0:
        passed = len(file.read(min(CHUNK_BYTES, count)))
        if not passed:
            raise UnreadableVolume(path, "a file that ends before its voxels", "a whole file")
        count -= passed


def _take(path: Path, file: BufferedIOBase, count: int) -> bytes:
    """Exactly `count` bytes; memory grows with what is there, not with what is claimed."""
    parts = []
    left = count
    while left > 0:
        part = file.read(min(CHUNK_BYTES, left))
        if not part:
            raise UnreadableVolume(path, f"{count - left} bytes of voxels", f"{count} bytes")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
