"""What the shipped run knows, goal by goal, what was tried, and what limits it: as a document.

    python -m tests.benchmarks.knowing_limits --run assets/demo --out assets/docs/knowing_limits.md

Every number of it comes from the run's `metrics.json` or from a table in `assets/docs`; nothing is
trained. A test holds the shipped document to what this writes, so after a change of either it is
written anew.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from core.run import Run
from tests.benchmarks.knowing_beyond import REGRET, beyond, image, own_head, slices, spelt
from tests.benchmarks.retrained import in_words, on_fresh
from tests.benchmarks.seeds import over_trainings
from tests.benchmarks.trained_twice import twice

DOCS = Path(__file__).parents[2] / "assets" / "docs"
PLAIN, PAPER = "all of it (the default)", "the paper's network and loss"
OUTLINE, UNNAMED = "without the outline", "without named dimensions"
STILL, STIFF = (
    "unnamed dimensions held still like the named",
    "without turning, zooming, stretching",
)
FACTORS = {
    "short_axis": ("short axis", 0.95),
    "elongation": ("elongation", 0.95),
    "signal": ("signal", 0.95),
    "texture": ("texture", 0.85),
    "border": ("border", 0.85),
}
WEAK = ("signal", "texture", "border")
INTERP = {"score": 0.90, "sap": 0.80, "scc": 0.94, "modularity": 0.90}


def told(reached):
    """Whether a goal was reached, in words; None where nobody can say."""
    return {True: "**reached**", False: "not reached", None: "cannot be said"}[reached]


def goals(figures, ablation, *, latent):
    """One line a goal of GOALS.md section 1: ID, reached figure, goal, whether it was reached."""

    def value(key):
        return figures[key]["value"] if key in figures else None

    def line(key, goal, reached, *, note=""):
        known = told(None if value(key) is None else reached(value(key)))
        digits = 0 if key == "latent.active_units" else 3
        return f"| `{key}` | {spelt(figures.get(key), digits)} | {goal} | {known}{note} |"

    yield line("recon.ssim_of_ceiling", "0.95", lambda x: x >= 0.95)
    rows = ablation.set_index("what")
    for name, better in (("ssim", 1), ("psnr", 1), ("mae", -1)):
        own, paper = rows.loc[PLAIN, name], rows.loc[PAPER, name]
        reached = better * (own - paper) > 0
        epochs = " and ".join(f"{rows.loc[one, 'epochs']:.0f}" for one in (PLAIN, PAPER))
        note = f": {own:.3g} against {paper:.3g}, validation patients, after {epochs} epochs"
        yield (
            f"| `recon.{name}` | {spelt(figures.get(f'recon.{name}'))} | better than the paper "
            f"preset's | {told(reached)}{note} |"
        )
    for name, (_, share) in FACTORS.items():
        key, top = f"r2.{name}", value(f"r2.{name}_ceiling")
        goal, note = f"{share} of the pixels' ceiling", ""
        if top is None:
            pixels = value(f"{key}_pixels")
            note = "" if pixels is None else f": the readers of pixels read {pixels:.3f}, less"
            yield f"| `{key}` | {spelt(figures.get(key))} | {goal} | {told(None)}{note} |"
        else:
            yield line(key, goal, lambda x, top=top, share=share: x >= share * top,
                       note=f": ceiling {top:.3f}")  # fmt: skip
    for name, reach in INTERP.items():
        for of, said in (("", "as measured"), ("_true", "the true factors")):
            yield line(f"interp.{name}{of}", f"{reach:.2f}, attributes {said}",
                       lambda x, reach=reach: x >= reach)  # fmt: skip
    yield line("latent.active_units", "half of the dimensions", lambda x: x >= latent / 2)
    best = value("auc.node_truth_best")
    share = value("auc.node_truth") / best
    yield line("auc.node_truth", f"0.90 of the best possible, {best:.3f}",
               lambda x: x >= 0.90 * best, note=f": {share:.3f} of it")  # fmt: skip
    yield line("auc.fresh", f"0.05 below the best possible, {value('auc.fresh_best'):.3f}",
               lambda x: x >= value("auc.fresh_best") - 0.05)  # fmt: skip
    for number, reach in REGRET.items():
        served = ["", " as served"][number == "168"]
        key = f"regret.{number}" if served else f"regret.{number}_own"
        yield line(key, f"{reach:g}{served}", lambda x, reach=reach: x <= reach)
    for key in ("gain.over_size", "gain.over_clinical", "gain.image_over_clinical",
                "gain.over_measures"):  # fmt: skip
        low = figures.get(key, {}).get("low")
        yield line(key, "above 0, with its interval", lambda x, low=low: low > 0)
    yield line("calib.ece", "0.05", lambda x: x <= 0.05)
    for side in ("positive", "negative"):
        yield line(f"conformal.coverage_{side}.cohorts", "within 0.02 of 0.90",
                   lambda x: abs(x - 0.90) <= 0.02)  # fmt: skip
    for key in ("optimism.auc", "optimism.auc_inside"):
        known = "measured" if key in figures else "cannot be said"
        yield f"| `{key}` | {spelt(figures.get(key))} | measured, whatever it is | {known} |"


def limits(figures, ablation, seeds, distance, retrained):
    """What was tried and what limits each, one bullet each."""
    rows = ablation.set_index("what")
    plain = rows.loc[PLAIN]

    def value(key):
        return figures[key]["value"]

    yield (
        f"**Likeness: capacity, and what a code with meaning costs; not noise.** The noise-free "
        f"patch itself reaches {value('recon.ssim_ceiling'):.3f}, so noise leaves room. Without "
        f"named dimensions SSIM is {rows.loc[UNNAMED, 'ssim']:.3f} instead of "
        f"{plain['ssim']:.3f} after the same epochs, and single dimensions then mean nothing "
        f"(interpretability {rows.loc[UNNAMED, 'interpretability']:.2f} instead of "
        f"{plain['interpretability']:.2f}). Twice the dimensions: "
        f"{rows.loc['128 dimensions', 'ssim']:.3f}. The paper's network and loss after "
        f"{rows.loc[PAPER, 'epochs']:.0f} epochs: {rows.loc[PAPER, 'ssim']:.3f}; its "
        f"{rows.loc[PAPER, 'active']:.0f} dimensions know "
        f"{rows.loc[PAPER, 'probe_short_axis_mm']:.2f} of size and "
        f"{rows.loc[PAPER, 'probe_elongation']:.2f} of elongation, ours "
        f"{plain['probe_short_axis_mm']:.2f} and {plain['probe_elongation']:.2f}."
    )
    yield (
        f"**Shape: {_known(figures, 'elongation')}** The outline tells it: measured elongation "
        f"alone knows {value('r2.elongation_ruler'):.2f} of the true one, the code "
        f"{value('r2.elongation'):.2f}. {_off_the_pixels(figures, 'elongation')} Drawing the "
        "outline from the picture is what brought the code there (validation patients, 40 "
        f"epochs: {plain['probe_elongation']:.2f} with it, "
        f"{rows.loc[OUTLINE, 'probe_elongation']:.2f} without); unnamed dimensions held as still "
        f"as the named take it away again ({rows.loc[STILL, 'probe_elongation']:.2f})."
    )
    yield (
        "**Signal, texture and border: readers find little in the picture.** The measured columns "
        f"know {value('r2.signal_ruler'):.2f} of the true signal, {value('r2.texture_ruler'):.2f} "
        f"of the texture and {value('r2.border_ruler'):.2f} of the border; off the pixels "
        f"{', '.join(_pixels(figures, name) for name in WEAK)} are read; by the code "
        f"{', '.join(format(value(f'r2.{name}'), '.2f') for name in WEAK)}. The border is in the "
        f"outline more than in the picture. {_less_than_pixels(figures)}"
    )
    yield (
        "**Single dimensions: not settled.** Five trainings of `demo` reach "
        f"{_over(seeds, 'interp.score')} against measured attributes and "
        f"{_over(seeds, 'interp.score_true')} against the true factors, so it is no accident of "
        f"one seed. Weighing attributes four times as much gives "
        f"{rows.loc['attributes weighed 400 instead of 100', 'interpretability']:.2f} instead of "
        f"{plain['interpretability']:.2f} and costs SSIM "
        f"({rows.loc['attributes weighed 400 instead of 100', 'ssim']:.3f}). A dimension cannot "
        "say more of an attribute than the code knows of it, which the lines above bound."
    )
    yield (
        "**New patients: what the code does not hold, more than how few taught the head.** A head "
        "on codes and T stage stays "
        f"{value('regret.168_head'):.3f} below the best possible with 168 patients and "
        f"{value('regret.2000'):.3f} with 2,000; the run as served, which also reads every "
        f"lesion's measures, {value('regret.168'):.3f}. {own_head(figures)} The autoencoder "
        "learned from the run's own patients throughout; one taught by 2,000 was not trained."
    )
    yield (
        "**Kinds of head.** On codes for all, cross-validated: the penalised logistic head "
        f"{value('auc.logistic'):.3f}; taught the order of stages {value('auc.ordinal'):.3f}; told "
        f"distances to the tumour {value('auc.distance'):.3f} (each within chance of the first). "
        f"What distance can bring at most, with true factors and metastases 4 mm nearer, is "
        f"{_gain(distance):+.3f}; no network was trained on such a cohort."
    )
    yield from image(figures)
    yield from beyond(figures)
    inside = figures.get("auc.cv_inside")
    told = (
        "is not measured for this run (`evaluate --vae-inside 1`): five trainings of its length"
        if inside is None
        else f"gives an AUC of {spelt(inside)}"
    )
    yield (
        f"**The autoencoder trained anew inside every fold** {told}; here it stays, having seen "
        "the pictures, never the outcomes, of the patients it was trained on. Of shorter runs it "
        f"is measured ([retrained.csv](retrained.csv)): {in_words(retrained)}. "
        f"{on_fresh(retrained)} The shipped run's own figures are of its one training; over five "
        f"trainings of `demo` the AUC of held-out patients is {_over(seeds, 'auc.test')}, about 34 "
        "patients each."
    )
    yield (
        "**What loses with the default.** Without turning, zooming and stretching there would be "
        f"more texture (R² of heterogeneity {rows.loc[STIFF, 'probe_heterogeneity']:.2f} instead "
        f"of {plain['probe_heterogeneity']:.2f}) and likeness (SSIM {rows.loc[STIFF, 'ssim']:.3f} "
        f"instead of {plain['ssim']:.3f}); they are kept for elongation "
        f"({plain['probe_elongation']:.2f} instead of {rows.loc[STIFF, 'probe_elongation']:.2f}). "
        "One seed each, so small differences say nothing."
    )


def document(figures, *, latent, ablation, seeds, distance, retrained, more=()):
    """The whole document."""
    return "\n".join(
        (
            "# What the model knows, goal by goal",
            "",
            "What the shipped run reached of what it was meant to know, what was tried, and what "
            "limits it.",
            "Synthetic patients throughout. Research and teaching only.",
            "",
            "```",
            "python -m tests.benchmarks.knowing_limits --run assets/demo --out "
            "assets/docs/knowing_limits.md",
            "```",
            "",
            "writes this page from the run's `metrics.json`, which holds each figure's command, n "
            "and definition,",
            "and from [ablation.csv](ablation.csv), [seeds.csv](seeds.csv), "
            "[retrained.csv](retrained.csv) and [tumour_distance.csv](tumour_distance.csv). In "
            "brackets 95 % intervals.",
            "",
            "| figure | this run | goal | |",
            "|---|---|---|---|",
            *goals(figures, ablation, latent=latent),
            "",
            "## What was tried, and what limits it",
            "",
            *(
                f"- {each}"
                for each in (*limits(figures, ablation, seeds, distance, retrained), *more)
            ),
            "",
        )
    )


def written(run):
    """The document of a run, from what lies beside it."""
    names = ("ablation", "seeds", "tumour_distance", "retrained")
    ablation, seeds, distance, retrained = (pd.read_csv(DOCS / f"{name}.csv") for name in names)
    return document(
        run.metrics,
        latent=run.settings.vae.latent,
        ablation=ablation,
        seeds=seeds,
        distance=distance,
        retrained=retrained,
        more=(*slices(run), twice(DOCS / "trained_twice.csv")),
    )


def _known(figures, name):
    if f"r2.{name}_ceiling" in figures:
        return "the code, not the pixels."
    return "what limits it is not known."


def _less_than_pixels(figures):
    """Of which weak factors the code holds less than a reader finds in the pixels."""
    below = [FACTORS[name][0] for name in WEAK if f"r2.{name}_ceiling" in figures]
    if not below:
        return "Of none does the code hold less than can be read off the pixels."
    return (
        f"Of {' and '.join(below)} the code holds less than can be read off the pixels, so there "
        "it is the code."
    )


def _off_the_pixels(figures, name):
    read = _pixels(figures, name)
    if f"r2.{name}_ceiling" in figures:
        return f"The better of two readers of the pixels alone reads {read}."
    return (
        "The better of two readers of the pixels alone (a network told the true factors, with the "
        "same patients and at most two minutes; the ruler that finds the outline in the picture) "
        f"reads {read}: less than the code, so it is no ceiling, and what pixels allow is open."
    )


def _pixels(figures, name):
    key = f"r2.{name}_ceiling" if f"r2.{name}_ceiling" in figures else f"r2.{name}_pixels"
    return f"{figures[key]['value']:.2f}"


def _over(seeds, column):
    mean, low, high = over_trainings(seeds[column])
    return f"{mean:.2f} ({low:.2f} to {high:.2f})"


def _gain(distance):
    cell = distance[(distance["nearer_mm"] == 4) & (distance["patients"] == 168)]
    return float((cell["auc_with"] - cell["auc_without"]).mean())


def main(arguments):
    """Write the document; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished run")
    parser.add_argument("--out", type=Path, required=True, help="where the document goes")
    options = parser.parse_args(arguments)
    options.out.write_text(written(Run.open(options.run)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
