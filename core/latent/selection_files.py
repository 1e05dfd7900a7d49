"""A selection as a folder to take away: every patch a NIfTI of its own, and a list of them.

A patch lies where it was cut from, in mm in the scanner's space, so that it opens over its scan
in any viewer. Headers are written afresh: nothing of the scan's own is copied.
"""

import gzip
import io
import zipfile
from collections.abc import Sequence

import nibabel as nib
import numpy as np
import pandas as pd

from core.arrays import Affine, Mask, Patch
from core.errors import LatentError
from core.run import Run

NOTICE = "Lymphoscape patch. Research and teaching only, not for diagnosis"
LIST = "patches.csv"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # zip's own; equal selections give equal files


def patch_folder(run: Run, sets: dict[str, Sequence[int]]) -> bytes:
    """The patches of some sets as a zip: a folder a set, masks beside them, and `patches.csv`.

    Grey values are those the network saw, in [0, 1]; float32, one slice, mm.

    Args:
        run: Whose rows they are.
        sets: Rows by the set's name, which becomes a folder's.

    Raises:
        LatentError: The cohort does not say how large a pixel is, or nothing is selected.
    """
    if not run.manifest.has_masks:
        raise LatentError("This cohort does not say how large a pixel is: no NIfTI in mm.")
    if not any(len(rows) for rows in sets.values()):
        raise LatentError("Nothing is selected: no patches to write.")
    held, listed = io.BytesIO(), []
    # the parts are compressed already
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as folder:
        for name, rows in sets.items():
            for row in rows:
                stem = f"{name}/{_stem(run.rows.iloc[row], row)}"
                affine = np.array(run.grid["affine"].iloc[row], dtype=np.float64).reshape(4, 4)
                for ending, picture in (("", run.patches[row]), ("_mask", run.masks[row])):
                    content = patch_bytes(picture, affine, synthetic=run.manifest.synthetic)
                    _write(folder, f"{stem}{ending}.nii.gz", content)
                listed.append(run.rows.iloc[[row]].assign(set=name, file=f"{stem}.nii.gz"))
        _write(folder, LIST, pd.concat(listed).to_csv(index=False).encode("utf-8"))
    return held.getvalue()


def patch_bytes(picture: Patch | Mask, affine: Affine, *, synthetic: bool) -> bytes:
    """One patch or mask as the bytes of a `.nii.gz`, (row, column, 1).

    Args:
        picture: Grey values, or a mask.
        affine: (4, 4), patch (row, column, 0) to mm in the scanner's space.
        synthetic: Written into the header, so that a drawn scan is not taken for a patient's.
    """
    kind = np.uint8 if picture.dtype == np.bool_ else np.float32
    image = nib.Nifti1Image(np.ascontiguousarray(picture[:, :, None], dtype=kind), affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = NOTICE.encode()
    image.header["intent_name"] = b"SYNTHETIC" if synthetic else b""
    image.set_sform(affine, code=1)  # 1: the scanner's own space
    image.set_qform(None, code=0)
    return gzip.compress(image.to_bytes(), mtime=0)


def _stem(facts: pd.Series, row: int) -> str:
    return f"{facts['patient_id']}_lesion-{facts['node']}_slice-{facts['slice_k']}_row-{row}"


def _write(folder: zipfile.ZipFile, name: str, content: bytes) -> None:
    folder.writestr(zipfile.ZipInfo(name, EARLIEST), content)
