"""Every score that a map can explain, by its key, and the question that the key stands for."""

import numpy as np

from core.arrays import Code
from core.errors import UndefinedDirection
from core.explain.question import NODE_LOGIT, Along, NearCentre, PatientLogit, Question
from core.latent.attributes import LABEL, attribute_words
from core.run import Run
from dashboard import answers, cartography, state
from dashboard.cartography import Grouped

NODE, PATIENT = "node", "patient"


def questions(run: Run, row: int) -> dict[str, str]:
    """Every score that can be explained, by key, as the page says it.

    The group that the chosen lesion is in stands first among the groups.

    Args:
        run: Whose.
        row: The chosen lesion's.
    """
    found = {NODE: "its suspicion score", PATIENT: "the patient's model score"}
    found |= _groups(run, row)
    for direction in state.latent_space(run).directions():
        if direction.name != LABEL:
            words = attribute_words(direction.name)
            found[f"along {direction.name}"] = f"its {words}, as the model reads it"
    return found


def put_to(run: Run, key: str, rows: tuple[int, ...]) -> Question:
    """The question that a key stands for, put to some rows of one patient."""
    kind, _, rest = key.partition(" ")
    if kind == "along":
        return _along(run, rest)
    if kind == "near":
        method, over, k, number = rest.split()
        centre = _centres(run, method, over, k)[int(number)]
        return NearCentre(f"group {int(number) + 1}", centre)
    if kind == "rather":
        method, over, k, own, other = rest.split()
        return rather(_centres(run, method, over, k), int(own), int(other), run.codes.shape[1])
    return _of_patient(run, rows) if key == PATIENT else NODE_LOGIT


def rather(centres: Code, own: int, other: int, latent: int) -> Along:
    """How far a code lies on one group's side of the border with another, in latent units.

    (d_other² - d_own²) / 2 |centre_own - centre_other|: linear in the code, 0 on the border (the
    plane midway between the centres), above 0 where the own centre is the nearer.

    Args:
        centres: Of the groups, (group, dimension), over the code's first dimensions.
        own: Number of the one.
        other: Number of the other.
        latent: Dimensions of a code.
    """
    here, there = centres[own].astype(np.float64), centres[other].astype(np.float64)
    apart = float(np.linalg.norm(here - there)) or 1.0
    vector = np.zeros(latent, np.float32)
    vector[: len(here)] = (here - there) / apart
    zero = float(there @ there - here @ here) / (2 * apart)
    what = f"how far it lies inside group {own + 1}, away from group {other + 1}"
    return Along(what, vector, 1.0, zero)


def _groups(run: Run, row: int) -> dict[str, str]:
    shown = cartography.grouped()
    groups = cartography.clusters(*state.key(run), shown)
    # the grouping is part of the key, since answers are kept for all sessions
    key = f"{shown.method} {shown.over} {shown.k}"
    found: dict[str, str] = {}
    own = int(groups.labels[row])
    order = np.argsort(groups.distances[row], kind="stable")
    if own >= 0:
        node = state.at(row).node
        name = f"{run.words.lesion} {node}"
        found[f"near {key} {own}"] = f"why {name} is in group {own + 1} of the Atlas"
        following = [int(one) for one in order if int(one) != own]
        if following:
            other = following[0]
            said = f"why {name} is in group {own + 1} rather than the next, group {other + 1}"
            found[f"rather {key} {own} {other}"] = said
    for number in range(groups.k):
        if number != own:
            found[f"near {key} {number}"] = f"how near it is to group {number + 1} of the Atlas"
    return found


def _centres(run: Run, method: str, over: str, k: str) -> Code:
    asked = Grouped(method, over, int(k))  # type: ignore[arg-type]  # as the key was made
    return np.asarray(cartography.clusters(*state.key(run), asked).centres)


def _along(run: Run, name: str) -> Question:
    try:
        along = state.latent_space(run).direction(name)
    except UndefinedDirection:
        return NODE_LOGIT
    if not np.isfinite(along.per_length):
        return Along(attribute_words(name), along.vector)
    return Along(attribute_words(name), along.vector, along.per_length, along.zero)


def _of_patient(run: Run, rows: tuple[int, ...]) -> Question:
    who = str(run.rows["patient_id"].iloc[rows[0]])
    own = np.flatnonzero(run.rows["patient_id"] == who)
    places = {int(row): at for at, row in enumerate(own)}
    return PatientLogit(
        run.codes[own],
        tuple(places[row] for row in rows),
        answers.features(run, own),
        answers.clinical(run.rows.iloc[own[0]]),
        run.rows["node"].to_numpy()[own],
    )
