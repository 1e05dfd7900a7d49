"""What Growth can and cannot offer on real images, and how its walks fare there.

    python -m tests.benchmarks.real_growth --run runs/sarcoma-1 runs/patches-1 \\
        --out assets/docs/real_growth.md

Cohorts come from `real_cohorts`. Every lesion of the test patients (at most `--lesions`) is walked
as Growth opens it: along its size where outlines are known, along the outcome where they are not.
Nobody knows how these lesions would look if they were larger, so nothing is held against a truth.
"""

import argparse
from pathlib import Path

import numpy as np

from core.errors import LatentError
from core.growth.flips import flips, score_near
from core.growth.sized import SIZE, ruler_holds, sized
from core.growth.span import steps_between
from core.growth.usual import usual_walk
from core.growth.walked import Ground, along_of, walked
from core.latent.attributes import CM_FROM_MM, say_length
from core.latent.space import LatentSpace
from core.model import Model
from core.run import Run

HEAD = """# Growth on real images

What Growth offers on runs of two public data sets, and how its walks fare. Nobody knows how these
lesions would look if they were larger: nothing here is held against a truth, and no figure says
that a model is right. Research and teaching only, not for diagnosis. With the images of the two
data sets in a folder (README, "Real images"):

```
python -m tests.benchmarks.real_cohorts --data FOLDER --out cohorts
python train.py --settings sarcoma --cohort cohorts/sts-1.csv
python train.py --settings patches --cohort cohorts/breastmnist.npz
python -m tests.benchmarks.real_growth --run runs/sarcoma-1 runs/patches-1 --out FILE
```
"""


def told(run, most):
    """One run's lines: what is offered, what is not, and how its walks fare."""
    model, space = Model.open(run), LatentSpace.open(run)
    holds, score_of = ruler_holds(run), score_near(run, model.node_score)
    chosen = run.rows["key_slice"].to_numpy(bool) & (run.rows["split"] == "test").to_numpy()
    rows = np.flatnonzero(chosen)[:most]
    names = [one.name for one in space.directions()]
    walks = [one for row in rows if (one := _walk(run, model, space, holds, score_of, int(row)))]
    refused = float(np.mean([[bool(why) for why in one.refused] for one in walks]))
    lesions = run.words.lesions
    yield f"{len(rows)} {lesions} of test patients, {len(walks)} of them walked."
    if run.manifest.has_masks:
        size = space.direction(SIZE)
        reference = max(size.high, 0.0)
        low, high = (say_length(mm, reference) for mm in (size.low, size.high))
        unit = "centimetres" if reference >= CM_FROM_MM else "millimetres"
        yield f"Sizes are asked in {unit}: training {lesions} span {low} to {high}."
    else:
        yield (
            "Not offered: sizes, the ruler, true scale bars, the slice and NIfTI, because there "
            "are no outlines; the page says so. Offered: the walk towards the outcome, the walk "
            "between two, single dimensions, the smallest change that turns a call."
        )
    if run.manifest.has_masks:
        yield (
            "The ruler finds what is outlined, so sizes are measured and corrected."
            if holds
            else "The ruler does not find what is outlined in this cohort, so sizes are counted "
            "from the outline and not read; the page says so, and attributes have no readings."
        )
    yield f"Directions: {', '.join(names)}."
    yield f"Refused, as outside what training showed or not delivered: {refused:.0%} of steps."
    ends = [one for one in walks if np.isfinite(one.measured_mm).any() and holds]
    if ends:
        wrong = [np.abs(one.measured_mm - one.asked_mm)[_trusted(one)] for one in ends]
        yield f"Delivered steps are {np.nanmean(np.concatenate(wrong)):.2f} mm off by the ruler."
    moved = [float(np.abs(one.pictures[-1] - one.pictures[0]).mean()) for one in walks]
    yield f"From the first picture to the last the grey changes by {np.mean(moved):.3f} (of 1)."
    turned = flips(
        run, "test", decode=model.decode, encode=model.encode, score_of=score_of, most=most
    )
    yield (
        f"A smallest plausible change turns the call of {int(turned['found'].sum())} of "
        f"{len(turned)}."
    )
    yield "No truth twin, no blind test and no trial of the ways: the images are real."


def _walk(run, model, space, holds, score_of, row):
    ground = Ground(
        run, space, model.decode, sized(run, row, space=space, holds=holds), holds, score_of(row)
    )
    try:
        if run.manifest.has_masks:
            return usual_walk(ground, row)
        along = along_of(ground, "label")
        width = along.high - along.low
        width = width if np.isfinite(width) and width > 0 else 4.0
        steps = np.array(steps_between(-0.5 * width, 0.5 * width))
        return walked(ground, row, along, steps, closed=False, keep="surroundings")
    except LatentError:
        return None


def _trusted(walk):
    return np.array([not why for why in walk.refused])


def main():
    """Walk, count, print; write where asked."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--run", type=Path, nargs="+", required=True)
    asked.add_argument("--lesions", type=int, default=20)
    asked.add_argument("--out", type=Path)
    asked = asked.parse_args()
    parts = [HEAD]
    for place in asked.run:
        run = Run.open(place)
        lines = "\n".join(f"- {line}" for line in told(run, asked.lesions))
        parts.append(f"## {run.manifest.cohort}: {run.words.modality}\n\n{lines}\n")
        print(parts[-1], flush=True)
    if asked.out:
        asked.out.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
