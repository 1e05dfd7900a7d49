"""How well the ruler reads the phantom's true sizes: the floor of everything it measures.

    python -m tests.benchmarks.ruler [--patients 60] [--seed 5] [--write]

`--write` keeps what it prints as `assets/docs/ruler.md`.

Nodes are drawn as the scanner shows them, then free of noise, then 3 mm larger (same
surroundings, same noise); the truth is the short axis they were drawn with. Outlines in the
picture are displaced against the mask by the scanner's chemical shift, which the ruler sees and
the mask does not. No network takes part.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from core.cohort.node import measure_node
from core.cohort.phantom import Change, draw_patient, draw_truth, render_node
from core.growth.measure import measure_all

SPACING_MM = (0.573, 0.573)
GROWN_MM = 3.0
BANDS_MM = ((2, 4), (4, 6), (6, 8), (8, 15))
FACTORS = {"elongation": "elongation", "border": "border", "heterogeneity": "texture",
           "signal": "signal"}  # fmt: skip

WHERE = Path(__file__).parents[2] / "assets" / "docs" / "ruler.md"
DOCUMENT = """# What the ruler can read: the floor of every size in millimetres

Growth, Dials and the trial of all ways measure pictures with one ruler, the half-maximum contour
(`core/growth/measure.py`). Here it reads synthetic nodes whose size is known, as the scanner shows
them; no network takes part. Nobody who is judged by this ruler could do better.

```
{told}
```

`failed`: the contour is not found, or is no closed line round the middle; a sentence on the page
says so. `median`: of the differences, `|median|` of their magnitudes, `MAE` their mean, `>1 mm`
how many are off by more, `r` the correlation. "Drawn 3 mm larger" is the same node with the same
surroundings and noise; its gain is read less exactly than a size, which is why growth of a single
node is never read more exactly than this.

```
{command} --write
```
"""


def draw(patients, seed):
    """Patches of every node on at least 5 pixels: as scanned, noise-free, grown; and the truth."""
    scanned, clean, grown, masks, truths = [], [], [], [], []
    for truth in draw_truth(patients, seed):
        patient = draw_patient(truth)
        for node in truth.nodes:
            picture, mask = render_node(patient, node.label)
            if mask.sum() < 5 or picture.shape != (32, 32):
                continue
            white = np.percentile(picture, 99.5)
            larger, _ = render_node(patient, node.label, change=Change(short_axis_mm=GROWN_MM))
            plain, _ = render_node(patient, node.label, noise=False)
            scanned.append(picture / white)
            grown.append(larger / white)
            clean.append(plain / white)
            masks.append(mask)
            truths.append(node)
    stacks = (np.clip(pictures, 0, 1).astype(np.float32) for pictures in (scanned, clean, grown))
    return (*stacks, masks, truths)


def line(name, read_mm, true_mm):
    """One row of the table."""
    wrong = (read_mm - true_mm)[np.isfinite(read_mm)]
    if len(wrong) < 2:
        return f"{name:34}{len(read_mm):6}        -"
    known = np.isfinite(read_mm)
    tied = np.corrcoef(read_mm[known], true_mm[known])[0, 1]
    return (
        f"{name:34}{len(read_mm):6}{1 - known.mean():8.1%}{np.median(wrong):+9.2f}"
        f"{np.median(np.abs(wrong)):9.2f}{np.abs(wrong).mean():8.2f}"
        f"{(np.abs(wrong) > 1).mean():8.1%}{tied:7.2f}"
    )


def main():
    """Draw, read, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--patients", type=int, default=60)
    asked.add_argument("--seed", type=int, default=5)
    asked.add_argument("--write", action="store_true")
    asked = asked.parse_args()
    scanned, clean, grown, masks, truths = draw(asked.patients, asked.seed)
    true_mm = np.array([node.short_axis_mm for node in truths])
    grown_mm = np.array(
        [node.changed(Change(short_axis_mm=GROWN_MM)).short_axis_mm for node in truths]
    )
    masked_mm = np.array([measure_node(m, spacing_mm=SPACING_MM).short_axis_mm for m in masks])
    started = time.process_time()
    found = measure_all(scanned, spacing_mm=SPACING_MM)
    each_ms = 1e3 * (time.process_time() - started) / len(scanned)
    read = {"as scanned": found, "free of noise": measure_all(clean, spacing_mm=SPACING_MM)}
    sizes = {name: sizes_of(found) for name, found in read.items()}
    larger = sizes_of(measure_all(grown, spacing_mm=SPACING_MM))
    told = [
        f"{asked.patients} synthetic patients, seed {asked.seed}; mm; {each_ms:.1f} ms CPU a patch",
        f"{'short axis against the truth':34}{'n':>6}{'failed':>8}{'median':>9}{'|median|':>9}"
        f"{'MAE':>8}{'>1 mm':>8}{'r':>7}",
        *(line(name, size, true_mm) for name, size in sizes.items()),
    ]
    for low, high in BANDS_MM:
        band = (true_mm >= low) & (true_mm < high)
        name = f"  as scanned, {low} to {high} mm"
        told.append(line(name, sizes["as scanned"][band], true_mm[band]))
    told.append(line(f"drawn {GROWN_MM:g} mm larger", larger, grown_mm))
    gained = larger - sizes["as scanned"]
    told.append(line("  gain read against gain drawn", gained, grown_mm - true_mm))
    told.append(line("against the mask's own short axis", sizes["as scanned"], masked_mm))
    told.append("correlation with the true factor, as scanned / free of noise (the floor):")
    for factor, reading in FACTORS.items():
        both = [tied(found, truths, factor, reading) for found in read.values()]
        told.append(f"  {factor:16}{both[0]:6.2f} /{both[1]:5.2f}")
    print("\n".join(told))
    if asked.write:
        command = (
            f"python -m tests.benchmarks.ruler --patients {asked.patients} --seed {asked.seed}"
        )
        text = DOCUMENT.format(command=command, told="\n".join(told))
        WHERE.write_text(text, encoding="utf-8")


def sizes_of(found):
    """Short axes, NaN where the ruler failed."""
    return np.array([one.short_axis_mm if one else np.nan for one in found])


def tied(found, truths, factor, reading):
    """Correlation of a reading with the factor the node was drawn with."""
    pairs = [
        (getattr(one, reading), getattr(node, factor))
        for one, node in zip(found, truths, strict=True)
        if one
    ]
    return np.corrcoef(np.array(pairs).T)[0, 1]


if __name__ == "__main__":
    main()
