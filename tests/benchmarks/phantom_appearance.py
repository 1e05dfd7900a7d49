"""Print the appearance table against the synthetic cohort, and the truth's AUCs against theirs.

    python -m tests.benchmarks.phantom_appearance

The table was measured on published example patches, each scaled to its own 0..1; here the same
quantities are read on the same scale. A row of five quantiles passes when every one of them is
nearer than half of the table's interquartile range, or than the floor given with the row: the
tails of some forty published nodes are not known better than that.
"""

import argparse
import sys

import numpy as np

from core.cohort.phantom import bayes_patient, draw_truth
from core.cohort.phantom.bayes import log_ratio
from tests.benchmarks.phantom_patches import Cut, cut_patches, fat_slope, measure

QUANTILES = (10, 25, 50, 75, 90)
# name of the measure, wanted quantiles, least tolerance
TABLE = (
    ("fat", (0.52, 0.56, 0.61, 0.70, 0.76), 0.08),
    ("node", (0.26, 0.28, 0.33, 0.46, 0.56), 0.08),
    ("node to fat", (0.42, 0.49, 0.57, 0.69, 0.85), 0.10),
    ("fat minus node", (0.11, 0.19, 0.27, 0.32, 0.40), 0.08),
    ("bright rim", (1.08, 1.25, 1.40, 1.75, 1.87), 0.35),
    ("dark rim", (-0.75, -0.56, -0.37, -0.09, 0.08), 0.35),
    ("noise sd", (0.020, 0.022, 0.027, 0.033, 0.043), 0.008),
    ("inside sd", (0.04, 0.06, 0.07, 0.08, 0.11), 0.02),
    ("shading", (0.03, 0.05, 0.07, 0.09, 0.14), 0.03),
    ("large dark to fat", (0.09, 0.15, 0.22, 0.31, 0.37), 0.08),
    ("small dark", (1, 2, 3, 4, 5), 1.0),
    ("small dark to fat", (0.0, 0.06, 0.18, 0.28, 0.39), 0.10),
)
# name, wanted, tolerance: medians or shares
SINGLE = (
    ("edge, px", 2.25, 0.35),
    ("fat texture sd", 0.05, 0.012),
    ("columns at 1 px", 0.79, 0.06),
    ("columns at 2 px", 0.50, 0.08),
    ("columns at 4 px", 0.29, 0.10),
    ("rows at 1 px", 0.84, 0.06),
    ("rows at 2 px", 0.60, 0.08),
    ("rows at 4 px", 0.32, 0.10),
)


def appearance(cuts: list[Cut]) -> list[tuple[str, str, str, str, bool]]:
    """Rows of (quantity, wanted, found, tolerance, verdict)."""
    measured = [measure(cut) for cut in cuts]
    columns = {name: np.array([one[name] for one in measured]) for name in measured[0]}
    rows = []
    for name, wanted, floor in TABLE:
        found = np.nanpercentile(columns[name], QUANTILES)
        tolerance = max(floor, 0.5 * (wanted[3] - wanted[1]))
        passed = bool(np.all(np.abs(found - wanted) <= tolerance + 1e-9))
        rows.append((name, _numbers(wanted), _numbers(found), f"± {tolerance:.3g}", passed))
    for name, single, tolerance in SINGLE:
        middle = float(np.nanmedian(columns[name]))
        passed = abs(middle - single) <= tolerance
        rows.append((name, f"{single:.3g}", f"{middle:.3g}", f"± {tolerance:.3g}", passed))
    for name, share, tolerance in (("large dark", 0.55, 0.10), ("poor", 0.04, 0.03)):
        mean = float(np.mean(columns[name]))
        passed = abs(mean - share) <= tolerance
        rows.append((f"{name}, share", f"{share:.2f}", f"{mean:.2f}", f"± {tolerance}", passed))
    slope = fat_slope(cuts)
    rows.append(("fat power slope", "-2.6", f"{slope:.2f}", "± 0.4", abs(slope + 2.6) <= 0.4))
    return rows


def truth_figures(patients: int, seed: int) -> list[tuple[str, str, str, str, bool]]:
    """The truth's AUCs and rules, on patients drawn without rendering."""
    from sklearn.metrics import roc_auc_score, roc_curve

    people = draw_truth(patients, seed)
    nodes = [node for person in people for node in person.nodes]
    malignant = np.array([node.malignant for node in nodes])
    size = np.array([node.short_axis_mm for node in nodes])
    positive = np.array([person.positive for person in people])
    morphology = log_ratio(nodes, factors=("short_axis_mm", "elongation", "border"))
    false_alarms, hits, _ = roc_curve(malignant, morphology)
    specific = 1 - float(np.interp(0.74, hits, false_alarms))
    counts = np.array([len(person.nodes) for person in people])
    hidden = np.array([person.occult for person in people])[positive].mean()
    figures = (
        ("short axis alone, node AUC", 0.70, 0.76, roc_auc_score(malignant, size)),
        ("> 5 mm, sensitivity", 0.72, 0.78, (size[malignant] > 5).mean()),
        ("> 5 mm, specificity", 0.61, 0.67, (size[~malignant] <= 5).mean()),
        ("size with morphology, specificity at sensitivity .74", 0.76, 0.82, specific),
        ("Bayes, node AUC", 0.88, 0.92, roc_auc_score(malignant, log_ratio(nodes))),
        (
            "Bayes, patient AUC",
            0.87,
            0.92,
            roc_auc_score(positive, [bayes_patient(person) for person in people]),
        ),
        ("short axis, mean, mm", 4.8, 5.2, size.mean()),
        ("short axis, sd, mm", 1.65, 1.95, size.std()),
        ("nodes a patient, mean", 5.6, 6.2, counts.mean()),
        ("nodes a patient, sd", 3.4, 4.2, counts.std()),
        ("occult among N+", 0.04, 0.06, hidden),
    )
    return [
        (name, f"{low} to {high}", f"{value:.3f}", "range", bool(low <= value <= high))
        for name, low, high, value in figures
    ]


def _numbers(values: "tuple[float, ...] | np.ndarray") -> str:
    return " / ".join(f"{value:.3g}" for value in values)


def main() -> int:
    """Print both tables; exit code 1 when a row is out of tolerance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patches", type=int, default=600)
    parser.add_argument("--patients", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    cuts = cut_patches(max(12, asked.patches), asked.seed, asked.patches)
    rows = appearance(cuts) + truth_figures(asked.patients, asked.seed + 10)
    wide = max(len(row[0]) for row in rows)
    print(f"{len(cuts)} patches, {asked.patients} patients' truth, seed {asked.seed}")
    for name, wanted, found, tolerance, passed in rows:
        verdict = "ok" if passed else "OUT"
        print(f"{name:{wide}}  {wanted:38}  {found:38}  {tolerance:9}  {verdict}")
    return int(not all(row[-1] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
