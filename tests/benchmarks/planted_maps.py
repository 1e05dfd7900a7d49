"""Where maps lie when it is known what they must mark: the planted lesson of the Why page.

    python train.py phantom --planted --out cohorts/planted-200-1 --patients 200
    python train.py --settings planted
    python -m tests.benchmarks.planted_maps --run runs/planted-1 [--out assets/planted]

One bright spot alone decides there what a lesion is, and a dark one decides nothing. Two networks
are asked: a small CNN that was told of every training patch whether the spot is there, so that
there is no doubt what it uses, and the run itself, which learned from patients' outcomes. Prints
for each method the share of the evidence on the cause, beside the cause's share of the picture, a
centre blob's and an edge detector's, and the share on the decoy; `--out` keeps it for the page.

In this cohort the cause lies to one side of a lesion in the middle, always. So a map of where
causes lay in training stands beside the others ("usual"), and all are taken again on patches off
the middle, where such a map is lost.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from core.evaluation.classification import auc
from core.evaluation.intervals import mean_interval
from core.explain.explanation import VARIANTS
from core.explain.faithfulness.held import Held, lesions
from core.explain.faithfulness.on_planted import LEAST_PX, on_planted
from core.explain.faithfulness.planted import spots_in
from core.explain.lesson import Lesson, SpotLine, keep_lesson
from core.model import Model
from core.progress import silent
from core.run import Run
from tests.benchmarks.knowing import own_truth, told

TOLD, LEARNED = (
    "a small CNN told which have the spot",
    "autoencoder and head, told patients' outcomes",
)
SHOWN = 4


def lines(network, held):
    """One line a method: where its maps lie."""
    table = on_planted(held, VARIANTS, progress=silent)
    away = on_planted(held, VARIANTS, moved=True, progress=silent)
    for variant in VARIANTS:
        moved = away[away["variant"] == variant.key]
        own = table[table["variant"] == variant.key]
        cause = mean_interval(own["mass"].to_numpy(float), own["patient"].to_numpy(str))
        mean = own[["area", "mass_blob", "mass_edge", "decoy", "pointing", "mass_usual"]]
        mean = mean.astype(float).mean()
        yield SpotLine(
            network=network,
            variant=variant.key,
            lesions=len(own),
            cause=cause.value,
            cause_low=cause.low,
            cause_high=cause.high,
            area=mean["area"],
            blob=mean["mass_blob"],
            edges=mean["mass_edge"],
            decoy=mean["decoy"],
            pointing=mean["pointing"],
            usual=mean["mass_usual"],
            moved=float(moved["mass"].mean()),
            moved_usual=float(moved["mass_usual"].mean()),
            moved_lesions=len(moved),
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="keep the lesson here")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(asked.run)
    rows, truth = lesions(run), own_truth(run)
    spots = spots_in(run, rows)
    networks = {
        TOLD: Held(run, told(run, truth, seed=0), rows),
        LEARNED: Held(run, Model.open(run, device="cpu"), rows),
    }
    seen = {
        name: float(auc(truth[rows].astype(int), held.logits(held.patches)))
        for name, held in networks.items()
    }
    found = [line for name, held in networks.items() for line in lines(name, held)]
    for name, area in seen.items():
        print(f"\n{name}: ranks a lesion with the spot above one without {area:.3f} (AUC)")
        heads = f"{'method':22s} {'cause':>22s} {'x area':>7s} {'x blob':>7s} {'decoy':>6s} on it"
        print(f"{heads} {'moved':>6s} {'usual':>6s}")
        for line in (each for each in found if each.network == name):
            ends = f"({line.cause_low:.3f} to {line.cause_high:.3f})"
            print(
                f"{line.variant:22s} {line.cause:6.3f} {ends:>16s} {line.cause / line.area:6.1f} "
                f"{line.cause / line.blob:6.1f} {line.decoy:7.3f} {line.pointing:5.2f} "
                f"{line.moved:6.3f} {line.moved_usual:6.3f}"
            )
    one = found[0]
    print(
        f"\n{one.lesions} lesions; area {one.area:.3f}, blob {one.blob:.3f}, edges {one.edges:.3f}"
        f", where causes lay in training {one.usual:.3f}; moved: {one.moved_lesions} lesions"
    )
    if asked.out:
        both = [mask.sum(axis=(1, 2)) >= LEAST_PX for mask in (spots.cause, spots.decoy)]
        at = np.flatnonzero(both[0] & both[1])[:SHOWN]  # a cause and a decoy in one picture
        few = Held(run, networks[TOLD].model, rows[at])
        lesson = Lesson(
            lines=tuple(found),
            seen=seen,
            lesion=run.words.lesion,
            command=f"python -m tests.benchmarks.planted_maps --run {run.name}",
            patches=few.patches,
            pixel_mm=float(
                np.linalg.norm(np.reshape(run.grid["affine"].iloc[rows[0]], (4, 4))[:3, 0])
            ),
            cause=tuple(spots.cause[at]),
            decoy=tuple(spots.decoy[at]),
            maps={each.key: tuple(few.maps(few.patches, each)) for each in VARIANTS},
        )
        keep_lesson(lesson, asked.out)
        print(asked.out)


if __name__ == "__main__":
    main()
