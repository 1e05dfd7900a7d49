"""Cohorts out of one pool of fresh patients, for protocols that are judged on many of them."""

from typing import TYPE_CHECKING

import numpy as np

from core.cohort.fresh import FreshPatients
from core.evaluation.people import People
from core.run import Run
from core.training.scaler import columns

if TYPE_CHECKING:
    from core.training.under_faults import Drawn

OUTSIDE = 150  # patients outside each cohort, whose pictures are encoded for every fold
MISREAD = 0.3  # assumed: share of tumours that MRI puts one T stage too high or too low


def draw(
    run: Run,
    fresh: FreshPatients,
    numbers: list[int],
    *,
    size: int,
    epochs: int | None = None,
) -> list["Drawn"]:
    """Cohorts out of the pool, each with both outcomes in the pool's shares; patients of one
    cohort are drawn without replacement, and others may hold them too.

    Args:
        run: Whose autoencoder, or whose recipe.
        fresh: The pool.
        numbers: Which cohorts.
        size: Patients a cohort.
        epochs: Train autoencoders anew for so many; None keeps the run's.
    """
    from core.training.codes_inside import Recipe
    from core.training.under_faults import Drawn

    attributes = columns(fresh.rows, run.settings.vae.attributes)
    key = np.flatnonzero(fresh.rows["key_slice"].to_numpy().astype(bool))
    people = People.from_rows(fresh.rows.iloc[key], np.zeros((len(key), 1), np.float32), named=0)
    stages = people.clinical[:, 0].astype(np.int64)
    read = misread(stages, np.random.default_rng([len(people), size, 11]))
    found = []
    for number in numbers:
        chance = np.random.default_rng([number, size, 13])
        who = _both(people.labels, size, min(OUTSIDE, len(people) - size), chance)
        rows, of_row = people.rows_of(who)
        found.append(
            Drawn(
                number=number,
                run=run.folder,
                patches=fresh.patches[key[rows]],
                of_row=of_row,
                labels=people.labels[who],
                t_stage=stages[who],
                read_t_stage=read[who],
                size=size,
                histograms=tuple(fresh.histograms[people.patient_ids[one]] for one in who[:size]),
                landmarks=fresh.landmarks,
                recipe=Recipe(fresh.masks[key[rows]], attributes[key[rows]], epochs)
                if epochs
                else None,
            )
        )
    return found


def misread(stages: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """T stages as read before surgery: `MISREAD` of them one stage too high or too low."""
    step = np.where(chance.random(len(stages)) < 0.5, -1, 1)
    step = np.where(stages + step < 1, 1, np.where(stages + step > 4, -1, step))
    return np.asarray(stages + step * (chance.random(len(stages)) < MISREAD))


def _both(labels: np.ndarray, inside: int, outside: int, chance: np.random.Generator) -> np.ndarray:
    """Patients of a cohort, then others, each part with the outcome's share of all."""
    share = labels.mean()
    positive, negative = (
        chance.permutation(np.flatnonzero(labels == outcome)) for outcome in (1, 0)
    )
    one, other = round(inside * share), round(outside * share)
    first = np.concatenate((positive[:one], negative[: inside - one]))
    rest = (positive[one : one + other], negative[inside - one : inside - one + outside - other])
    return np.concatenate((chance.permutation(first), chance.permutation(np.concatenate(rest))))
