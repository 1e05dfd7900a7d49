"""What cross-validated runs on real images came to: writes `real_evaluation.md` and `.csv`.

    python -m tests.benchmarks.real_evaluation --data DIR --sts runs/sts \
        --breastmnist runs/breastmnist --out assets/docs

Both runs must have been evaluated (`python train.py evaluate --run RUN`); cohorts come from
`real_cohorts`. Every number is read from the runs' `added/evaluate/` or, for the official split of
breastmnist, from their predictions; nothing is typed in. Paired differences are taken over the
repeats that both rows were judged in.
"""

import argparse
import csv
import os
from pathlib import Path

import pandas as pd

from core.evaluation.classification import FEWEST_EVENTS, auc_interval
from core.evaluation.compare import paired
from core.evaluation.gaps import Gap, gap, picture_adds
from core.evaluation.intervals import Interval
from core.evaluation.report import how_it_was_made, who_wins
from core.evaluation.verdict import read_verdict
from core.run import Run
from tests.benchmarks.real_figures import OURS, official_split

VOLUME = "volume of the whole outline, as it is, not cross-validated"
# of whom the difference is taken, and from whom
ASKED = {
    "sts": (
        ("image_size_shape", "size_shape"),
        ("image_volume", "volume"),
        ("model", "volume"),
        ("image", "volume"),
        ("radiomics", "volume"),
    ),
    "breastmnist": (
        ("model", "pixels_logistic"),
        ("model", "pixels_forest"),
        ("image", "pixels_forest"),
        ("small_cnn", "pixels_forest"),
    ),
}
TITLES = {
    "sts": "Soft-tissue sarcoma (T1-weighted MRI)",
    "breastmnist": "Breast ultrasound (BreastMNIST)",
}
COLUMNS = ("data", "protocol", "row", "minus", "repeats", "n", "positives", "value", "low", "high")


def main(arguments=None):
    """Write both files and print the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sts", type=Path, required=True)
    parser.add_argument("--breastmnist", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=os.environ.get("LYMPHOSCAPE_REAL_DATA"))
    parser.add_argument("--out", type=Path, default=Path("assets/docs"))
    asked = parser.parse_args(arguments)
    runs = {"sts": Run.open(asked.sts), "breastmnist": Run.open(asked.breastmnist)}
    found = {name: evaluated(run) for name, run in runs.items()}
    lines = []
    for name, run in runs.items():
        lines += folded(name, run, found[name])
    lines += volume_alone(Path(asked.data), runs["sts"], found["sts"])
    lines += official(Path(asked.data), runs["breastmnist"])
    text = document(runs, found, lines)
    (asked.out / "real_evaluation.md").write_text(text, encoding="utf-8")
    with (asked.out / "real_evaluation.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rounded(line) for line in lines)
    print(text)


def evaluated(run):
    """The run's verdict, or one clear line."""
    found = read_verdict(run)
    if found is None:
        raise SystemExit(f"{run.name} was not evaluated: python train.py evaluate --run {run.name}")
    return found


def folded(name, run, verdict):
    """AUCs of every row with a score, and the differences asked for."""
    lines = [
        line(name, "folds", each.title, each.auc, verdict, repeats=each.repeats)
        for each in verdict.standings
        if each.auc
    ]
    for pair in ASKED[name]:
        if set(pair) <= set(verdict.by_key):
            found = gap(run, verdict, *pair)
            between = (found.title, found.than, found.difference)
            lines.append(line(name, "folds", *between, verdict, repeats=found.repeats))
    return lines


def volume_alone(data, run, verdict):
    """The tumour's volume as the data set gives it, a score that nothing was fitted for."""
    labels = run.predictions.set_index("patient_id")["label"]
    table = pd.read_csv(data / "sts" / "labels.csv").set_index("patient")
    area = auc_interval(labels.to_numpy(), table.loc[labels.index, "volume_ml"].to_numpy())
    return [line("sts", "folds", VOLUME, area, verdict)]


def official(data, run):
    """The official test split, beside two classifiers of pixels fitted on its training part."""
    labels, rows = official_split(data, run)
    counts = {"n": len(labels), "positives": int(labels.sum())}
    lines = [
        line("breastmnist", "official split", name, auc_interval(labels, scores), **counts)
        for name, scores in rows.items()
    ]
    for name in list(rows)[1:]:
        found = paired(labels, rows[OURS], rows[name]).difference
        lines.append(line("breastmnist", "official split", OURS, name, found, **counts))
    return lines


def line(data, protocol, row, *rest, repeats=0, n=0, positives=0):
    """One line of the table: an AUC, or with `minus` a difference of two."""
    found = [each for each in rest if not isinstance(each, str)]
    minus = next((each for each in rest if isinstance(each, str)), "")
    if len(found) > 1:  # the verdict tells how many patients
        n, positives = found[1].patients, found[1].positives
    counts = {"repeats": repeats or "", "n": n, "positives": positives}
    ends = {"value": found[0].value, "low": found[0].low, "high": found[0].high}
    return {"data": data, "protocol": protocol, "row": row, "minus": minus, **counts, **ends}


def rounded(found):
    """The same with three decimals."""
    return {
        name: f"{each:.3f}" if isinstance(each, float) else each for name, each in found.items()
    }


def document(runs, found, lines):
    """The Markdown of all of it."""
    commands = ["python -m tests.benchmarks.real_cohorts --data DIR --out cohorts"]
    for run in runs.values():
        made = run.settings.as_command(run.manifest.preset)
        commands += [f"{made.replace('--cohort ', '--cohort cohorts/')} --name {run.name}"]
        commands += [run.metrics["auc.cv"]["command"]]
    commands.append(
        "python -m tests.benchmarks.real_evaluation --data DIR "
        f"--sts runs/{runs['sts'].name} --breastmnist runs/{runs['breastmnist'].name}"
    )
    text = [
        "# Models on real images, cross-validated",
        "",
        "Two public data sets, neither of them rectal cancer with outlined lymph nodes: such a set "
        "is not public. Research and teaching only, not for diagnosis. In brackets 95 % intervals "
        "by bootstrap of patients; a difference is taken on the same patients and folds. Every "
        "number is in [real_evaluation.csv](real_evaluation.csv) too.",
        "",
        "```bash",
        *commands,
        "```",
    ]
    for name, verdict in found.items():
        own = [each for each in lines if each["data"] == name]
        text += ["", f"## {TITLES[name]}", "", how_it_was_made(verdict), ""]
        text += [f"**{answer(name, runs[name], verdict, own)}** {who_wins(verdict)}", ""]
        text += few(verdict)
        text += tabled([each for each in own if each["protocol"] == "folds"])
        split = [each for each in own if each["protocol"] != "folds"]
        if split:
            text += [
                "",
                f"On the official split ({split[0]['n']} test patches, {split[0]['positives']} "
                "malignant), each fitted on its training part; the run chose its epoch and "
                "threshold on the validation part:",
                "",
                *tabled(split),
            ]
    return "\n".join(text) + "\n"


def few(verdict):
    """That an outcome has too few patients to judge by."""
    if verdict.positives >= FEWEST_EVENTS:
        return []
    return [
        f"Too few to judge: {verdict.positives} patients with the outcome, {FEWEST_EVENTS} are "
        "needed. What follows is what came out, not what would come out again.",
        "",
    ]


def answer(name, run, verdict, lines):
    """The question that this data set was asked, answered from its differences."""
    found = picture_adds(run, verdict)
    if found is None:
        return ""
    if name == "sts":
        return (
            f"Does the image add anything? “{found.title}” minus “{found.than}”: {found.in_words}"
        )
    splits = [each for each in lines if each["protocol"] == "official split" and each["minus"]]
    least = min(splits, key=lambda each: each["value"])
    ends = Interval(least["value"], least["low"], least["high"])
    split = Gap(least["row"], least["minus"], ends, 0)
    return (
        f"Is it above the pixels? In the folds, minus {found.than}: {found.in_words} "
        f"On the official split, minus {split.than}: {split.in_words}"
    )


def tabled(lines):
    """AUCs, the best first, then the differences, as two Markdown tables."""
    areas = sorted((each for each in lines if not each["minus"]), key=lambda each: -each["value"])
    text = ["| row | AUC | repeats |", "|---|---|---|"]
    for each in areas:
        text.append(f"| {each['row']} | {spelt(each)} | {each['repeats'] or '–'} |")
    text += ["", "| this | minus this | difference of AUC | repeats |", "|---|---|---|---|"]
    for each in lines:
        if each["minus"]:
            text.append(
                f"| {each['row']} | {each['minus']} | {spelt(each, sign='+')} "
                f"| {each['repeats'] or '–'} |"
            )
    return text


def spelt(found, *, sign=""):
    """A value with its interval."""
    return f"{found['value']:{sign}.3f} ({found['low']:{sign}.3f} to {found['high']:{sign}.3f})"


if __name__ == "__main__":
    main()
