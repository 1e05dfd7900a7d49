"""What heat maps of runs on real images are worth, method by method, and what they look like.

    python -m tests.benchmarks.real_maps --run runs/patches-1 --picture maps.webp
    python -m tests.benchmarks.real_maps --run runs/sts-1 --lesions 40

Cohorts come from `real_cohorts`. On the run's test patients with the outcome: insertion minus
deletion beside a centre blob's, an edge detector's and chance's, ROAD above 0, and, where there
are outlines, the pointing game and the mass inside beside the outline's share, for the maps that
know nothing too, all on shifted patches. `--picture` saves the first patches with the default map
under each, on one colour scale.
"""

import argparse
from pathlib import Path

import numpy as np

from core.evaluation.intervals import mean_interval
from core.explain.explanation import FULL_COLOUR, VARIANTS, mass_inside
from core.explain.faithfulness.checks import check
from core.explain.faithfulness.ground import ground
from core.explain.faithfulness.held import Held, lesions, some_patients
from core.explain.faithfulness.ignorant import IGNORANT, ignorant
from core.explain.faithfulness.place import points_inside
from core.model import Model
from core.run import Run

SHOWN, SIDE_PX = 6, 160


def table(held, on):
    """One line a method, and one each for the maps that know nothing."""
    lines = {name: {"worth": on.table[f"worth_{name}"].to_numpy(),
                    "road": (on.table[f"road_{name}"] > 0).to_numpy(float)}
             for name in IGNORANT}  # fmt: skip
    if held.run.manifest.has_masks:
        for name, drawn in ignorant(np.random.default_rng([0, 2])).items():
            lines[name] |= placed([drawn(patch) for patch in on.away.patches], on.away.masks)
    for variant in VARIANTS:
        found = check(held, variant, on, draws=1)
        lines[variant.name] = {
            "worth": np.array([one.worth for one in found]),
            "road": np.array([one.road > 0 for one in found], float),
        }
        if found and found[0].area is not None:
            lines[variant.name] |= {
                name: np.array([getattr(one, name) or 0.0 for one in found])
                for name in ("pointing", "mass", "area", "mass_blob")
            }
    return lines


def placed(maps, masks):
    """Where maps that know nothing lie: pointing and mass inside, on the same shifted patches."""
    pairs = list(zip(maps, masks, strict=True))
    return {
        "pointing": np.array([points_inside(drawn, mask) or 0.0 for drawn, mask in pairs]),
        "mass": np.array([mass_inside(drawn, mask) or 0.0 for drawn, mask in pairs]),
        "area": np.array([mask.mean() for mask in masks]),
    }


def sheet(held, path, *, shown=SHOWN):
    """The first patches with the default map under each, all on one colour scale, six a row."""
    from PIL import Image

    from dashboard.figures.heat import overlay

    few = held.part(0, shown)
    maps = few.maps(few.patches)
    full = float(np.percentile(np.abs(maps), FULL_COLOUR))
    columns = [
        np.concatenate(
            [
                overlay(patch, patch * 0, scale=0.0, opacity=0.0, side_px=SIDE_PX),
                overlay(patch, drawn, scale=full, opacity=0.75, side_px=SIDE_PX),
            ]
        )
        for patch, drawn in zip(few.patches, maps, strict=True)
    ]
    if len(columns) > SHOWN:  # the last line of several is filled up
        columns += [np.full_like(columns[0], 255)] * (-len(columns) % SHOWN)
    rows = [np.concatenate(columns[at : at + SHOWN], 1) for at in range(0, len(columns), SHOWN)]
    Image.fromarray(np.concatenate(rows)).save(path, quality=80)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--lesions", type=int, default=72, help="at most, of whole patients")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--shown", type=int, default=SHOWN, help="patches on the picture [6]")
    asked = parser.parse_args()
    run = Run.open(asked.run)
    rows = lesions(run)
    rows = rows[run.rows["label"].to_numpy()[rows] == 1]
    every = Held(run, Model.open(run, device="cpu"), rows)
    held = some_patients(every, at_most=asked.lesions)
    print(f"{run.name}: {len(held.rows)} {run.words.lesions} of {len(np.unique(held.who))} test "
          f"patients with {run.words.outcome}; 95 % intervals by patient")  # fmt: skip
    for name, columns in table(held, ground(held)).items():
        said = []
        for column, values in columns.items():
            found = mean_interval(values, held.who)
            said.append(f"{column} {found.value:6.3f} ({found.low:.3f} to {found.high:.3f})")
        print(f"{name:24s} {'  '.join(said)}")
    if asked.picture:
        sheet(held, asked.picture, shown=asked.shown)
        print(asked.picture)


if __name__ == "__main__":
    main()
