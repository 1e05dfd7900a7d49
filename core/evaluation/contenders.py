"""The rows of the table of models that need no network beyond the run's codes.

Logistic rows are penalised (`core.training.logistic_bag`); scalers, components and
penalties come from the patients fitted on. Rules are in `rules`, boosting in `boosted`, rows that
look at pixels in `pixel_rows`.
"""

from typing import Literal

import numpy as np

from core.arrays import Features
from core.evaluation.boosted import boosting, measured_table
from core.evaluation.contender import Contender, Fit, told_beside
from core.evaluation.nested import Scorer, tuned
from core.evaluation.people import People
from core.evaluation.rules import rules
from core.latent.attributes import FREE
from core.training.logistic_bag import PENALTIES, Pool, fit_logistic_bag
from core.training.ordinal_bag import fit_ordinal_bag
from core.training.scaler import Scaler

COMPONENTS = 3  # as the runs' heads see them
LEAST_SPREAD = 0.1

Rows = Literal["all", "largest", "key", "lesions"]
"""Which rows speak: every slice of every lesion, the largest lesion's key slice, each lesion's key
slice, or one row a lesion with the mean code of all its slices."""


def contenders(people: People) -> list[Contender]:
    """The rows that these people allow: no sizes, no size rows; no T stage, no T stage rows."""
    t_stage = ("t_stage",) if people.knows("t_stage") else ()

    def named(title: str) -> str:
        return told_beside(title, t_stage)

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
    if people.has_sizes and not t_stage:
        # where nothing clinical is known the volume is what a picture has to add to
        fit = _bag(volume=True)
        found.append(Contender("image_volume", "Image and volume", "both", fit))
    if people.has_sizes and t_stage:
        fit = _bag(True, True, t_stage)
        found.append(Contender("both", "Image and clinical together", "both", fit))
    if people.has_sizes:
        # the head and all that it is told beside the picture's code
        fit = _bag(False, False, t_stage, measures=True)
        title = named("Measures of every lesion (outline and greys), no code")
        found.append(Contender("measures", title, "both", fit))
    plain = "image"
    if t_stage:
        fit, plain = _bag(True, False, t_stage), "logistic"
        found.append(Contender(plain, named("Penalised logistic, codes"), "head", fit))
    if people.has_stages:
        fit = _bag(True, False, t_stage, ordinal=True)
        title = named("Penalised logistic, taught N0 / N1 / N2")
        found.append(Contender("ordinal", title, "head", fit, varies=plain))
    if people.has_distances:
        fit = _bag(True, False, t_stage, distance=True)
        title = named("Penalised logistic, distance to tumour")
        found.append(Contender("distance", title, "head", fit, varies=plain))
    fit = _bag(True, False, t_stage, rows="largest")
    found.append(Contender("largest", named("The largest one's code"), "head", fit))
    fit = _bag(True, False, t_stage, pool="mean")
    found.append(
        Contender("logistic_mean", named("Penalised logistic, mean over rows"), "head", fit)
    )
    if people.sliced:
        fit = _bag(True, False, t_stage, rows="key")
        title = named("Penalised logistic, key slices alone")
        found.append(Contender("key_slices", title, "head", fit, varies=plain))
        fit = _bag(True, False, t_stage, rows="lesions")
        title = named("2.5-D: mean code of all slices of a lesion")
        found.append(Contender("slices_pooled", title, "head", fit, varies="key_slices"))
    if people.has_sizes:
        table = measured_table(people, people.measured, t_stage)
        title = named("Gradient boosting, measured features")
        found += [*rules(people), Contender("boosting", title, "both", boosting(table))]
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
    rows: Rows = "all",
    ordinal: bool = False,
    distance: bool = False,
    volume: bool = False,
    measures: bool = False,
) -> Fit:
    """A penalised logistic row: codes, size and shape, clinical features, or several of them.

    Args:
        codes: The rows' named dimensions and components.
        shape: Size and shape of the largest lesion.
        clinical: Names of the clinical features.
        pool: How rows become a patient.
        rows: Which rows speak, see `Rows`.
        ordinal: Taught the N stage and not only the outcome.
        distance: Each row's odds are multiplied by exp(v d), d its standardised distance to the
            tumour (the mean where not known) and v a weight that is learned.
        volume: The logarithm of the largest lesion's volume.
        measures: `FREE`, each lesion's attributes as measured, held no tighter than named
            dimensions; instead of codes.
    """

    def fit(people: People, fitted: np.ndarray, penalty: float) -> Scorer:
        facts = people.facts(shape, clinical)
        if volume:
            facts = np.column_stack((facts, people.log_mm3))
        names = tuple(map(str, range(facts.shape[1])))
        facts = Scaler.fit(facts[fitted], names).filled(facts).astype(np.float64)
        seen, named = np.zeros((len(people.of_row), 0)), 0
        spoken, _ = _speaking(people, fitted, rows)
        if codes:
            named = people.named
            many = COMPONENTS if named else 24
            told = people.lesion_codes if rows == "lesions" else people.codes
            seen = seen_by(told, spoken, named=named, components=many)
        if measures:
            taken = np.column_stack([people.column(name) for name in FREE])
            seen = Scaler.fit(taken[spoken], FREE).filled(taken).astype(np.float64)
            named = len(FREE)
        if distance:
            away = people.tumour_mm[:, None]
            away = Scaler.fit(away[spoken], ("tumour_mm",)).filled(away)
            seen, named = np.column_stack((away, seen)), named + 1 if named else 0

        def own(patients: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            speaking, of_row = _speaking(people, patients, rows)
            return seen[speaking], of_row, facts[patients]

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


def _speaking(people: People, patients: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """The rows of some patients that speak, and the place of each one's patient among them."""
    if rows == "largest":
        return people.largest[patients], np.arange(len(patients))
    found, of_row = people.rows_of(patients)
    if rows == "all":
        return found, of_row
    key = people.key[found]
    return found[key], of_row[key]
