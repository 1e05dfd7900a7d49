"""A synthetic cohort on disk: a BIDS dataset of NIfTI volumes, written so that it can resume."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from core.cohort.phantom.followup import FollowUp, seen_again
from core.cohort.phantom.render import draw_patient
from core.cohort.phantom.scanner import Scanner
from core.cohort.phantom.study import affine_of, draw_files, prepare_process, studies_of
from core.cohort.phantom.truth import PatientTruth, Rules, draw_truth, truth_table
from core.errors import UnreadableTable
from core.progress import Progress, silent
from core.side_by_side import side_by_side

# pandas, and `core.run` with it, are imported where they are used: the drawing processes import
# this package too, and have 400 MB between them
NAME = "Synthetic rectal T2w MRI with lymph nodes"
ELSEWHERE = ", another scanner"  # follows where it is not our own; names are cut at 60 letters
MARKER = "dataset_description.json"
PLAN = ".phantom.json"
DRAWING = "Drawing the synthetic cohort"
VERSION = 2  # rises when the same seed comes to mean other bytes


def draw_cohort(
    out: Path,
    *,
    patients: int,
    seed: int,
    scanner: Scanner | None = None,
    rules: Rules | None = None,
    follow_up: FollowUp | None = None,
    progress: Progress = silent,
) -> None:
    """Write a synthetic cohort as a BIDS dataset with truth beside it.

    Two processes draw; a patient whose files are there is not drawn again; the description is
    written last, so a folder without it is unfinished.

    Args:
        out: Folder to write; made if it is not there.
        patients: How many.
        seed: Same seed, same bytes.
        scanner: What they are scanned with.
        rules: How cleanly malignancy shows.
        follow_up: When given, every patient is seen twice: `ses-1` and, grown, `ses-2`.
        progress: Told after every patient.

    Raises:
        UnreadableTable: The folder holds another cohort or other things.
        OSError: The folder cannot be written.
    """
    from core.run import write_bytes, write_text

    scanner, rules = scanner or Scanner(), rules or Rules()
    truths = draw_truth(patients, seed, rules=rules)
    plan = json.loads(
        json.dumps(
            {
                "patients": patients,
                "seed": seed,
                "scanner": asdict(scanner),
                # a cohort without spots keeps the plan, and the bytes, it had before there were any
                "rules": {k: v for k, v in asdict(rules).items() if k != "planted" or v},
                "follow_up": asdict(follow_up) if follow_up else None,
                "version": VERSION,
            }
        )
    )
    out.mkdir(parents=True, exist_ok=True)
    _settle(out, plan)
    studies = [study for truth in truths for study in studies_of(out, truth, follow_up)]
    waiting = [study for study in studies if not all(p.is_file() for p in study.paths)]
    done = len(studies) - len(waiting)
    progress(DRAWING, done, len(studies))
    draw = partial(draw_files, scanner=scanner)
    for _, contents in side_by_side(draw, waiting, prepare=prepare_process):
        for path, content in contents:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content)
        done += 1
        progress(DRAWING, done, len(studies))
    _write_tables(out, truths, scanner)
    if follow_up:
        again = truth_table([seen_again(truth, follow_up) for truth in truths])
        text = again.round(4).to_csv(sep="\t", index=False)
        write_text(out / "truth_ses-2.tsv", text)
    description = {
        "Name": NAME if scanner == Scanner() else NAME + ELSEWHERE,
        "BIDSVersion": "1.10.0",
        "DatasetType": "raw",
        "License": "CC0",
        "Synthetic": True,
        "Phantom": plan,
    }
    write_text(out / MARKER, json.dumps(description, indent=2) + "\n")


def _settle(out: Path, plan: dict[str, Any]) -> None:
    """Keep what an unfinished drawing of the same plan left; refuse another's folder."""
    from core.run import write_text

    for name in (PLAN, MARKER):
        if not (out / name).is_file():
            continue
        try:
            found = json.loads((out / name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise UnreadableTable(out / name, "no valid JSON", "the file as written") from error
        found = found.get("Phantom") if name == MARKER else found
        if found != plan:
            wanted = "an empty folder or the same patients, seed, scanner and rules"
            raise UnreadableTable(out / name, "another cohort", wanted)
        return
    if any(out.iterdir()):
        raise UnreadableTable(out, "a folder with other things in it", "an empty folder")
    write_text(out / PLAN, json.dumps(plan, indent=2) + "\n")


COLUMNS = {
    "age": {"Description": "Age at the examination", "Units": "year"},
    "sex": {"Description": "Sex", "Levels": {"M": "male", "F": "female"}},
    "t_stage": {
        "Description": "Clinical T stage, from the depth of the tumour on MRI (cT)",
        "Kind": "clinical",
        "Levels": {str(stage): f"T{stage}" for stage in range(1, 5)},
    },
    "n_stage": {
        "Description": "N stage by the number of malignant nodes (ground truth)",
        "Levels": {"0": "none", "1": "one to three", "2": "four or more"},
    },
}


def _write_tables(out: Path, truths: tuple[PatientTruth, ...], scanner: Scanner) -> None:
    import pandas as pd

    from core.run import write_text

    people = pd.DataFrame(
        [
            {
                "participant_id": truth.patient_id,
                "age": int(truth.age),
                "sex": truth.sex,
                "t_stage": truth.t_stage,
                "n_stage": truth.n_stage,
            }
            for truth in truths
        ]
    )
    table = truth_table(truths)
    places = [place for truth in truths for place in draw_patient(truth, scanner).places]
    middle = scanner.size_px / 2 - 0.5
    affine = affine_of(scanner)
    table["x_mm"] = [affine[0, 3] - (place.x_mm + middle * scanner.pixel_mm) for place in places]
    table["y_mm"] = [affine[1, 3] - (place.y_mm + middle * scanner.pixel_mm) for place in places]
    table["z_mm"] = [affine[2, 3] + place.z_mm - scanner.slice_mm / 2 for place in places]
    table["slice_k"] = [int(place.z_mm / scanner.slice_mm) for place in places]
    write_text(out / "participants.tsv", people.to_csv(sep="\t", index=False))
    write_text(out / "participants.json", json.dumps(COLUMNS, indent=2) + "\n")
    write_text(out / "truth.tsv", table.round(4).to_csv(sep="\t", index=False))
    derived = out / "derivatives" / "nodes"
    derived.mkdir(parents=True, exist_ok=True)
    derived_description = {
        "Name": f"{NAME}: outlines",
        "BIDSVersion": "1.10.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "lymphoscape"}],
        "Synthetic": True,
    }
    write_text(derived / MARKER, json.dumps(derived_description, indent=2) + "\n")
    write_text(
        out / "README",
        "Synthetic rectal T2w MRI with lymph nodes, drawn from a known model.\n"
        "No patient was scanned. truth.tsv is never read in training.\n",
    )


def rules_of(place: Path) -> Rules | None:
    """The rules that a synthetic cohort was drawn by, from its plan; None for any other folder."""
    try:
        plan = json.loads((place / MARKER).read_text(encoding="utf-8"))["Phantom"]
        return Rules(**plan["rules"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def drawn_by(place: Path) -> tuple[tuple[PatientTruth, ...], Scanner] | None:
    """The truth behind a synthetic cohort, drawn again from its plan; None for any other folder.

    For measuring only, never for training.
    """
    try:
        plan = json.loads((place / MARKER).read_text(encoding="utf-8"))["Phantom"]
        truths = draw_truth(plan["patients"], plan["seed"], rules=Rules(**plan["rules"]))
        return truths, Scanner(**plan["scanner"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
