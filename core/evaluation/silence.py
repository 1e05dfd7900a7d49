"""What giving no answer buys: who is silent, and how right the rest of the answers are.

Beside the class-conditional sets stands the paper's way: patients whose score lies between 0.33
and 0.66 are called uncertain. Shares are over patients and repeats; intervals draw patients.
"""

from dataclasses import dataclass

import numpy as np

from core.evaluation.conformal import Answer
from core.evaluation.intervals import RESAMPLES, Interval, patient_draws, percentiles, wilson

PAPER_BAND = (0.33, 0.66)


@dataclass(frozen=True)
class Silence:
    """How one way of giving no answer fares.

    Attributes:
        silent: Share of patients without an answer.
        caught: Share of the positives told "N+".
        covered_positive: Share of the positives whose set holds their outcome; of a way without
            sets, share not told "N0".
        covered_negative: The same of the negatives.
        ppv: Share of positives among those told "N+"; None where nobody is.
        npv: Share of negatives among those told "N0"; None where nobody is.
        told_positive, told_negative: Patients told so, mean over repeats; 0 in files of before.
    """

    silent: Interval
    caught: Interval
    covered_positive: Interval
    covered_negative: Interval
    ppv: Interval | None
    npv: Interval | None
    told_positive: float = 0.0
    told_negative: float = 0.0


def silence(
    labels: np.ndarray,
    answers: np.ndarray,
    *,
    held: np.ndarray | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Silence:
    """Judge answers.

    Args:
        labels: 1 with the outcome, (patient).
        answers: "N+", "N0" or "no answer", (repeat, patient).
        held: Whether each set holds its patient's outcome, (repeat, patient): "no answer" may be
            a set of both or of none. None for a way without sets.
        resamples: How many bootstrap resamples.
        seed: Of the resampling.
    """
    truth = np.asarray(labels).astype(bool)
    said = {name: (answers == name).mean(axis=0) for name in ("N+", "N0", "no answer")}
    everybody = np.ones(len(truth))
    draws = np.concatenate(list(patient_draws(len(truth), resamples=resamples, seed=seed)))

    def share(top: np.ndarray, of: np.ndarray) -> Interval | None:
        if of.sum() == 0:
            return None
        if top.sum() in (0, of.sum()):  # a bootstrap of one kind would claim certainty
            return wilson(round(float(top.sum())), max(1, round(float(of.sum()))))
        with np.errstate(invalid="ignore", divide="ignore"):
            return percentiles(float(top.sum() / of.sum()), (draws @ top) / (draws @ of))

    silent = share(said["no answer"], everybody)
    missed = np.where(truth, said["N0"], said["N+"]) if held is None else 1 - held.mean(axis=0)
    positive, negative = (
        share(kept * (1 - missed), kept) for kept in (truth.astype(float), (~truth).astype(float))
    )
    caught = share(said["N+"] * truth, truth.astype(float))
    if silent is None or caught is None or positive is None or negative is None:
        raise ValueError("silence needs patients of both outcomes")
    return Silence(
        silent,
        caught,
        positive,
        negative,
        ppv=share(said["N+"] * truth, said["N+"]),
        npv=share(said["N0"] * ~truth, said["N0"]),
        told_positive=float(said["N+"].sum()),
        told_negative=float(said["N0"].sum()),
    )


def band_answers(probabilities: np.ndarray) -> np.ndarray:
    """The paper's answers: silent from 0.33 to 0.66, (repeat, patient) or (patient)."""
    low, high = PAPER_BAND
    said: list[Answer] = ["N0", "no answer", "N+"]
    place = (probabilities >= low).astype(int) + (probabilities > high)
    return np.asarray(np.asarray(said, dtype="<U9")[place])
