"""Which way of placing a new node on the map keeps more of its true neighbours.

    python -m tests.benchmarks.placement --run assets/demo [--named]

UMAP is fitted on all rows but the test patients'; each of their patches is then placed, one at a
time, by umap's transform, by ours (no fitted UMAP) and by its latent neighbours' places. Prints
the share of 15 true neighbours that lie among the 15 beside it, with intervals by patient.
`--named` does so on the map that the Atlas opens with, of the dimensions that carry an attribute.
"""

import argparse
from pathlib import Path

import numpy as np

from core.evaluation.intervals import mean_interval
from core.latent.placement import kept_by, place
from core.latent.projection import UMAP_INPUT, umap_settings
from core.latent.transform import transform
from core.latent.umap_cache import umap_at_work
from core.run import Run


def main(arguments=None):
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--run", type=Path, required=True)
    options.add_argument("--most", type=int, default=120, help="test patches placed")
    options.add_argument("--named", action="store_true", help="the named dimensions alone")
    asked = options.parse_args(arguments)
    run = Run.open(asked.run)
    codes = run.codes[:, : len(run.settings.vae.attributes)] if asked.named else run.codes
    test = (run.rows["split"] == "test").to_numpy()
    known, chosen = codes[~test], np.flatnonzero(test)
    chosen = np.random.default_rng(0).permutation(chosen)[: asked.most]
    who = run.rows["patient_id"].astype(str).to_numpy(str)[chosen]
    centre = known.mean(0)
    axes = np.linalg.svd(known - centre, full_matrices=False)[2][:UMAP_INPUT]
    with umap_at_work() as umap:
        fit = umap.UMAP(**umap_settings(run.settings.map, len(known), 2, run.settings.seed))
        places = fit.fit_transform((known - centre) @ axes.T).astype(np.float64)
        moved = [fit.transform((codes[row] - centre)[None] @ axes.T)[0] for row in chosen]
    found = {"transform": [], "ours": [], "neighbours": []}
    asked_of_map = {"settings": run.settings.map, "seed": run.settings.seed}
    for row, at in zip(chosen, moved, strict=True):
        placed = place(codes[row], known, places)
        found["transform"].append(kept_by(at, placed, places))
        own = transform(codes[row], known, places, **asked_of_map)
        found["ours"].append(kept_by(np.array([own.x, own.y]), placed, places))
        found["neighbours"].append(kept_by(np.array([placed.x, placed.y]), placed, places))
    print(f"{len(chosen)} test patches of {len(np.unique(who))} patients, 15 neighbours")
    for way, kept in found.items():
        value = mean_interval(np.array(kept), who)
        print(f"{way:12s} {value.value:.3f} ({value.low:.3f} to {value.high:.3f})")
    for first, second in (("ours", "neighbours"), ("ours", "transform")):
        gain = mean_interval(np.subtract(found[first], found[second]), who)
        name = f"{first} less {second}"
        print(f"{name:22s} {gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})")


if __name__ == "__main__":
    main()
