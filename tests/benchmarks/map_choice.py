"""Which method the page should open with, by place and by removal together.

    python -m tests.benchmarks.map_choice --run assets/demo [--lesions 40]

On validation lesions moved off the middle: the mass inside the lesion and insertion minus deletion
of every method and of a centre blob. Of the methods that beat the blob in both, the one is chosen
whose poorer share of the best method's figure is largest (`core.explain.explanation.DEFAULT`).
"""

import argparse
from pathlib import Path

import numpy as np

from core.explain.explanation import DEFAULT, VARIANTS, mass_inside
from core.explain.faithfulness.baselines import centre_blob
from core.explain.faithfulness.ground import exchanged
from core.explain.faithfulness.held import (
    Held,
    Scorer,
    in_favour_of_call,
    lesions,
    some_patients,
)
from core.explain.faithfulness.shifted import shifted
from core.model import Model
from core.run import Run


def place_and_removal(held, *, seed=0):
    """Mean mass inside and mean insertion minus deletion, (map, 2); the blob's last."""
    away = shifted(held.run, held.rows, seed=seed)
    logits = held.logits(away.patches)
    drawn = [held.maps(away.patches, variant) for variant in VARIANTS]
    blob, found = centre_blob(away.patches.shape[1:]), []
    for at, (patch, mask) in enumerate(zip(away.patches, away.masks, strict=True)):
        maps = [one[at] for one in drawn]
        evidence = [in_favour_of_call(one, float(logits[at]), held.threshold) for one in maps]
        inside = [mass_inside(one, mask) for one in (*evidence, blob)]
        removed = exchanged(patch, (*maps, blob), Scorer(held, at))
        found.append(
            [
                (float(mask.mean()) if mass is None else mass, one.insertion_minus_deletion)
                for mass, one in zip(inside, removed, strict=True)
            ]
        )
    return np.mean(found, axis=0)


def poorer_shares(table):
    """Each method's poorer share of the best figures; 0 where it does not beat the blob in both."""
    methods, blob = table[:-1], table[-1]
    shares = (methods / methods.max(axis=0)).min(axis=1)
    return np.where((methods > blob).all(axis=1), shares, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--lesions", type=int, default=40, help="at most, of whole patients")
    asked = parser.parse_args()
    run = Run.open(asked.run)
    every = Held(run, Model.open(run, device="cpu"), lesions(run, "validation"))
    held = some_patients(every, at_most=asked.lesions)
    table = place_and_removal(held)
    shares = poorer_shares(table)
    print(f"{run.name}: {len(held.rows)} validation {run.words.lesions}, moved off the middle")
    print(f"{'':24s} {'mass':>7s} {'removal':>8s} {'poorer share':>13s}")
    for variant, (mass, worth), share in zip(VARIANTS, table, shares, strict=False):
        print(f"{variant.name:24s} {mass:7.3f} {worth:8.3f} {share:13.2f}")
    print(f"{'centre blob':24s} {table[-1, 0]:7.3f} {table[-1, 1]:8.3f}")
    best = VARIANTS[int(shares.argmax())]
    print(f"chosen: {best.name}; the page opens with {DEFAULT.name}")


if __name__ == "__main__":
    main()
