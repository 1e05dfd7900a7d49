"""Reporting checklists filled from a run: TRIPOD+AI (2024) and CLAIM (2024 update).

What a run knows of itself is put beside each item; what it cannot know (why the study was done,
who agreed to it, who paid) says so, and is left to whoever writes it up. Items are worded here in
our own short words (2.1 to 2.13 are those of TRIPOD+AI for Abstracts), numbered as in Collins et
al., BMJ 2024; 385:e078378, and Tejani et al., Radiol. Artif. Intell. 2024; 6:e240300, which hold
the full text; number and topic were held against the published lists, but for 2.1 to 2.13 and 27c,
which are from memory.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from core.evaluation.checklist_facts import Fact, facts_of
from core.run import Run

Name = Literal["TRIPOD+AI", "CLAIM"]
NAMES: tuple[Name, ...] = get_args(Name)
WORDING = "Items are put in our own short words; the published lists hold the full text."
UNKNOWN = "Cannot be filled from a run: for the authors to say."


@dataclass(frozen=True)
class Item:
    """One item of a checklist.

    Attributes:
        number: As in the checklist.
        asks: What is to be reported, in short.
        facts: What of a run answers it; none where a run cannot.
    """

    number: str
    asks: str
    facts: tuple[Fact, ...] = ()


TRIPOD_AI = (
    Item("1", "Title: development or evaluation, population, outcome", ("study",)),
    Item("2", "Abstract: see its thirteen items"),
    Item("2.1", "Abstract. Which kind of study, population and outcome", ("study",)),
    Item("2.2", "Abstract. Background: health care context and why", ("purpose",)),
    Item("2.3", "Abstract. Objectives: development, evaluation or both", ("study",)),
    Item("2.4", "Abstract. Data sources", ("source",)),
    Item("2.5", "Abstract. Eligibility and setting", ("excluded",)),
    Item("2.6", "Abstract. Outcome", ("outcome",)),
    Item(
        "2.7",
        "Abstract. Kind of model, how it was built, internal validation",
        ("model", "validation"),
    ),
    Item("2.8", "Abstract. Measures of performance", ("measures",)),
    Item("2.9", "Abstract. Patients and events", ("counts",)),
    Item("2.10", "Abstract. Predictors in the final model", ("predictors",)),
    Item("2.11", "Abstract. Performance with intervals", ("performance",)),
    Item("2.12", "Abstract. Overall interpretation"),
    Item("2.13", "Abstract. Registration"),
    Item("3a", "Background: the clinical question and existing models"),
    Item("3b", "Whom it is for, where in care, and its intended use", ("purpose",)),
    Item("3c", "Known inequalities between groups of patients"),
    Item("4", "Objectives: development, evaluation or both", ("study",)),
    Item("5a", "Where the data come from, and whom they represent", ("source",)),
    Item("5b", "First and last date of accrual, end of follow-up"),
    Item("6a", "Setting, number and place of centres"),
    Item("6b", "Who was eligible, who was left out", ("excluded",)),
    Item("6c", "Treatments received, and how they were handled"),
    Item("7", "How data were prepared, and alike for all groups", ("preparation",)),
    Item("8a", "The outcome, and how it was assessed", ("outcome",)),
    Item("8b", "Who assessed it, where judgement was needed"),
    Item("8c", "Whether assessment of the outcome was blinded"),
    Item(
        "9a", "Which predictors were considered, and any choice before modelling", ("predictors",)
    ),
    Item(
        "9b",
        "How and when predictors were measured, and blinded to what",
        ("predictors", "t_stage"),
    ),
    Item("9c", "Who measured them, where judgement was needed"),
    Item("10", "How the study's size was arrived at", ("size",)),
    Item("11", "Missing data", ("missing",)),
    Item("12a", "How data were used for development and evaluation", ("partition",)),
    Item("12b", "How predictors entered: form, scaling, transformations", ("preparation",)),
    Item(
        "12c",
        "Kind of model and why, every step of building it, tuning, internal validation",
        ("model", "training", "selection", "validation"),
    ),
    Item("12d", "How differences between clusters such as hospitals were looked at"),
    Item("12e", "Performance measures, and how models were compared", ("measures",)),
    Item("12f", "Updating of the model, such as recalibration, where it was done"),
    Item("12g", "How predictions are calculated in evaluation", ("output",)),
    Item("13", "Class imbalance: what was done, and what follows for calibration", ("imbalance",)),
    Item("14", "Fairness: what was done for it, and why"),
    Item("15", "Output of the model, thresholds and how they were chosen", ("output", "threshold")),
    Item("16", "Differences between training and evaluation data", ("partition",)),
    Item("17", "Ethics approval and consent"),
    Item("18a", "Funding, and the part of the funders"),
    Item("18b", "Conflicts of interest"),
    Item("18c", "Protocol"),
    Item("18d", "Registration"),
    Item("18e", "Availability of data", ("data",)),
    Item("18f", "Availability of code", ("code",)),
    Item("19", "Involvement of patients and the public"),
    Item("20a", "Flow of patients, with and without the outcome", ("counts", "excluded")),
    Item("20b", "Characteristics of patients, and what is missing", ("characteristics", "missing")),
    Item("20c", "Development and evaluation data compared", ("counts",)),
    Item("21", "Patients and events in each analysis", ("counts",)),
    Item("22", "The full model, so that others can predict", ("code", "weights")),
    Item(
        "23a",
        "Performance with intervals, in key subgroups too",
        ("performance", "calibration", "bands"),
    ),
    Item("23b", "Heterogeneity of performance between clusters such as hospitals"),
    Item("24", "Results of updating"),
    Item("25", "Interpretation against objectives and earlier work, fairness among it"),
    Item("26", "Limitations", ("limits",)),
    Item("27a", "What happens where input is poor or missing", ("missing", "silence")),
    Item("27b", "What users must do with the input, and need to know", ("purpose",)),
    Item("27c", "What comes next"),
)

CLAIM = (
    Item("1", "Title or abstract says which kind of AI", ("model",)),
    Item("2", "Structured summary"),
    Item("3", "Background, intended use and role of the approach", ("purpose",)),
    Item("4", "Aims and hypotheses"),
    Item("5", "Prospective or retrospective", ("source",)),
    Item("6", "Goal of the study", ("study",)),
    Item("7", "Data sources", ("source",)),
    Item("8", "Inclusion and exclusion", ("excluded",)),
    Item("9", "Preprocessing", ("preparation",)),
    Item("10", "Selection of data subsets", ("excluded",)),
    Item("11", "De-identification", ("privacy",)),
    Item("12", "Missing data", ("missing",)),
    Item("13", "Image acquisition", ("acquisition",)),
    Item("14", "How the reference standard was obtained", ("outcome",)),
    Item("15", "Why that reference standard"),
    Item("16", "Who made the annotations", ("annotation",)),
    Item("17", "Annotation of the test set", ("annotation",)),
    Item("18", "Agreement within and between annotators", ("agreement",)),
    Item("19", "How data were partitioned", ("partition",)),
    Item("20", "At which level partitions are disjoint", ("disjoint",)),
    Item("21", "Intended size of the test sample", ("size",)),
    Item("22", "The model in detail", ("model", "predictors")),
    Item("23", "Software and libraries", ("software",)),
    Item("24", "Initial parameters", ("start",)),
    Item("25", "Training", ("training",)),
    Item("26", "How the final model was selected", ("selection",)),
    Item("27", "Ensembles", ("ensemble",)),
    Item("28", "Which performance measures", ("measures",)),
    Item("29", "Uncertainty and significance", ("measures",)),
    Item("30", "Robustness", ("robustness",)),
    Item("31", "Explanations, and how they were checked", ("explanation",)),
    Item("32", "Evaluation on internal data", ("validation",)),
    Item("33", "Testing on external data", ("external",)),
    Item("34", "Registration of a clinical trial"),
    Item("35", "Patients included and left out", ("counts", "excluded")),
    Item("36", "Characteristics in each partition", ("counts", "characteristics")),
    Item("37", "Performance, with its uncertainty", ("performance", "calibration")),
    Item("38", "Diagnostic performance and its precision", ("performance",)),
    Item("39", "Analysis of wrong results", ("bands",)),
    Item("40", "Limitations", ("limits",)),
    Item("41", "Implications for practice, intended use or role", ("purpose",)),
    Item("42", "Where the protocol or further technical detail is", ("code",)),
    Item("43", "Availability of software, model and data", ("code", "weights", "data")),
    Item("44", "Funding and other support, and the part of the funders"),
)

CHECKLISTS: dict[Name, tuple[Item, ...]] = {"TRIPOD+AI": TRIPOD_AI, "CLAIM": CLAIM}


def checklist(run: Run, name: Name) -> pd.DataFrame:
    """A checklist filled from a run: item, asks, in_this_run; `UNKNOWN` where it cannot be."""
    known = facts_of(run)
    lines = []
    for item in CHECKLISTS[name]:
        said = [known[fact] for fact in item.facts if known[fact]]
        lines.append(
            {"item": item.number, "asks": item.asks, "in_this_run": " ".join(said) or UNKNOWN}
        )
    return pd.DataFrame(lines)


def as_markdown(run: Run, name: Name) -> str:
    """The same as a document to go on writing."""
    table = checklist(run, name)
    filled = int((table["in_this_run"] != UNKNOWN).sum())
    lines = [
        f"# {name}, filled from run {run.name}",
        "",
        f"{WORDING} {filled} of {len(table)} items say something from the run; a person must read "
        "all of them, and write the others. Research and teaching only, not for diagnosis.",
        "",
        "| item | asks | in this run |",
        "|---|---|---|",
    ]
    rows = zip(table["item"], table["asks"], table["in_this_run"], strict=True)
    return "\n".join([*lines, *(f"| {a} | {b} | {c} |" for a, b, c in rows)]) + "\n"
