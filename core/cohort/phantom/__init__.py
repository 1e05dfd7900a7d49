"""The synthetic cohort: what would a cohort look like whose truth is known?

In comes a seed and a scanner; out goes a BIDS dataset of NIfTI volumes with a truth table, and
any slice or node of it again, free of noise or with one factor changed. Nothing here is read
in training except the volumes, masks and participants, as for any other cohort.
"""

from core.cohort.phantom.bayes import bayes_node, bayes_patient
from core.cohort.phantom.factors import Change
from core.cohort.phantom.followup import FollowUp, seen_again
from core.cohort.phantom.render import (
    DrawnPatient,
    draw_patient,
    render_node,
    render_slice,
    render_volume,
)
from core.cohort.phantom.scanner import SCANNERS, Scanner, ScannerName
from core.cohort.phantom.truth import (
    MOST_NEARER_MM,
    NEAR_TUMOUR,
    PLANTED,
    PatientTruth,
    Rules,
    draw_truth,
    truth_table,
)
from core.cohort.phantom.write import draw_cohort

__all__ = [
    "MOST_NEARER_MM",
    "NEAR_TUMOUR",
    "PLANTED",
    "SCANNERS",
    "Change",
    "DrawnPatient",
    "FollowUp",
    "PatientTruth",
    "Rules",
    "Scanner",
    "ScannerName",
    "bayes_node",
    "bayes_patient",
    "draw_cohort",
    "draw_patient",
    "draw_truth",
    "render_node",
    "render_slice",
    "render_volume",
    "seen_again",
    "truth_table",
]
