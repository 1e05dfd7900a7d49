"""Everything that training itself measures of a finished run, in one call.

A figure that cannot be measured is left out: sizes of a cohort without masks, an AUC where the
test patients share one outcome, a map with too few points. Test patients are only measured
here; nothing that is chosen comes from this file.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.arrays import Codes, Patches, Values
from core.evaluation import calibration, classification, latent_space, reconstruction
from core.evaluation.cluster_quality import eta_interval
from core.evaluation.conformal import ConformalRule
from core.evaluation.dci import dci
from core.evaluation.disentangle import disentangled
from core.evaluation.figures import Data, Figure, Stamp
from core.evaluation.goals import VALIDATION
from core.evaluation.intervals import Interval, mean_interval, median_interval, wilson
from core.evaluation.map_quality import NEIGHBOURS, map_quality
from core.latent.attributes import FREE

FEWEST_ROWS = 20  # the nearest-neighbour estimator says nothing of fewer
MOST_JUDGED = 2000  # test patches on the map; more would cost minutes and narrow no interval


@dataclass(frozen=True)
class Measured:
    """What a finished training hands over to be measured; row i is the same patch everywhere.

    Attributes:
        rows: The run's `rows.parquet`: patient_id, split, short_axis_mm, elongation are read.
        predictions: The run's `predictions.csv`: patient_id, split, label, probability.
        patches: The pictures, in [0, 1].
        reconstructions: Each decoded from its posterior mean.
        codes: Posterior means.
        kl: KL of each patch's posterior from the prior, in nats.
        places: The run's `map.parquet`: umap_x, umap_y, pca_x, pca_y, cluster, and named_x,
            named_y where some dimensions are named.
        clustered: The coordinates that K-Means and the map of the named dimensions saw,
            (row, dimension).
        threshold: Patients from this probability upwards are called positive; chosen on
            patients held out.
        rule: The conformal rule of the run, or None.
        spacing_mm: Of a patch's rows and columns, where lesions have outlines; None otherwise.
    """

    rows: pd.DataFrame
    predictions: pd.DataFrame
    patches: Patches
    reconstructions: Patches
    codes: Codes
    kl: Values
    places: pd.DataFrame
    clustered: np.ndarray
    threshold: float
    rule: ConformalRule | None
    spacing_mm: tuple[float, float] | None = None


def measure_run(measured: Measured, *, stamp: Stamp) -> list[Figure]:
    """Measure a finished training on its test patients, and beside them on validation.

    Args:
        measured: What training made.
        stamp: The command, its seeds, when and which commit.

    Returns:
        The figures that could be measured; `write_metrics` writes them.
    """
    splits: tuple[Data, Data] = ("test", "validation")
    figures: list[Figure] = []
    for data in splits:
        figures += _reconstruction(measured, data, stamp)
        figures += _patients(measured, data, stamp)
    figures += _sizes(measured, stamp)
    figures += _latent(measured, stamp)
    figures += _named(measured, stamp)
    figures += _map(measured, stamp)
    figures += _clusters(measured, stamp)
    return figures


def _rows_of(measured: Measured, data: Data) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.flatnonzero((measured.rows["split"] == data).to_numpy())
    return chosen, measured.rows["patient_id"].astype(str).to_numpy(dtype=str)[chosen]


def _reconstruction(measured: Measured, data: Data, stamp: Stamp) -> Iterator[Figure]:
    chosen, who = _rows_of(measured, data)
    if not chosen.size:
        return
    original, drawn = measured.patches[chosen], measured.reconstructions[chosen]
    suffix = VALIDATION if data == "validation" else ""
    values = {"recon.psnr": reconstruction.psnr(original, drawn)}
    values["recon.mae"] = reconstruction.mae(original, drawn)
    if min(original.shape[1:]) >= reconstruction.WINDOW_PX:
        values["recon.ssim"] = reconstruction.ssim(original, drawn)
    for name, per_image in values.items():
        if np.isfinite(per_image).all():
            value = mean_interval(per_image, who)
            yield stamp.figure(name + suffix, value, n=chosen.size, unit_of_n="patch", data=data)


def _sizes(measured: Measured, stamp: Stamp) -> Iterator[Figure]:
    """Whether a reconstruction shows a lesion as large as the picture did, by one ruler."""
    from core.growth.measure import short_axes_mm

    chosen, who = _rows_of(measured, "test")
    if measured.spacing_mm is None or not chosen.size:
        return
    before, after = (
        short_axes_mm(pictures[chosen], spacing_mm=measured.spacing_mm)
        for pictures in (measured.patches, measured.reconstructions)
    )
    read = np.isfinite(before) & np.isfinite(after)
    if read.sum() < FEWEST_ROWS:
        return
    change, n = (after - before)[read], int(read.sum())
    for name, value in (
        ("recon.size_median_mm", median_interval(np.abs(change), who[read])),
        ("recon.size_bias_mm", mean_interval(change, who[read])),
    ):
        yield stamp.figure(name, value, n=n, unit_of_n="patch", data="test")


def _patients(measured: Measured, data: Data, stamp: Stamp) -> Iterator[Figure]:
    table = measured.predictions[measured.predictions["split"] == data]
    if table.empty:
        return
    labels = table["label"].to_numpy().astype(bool)
    probabilities = table["probability"].to_numpy().astype(np.float64)
    n = len(table)

    def figure(name: str, value: Interval | float | None, n: int = n) -> Iterator[Figure]:
        if value is not None:
            yield stamp.figure(name, value, n=n, unit_of_n="patient", data=data)

    both = labels.any() and not labels.all()
    if both:
        yield from figure(f"auc.{data}", classification.auc_interval(labels, probabilities))
    if data != "test":
        return
    if both:
        yield from figure("auc.short_axis.test", _size_alone(measured, table, labels))
        line = calibration.calibration_line(labels, probabilities)
        yield from figure("calib.slope.test", line.slope if line else None)
    counts = classification.confusion(labels, probabilities, threshold=measured.threshold)
    called = counts.true_positive + counts.false_positive
    yield from figure("sensitivity.test", counts.sensitivity, counts.positives)
    yield from figure("specificity.test", counts.specificity, counts.negatives)
    yield from figure("ppv.test", counts.ppv, called)
    yield from figure("npv.test", counts.npv, n - called)
    squared = calibration.brier(labels, probabilities)
    yield from figure("brier.test", mean_interval(squared, np.arange(n)))
    told = calibration.expected_error_interval(labels, probabilities)
    yield from figure("calib.ece.test", told)
    if measured.rule is None:
        return
    rule, negatives = measured.rule, n - int(labels.sum())
    referred = sum(answer == "no answer" for answer in rule.answers(probabilities))
    yield from figure("conformal.referred.test", wilson(referred, n))
    if labels.any():
        held = wilson(int(rule.holds_positive(probabilities[labels]).sum()), int(labels.sum()))
        yield from figure("conformal.coverage_positive.test", held, int(labels.sum()))
    if negatives:
        held = wilson(int(rule.holds_negative(probabilities[~labels]).sum()), negatives)
        yield from figure("conformal.coverage_negative.test", held, negatives)


def _size_alone(measured: Measured, table: pd.DataFrame, labels: np.ndarray) -> Interval | None:
    """The AUC of each patient's largest measured short axis; None where a size is not known."""
    largest = measured.rows.groupby(measured.rows["patient_id"].astype(str))["short_axis_mm"].max()
    sizes = largest.reindex(table["patient_id"].astype(str)).to_numpy(dtype=np.float64)
    return classification.auc_interval(labels, sizes) if np.isfinite(sizes).all() else None


def _latent(measured: Measured, stamp: Stamp) -> Iterator[Figure]:
    chosen, who = _rows_of(measured, "test")
    if not chosen.size:
        return
    active = latent_space.active_units_interval(measured.codes[chosen], who)
    kl = mean_interval(measured.kl[chosen], who)
    for name, value in (("latent.active_units", active), ("latent.kl", kl)):
        yield stamp.figure(name, value, n=chosen.size, unit_of_n="patch", data="test")


def _named(measured: Measured, stamp: Stamp) -> Iterator[Figure]:
    """How far single dimensions mean single measured attributes."""
    chosen, who = _rows_of(measured, "test")
    names = [name for name in FREE if name in measured.rows]
    values = measured.rows[names].to_numpy(dtype=np.float64)[chosen]
    known = np.isfinite(values).all(axis=1)
    if known.sum() < FEWEST_ROWS:
        return
    varies = np.ptp(values[known], axis=0) > 0
    codes = measured.codes[chosen][known]
    if varies.sum() < 2 or not (codes.var(axis=0) > latent_space.ACTIVE_ABOVE).any():
        return
    found = disentangled(codes, values[known][:, varies], who[known])
    trees = dci(codes, values[known][:, varies], who[known])
    for name, value in (
        ("interp.score", found.score),
        ("interp.sap", found.sap),
        ("interp.scc", found.scc),
        ("interp.modularity", found.modularity),
        ("interp.mig", found.mig),
        ("interp.dci_disentanglement", trees.disentanglement),
        ("interp.dci_completeness", trees.completeness),
        ("interp.dci_informativeness", trees.informativeness),
    ):
        n = int(known.sum())
        yield stamp.figure(name, value, n=n, unit_of_n="patch", data="test")


def _map(measured: Measured, stamp: Stamp) -> Iterator[Figure]:
    chosen, who = _rows_of(measured, "test")
    if not chosen.size or len(measured.codes) <= 2 * NEIGHBOURS:
        return
    if chosen.size > MOST_JUDGED:
        picked = np.random.default_rng(0).permutation(chosen.size)[:MOST_JUDGED]
        chosen, who = chosen[picked], who[picked]
    whole, named = measured.codes, measured.clustered
    laid = {"": ("umap", whole), "_pca": ("pca", whole), "_named": ("named", named)}
    for suffix, (layout, seen) in laid.items():
        if f"{layout}_x" not in measured.places:
            continue  # no two dimensions were given a name
        places = measured.places[[f"{layout}_x", f"{layout}_y"]].to_numpy(dtype=np.float64)
        quality = map_quality(seen, places, points=chosen)
        for name, values in (
            ("map.trustworthiness", quality.trustworthiness),
            ("map.continuity", quality.continuity),
            ("map.knn_overlap", quality.overlap),
        ):
            value = mean_interval(values, who)
            yield stamp.figure(name + suffix, value, n=chosen.size, unit_of_n="patch", data="test")


def _clusters(measured: Measured, stamp: Stamp) -> Iterator[Figure]:
    from sklearn.metrics import silhouette_samples

    chosen, who = _rows_of(measured, "test")
    groups = measured.places["cluster"].to_numpy()[chosen]
    for name, column in (("size", "short_axis_mm"), ("elongation", "elongation")):
        values = measured.rows[column].to_numpy(dtype=np.float64)[chosen]
        known = np.isfinite(values)
        if known.sum() < 3 or np.ptp(values[known]) == 0:
            continue
        value = eta_interval(values[known], groups[known], who[known])
        n = int(known.sum())
        yield stamp.figure(f"cluster.eta2_{name}", value, n=n, unit_of_n="patch", data="test")
    if 2 <= len(np.unique(groups)) < chosen.size:
        value = mean_interval(silhouette_samples(measured.clustered[chosen], groups), who)
        n = chosen.size
        yield stamp.figure("cluster.silhouette", value, n=n, unit_of_n="patch", data="test")
