"""Where maps lie on a cause whose place tells nothing: spots painted at any angle round a lesion.

    python -m tests.benchmarks.planted_anywhere [--run assets/demo] [--seeds 3]

The planted cohort lays its cause always to one side, so a map that only knows that side finds much
of it (`planted_place`). Here a bright spot, the cause, is painted beside a quarter of a run's
lesions and a dark one, the decoy, beside half of all, both by one law of places: any angle, 4.4 to
6.4 mm off. Which lesions have the cause is drawn by chance, so nothing else tells them apart. A
small CNN is told of every training patch whether the cause is there; its maps of held-out patches
stand beside those that know nothing of the picture, the usual place of causes among them. The
patches are the run's, its own network is not asked.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from core.cohort.phantom.planted import DECOYS, RADIUS_MM
from core.evaluation.classification import auc
from core.evaluation.intervals import mean_interval
from core.explain.explanation import VARIANTS
from core.explain.faithfulness.held import Held, lesions
from core.explain.faithfulness.on_planted import lying, usual_place
from core.explain.faithfulness.planted import Spots
from core.progress import silent
from core.run import SHIPPED, Run
from tests.benchmarks.knowing import told

AWAY_MM, APART = (4.4, 6.4), 0.8  # radians at least between a lesion's two spots
CAUSES = 0.25
# so that the spots read .83 and .31 in the mean, as those of the shipped planted pictures do
GREY = {"cause": 0.86, "decoy": 0.28}


class Painted(Run):
    """A run whose patches were painted on."""

    patches = None

    def __init__(self, run, patches):
        super().__init__(run.folder, run.manifest)
        vars(self)["patches"] = patches  # runs are frozen


def painted(run, *, seed):
    """The run with spots beside its lesions, the spots' masks, and which rows have the cause."""
    rng, side, pixel_mm = np.random.default_rng([seed, 22]), run.patches.shape[1], pixel(run)
    row, column = (np.mgrid[:side, :side] - side // 2) * pixel_mm
    patches = np.array(run.patches, np.float32)
    masks = {kind: np.zeros(patches.shape, bool) for kind in GREY}
    drawn = {}
    for at, who in enumerate(zip(run.rows["patient_id"], run.rows["node"], strict=True)):
        if who not in drawn:  # all slices of a lesion have its spots
            first = rng.uniform(0, 2 * np.pi)
            angles = first, first + rng.uniform(APART, 2 * np.pi - APART)
            there = rng.random(2) < (CAUSES, DECOYS)
            drawn[who] = list(zip(GREY, angles, rng.uniform(*AWAY_MM, 2), there, strict=True))
        for kind, angle, away, there in drawn[who]:
            if there:
                off = np.hypot(column - away * np.cos(angle), row - away * np.sin(angle))
                cover = np.clip(0.5 - (off - RADIUS_MM) / pixel_mm, 0, 1)
                patches[at] += cover * (GREY[kind] - patches[at])
                masks[kind][at] = cover >= 0.5
    spots = Spots(masks["cause"], masks["decoy"])
    return Painted(run, patches), spots, spots.cause.any(axis=(1, 2))


def pixel(run):
    """Side of a patch's pixel, in mm."""
    return float(np.linalg.norm(np.reshape(run.grid["affine"].iloc[0], (4, 4))[:3, 0]))


def found(run, *, seed, network=told):
    """The table of `lying` for a network that was told, and how well it knows the cause (AUC)."""
    own, spots, truth = painted(run, seed=seed)
    rows, train = lesions(own), lesions(own, "train")
    held = Held(own, network(own, truth, seed=seed), rows)
    table = lying(
        held,
        VARIANTS,
        Spots(spots.cause[rows], spots.decoy[rows]),
        patches=held.patches,
        usual=usual_place(spots.cause[train]),
        progress=silent,
    )
    return table, float(auc(truth[rows].astype(int), held.logits(held.patches)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=SHIPPED)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(asked.run)
    for seed in range(1, asked.seeds + 1):
        table, known = found(run, seed=seed)
        one = table[table["variant"] == VARIANTS[0].key]
        area = one["area"].mean()
        names = ("blob", "edge", "chance", "usual")
        said = ", ".join(f"{name} {one[f'mass_{name}'].mean() / area:.1f}" for name in names)
        print(f"\nseed {seed}: {len(one)} lesions with the cause, AUC {known:.3f}")
        print(f"area {area:.4f}; share on the cause in times it: {said}")
        for variant in VARIANTS:
            own = table[table["variant"] == variant.key]
            who = own["patient"].to_numpy(str)
            cause = mean_interval(own["mass"].to_numpy(float), who)
            more = mean_interval((own["mass"] - own["mass_usual"]).to_numpy(float), who)
            decoy = own["decoy"].astype(float).mean()
            print(
                f"{variant.key:22s} {cause.value:.3f} ({cause.low:.3f} to {cause.high:.3f}), "
                f"{cause.value / area:5.1f} times; less usual {more.value:+.3f} "
                f"({more.low:+.3f} to {more.high:+.3f}); decoy {decoy:.3f}; "
                f"points there {own['pointing'].mean():.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
