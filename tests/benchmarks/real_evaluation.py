"""What cross-validated runs on real images came to: writes `real_evaluation.md` and `.csv`.

    python -m tests.benchmarks.real_evaluation --data DIR --sts runs/sts \
        --breastmnist runs/breastmnist --out assets/docs

Cohorts come from `real_cohorts`; the runs should have been evaluated (`python train.py evaluate
--run RUN`), and one that was not says so. Every number is read from the runs' `added/evaluate/` or,
for the official split of breastmnist, from their predictions; nothing is typed in. Paired
differences are taken over the repeats that both rows were judged in. A data set whose run is not
given keeps what stands in the document of it.
"""

import argparse
import csv
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from core.evaluation.classification import FEWEST_EVENTS, auc_interval
from core.evaluation.compare import paired
from core.evaluation.gaps import Gap, gap, picture_adds
from core.evaluation.intervals import Interval
from core.evaluation.report import how_it_was_made, who_wins
from core.evaluation.verdict import read_verdict
from core.run import Run
from dashboard import adding
from tests.benchmarks.real_figures import OURS, official_split

VOLUME = "Volume of the whole outline, as it is, not cross-validated"
FOLDS, SPLIT = "folds", "official split"
# whose AUC less whose
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
    "sts": "Soft-tissue sarcoma (T1-weighted MRI): lung metastasis",
    "breastmnist": "Breast ultrasound (BreastMNIST): malignancy",
}
PREFACE = (
    "Two public data sets, neither of them rectal cancer with outlined lymph nodes: such a set is "
    "not public. Research and teaching only, not for diagnosis. In brackets 95 % intervals by "
    "bootstrap of patients; differences are of the same patients. Every number is in "
    "[real_evaluation.csv](real_evaluation.csv) too."
)


@dataclass(frozen=True)
class Line:
    """One line of the table: a row's AUC, or with `minus` its AUC less that of another."""

    data: str
    protocol: str
    row: str
    minus: str
    repeats: int
    n: int
    positives: int
    value: float
    low: float
    high: float


def main(arguments=None):
    """Write both files and print the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sts", type=Path)
    parser.add_argument("--breastmnist", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("LYMPHOSCAPE_REAL_DATA"))
    parser.add_argument("--out", type=Path, default=Path("assets/docs"))
    asked = parser.parse_args(arguments)
    places = {name: getattr(asked, name) for name in TITLES}
    data, runs = Path(asked.data), {name: Run.open(at) for name, at in places.items() if at}
    paths = asked.out / "real_evaluation.md", asked.out / "real_evaluation.csv"
    before = Before(*(path.read_text(encoding="utf-8") if path.is_file() else "" for path in paths))
    lines = []
    for name in TITLES:
        if name not in runs:
            lines += before.lines(name)
            continue
        lines += folded(name, runs[name])
        lines += (volume_alone if name == "sts" else official)(data, runs[name])
    text = document(runs, lines, before)
    paths[0].write_text(text, encoding="utf-8")
    with paths[1].open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [each.name for each in fields(Line)], lineterminator="\n")
        table.writeheader()
        table.writerows(rounded(each) for each in lines)
    print(text)


@dataclass(frozen=True)
class Before:
    """The document and the table as they stand."""

    text: str
    table: str

    def lines(self, name):
        """The table's lines of a data set."""
        return [
            Line(
                **{**one, **{key: int(one[key]) for key in ("repeats", "n", "positives")}}
                | {key: float(one[key]) for key in ("value", "low", "high")}
            )
            for one in csv.DictReader(self.table.splitlines())
            if one["data"] == name
        ]

    def commands(self, name):
        """How its run was made and judged."""
        block = self.text.partition("```bash\n")[2].partition("```")[0]
        own = (f"--name {name}", f"--run {name} ")
        return [each for each in block.splitlines() if any(word in f"{each} " for word in own)]

    def section(self, name):
        """What stands below its heading."""
        return self.text.partition(f"## {TITLES[name]}\n")[2].partition("\n## ")[0].strip()


def rounded(line):
    """A line's fields, its numbers with three decimals as the document has them."""
    told = asdict(line).items()
    return {key: f"{one:.3f}" if isinstance(one, float) else one for key, one in told}


def folded(name, run):
    """AUCs of every row of the cross-validation that has a score, and the differences asked for."""
    verdict = read_verdict(run)
    if verdict is None:
        return
    who = {"n": verdict.patients, "positives": verdict.positives}
    for each in verdict.standings:
        if each.auc:
            yield Line(name, FOLDS, each.title, "", each.repeats, **who, **asdict(each.auc))
    for pair in ASKED[name]:
        if set(pair) <= set(verdict.by_key):
            one = gap(run, verdict, *pair)
            ends = asdict(one.difference)
            yield Line(name, FOLDS, one.title, one.than, one.repeats, **who, **ends)


def volume_alone(data, run):
    """The tumour's volume as the data set gives it, a score that nothing was fitted for."""
    labels = run.predictions.set_index("patient_id")["label"]
    table = pd.read_csv(data / "sts" / "labels.csv").set_index("patient")
    area = auc_interval(labels.to_numpy(), table.loc[labels.index, "volume_ml"].to_numpy())
    yield Line("sts", FOLDS, VOLUME, "", 0, len(labels), int(labels.sum()), **asdict(area))


def official(data, run):
    """The official test split, beside two classifiers of pixels fitted on its training part."""
    labels, rows = official_split(data, run)
    who = {"repeats": 0, "n": len(labels), "positives": int(labels.sum())}
    for name, scores in rows.items():
        yield Line("breastmnist", SPLIT, name, "", **who, **asdict(auc_interval(labels, scores)))
    for name in list(rows)[1:]:
        ends = asdict(paired(labels, rows[OURS], rows[name]).difference)
        yield Line("breastmnist", SPLIT, OURS, name, **who, **ends)


def document(runs, lines, before):
    """The Markdown of all of it."""
    commands = ["python -m tests.benchmarks.real_cohorts --data DIR --out cohorts"]
    for name in TITLES:
        if name not in runs:
            commands += before.commands(name)
            continue
        run = runs[name]
        made = run.settings.as_command(run.manifest.preset)
        commands.append(f"{made.replace('--cohort ', '--cohort cohorts/')} --name {run.name}")
        if "auc.cv" in run.metrics:
            commands.append(run.metrics["auc.cv"]["command"])
    named = " ".join(f"--{name} runs/{name}" for name in TITLES)
    commands.append(f"python -m tests.benchmarks.real_evaluation --data DIR {named}")
    text = ["# Models on real images, judged", "", PREFACE, "", "```bash", *commands, "```"]
    for name in TITLES:
        if name not in runs:
            text += ["", f"## {TITLES[name]}", "", before.section(name), ""]
            continue
        run, own = runs[name], [each for each in lines if each.data == name]
        text += ["", f"## {TITLES[name]}", "", *judged(run)]
        for protocol, told in ((FOLDS, answer(run)), (SPLIT, answer_of_split(own))):
            part = [each for each in own if each.protocol == protocol]
            if part:
                text += [told, "", *tabled(part), ""]
    return "\n".join(text).rstrip() + "\n"


def judged(run):
    """How the folds were made, and whether there are enough patients to judge by."""
    verdict = read_verdict(run)
    if verdict is None:
        return [f"Not cross-validated: `python train.py evaluate --run {run.name}` does it.", ""]
    said = [how_it_was_made(verdict), ""]
    if verdict.positives < FEWEST_EVENTS:
        said += [
            f"Too few to judge: {verdict.positives} patients with the outcome, {FEWEST_EVENTS} are "
            "needed. This is what came out, and not what would come out again.",
            "",
        ]
    return said


def answer(run):
    """Whether the picture adds anything, from the folds."""
    verdict = read_verdict(run)
    found = picture_adds(run, verdict) if verdict else None
    if found is None:
        return ""
    asked = adding.asks(found, verdict)
    said = [(asked, found)]
    pair = ("image_volume", "volume")
    if set(pair) <= set(verdict.by_key):
        said.insert(0, ("Does the picture add anything to volume?", gap(run, verdict, *pair)))
    told = [f"**{ask} {one.in_words}** “{one.title}” minus “{one.than}”." for ask, one in said]
    return " ".join([*told, who_wins(verdict)])


def answer_of_split(lines):
    """Whether the run is above the better classifier of pixels on the official split."""
    splits = [each for each in lines if each.protocol == SPLIT and each.minus]
    if not splits:
        return ""
    least = min(splits, key=lambda each: each.value)
    found = Gap(least.row, least.minus, Interval(least.value, least.low, least.high), 0)
    return (
        f"**On the official split, does it do better than the pixels? {found.in_words}** "
        f"“{found.title}” minus “{found.than}”, {least.n} test patches, {least.positives} of them "
        "malignant; each was fitted on the official training part, and the run chose epoch and "
        "threshold on the validation part."
    )


def tabled(lines):
    """AUCs, the best first, then the differences, as two Markdown tables."""
    text = ["| row | AUC | repeats |", "|---|---|---|"]
    for each in sorted(lines, key=lambda each: -each.value):
        if not each.minus:
            text.append(f"| {each.row} | {spelt(each)} | {each.repeats or '–'} |")
    text += ["", "| this | minus this | difference of AUC | repeats |", "|---|---|---|---|"]
    for each in lines:
        if each.minus:
            said = spelt(each, sign="+")
            text.append(f"| {each.row} | {each.minus} | {said} | {each.repeats or '–'} |")
    return text


def spelt(line, *, sign=""):
    """A value with its interval."""
    return f"{line.value:{sign}.3f} ({line.low:{sign}.3f} to {line.high:{sign}.3f})"


if __name__ == "__main__":
    main()
