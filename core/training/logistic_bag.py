"""The penalised logistic head: few named features, one weight each, pooled over a patient's rows.

    logit = base + log sum over rows of exp(w . x) + v . clinical

so that a patient's odds are the sum of the rows' odds: "any lesion" for small odds (a linear
case of Ilse, Tomczak and Welling 2018, and of log-sum-exp pooling). Fitted to the end by L-BFGS
with an L2 penalty; both outcomes weigh the same. No chance is involved and no epoch is chosen.
With 38 events three to six free parameters are what such data carry (SCIENCE.md section 4.5).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize

from core.arrays import Features, Labels, PatientFeatures, PatientLabels, Values

PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)
LEASH = 10.0  # components are penalised so much more than named dimensions
Pool = Literal["sum", "mean"]


@dataclass(frozen=True)
class LogisticBag:
    """A fitted penalised logistic head.

    Attributes:
        weights: Of the rows' features, (feature).
        base: What is said of everybody.
        clinical: Weights of the clinical features, (clinical).
        pool: "sum": log-sum-exp over rows; "mean": mean of the rows' logits.
    """

    weights: np.ndarray
    base: float
    clinical: np.ndarray
    pool: Pool = "sum"

    def logits(self, rows: Features, of_row: Labels, clinical: PatientFeatures) -> np.ndarray:
        """Each patient's logit, (patient); a patient without rows has only the other terms.

        Args:
            rows: Features, (row, feature).
            of_row: Number of each row's patient, into `clinical`.
            clinical: Standardised, (patient, clinical).
        """
        found = self.base + clinical @ self.clinical
        if len(self.weights):
            found = found + pooled(rows @ self.weights, of_row, len(clinical), self.pool)[0]
        return np.asarray(found)


def pooled(
    values: Values, of_row: Labels, patients: int, pool: Pool = "sum"
) -> tuple[np.ndarray, np.ndarray]:
    """A patient's pooled logit, (patient), and each row's share in its change, (row)."""
    filled = np.bincount(of_row, minlength=patients)
    if pool == "mean":
        total = np.bincount(of_row, weights=values, minlength=patients)
        return total / np.maximum(filled, 1), 1 / filled[of_row]
    top = np.full(patients, -np.inf)
    np.maximum.at(top, of_row, values)
    raised = np.exp(values - top[of_row])
    total = np.bincount(of_row, weights=raised, minlength=patients)
    logs = np.where(filled > 0, np.where(filled > 0, top, 0) + np.log(np.maximum(total, 1e-300)), 0)
    return logs, raised / total[of_row]


def fit_logistic_bag(
    rows: Features,
    of_row: Labels,
    labels: PatientLabels,
    clinical: PatientFeatures,
    *,
    penalty: float,
    named: int | None = None,
    pool: Pool = "sum",
) -> LogisticBag:
    """Fit the head on some patients.

    Args:
        rows: Standardised features of their rows, (row, feature); no features at all fits the
            clinical terms alone.
        of_row: Number of each row's patient, into `labels`.
        labels: Their outcomes.
        clinical: Standardised clinical features, (patient, clinical).
        penalty: Half of it times the squared weights is added to the summed loss.
        named: So many first features are penalised once, the rest `LEASH` times; None: all once.
        pool: How rows become a patient.
    """
    truth = np.asarray(labels).astype(np.float64)
    weigh = balance(truth)

    def missed(logit: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        loss = weigh * (np.logaddexp(0, logit) - truth * logit)
        return loss, weigh * (sigmoid(logit) - truth), np.zeros(0)

    return fit_bag(missed, rows, of_row, clinical, penalty=penalty, named=named, pool=pool)[0]


Missed = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""Patients' logits and what else is fitted, to each one's loss, its slope by the logit, (patient)
both, and the slope of the summed loss by what else is fitted."""


def fit_bag(
    missed: Missed,
    rows: Features,
    of_row: Labels,
    clinical: PatientFeatures,
    *,
    penalty: float,
    named: int | None = None,
    pool: Pool = "sum",
    bounds: Sequence[tuple[float, float]] = (),
) -> tuple[LogisticBag, np.ndarray]:
    """Fit the weights to any loss of the patients' logits, see `fit_logistic_bag`.

    Args:
        missed: The loss.
        rows, of_row, clinical, penalty, named, pool: As there.
        bounds: Of each further number that is fitted beside the weights, and never penalised.

    Returns:
        The head, and those further numbers.
    """
    n, d, c = len(clinical), rows.shape[1], clinical.shape[1]
    end = d + 1 + c
    leash = np.ones(d + c)
    leash[d if named is None else min(named, d) : d] = LEASH
    x = np.asarray(rows, dtype=np.float64)

    def miss(at: np.ndarray) -> tuple[float, np.ndarray]:
        w, base, v = at[:d], at[d], at[d + 1 : end]
        logit = base + clinical @ v
        if d:
            nodes, share = pooled(x @ w, of_row, n, pool)
            logit = logit + nodes
        loss, slope, of_rest = missed(logit, at[end:])
        of_rows = x.T @ (share * slope[of_row]) if d else np.zeros(0)
        inner = np.concatenate((w, v))
        pull = penalty * leash * inner
        total = float(loss.sum() + 0.5 * (pull * inner).sum())
        return total, np.concatenate(
            (of_rows + pull[:d], [slope.sum()], clinical.T @ slope + pull[d:], of_rest)
        )

    start = np.concatenate((np.zeros(end), [(low + high) / 2 for low, high in bounds]))
    if d and pool == "sum" and n:
        # all weights 0 means the log of the number of rows: start where the mean logit is 0
        start[d] = -np.log(np.maximum(np.bincount(of_row, minlength=n), 1)).mean()
    limits = [(None, None)] * end + list(bounds) if bounds else None
    found = minimize(
        miss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 500}
    ).x
    return LogisticBag(found[:d], float(found[d]), found[d + 1 : end], pool), found[end:]


def sigmoid(logits: Values) -> np.ndarray:
    """1 / (1 + exp(-logits)), without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))


def balance(truth: PatientLabels) -> np.ndarray:
    """What each patient weighs so that both outcomes count the same, (patient), mean 1."""
    positives = float(np.sum(truth))
    negatives = len(truth) - positives
    if not positives or not negatives:
        return np.ones(len(truth))
    return np.where(truth > 0, len(truth) / (2 * positives), len(truth) / (2 * negatives))


def log_loss(logits: Values, labels: Labels) -> float:
    """Mean loss of logits with both outcomes weighing the same: what penalties are chosen by."""
    truth = np.asarray(labels).astype(np.float64)
    return float(np.mean(balance(truth) * (np.logaddexp(0, logits) - truth * logits)))
