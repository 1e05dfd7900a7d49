"""What a map reaches on planted causes that knows where they lie and nothing of the picture.

    python -m tests.benchmarks.planted_place [--patients 200] [--seed 1] [--out assets/planted]

From the rules that draw the cohort alone, so no run is needed: each cause is laid beside a lesion
in the middle of its patch, and a map of how often each pixel lies on a cause of training patients
is asked for its share on the causes of test patients, mean over splits. `planted_maps` measures the
same on a run's own patches, where neighbours' spots and the outlines' centroids count too. `--out`
adds it to the lesson that is kept there.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from core.cohort.phantom import PLANTED, draw_truth
from core.cohort.phantom.planted import RADIUS_MM, spots_of
from core.explain.explanation import mass_inside
from core.explain.faithfulness.on_planted import usual_place
from core.run import write_text
from core.settings import Settings

SPLITS = 20


def causes(patients, seed):
    """Each patient's causes as masks of patches with the lesion in the middle."""
    settings = Settings().patch
    side, pixel_mm = settings.size_px, settings.spacing_mm[0]
    row, column = (np.mgrid[:side, :side] - side // 2) * pixel_mm
    return [
        [
            np.hypot(column - spot.x_mm, row - spot.y_mm) <= RADIUS_MM
            for node in truth.nodes
            for spot in spots_of(node)
            if spot.kind == "cause"
        ]
        for truth in draw_truth(patients, seed, rules=PLANTED)
    ]


def shares(masks, *, splits=SPLITS):
    """The usual place's share on test causes, and their area, one line a split."""
    rng, found = np.random.default_rng(0), []
    for _ in range(splits):
        order = rng.permutation(len(masks))
        first, last = round(0.6 * len(masks)), round(0.8 * len(masks))
        train = np.stack([mask for who in order[:first] for mask in masks[who]])
        test = [mask for who in order[last:] for mask in masks[who]]
        usual = usual_place(train)
        found.append(
            (np.mean([mass_inside(usual, mask) for mask in test]), np.mean(np.stack(test)))
        )
    return np.array(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="the lesson's folder")
    asked = parser.parse_args()
    found = shares(causes(asked.patients, asked.seed))
    share, area = found.mean(axis=0)
    low, high = found[:, 0].min(), found[:, 0].max()
    print(f"share on the cause {share:.3f} ({low:.3f} to {high:.3f} over {len(found)} splits)")
    print(f"area {area:.4f}, so {share / area:.1f} times it")
    if asked.out:
        path = asked.out / "lines.json"
        told = json.loads(path.read_text(encoding="utf-8"))
        told["usual_drawn"] = float(share)
        write_text(path, json.dumps(told, indent=1) + "\n")
        print(path)


if __name__ == "__main__":
    main()
