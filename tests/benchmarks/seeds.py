"""Over how many trainings a figure holds: one preset trained from several seeds.

    python -m tests.benchmarks.seeds --settings demo --out assets/docs/seeds.csv

Every seed deals the patients anew and starts from other weights; runs that are finished are not
trained again. Each is measured on its own test patients: what training itself measures and, since
the cohort is synthetic, single dimensions against the true factors and reconstructions against
noise-free patches. Printed as Markdown: the mean over trainings with Student's 95 % interval over
trainings, and the least and the most of them. The CSV holds one row a training.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from core.cohort.source import ready_cohort
from core.evaluation.figures import Stamp
from core.evaluation.own_truth import truth_figures
from core.progress import on_terminal
from core.run import Run
from core.settings import Settings
from core.training.record import commit
from core.training.road import train

SHOWN = (
    *(f"interp.{name}{of}" for of in ("", "_true") for name in ("score", "sap", "scc")),
    "interp.modularity",
    "interp.modularity_true",
    "recon.ssim",
    "recon.psnr",
    "recon.mae",
    "recon.ssim_ceiling",
    "recon.ssim_of_ceiling",
    "recon.size_median_mm",
    "recon.size_bias_mm",
    "latent.active_units",
    "latent.kl",
    "auc.test",
    "auc.short_axis.test",
)


def main():
    options = _options().parse_args()
    found = []
    for seed in range(1, options.seeds + 1):
        run = trained(options, seed)
        found.append({"preset": options.settings, "seed": seed, **figures_of(run)})
        print(found[-1], flush=True)
        pd.DataFrame(found).to_csv(options.out, index=False, float_format="%.5g")
    print(markdown(pd.DataFrame(found)))


def trained(options, seed):
    """The run of one seed, trained unless it is there."""
    settings = Settings.preset(options.settings).model_copy(update={"seed": seed})
    training = settings.training.model_copy(update={"threads": options.threads})
    settings = settings.model_copy(update={"training": training})
    with on_terminal() as progress:
        return train(
            settings,
            ready_cohort(settings.cohort, progress=progress),
            out=options.runs,
            name=f"{options.settings}-seed-{seed}",
            preset=options.settings,
            device=options.device,
            progress=progress,
            report=print,
        )


def figures_of(run: Run):
    """What training measured, and what the truth adds, by the figures' names."""
    known = {name: entry["value"] for name, entry in run.metrics.items()}
    stamp = Stamp.now(
        "python -m tests.benchmarks.seeds", seeds=(run.manifest.seed,), commit=commit()
    )
    known |= {figure.id: figure.value for figure in truth_figures(run, stamp)}
    return {name: known[name] for name in SHOWN if name in known}


def markdown(table):
    """Every figure's mean over trainings with its interval."""
    lines = [
        f"| figure | mean of {len(table)} trainings | 95 % interval | least | most |",
        "|---" * 5 + "|",
    ]
    for name in SHOWN:
        if name not in table:
            continue
        mean, low, high = over_trainings(table[name])
        least, most = table[name].min(), table[name].max()
        lines.append(
            f"| {name} | {mean:.3f} | {low:.3f} to {high:.3f} | {least:.3f} | {most:.3f} |"
        )
    return "\n".join(lines)


def over_trainings(column):
    """A figure's mean over trainings and Student's 95 % interval of it."""
    values = column.dropna().to_numpy()
    mean, half = values.mean(), np.nan
    if len(values) > 1:
        half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return mean, mean - half, mean + half


def _options():
    options = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.seeds", description=__doc__.split("\n")[0]
    )
    options.add_argument("--settings", default="demo", help="a preset [demo]")
    options.add_argument("--seeds", type=int, default=5, help="how many trainings [5]")
    options.add_argument(
        "--runs", type=Path, default=Path("runs"), help="where the runs lie [runs]"
    )
    options.add_argument("--out", type=Path, required=True, help="CSV that is written")
    options.add_argument("--threads", type=int, default=0)
    options.add_argument("--device", default="auto")
    return options


if __name__ == "__main__":
    main()
