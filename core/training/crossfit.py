"""What heads say of patients they were not fitted on, so that many may calibrate one run.

Validation patients alone are too few: 34 of 168 hold about 8 positives, and with under 9 nobody can
be told that there is none. So training and validation patients together are dealt into four parts,
and each part is asked of a head fitted on the other three by the run's own recipe, on as many
patients as the served head has. Only the head is fitted anew. The autoencoder, which never saw an
outcome, stays as it is, so codes of training patients are of pictures that it was fitted on. Test
patients take no part.
"""

from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.evaluation.chosen_on import PARTS, cross_fits
from core.networks.network import Network
from core.progress import silent
from core.settings import Settings
from core.training.bags import Patients
from core.training.calibrate import raw_logit
from core.training.device import seed_for


@dataclass(frozen=True, eq=False)
class Heard:
    """Patients whose answers calibrate a run, by heads that did not see their outcomes.

    Attributes:
        who: Their numbers, (patient).
        logits: Of theirs, before calibration, (patient).
        rows: Numbers of their rows, (row).
        lone: What each row alone would say of an average patient, before calibration, (row);
            already a probability where the head's scale is one.
        of_row: Each row's patient, into `who`, (row).
    """

    who: np.ndarray
    logits: np.ndarray
    rows: np.ndarray
    lone: np.ndarray
    of_row: np.ndarray


def heard(network: Network, codes: Tensor, patients: Patients, settings: Settings) -> Heard:
    """Who calibrates a run, and what was said of them.

    With a logistic head, training and validation patients, by cross-fitting. The other heads
    choose their epoch on validation patients and take long to fit, so there it is the validation
    patients alone, by the head as it is served; so it is too where an outcome is too rare to deal.

    Args:
        network: Fitted.
        codes: Posterior means of all rows, (row, latent).
        patients: Whose they are.
        settings: The run's.
    """
    known = np.flatnonzero(np.isin(patients.splits, ("train", "validation")))
    truth = patients.labels[known]
    rarest = int(min(truth.sum(), len(truth) - truth.sum()))
    if not cross_fits(settings.head.kind, rarest):
        chosen = np.flatnonzero(patients.splits == "validation")
        chosen = chosen if chosen.size else np.flatnonzero(patients.splits == "train")
        return _said(network, codes, patients, chosen)
    return _together(known, parts_heard(network, codes, patients, settings, known), patients)


def parts_heard(
    network: Network, codes: Tensor, patients: Patients, settings: Settings, known: np.ndarray
) -> list[Heard]:
    """Each part of the known patients, by a head fitted on the other parts."""
    from core.evaluation.folds import deal
    from core.training.fit_logistic import fit_logistic_head

    chance = np.random.default_rng(seed_for(settings.seed, "cross-fit"))
    part = deal(patients.labels[known], PARTS, chance)
    again = deepcopy(network)
    found = []
    for number in range(PARTS):
        splits = np.full(len(patients.splits), "test", dtype="<U10")
        splits[known[part != number]] = "train"
        own = replace(patients, splits=splits)
        fit_logistic_head(again, codes, own, settings, progress=silent)
        found.append(_said(again, codes, patients, known[part == number]))
    return found


def _said(network: Network, codes: Tensor, patients: Patients, who: np.ndarray) -> Heard:
    rows, codes = patients.rows_of(who), patients.pooled(codes)
    at = torch.from_numpy(rows).to(codes.device)
    with torch.inference_mode():
        scores = network.terms(patients.bag(codes, who)).score.cpu().numpy()
        logits = network.node_logit(codes[at], patients.beside(codes)[at])
        lone = network.lone_score(logits).cpu().numpy().astype(np.float64)
    of_row = np.searchsorted(who, patients.of_row[rows])
    return Heard(who, raw_logit(scores, network.scale), rows, lone, of_row)


def _together(known: np.ndarray, parts: list[Heard], patients: Patients) -> Heard:
    logits, lone = np.empty(len(patients.labels)), np.empty(len(patients.of_row))
    for each in parts:
        logits[each.who], lone[each.rows] = each.logits, each.lone
    rows = patients.rows_of(known)
    of_row = np.searchsorted(known, patients.of_row[rows])
    return Heard(known, logits[known], rows, lone[rows], of_row)
