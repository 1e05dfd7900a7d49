"""The ablation as a page, the ruler's floor and the pixels' ceiling beside it.

    python -m tests.benchmarks.ablation_table --run assets/demo --out assets/docs/ablation.md

Rows come from `ablation.csv` beside the page (`tests.benchmarks.ablation`), the floor and the
ceiling from the run's `metrics.json` (`python train.py evaluate --run RUN --fresh 1000 --ceiling`).
"""

import argparse
from pathlib import Path

import pandas as pd

from core.run import Run

COLUMNS = {
    "ssim": "SSIM",
    "psnr": "PSNR, dB",
    "probe_short_axis_mm": "size",
    "probe_elongation": "elongation",
    "probe_contrast": "contrast",
    "probe_heterogeneity": "heterogeneity",
    "probe_irregularity": "irregularity",
    "interpretability": "interpretability",
    "kl": "KL, nats",
    "active": "active",
}
FACTORS = {
    "short_axis": "size",
    "elongation": "elongation",
    "signal": "signal",
    "texture": "texture",
    "border": "border",
}
READERS = {"": "the code", "_ruler": "measured off outline and scan", "_ceiling": "the pixels"}
TEXT = """# What helps the latent space

Each row leaves one part out, or weighs it otherwise; {epochs} epochs each, one seed, judged on
validation patients. R² of the attributes as they are measured, by a ridge probe on the codes.
Interpretability is that of single dimensions. No row is best at everything; the default is kept for
shape and for single dimensions that mean something, and is not the one that draws best. One seed
each, so small differences say nothing. Synthetic patients; research and teaching only.

```
python -m tests.benchmarks.ablation --run RUN --out assets/docs/ablation.csv --epochs {epochs}
python -m tests.benchmarks.ablation_table --run assets/demo --out assets/docs/ablation.md
```

{rows}

Beside it, what can be known at all: R² of the **true** factors on fresh patients, by the shipped
run's code, by what is measured off outline and scan (the ruler's floor), and off the pixels by
whichever reads more, a network that was told the true factors of the training patients for at
most two minutes or the half-maximum contour. Where the pixels read less than the code they are no
ceiling.

{readers}
"""


def rows(table):
    """A line of the table for every row of the ablation."""
    lines = [line(["what", *COLUMNS.values()]), "|---" * (len(COLUMNS) + 1) + "|"]
    for _, row in table.iterrows():
        lines.append(line([row["what"], *(f"{row[one]:.3g}" for one in COLUMNS)]))
    return "\n".join(lines)


def readers(metrics):
    """A line for every reader of the true factors."""
    lines = [line(["read by", *FACTORS.values()]), "|---" * (len(FACTORS) + 1) + "|"]
    for suffix, title in READERS.items():
        cells = []
        for factor in FACTORS:
            names = (f"r2.{factor}{suffix}", f"r2.{factor}_pixels" if suffix == "_ceiling" else "")
            found = next((metrics[name] for name in names if name in metrics), None)
            cells.append(f"{found['value']:.3f}" if found else "-")
        lines.append(line([title, *cells]))
    return "\n".join(lines)


def line(cells):
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def document(run, table):
    """The page."""
    epochs = int(table["epochs"].iloc[0])
    return TEXT.format(epochs=epochs, rows=rows(table), readers=readers(run.metrics))


def main():
    """Write the page."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--run", type=Path, required=True)
    asked.add_argument("--out", type=Path, required=True)
    asked = asked.parse_args()
    table = pd.read_csv(asked.out.with_suffix(".csv"))
    asked.out.write_text(document(Run.open(asked.run), table), encoding="utf-8")


if __name__ == "__main__":
    main()
