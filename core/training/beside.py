"""What a head is told of a lesion beside its code.

The paper's head is told five shape features. The logistic head may read the named attributes off
the mask: they are better known there than from the picture (on the synthetic cohort, the same
head told malignant from benign lesions with AUC .82 from the masks and .78 from the code). It is
told the difference: by how much the measured, z-scored attribute exceeds what the code of the
lesion's own patch says. Added to the code's named dimensions that gives the measurement itself,
and when the code is moved (growth, a painted patch) the score follows from there. Without a mask
the difference is unknown, and the code alone speaks.

With `head.distance` the lesion's distance to the tumour follows, in mm until it is standardised;
where the tumour is not outlined it is taken for the mean.
"""

import numpy as np
import pandas as pd

from core.arrays import Codes, Features, Labels
from core.cohort.node import FEATURES
from core.run import Run
from core.settings import Settings
from core.training.scaler import Scaler, columns

DISTANCE = "tumour_mm"


def beside_names(settings: Settings) -> tuple[str, ...]:
    """The measured columns that the head may see of a lesion beside its code."""
    shape = settings.vae.attributes if settings.reads_measures else FEATURES
    return (*shape, DISTANCE) if settings.head.distance else shape


def beside(rows: pd.DataFrame, codes: Codes, *, settings: Settings, attributes: Scaler) -> Features:
    """What the head is told of rows of a table, from the codes of their own patches.

    Args:
        rows: With the columns of `beside_names`.
        codes: Posterior means of the same rows, (row, latent).
        settings: The run's.
        attributes: How the run's attributes are z-scored.

    Returns:
        (row, feature) in the order of `beside_names`: shape features in their own units, or, for a
        head that reads measures, differences in standard deviations; NaN where not known.
    """
    measured = columns(rows, beside_names(settings))
    if not settings.reads_measures:
        return measured
    many = len(attributes.names)
    exceeds = attributes.apply(measured[:, :many]) - np.asarray(codes)[:, :many]
    return np.column_stack((exceeds, measured[:, many:]))


def beside_in(run: Run, rows: Labels) -> Features:
    """The same for some rows of a finished run, by their numbers."""
    attributes = Scaler.from_json(run.preprocessing["attributes"])
    chosen, codes = run.rows.iloc[rows], run.codes[rows]
    return beside(chosen, codes, settings=run.settings, attributes=attributes)


def as_told(names: tuple[str, ...]) -> Scaler:
    """The scaler of differences: they are in standard deviations already."""
    return Scaler(names, (0.0,) * len(names), (1.0,) * len(names))


def followed_by(first: Scaler, second: Scaler) -> Scaler:
    """One scaler for the first's columns and then the second's."""
    return Scaler(first.names + second.names, first.mean + second.mean, first.sd + second.sd)
