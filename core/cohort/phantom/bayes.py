"""What the best possible reader would answer: posteriors from the known densities.

Of a node: P(malignant | its factors) at the cohort's share of malignant nodes. Of a patient:
P(N+ | T stage, how many nodes, all their factors), summed over how many and which of them are
malignant; with r_i the likelihood ratio of node i, the sum over which is an elementary
symmetric polynomial of the r_i.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, gammaln, logsumexp

from core.arrays import Values
from core.cohort.phantom.factors import all_factors
from core.cohort.phantom.truth import (
    MALIGNANT_COUNT,
    STAGES,
    NodeTruth,
    PatientTruth,
    Rules,
    count_density,
)


def log_ratio(
    nodes: Sequence[NodeTruth], *, rules: Rules | None = None, factors: Sequence[str] = ()
) -> Values:
    """Log likelihood ratio of malignant to benign, (node,).

    Args:
        nodes: The nodes.
        rules: The rules they were drawn by.
        factors: Only these factors are seen; all of them when empty.

    Raises:
        ValueError: There is no factor of such a name.
    """
    rules = rules or Rules()
    known = {factor.name: factor for factor in all_factors(rules.nearer_mm)}
    if unknown := set(factors) - set(known):
        raise ValueError(f"factors: found {sorted(unknown)}, wanted some of {sorted(known)}")
    total = np.zeros(len(nodes))
    for name in factors or known:
        values = np.array([getattr(node, name) for node in nodes])
        total += known[name].log_ratio(values, rules.separation)
    return total


def malignant_share(*, occult: float = Rules.occult) -> float:
    """Share of malignant nodes among all nodes that these rules make."""
    patients = STAGES.sum(axis=0) / STAGES.sum()
    count = np.arange(1, len(count_density(0)) + 1)
    malignant = nodes = 0.0
    for n_stage, weights in _visible(occult).items():
        for visible, weight in weights.items():
            share = patients[n_stage] * weight
            malignant += share * visible
            nodes += share * float(count @ count_density(visible))
    return malignant / nodes


def bayes_node(
    nodes: Sequence[NodeTruth],
    *,
    rules: Rules | None = None,
    factors: Sequence[str] = (),
    prior: float | None = None,
) -> Values:
    """Probability that each node is malignant, (node,), seen alone.

    Args:
        nodes: The nodes.
        rules: The rules they were drawn by.
        factors: Only these factors are seen; all of them when empty.
        prior: Share of malignant nodes; by default the cohort's.
    """
    rules = rules or Rules()
    prior = malignant_share(occult=rules.occult) if prior is None else prior
    odds = np.log(prior / (1 - prior))
    return np.asarray(expit(log_ratio(nodes, rules=rules, factors=factors) + odds))


def bayes_patient(
    patient: PatientTruth,
    *,
    rules: Rules | None = None,
    factors: Sequence[str] = (),
    see_t_stage: bool = True,
    prior: tuple[float, float, float] | None = None,
) -> float:
    """Probability that a patient is N+, from the nodes that can be seen and the T stage.

    Args:
        patient: Whose labels are not looked at.
        rules: The rules the patient was drawn by.
        factors: Only these factors are seen; all of them when empty.
        see_t_stage: False leaves the T stage out.
        prior: Share of N0, N1 and N2; by default the paper's cohort's.
    """
    rules = rules or Rules()
    shares = STAGES.sum(axis=0) / STAGES.sum() if prior is None else np.array(prior)
    given = STAGES[patient.t_stage - 1] / STAGES.sum(axis=0) if see_t_stage else np.ones(3)
    symmetric = log_symmetric(log_ratio(patient.nodes, rules=rules, factors=factors))
    count = len(patient.nodes)
    logs: dict[int, list[float]] = {0: [], 1: []}
    for n_stage, weights in _visible(rules.occult).items():
        for visible, weight in weights.items():
            many = count_density(visible)[count - 1] if visible <= count else 0.0
            probability = shares[n_stage] * given[n_stage] * weight * many
            if probability > 0:
                # which of them are malignant is a priori equally likely
                which = symmetric[visible] - _log_ways(count, visible)
                logs[int(n_stage > 0)].append(np.log(probability) + which)
    positive, negative = logsumexp(logs[1]), logsumexp(logs[0])
    return float(expit(positive - negative))


def log_symmetric(logs: Values) -> Values:
    """Logs of the elementary symmetric polynomials of exp(logs), degrees 0 to n."""
    found = np.full(len(logs) + 1, -np.inf)
    found[0] = 0.0
    for value in logs:
        found[1:] = np.logaddexp(found[1:], found[:-1] + value)
    return found


def _log_ways(count: int, chosen: int) -> float:
    return float(gammaln(count + 1) - gammaln(chosen + 1) - gammaln(count - chosen + 1))


def _visible(occult: float) -> dict[int, dict[int, float]]:
    """How many malignant nodes can be seen, by N stage, with probabilities."""
    visible: dict[int, dict[int, float]] = {0: {0: 1.0}}
    for n_stage, table in MALIGNANT_COUNT.items():
        seen = {count: share * (1 - occult) for count, share in table.items()}
        visible[n_stage] = {0: occult, **seen}
    return visible
