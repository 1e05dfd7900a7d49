"""What the ruler's bounds of trust cost and save: readings refused against readings far off.

    python -m tests.benchmarks.ruler_trust [--patients 40] [--seeds 21 22]

Every picture is read without any bound; then each set of bounds is laid over the same readings.
Pictures are drawn as scanned and 3 mm larger, as `tests.benchmarks.ruler` does. "lost" is the
share of readings within half a millimetre that the bounds refuse, "named" the share of readings
more than a millimetre off that they refuse. No network takes part.
"""

import argparse

import numpy as np

from core.cohort.phantom import Change
from core.growth.contour import enlarged
from core.growth.fence import ANYTHING, TRUST, Trust, find_fences
from core.growth.measure import measure_all
from tests.benchmarks.ruler import GROWN_MM, SPACING_MM, draw, sizes_of

FREE = float("inf")
BOUNDS = {
    "none": ANYTHING,
    "as it is": TRUST,
    "edge .05": TRUST._replace(least_edge=0.05),
    "edge .03": TRUST._replace(least_edge=0.03),
    "edge .00": TRUST._replace(least_edge=0.0),
    "rival .75": TRUST._replace(most_rival=0.75),
    "rival .85": TRUST._replace(most_rival=0.85),
    "apart .40": TRUST._replace(most_apart=0.40),
    "apart .50": TRUST._replace(most_apart=0.50),
    "edge alone": Trust(TRUST.least_edge, FREE, FREE),
    "rival alone": Trust(-FREE, FREE, TRUST.most_rival),
    "apart alone": Trust(-FREE, TRUST.most_apart, FREE),
    "edge .05, rival .75": Trust(0.05, 0.3, 0.75),
    "edge .03, rival .75": Trust(0.03, 0.3, 0.75),
    "edge .05, rival .75, apart .40": Trust(0.05, 0.4, 0.75),
    "edge .03, rival .85, apart .40": Trust(0.03, 0.4, 0.85),
    "edge .03, rival .85, apart .50": Trust(0.03, 0.5, 0.85),
}


def readings(patients, seed):
    """Every picture's fence, reading without bounds and true size, as scanned and grown."""
    scanned, _, grown, _, truths = draw(patients, seed)
    change = Change(short_axis_mm=GROWN_MM)
    true_mm = [node.short_axis_mm for node in truths]
    true_mm += [node.changed(change).short_axis_mm for node in truths]
    pictures = np.concatenate([scanned, grown])
    fences = [
        fence
        for some in np.array_split(pictures, max(len(pictures) // 16, 1))
        for fence in find_fences(enlarged(some))
    ]
    found = sizes_of(measure_all(pictures, spacing_mm=SPACING_MM, trust=ANYTHING))
    return fences, found, np.array(true_mm)


def main():
    """Read once, lay every set of bounds over it, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--patients", type=int, default=40)
    asked.add_argument("--seeds", type=int, nargs="+", default=[21, 22])
    asked = asked.parse_args()
    parts = [readings(asked.patients, seed) for seed in asked.seeds]
    fences = [fence for part in parts for fence in part[0]]
    read_mm, true_mm = (np.concatenate([part[at] for part in parts]) for at in (1, 2))
    off = np.abs(read_mm - true_mm)
    print(f"{asked.patients} synthetic patients each of seeds {asked.seeds}; {len(off)} pictures, "
          "as scanned and 3 mm larger")  # fmt: skip
    print(f"{'bounds':34}{'unread':>8}{'lost':>8}{'named':>8}{'median':>8}{'MAE':>8}{'>1 mm':>8}")
    for name, trust in BOUNDS.items():
        kept = np.array([not fence.doubt(trust) for fence in fences]) & np.isfinite(off)
        good, bad = off <= 0.5, off > 1
        print(
            f"{name:34}{1 - kept.mean():8.1%}{1 - kept[good].mean():8.1%}"
            f"{1 - kept[bad].mean():8.1%}{np.median(off[kept]):8.2f}{off[kept].mean():8.2f}"
            f"{(off[kept] > 1).mean():8.1%}"
        )


if __name__ == "__main__":
    main()
