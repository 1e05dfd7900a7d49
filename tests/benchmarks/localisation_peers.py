"""Whether our measures of a map's place agree with Quantus on 1,000 random maps (XA13).

    pip install quantus && python -m tests.benchmarks.localisation_peers

Quantus is for development only and no dependency. Prints the largest difference of each
measure; all must be under 1e-9.
"""

import argparse
import warnings

import numpy as np

from core.explain.explanation import mass_inside
from core.explain.faithfulness import area_under_roc, points_inside, rank_accuracy


def largest_differences(*, maps, seed):
    """For each measure the largest absolute difference from Quantus over random maps."""
    import quantus

    rng = np.random.default_rng(seed)
    relevance = rng.gamma(0.5, size=(maps, 32, 32))
    centres, radius = rng.uniform(4, 28, (maps, 2)), rng.uniform(1, 9, maps)
    grid = np.indices((32, 32))
    away = [np.hypot(*(grid - centre[:, None, None])) for centre in centres]
    masks = np.array(away) <= radius[:, None, None]
    masks[np.arange(maps), 16, 16] = True  # none is empty
    ours = {
        quantus.PointingGame: points_inside,
        quantus.RelevanceMassAccuracy: mass_inside,
        quantus.RelevanceRankAccuracy: rank_accuracy,
        quantus.AUC: area_under_roc,
    }
    found = {}
    for metric, measure in ours.items():
        peer = metric(abs=False, normalise=False, disable_warnings=True).evaluate_batch(
            a_batch=relevance.reshape(maps, -1).copy(), s_batch=masks.reshape(maps, -1).copy()
        )
        mine = [measure(one, mask) for one, mask in zip(relevance, masks, strict=True)]
        found[measure.__name__] = float(np.abs(np.array(mine) - np.asarray(peer, float)).max())
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--maps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = largest_differences(maps=asked.maps, seed=asked.seed)
    for name, difference in found.items():
        print(f"{name:20s} {difference:.1e}  {'agrees' if difference < 1e-9 else 'DIFFERS'}")
    return 0 if max(found.values()) < 1e-9 else 1


if __name__ == "__main__":
    raise SystemExit(main())
