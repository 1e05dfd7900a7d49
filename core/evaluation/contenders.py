"""The rows of the table of models that need no network beyond the run's codes.

Logistic rows are penalised (`core.training.logistic_bag`); scalers, components, penalties and
cut-offs come from the patients fitted on. Rules: a short axis over 5 mm; and ESGAR's criteria
(Beets-Tan et al., Eur. Radiol. 2018; 28:1465-1475): 9 mm or more; 5 to 9 mm with two of round,
irregular, heterogeneous; under 5 mm with all three. Readers judge the three by eye; here each
is a measured column beyond a quantile of the lesions fitted on, chosen inside.
"""

from collections.abc import Mapping

import numpy as np

from core.arrays import Features
from core.evaluation.contender import Contender, Fit
from core.evaluation.nested import Scorer, tuned
from core.evaluation.people import MEASURED, People
from core.training.logistic_bag import PENALTIES, Pool, fit_logistic_bag
from core.training.ordinal_bag import fit_ordinal_bag
from core.training.scaler import Scaler

COMPONENTS = 3  # as the runs' heads see them
QUANTILES = (0.5, 0.6, 0.7, 0.8)
RULE_MM = 5.0
BOOSTING_RATES = (0.02, 0.05)
BOOSTING_TREES = 120
LEAST_SPREAD = 0.1


def contenders(people: People) -> list[Contender]:
    """The rows that these people allow: no sizes, no size rows; no T stage, no T stage rows."""
    t_stage = ("t_stage",) if people.knows("t_stage") else ()
    found = [Contender("image", "Image codes only", "image", _bag())]
    if people.has_sizes:
        shape = _bag(codes=False, shape=True)
        found.append(Contender("size_shape", "Size and shape of the largest", "clinical", shape))
    if t_stage:
        found.append(Contender("t_stage", "T stage only", "clinical", _bag(False, False, t_stage)))
    if people.has_sizes and t_stage:
        both = _bag(False, True, t_stage)
        found.append(Contender("clinical", "Clinical: size, shape and T stage", "clinical", both))
    if people.has_sizes:
        title = "Image, size and shape, no T stage"
        found.append(Contender("image_size_shape", title, "both", _bag(True, True)))
    if people.has_sizes and t_stage:
        fit = _bag(True, True, t_stage)
        found.append(Contender("both", "Image and clinical together", "both", fit))
    plain = "image"
    if t_stage:
        fit, plain = _bag(True, False, t_stage), "logistic"
        found.append(Contender(plain, "Penalised logistic, few named features", "head", fit))
    if people.has_stages:
        fit = _bag(True, False, t_stage, ordinal=True)
        title = "Penalised logistic, taught N0 / N1 / N2"
        found.append(Contender("ordinal", title, "head", fit, varies=plain))
    if people.has_distances:
        fit = _bag(True, False, t_stage, distance=True)
        title = "Penalised logistic, distance to tumour"
        found.append(Contender("distance", title, "head", fit, varies=plain))
    fit = _bag(True, False, t_stage, largest=True)
    found.append(Contender("largest", "The largest one's code only", "head", fit))
    fit = _bag(True, False, t_stage, pool="mean")
    found.append(Contender("logistic_mean", "Penalised logistic, mean over rows", "head", fit))
    if people.has_sizes:
        trees = _boosting(t_stage)
        found += [
            Contender("short_axis", "Largest short axis as a score", "rule", _size()),
            Contender("rule_5mm", "Rule: short axis over 5 mm", "rule", _rule_5mm(), True),
            Contender("rule_esgar", "Rule: ESGAR criteria", "rule", _rule_esgar(), True),
            Contender("boosting", "Gradient boosting, measured features", "both", trees),
        ]
    return found


def seen_by(codes: Features, rows: np.ndarray, *, named: int, components: int) -> np.ndarray:
    """Named dimensions and leading components of the rest, standardised on some rows.

    Args:
        codes: Of all rows, (row, latent).
        rows: Those that mean, components and spread are learned on.
        named: So many first dimensions stay as they are.
        components: So many components of the others follow them.
    """
    held = codes.astype(np.float64) - codes[rows].mean(axis=0, dtype=np.float64)
    rest = held[:, named:]
    _, directions = np.linalg.eigh(rest[rows].T @ rest[rows])
    leading = rest @ directions[:, ::-1][:, :components]
    seen = np.column_stack((held[:, :named], leading))
    return np.asarray(seen / np.maximum(seen[rows].std(axis=0), LEAST_SPREAD))


def _bag(
    codes: bool = True,
    shape: bool = False,
    clinical: tuple[str, ...] = (),
    *,
    pool: Pool = "sum",
    largest: bool = False,
    ordinal: bool = False,
    distance: bool = False,
) -> Fit:
    """A penalised logistic row: codes, size and shape, clinical features, or several of them.

    Args:
        codes: The rows' named dimensions and components.
        shape: Size and shape of the largest lesion.
        clinical: Names of the clinical features.
        pool: How rows become a patient.
        largest: Only the largest lesion's row.
        ordinal: Taught the N stage and not only the outcome.
        distance: Each row's odds are multiplied by exp(v d), d its standardised distance to the
            tumour (the mean where not known) and v a weight that is learned.
    """

    def fit(people: People, fitted: np.ndarray, penalty: float) -> Scorer:
        facts = people.facts(shape, clinical)
        names = tuple(map(str, range(facts.shape[1])))
        facts = Scaler.fit(facts[fitted], names).filled(facts).astype(np.float64)
        seen, named = np.zeros((len(people.of_row), 0)), 0
        if codes:
            rows, _ = people.rows_of(fitted)
            named = people.named
            many = COMPONENTS if named else 24
            seen = seen_by(people.codes, rows, named=named, components=many)
        if distance:
            away = people.tumour_mm[:, None]
            rows, _ = people.rows_of(fitted)
            away = Scaler.fit(away[rows], ("tumour_mm",)).filled(away)
            seen, named = np.column_stack((away, seen)), named + 1 if named else 0

        def own(patients: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            rows, of_row = people.rows_of(patients)
            if largest:
                rows, of_row = people.largest[patients], np.arange(len(patients))
            return seen[rows], of_row, facts[patients]

        x, of_row, beside = own(fitted)
        leash = named or None
        if ordinal:
            stages = people.stages[fitted]
            bag, _ = fit_ordinal_bag(
                x, of_row, stages, beside, penalty=penalty, named=leash, pool=pool
            )
        else:
            labels = people.labels[fitted]
            bag = fit_logistic_bag(
                x, of_row, labels, beside, penalty=penalty, named=leash, pool=pool
            )
        return lambda patients: bag.logits(*own(patients))

    return tuned(fit, PENALTIES, called="penalty")


def _size() -> Fit:
    return tuned(lambda people, _, __: lambda patients: people.largest_mm[patients], (0.0,))


def _rule_5mm() -> Fit:
    def fit(people: People, fitted: np.ndarray, _: float) -> Scorer:
        return lambda patients: np.where(people.largest_mm[patients] > RULE_MM, 1.0, -1.0)

    return tuned(fit, (0.0,))


def esgar(size_mm: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Which lesions ESGAR's criteria call, (lesion), from sizes and how many signs each has."""
    needed = np.where(size_mm >= 9, 0, np.where(size_mm >= 5, 2, 3))
    return np.asarray(signs >= needed)


# round is a small elongation; the other two are large values
SIGNS = {"elongation": -1, "irregularity": 1, "heterogeneity": 1}


def esgar_signs(
    columns: Mapping[str, np.ndarray], fitted: np.ndarray, *, quantile: float
) -> np.ndarray:
    """How many of ESGAR's three signs each lesion shows, (row).

    Args:
        columns: Measured, by the names in `SIGNS`, (row) each.
        fitted: Rows whose quantiles are the cut-offs, as a mask or as numbers.
        quantile: From which on a value counts as a sign.
    """
    signs = np.zeros(len(next(iter(columns.values()))))
    for name, way in SIGNS.items():
        values = way * columns[name]
        signs += values > np.quantile(values[fitted], quantile)
    return signs


def _rule_esgar() -> Fit:
    def fit(people: People, fitted: np.ndarray, quantile: float) -> Scorer:
        rows, _ = people.rows_of(fitted)
        columns = {name: people.column(name) for name in SIGNS}
        signs = esgar_signs(columns, rows[people.key[rows]], quantile=quantile)
        called = esgar(people.column("short_axis_mm"), signs) & people.key
        of_patient = np.bincount(people.of_row, weights=called, minlength=len(people)) > 0
        return lambda patients: np.where(of_patient[patients], 1.0, -1.0)

    return tuned(fit, QUANTILES, called="quantile")


def measured_summary(people: People, t_stage: tuple[str, ...]) -> np.ndarray:
    """A patient's measured features: the largest lesion's, mean and maximum, number, T stage."""
    columns = [people.measured[people.largest]]
    filled = np.bincount(people.of_row[people.key], minlength=len(people))
    for place in range(len(MEASURED)):
        values = people.measured[people.key, place]
        total = np.bincount(people.of_row[people.key], weights=values, minlength=len(people))
        top = np.full(len(people), -np.inf)
        np.maximum.at(top, people.of_row[people.key], values)
        columns += [(total / np.maximum(filled, 1))[:, None], top[:, None]]
    return np.column_stack([*columns, people.nodes, people.facts(False, t_stage)])


def _boosting(t_stage: tuple[str, ...]) -> Fit:
    def fit(people: People, fitted: np.ndarray, rate: float) -> Scorer:
        from sklearn.ensemble import GradientBoostingClassifier

        from core.training.logistic_bag import balance

        table = np.nan_to_num(measured_summary(people, t_stage), nan=-1.0)
        truth = people.labels[fitted]
        trees = GradientBoostingClassifier(
            n_estimators=BOOSTING_TREES,
            learning_rate=rate,
            max_depth=2,
            subsample=0.7,
            max_features="sqrt",
            random_state=0,
        ).fit(table[fitted], truth, sample_weight=balance(truth))
        return lambda patients: np.asarray(trees.decision_function(table[patients]))

    return tuned(fit, BOOSTING_RATES, called="rate")
