"""What limits a run's maps: the network, or the methods and measures?

    python -m tests.benchmarks.map_limits --run runs/full-1 [--lesions 48] [--other runs/full-2]

On a synthetic cohort, whose truth is at hand, a small CNN is told of every training patch whether
its lesion is malignant: a network that knows. Its maps of the same held-out patches go through the
same measures as the run's own (EXPLAIN.md, XA3 to XA7), and so do those of the run's network with
weights drawn afresh: a network that knows nothing. Where even the one that knows misses a goal,
method or measure are what is in the way; where it reaches it and the run does not, the run is. With
`--other` the run's own line of two trainings is filled, from its maps and that run's. With
`--moves` only one question is asked: why a mirrored picture's map is not the map mirrored. The
encoder steps by two pixels three times, so a mirrored picture falls elsewhere on its grids. If that
is the reason, a move by one pixel costs as much, one by a whole step little, and a mirrored picture
that is moved by -1 px, where its columns fall on the grids again, gets its likeness back.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from core.evaluation.classification import auc
from core.explain.explanation import DEFAULT, QUICK, Variant
from core.explain.faithfulness.checks import sensitivity
from core.explain.faithfulness.ground import exchanged
from core.explain.faithfulness.held import Held, Scorer, lesions, some_patients
from core.explain.faithfulness.likeness import ssim
from core.explain.faithfulness.measure import (
    mirrored,
    on_shifted,
    retrained,
    under_randomisation,
)
from core.explain.faithfulness.randomise import randomised
from core.explain.faithfulness.shaken import NOISE
from core.explain.faithfulness.shifted import moved, shifted
from core.explain.infill import blurred
from core.explain.tables import FROM_THE_MEAN_ON
from core.model import Model
from core.progress import silent
from core.run import Run
from tests.benchmarks.knowing import own_truth, told

SEEDS = (0, 1)
COARSE = Variant("hires_cam", 8)
MOVES = (
    ("moved by 1 px", False, 1),
    ("moved by 2 px", False, 2),
    ("moved by 3 px", False, 3),
    ("moved by 4 px", False, 4),
    ("moved by 8 px", False, 8),
    ("mirrored", True, 0),
    ("mirrored, moved by 1 px", True, 1),
    ("mirrored, moved by -1 px", True, -1),  # column 31 - c falls on c's place in every grid
)


def measured(held, truth, again):
    """All figures of one network's maps, by name; `again` is another training of it, or None."""
    placed = on_shifted(held, seeds=(0,), progress=silent).groupby("of")
    found = {"auc of lesions": auc(truth[held.rows].astype(int), held.logits(held.patches))}
    for name in ("pointing", "mass"):
        means = placed[name].mean()
        found |= {name: means["map"], f"{name}, blob": means["blob"]}
    found["area of the lesion"] = placed["area"].mean()["map"]
    found["insertion minus deletion"] = worth(held)
    for variant in (DEFAULT, QUICK):
        own = held.maps(held.patches, variant)
        random = under_randomisation(held, variant, progress=silent).groupby("stage")[
            ["ssim", "spearman"]
        ]
        worst, said = random.mean().loc[list(FROM_THE_MEAN_ON)].max(), variant.name
        found |= {
            f"{said}: SSIM at random, worst stage": worst["ssim"],
            f"{said}: Spearman at random, worst stage": worst["spearman"],
            f"{said}: SSIM of two lesions": random.mean().loc["other lesion", "ssim"],
            f"{said}: SSIM of two trainings": (
                retrained(held, again, variant).mean() if again else np.nan
            ),
            f"{said}: SSIM when mirrored": mirrored(held, variant).mean(),
            f"{said}: change under noise, p95": np.quantile(
                sensitivity(held, variant, own, seed=0, draws=4), 0.95
            ),
        }
    return found


def detail_changed(patches, *, draws=4):
    """How much `sensitivity`'s noise alone changes the detail that pixel methods multiply by, p95.

    Integrated gradients and SmoothGrad are a slope times (patch - blurred patch), whatever the
    network; this is the relative change of the second factor, worst of the draws.
    """
    noise = np.random.default_rng(0).uniform(-NOISE, NOISE, (draws, *patches.shape[1:]))
    changes = [np.linalg.norm(each - blurred(each.astype(np.float32))) for each in noise]
    own = np.array([np.linalg.norm(patch - blurred(patch)) for patch in patches])
    return float(np.quantile(max(changes) / own, 0.95))


def after_moves(held, variant):
    """Likeness of each map with that of the patch moved or mirrored, moved back: mean by move.

    Only pixels that both maps have are compared: a move leaves out the rim it brings in.
    """
    patches, found = held.patches, {}
    own, side = held.maps(patches, variant), patches.shape[2]
    for said, mirror, px in MOVES:
        turned = patches[:, :, ::-1] if mirror else patches
        turned = np.stack([moved(patch, 0, px) for patch in turned])
        maps = held.maps(np.ascontiguousarray(turned), variant)
        first, last = max(0, -px), side - max(0, px)
        back = [drawn[:, first:last] for drawn in maps]  # its column c was c + px
        found[said] = np.mean(
            [
                ssim((one[:, ::-1] if mirror else one)[:, first + px : last + px], other)
                for one, other in zip(own, back, strict=True)
            ]
        )
    return found


def worth(held):
    """Insertion minus deletion of the default maps off the middle, mean."""
    away = shifted(held.run, held.rows, seed=0)
    maps = held.maps(away.patches)
    return np.mean(
        [
            exchanged(patch, (maps[at],), Scorer(held, at))[0]
            .insertion_minus_deletion
            for at, patch in enumerate(away.patches)
        ]
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--other", type=Path, help="another training on the same cohort")
    parser.add_argument("--lesions", type=int, default=48, help="at most, of whole patients")
    parser.add_argument("--knowing", action="store_true", help="only the CNN that knows")
    parser.add_argument("--moves", action="store_true", help="only maps of moved patches")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(asked.run)
    if asked.moves:
        every = Held(run, Model.open(run, device="cpu"), lesions(run))
        few = some_patients(every, at_most=asked.lesions)
        columns = {one.name: after_moves(few, one) for one in (DEFAULT, QUICK, COARSE)}
        print(f"{run.name}: {len(few.rows)} lesions of {len(np.unique(few.who))} test patients")
        print(f"{'likeness':26s}" + "".join(f"{name:>24s}" for name in columns))
        for said, _, _ in MOVES:
            print(f"{said:26s}" + "".join(f"{own[said]:24.3f}" for own in columns.values()))
        return
    truth, model = own_truth(run), Model.open(run, device="cpu")
    few = some_patients(Held(run, model, lesions(run)), at_most=asked.lesions)
    other = Run.open(asked.other) if asked.other else None
    again = Held(other, Model.open(other, device="cpu"), few.rows) if other else None
    first, second = (Held(run, told(run, truth, seed=seed), few.rows) for seed in SEEDS)
    blank = Model.of(
        randomised(model.network, "layer 16"), model.kit, model.settings, model.training_codes
    )
    columns = {"CNN that knows": measured(first, truth, second)}
    if not asked.knowing:
        columns = {run.name: measured(few, truth, again)} | columns
        columns["run untrained"] = measured(Held(run, blank, few.rows), truth, None)
    print(f"{run.name}: {len(few.rows)} lesions of {len(np.unique(few.who))} test patients")
    print(f"{'':52s}" + "".join(f"{name:>16s}" for name in columns))
    every = run.patches[lesions(run)]
    print(f"{'noise alone changes the detail by, p95':52s}{detail_changed(np.array(every)):16.3f}")
    for line in columns["CNN that knows"]:
        print(f"{line:52s}" + "".join(f"{own[line]:16.3f}" for own in columns.values()))


if __name__ == "__main__":
    main()
