"""How far a run's simulated growth can be believed, as the README says it: only what was measured.

Beside each figure stands what the same ruler reads of the same lesions truly drawn larger: what
nobody who is judged by this ruler could do better.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.evaluation.goals import GOALS
from core.growth import trial
from core.growth.preference import FOLDER
from core.run import Run

# figure: in a reader's words, its format, and the column of the truth's row in the trial's table
ASKED = {
    "growth.slope": ("mm gained for each mm asked, uncorrected", "{:.2f}", "slope"),
    "growth.mae_2mm": ("mm off at +2 mm, uncorrected", "{:.2f}", "mae_2mm"),
    "growth.mae_4mm": ("mm off at +4 mm, uncorrected", "{:.2f}", "mae_4mm"),
    "growth.closed_loop_mae": (
        "mm off, corrected in at most 9 pictures, refused ones as unchanged",
        "{:.2f}",
        "",
    ),
    "growth.closed_loop_delivered": ("the same, of what was not refused", "{:.3f}", ""),
    "growth.refused": ("refused, though the grown one fits the patch", "{:.1%}", "refused"),
    "growth.leak_elongation": ("elongation that changes with size, sd", "{:.2f}", ""),
    "growth.leak_signal": ("signal that does", "{:.2f}", ""),
    "growth.leak_texture": ("texture that does", "{:.2f}", ""),
    "growth.leak_border": ("border that does", "{:.2f}", ""),
    "growth.background": ("grey that changes far from the node", "{:.4f}", "background"),
    "growth.reversed": ("grey off after +3 mm and back", "{:.3f}", ""),
    "growth.redrawn": ("grey by which the network's own picture is off", "{:.3f}", ""),
    "growth.told_apart": (
        "told apart from real ones of that size, AUC (validation and test patients)",
        "{:.2f}",
        "told_apart",
    ),
    "growth.score_off": ("score off that of the one drawn larger", "{:.3f}", ""),
    "growth.rises": ("score follows the size asked, rank correlation", "{:.2f}", "rises"),
    "flip.found": ("calls that a smallest plausible change turns", "{:.0%}", ""),
    "flip.inside": ("of that change, inside the node", "{:.0%}", ""),
    "flip.patient": ("of these, with the patient's call turned too", "{:.0%}", ""),
}
HEAD = "| what was asked | reached | goal | drawn larger for real |"
PAIRED = ("growth.psnr_minus_kept_warp", "growth.dice_minus_kept_warp")


def markdown(run: Run) -> str:
    """The table of a run that was tried against the truth; its head alone where it was not."""
    truth, lines = _truth(run), [HEAD, "| --- | --- | --- | --- |"]
    for name, (asked, form, column) in ASKED.items():
        if name not in run.metrics:
            continue
        ideal = truth.get(column)
        own = form.format(ideal) if ideal is not None and pd.notna(ideal) else ""
        said = _said(run.metrics[name], form)
        lines.append(f"| {asked} | {said} | {GOALS[name].reach} | {own} |")
    return "\n".join(lines)


def paired(run: Run) -> str:
    """What the model adds to the better image warp on the same lesions, in a sentence's middle."""
    greys, outlines = (run.metrics[name] for name in PAIRED)
    return f"{_said(greys, '{:+.1f}')} dB, overlap of outlines {_said(outlines, '{:+.2f}')}"


def trainings(run: Run) -> str:
    """How far other trainings agree about the walks of test patients, in a sentence's middle."""
    alike, turns, apart = (
        _said(run.metrics[f"growth.trainings_{name}"], form)
        for name, form in (("agree", "{:.0%}"), ("turn", "{:.0%}"), ("apart_mm", "{:.2f}"))
    )
    return (
        f"call {alike} of the steps as it does; where its call changes, {turns} of theirs do, "
        f"{apart} mm away"
    )


def rim(run: Run) -> float:
    """Steepness of the grey along the true outline, as a share of the truth's own."""
    table = pd.read_csv(run.folder / "added" / FOLDER / "table.csv")
    return float(table.loc[table["chosen"].astype(bool), "rim"].iloc[0])


def _said(figure: Mapping[str, Any], form: str) -> str:
    value, low, high = (form.format(figure[part]) for part in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _truth(run: Run) -> dict[str, Any]:
    path = run.folder / "added" / FOLDER / "table.csv"
    if not path.is_file():
        return {}
    table = pd.read_csv(path)
    own = table[table["way"] == trial.TRUTH]
    return {str(name): value for name, value in own.iloc[0].items()} if len(own) else {}
