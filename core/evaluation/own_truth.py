"""What is known of a run's own test patients because their cohort is synthetic.

The same slices drawn once more without noise say how alike a patch and any picture of it can be:
nobody can draw the noise of a patch that was not copied, so the SSIM of the noise-free patch with
the raw one is the ceiling of a reconstruction's. And the true factors say whether a dimension that
was taught a measured attribute means the thing itself.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from core.arrays import Labels, Map2D, Values
from core.cohort.phantom.bayes import bayes_patient
from core.cohort.phantom.render import DrawnPatient, draw_patient, render_slice
from core.cohort.phantom.scanner import SCANNERS
from core.cohort.phantom.truth import PatientTruth, draw_truth, truth_table
from core.cohort.source import PHANTOM, scanner_of
from core.evaluation import reconstruction
from core.evaluation.classification import auc_interval
from core.evaluation.dci import dci
from core.evaluation.disentangle import disentangled
from core.evaluation.figures import Figure, Stamp
from core.evaluation.fresh_figures import known
from core.evaluation.intervals import (
    RESAMPLES,
    Interval,
    mean_interval,
    patient_draws,
    patient_numbers,
    percentiles,
    sums_by_patient,
)
from core.evaluation.latent_space import ACTIVE_ABOVE
from core.progress import Progress, silent
from core.run import Run

SAME = 0.9999  # rank correlation of a patch with its slice drawn again; the mapping keeps order
FEWEST = 20  # lesions; as for the measured attributes


def truth_figures(run: Run, stamp: Stamp, *, progress: Progress = silent) -> Iterator[Figure]:
    """The test patients' reconstructions against noise-free patches, codes against true factors.

    Nothing where the run does not say which synthetic cohort it was trained on.

    Args:
        run: Finished.
        stamp: Of the figures.
        progress: Told the patients drawn again.
    """
    drawn = PHANTOM.fullmatch(Path(run.settings.cohort.path).name)
    test = (run.rows["split"] == "test").to_numpy()
    if drawn is None or not test.any():
        return
    truths = draw_truth(int(drawn.group(1)), int(drawn.group(2)))
    yield from _best(run, truths, stamp)
    yield from _pictures(run, noise_free(run, truths, test, progress=progress), stamp)
    own = known(run.rows[test], run.codes[test], truth_table(truths))
    active = (own.codes.var(axis=0) > ACTIVE_ABOVE).any()
    if len(own.truth) < FEWEST or not np.isfinite(own.truth).all() or not active:
        return
    found = disentangled(own.codes, own.truth, own.patient_ids)
    trees = dci(own.codes, own.truth, own.patient_ids)
    for name, value in (
        ("interp.score_true", found.score),
        ("interp.sap_true", found.sap),
        ("interp.scc_true", found.scc),
        ("interp.modularity_true", found.modularity),
        ("interp.mig_true", found.mig),
        ("interp.dci_disentanglement_true", trees.disentanglement),
        ("interp.dci_completeness_true", trees.completeness),
        ("interp.dci_informativeness_true", trees.informativeness),
    ):
        yield stamp.figure(name, value, n=len(own.truth), unit_of_n="node", data="test")


def _best(run: Run, truths: tuple[PatientTruth, ...], stamp: Stamp) -> Iterator[Figure]:
    """The best possible AUC on the run's own patients, those that a cross-validation judges."""
    best = {truth.patient_id: bayes_patient(truth) for truth in truths}
    people = run.rows.drop_duplicates("patient_id")
    who = people["patient_id"].astype(str)
    labels = people["label"].to_numpy().astype(bool)
    if not set(who) <= set(best) or labels.all() or not labels.any():
        return
    value = auc_interval(labels, who.map(best).to_numpy(dtype=np.float64))
    if value is not None:
        n = len(people)
        yield stamp.figure("auc.cv_best", value, n=n, unit_of_n="patient", data="cross-validated")


def noise_free(
    run: Run, truths: tuple[PatientTruth, ...], chosen: Labels, *, progress: Progress = silent
) -> np.ndarray:
    """Some of a run's patches without their noise, in the run's greys, (chosen row, side, side).

    Every patient's intensities were brought to scale by one mapping that keeps their order; the
    patches themselves, held against the same slices drawn with their noise, say which. A patch
    that is not that of its slice (another scanner's grid, another version of the program) is NaN.

    Args:
        run: Of a synthetic cohort.
        truths: Its patients.
        chosen: Which rows, bool with shape (row).
        progress: Told the patients done.
    """
    at = np.flatnonzero(chosen)
    found = np.full((len(at), *run.patches.shape[1:]), np.nan, dtype=np.float32)
    who = run.rows["patient_id"].astype(str).to_numpy()[at]
    scanner = SCANNERS[scanner_of(Path(run.settings.cohort.path))]
    wanted = [truth for truth in truths if truth.patient_id in set(who)]
    progress("drawing test patients without noise", 0, len(wanted))
    for done, truth in enumerate(wanted):
        own = at[who == truth.patient_id]
        pairs = _windows(draw_patient(truth, scanner), run.grid.iloc[own], run.patches.shape[1])
        same = [_same(noisy, run.patches[row]) for row, (noisy, _) in zip(own, pairs, strict=True)]
        if any(same):
            shown = [noisy.ravel() for (noisy, _), one in zip(pairs, same, strict=True) if one]
            units, greys = np.concatenate(shown), run.patches[own[same]].ravel()
            clean = [mapped(quiet, units, greys) for _, quiet in pairs]
            found[np.isin(at, own[same])] = np.stack(clean)[same]
        progress("drawing test patients without noise", done + 1, len(wanted))
    return found


def mapped(picture: Map2D, units: Values, greys: Values) -> Map2D:
    """A picture in scanner units brought to greys by the mapping that some pixels show.

    What lies beyond the slice (NaN) is 0, as in every patch.
    """
    seen = np.isfinite(units)
    steps, place = np.unique(units[seen], return_inverse=True)
    means = np.bincount(place, weights=greys[seen]) / np.bincount(place)
    greyed = np.interp(picture, steps, means)
    return np.asarray(np.nan_to_num(greyed, nan=0.0), dtype=np.float32)


def ceiling_share(drawn: Values, ceiling: Values, patient_ids: Labels) -> Interval:
    """Mean of one SSIM over the mean of another, interval by bootstrap of patients."""
    numbers, patients = patient_numbers(patient_ids)
    sums = sums_by_patient(np.column_stack((drawn, ceiling)), numbers, patients)
    shares = []
    for draws in patient_draws(patients, resamples=RESAMPLES, seed=0):
        total = draws @ sums
        shares.append(total[:, 0] / total[:, 1])
    return percentiles(float(drawn.mean() / ceiling.mean()), np.concatenate(shares))


def _pictures(run: Run, clean: np.ndarray, stamp: Stamp) -> Iterator[Figure]:
    from core.model import Model

    at = np.flatnonzero((run.rows["split"] == "test").to_numpy())
    there = np.isfinite(clean).all(axis=(1, 2))
    at, clean = at[there], clean[there]
    if len(at) < FEWEST or min(clean.shape[1:]) < reconstruction.WINDOW_PX:
        return
    raw, who = run.patches[at], run.rows["patient_id"].astype(str).to_numpy(dtype=str)[at]
    drawn = Model.open(run, device="cpu").decode(run.codes[at])
    reached, ceiling = reconstruction.ssim(raw, drawn), reconstruction.ssim(raw, clean)
    for name, value in (
        ("recon.ssim_of_ceiling", ceiling_share(reached, ceiling, who)),
        ("recon.ssim_ceiling", mean_interval(ceiling, who)),
        ("recon.ssim_noise_free", mean_interval(reconstruction.ssim(clean, drawn), who)),
        ("recon.psnr_noise_free", mean_interval(reconstruction.psnr(clean, drawn), who)),
    ):
        yield stamp.figure(name, value, n=len(at), unit_of_n="patch", data="test")


def _windows(
    patient: DrawnPatient, places: pd.DataFrame, side: int
) -> list[tuple[np.ndarray, ...]]:
    """What each of a patient's patches was cut from, with noise and without."""
    deep = [int(np.asarray(corner)[2]) for corner in places["corner"]]
    drawn = {
        k: tuple(render_slice(patient, k, noise=noise)[0] for noise in (True, False))
        for k in sorted(set(deep))
    }
    return [
        (_window(drawn[k][0], grid, side=side), _window(drawn[k][1], grid, side=side))
        for k, (_, grid) in zip(deep, places.iterrows(), strict=True)
    ]


def _window(picture: np.ndarray, grid: pd.Series, *, side: int) -> np.ndarray:
    """The square that a patch was cut from; NaN beyond the slice, as `core.cohort.cut` has it."""
    corner, shape = np.asarray(grid["corner"]), np.asarray(grid["shape"])
    row, column = int(shape[1] - 1 - corner[1]), int(shape[0] - 1 - corner[0])
    found = np.full((side, side), np.nan, dtype=np.float32)
    if picture.shape != (int(shape[1]), int(shape[0])):
        return found  # resampled: its pixels are not the scanner's
    rows, columns = (
        slice(max(first, 0), min(first + side, end))
        for first, end in zip((row, column), picture.shape, strict=True)
    )
    found[rows.start - row : rows.stop - row, columns.start - column : columns.stop - column] = (
        picture[rows, columns]
    )
    return found


def _same(noisy: Map2D, patch: Map2D) -> bool:
    from scipy.stats import spearmanr

    seen = np.isfinite(noisy)
    if not seen.any() or np.ptp(noisy[seen]) == 0:
        return False
    return bool(spearmanr(noisy[seen], patch[seen]).statistic >= SAME)
