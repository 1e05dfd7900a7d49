"""Real images as cohorts that `train.py --cohort` reads, made from the folder of real data.

    python -m tests.benchmarks.real_cohorts --data DIR --out cohorts

writes `sts.csv` (49 sarcomas, lung metastasis), `sts-1.csv` to `sts-5.csv` (the same with a
column `split`: every patient is a test patient in one of them), `prostatex.csv` (one lesion mask
whose value is 3, one empty, one missing) and `breastmnist.npz` (1 = malignant, official split).
Tables hold paths relative to themselves, and nothing is copied but breastmnist's own array.
"""

import argparse
import csv
import os
from pathlib import Path

import numpy as np

FOLDS = 5
SPLITS = {"train": "train", "val": "validation", "test": "test"}  # medmnist's names, and ours


def write_sts(data, out):
    """The 49 patients that have an image, with their lung metastasis label; and five folds."""
    rows = []
    with (data / "sts" / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["has_image"] == "True":
                who = row["patient"]
                files = [data / "sts" / f"{who}_MR_T1_{kind}.nii.gz" for kind in ("image", "mask")]
                rows.append([who, *(relative(path, out) for path in files), row["lung_metastasis"]])
    parts = np.zeros(len(rows), dtype=int)
    rng = np.random.default_rng(1)
    for label in "01":
        members = rng.permutation([i for i, row in enumerate(rows) if row[-1] == label])
        parts[members] = np.arange(len(members)) % FOLDS
    for fold in range(FOLDS):
        names = {fold: "test", (fold + 1) % FOLDS: "validation"}
        split = [names.get(part, "train") for part in parts]
        folded = [[*row, name] for row, name in zip(rows, split, strict=True)]
        write(out / f"sts-{fold + 1}.csv", folded, more=("split",))
    return write(out / "sts.csv", rows)


def write_prostatex(data, out):
    """Three pelvic scans: a mask whose value is 3, an empty one, and none at all."""
    folder = data / "prostatex"
    rows = []
    for who in ("ProstateX-0000", "ProstateX-0001", "ProstateX-0218"):
        image = next(folder.glob(f"{who}_t2w.nii.gz"))
        mask = next(folder.glob(f"{who}_lesion_mask_*.nii.gz"), None)
        label = int(mask is not None)  # nobody's outcome: the table asks for a label
        rows.append([who, relative(image, out), relative(mask, out) if mask else "", label])
    return write(out / "prostatex.csv", rows)


def write_breastmnist(data, out):
    """780 breast ultrasound patches; the dataset's 0 is malignant, ours is 1."""
    with np.load(data / "breastmnist" / "breastmnist.npz", allow_pickle=False) as parts:
        images = np.concatenate([parts[f"{name}_images"] for name in SPLITS])
        labels = np.concatenate(
            [1 - parts[f"{name}_labels"].ravel().astype(int) for name in SPLITS]
        )
        split = np.repeat(list(SPLITS.values()), [len(parts[f"{name}_labels"]) for name in SPLITS])
    np.savez_compressed(out / "breastmnist.npz", images=images, labels=labels, split=split)
    return out / "breastmnist.npz"


def relative(path, out):
    """A path as the table names it: seen from the table, so that both can move together."""
    return os.path.relpath(path, out)


def write(path, rows, more=()):
    """The table, with the columns that `train.py` reads."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["patient_id", "image", "mask", "label", *more], *rows])
    return path


def main():
    """Write all three and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("LYMPHOSCAPE_REAL_DATA"))
    parser.add_argument("--out", type=Path, default=Path("cohorts"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for make in (write_sts, write_prostatex, write_breastmnist):
        print(make(options.data.resolve(), options.out.resolve()))


if __name__ == "__main__":
    main()
