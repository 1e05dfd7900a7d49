"""Where a real lesion's patch is cut out, to look at: the slice, its outline, the box, the patch.

    python -m tests.benchmarks.prostatex_patch --table cohorts/prostatex.csv --out DIR

The table is `real_cohorts`'. Pictures go to a folder of yours and not into the project: the masks
may not be used commercially (CC BY-NC 4.0).
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from core.cohort.cohort import open_cohort
from core.cohort.patch import cut_patches
from core.settings import CohortSettings, PatchSettings

TIMES = 2  # a slice's pixels are shown so many times larger
PATCH_PX = 512


def beside(table, row):
    """One row's slice with outline and box, and its patch with its mask's edge."""
    one, place = table.rows.iloc[row], table.grid.iloc[row]
    found = next(
        s
        for s in table.slices
        if s.patient_id == one["patient_id"] and s.slice_k == int(one["slice_k"])
    )
    shown = Image.fromarray(found.picture).convert("RGB")
    shown = shown.resize((shown.width * TIMES, shown.height * TIMES))
    draw = ImageDraw.Draw(shown)
    for outline in found.outlines:
        for points in outline.points:
            draw.line([((c + 0.5) * TIMES, (r + 0.5) * TIMES) for r, c in points], "cyan", 2)
    column, line = box_corner(place, found)
    side = table.patches.shape[1]
    box = [column * TIMES, line * TIMES, (column + side) * TIMES, (line + side) * TIMES]
    draw.rectangle(box, outline="yellow", width=2)
    patch = Image.fromarray((table.patches[row] * 255).astype(np.uint8)).convert("RGB")
    patch = patch.resize((PATCH_PX, PATCH_PX), Image.Resampling.NEAREST)
    edge = table.masks[row] & ~ndimage.binary_erosion(table.masks[row])
    times, ring = PATCH_PX // side, ImageDraw.Draw(patch)
    for line, column in np.argwhere(edge) * times:
        ring.rectangle([column, line, column + times - 1, line + times - 1], outline="cyan")
    both = Image.new("RGB", (shown.width + PATCH_PX + 12, max(shown.height, PATCH_PX)), "white")
    both.paste(shown, (0, 0))
    both.paste(patch, (shown.width + 12, 0))
    return both


def box_corner(place, found):
    """Column and line of the patch's first pixel on the slice, as it is displayed."""
    i, j, _ = (int(one) for one in place["corner"])
    lines, columns = found.picture.shape
    return columns - 1 - i, lines - 1 - j


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cohort = open_cohort(options.table, CohortSettings())
    splits = dict.fromkeys([patient.patient_id for patient in cohort.patients], "train")
    table = cut_patches(cohort, splits, settings=PatchSettings())
    options.out.mkdir(parents=True, exist_ok=True)
    for row, one in table.rows.iterrows():
        path = options.out / f"{one['patient_id']}-node{one['node']}-slice{one['slice_k']}.png"
        beside(table, row).save(path)
        print(f"{path}: {one['short_axis_mm']:.1f} mm")
    for who, why in table.excluded:
        print(f"{who}: {why}")


if __name__ == "__main__":
    main()
