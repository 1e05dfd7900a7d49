"""`python train.py clusters`: looks for groups in a finished run and measures what it found.

K is chosen on training patients; the figures are those of test patients, who are only placed.
"""

import os
import shutil
from collections.abc import Iterator

import numpy as np

from core.arrays import Labels
from core.errors import RunUnusable
from core.evaluation.cluster_quality import eta_interval
from core.evaluation.figures import (
    Figure,
    Stamp,
    read_metrics,
    rebuild_metrics,
    write_metrics,
)
from core.evaluation.intervals import Interval, mean_interval, percentiles
from core.latent.attributes import column
from core.latent.evidence import Study
from core.latent.grouping import METHODS, NONE, Method, group
from core.latent.kept import added_folder, read_study, write_study
from core.latent.space import LatentSpace, Over
from core.latent.support import (
    NULLS,
    RESAMPLES,
    gaussian_cloud,
    patient_resample,
    silhouette,
    study,
)
from core.progress import Progress, silent
from core.run import Run

OVERS: tuple[Over, ...] = ("attributes", "all")
ETA2 = {"short_axis_mm": "cluster.eta2_size", "elongation": "cluster.eta2_elongation"}


def study_run(
    run: Run, *, stamp: Stamp, again: bool = False, progress: Progress = silent
) -> tuple[Study, list[Figure]]:
    """Study every method and choice of dimensions, and write `RUN/added/clusters/` whole.

    A study that was made of these weights before, by this command or beside a page, is read and
    not made again; the same holds for the figures where the run has them.

    Args:
        run: A finished run.
        stamp: The command, its seed, when and which commit.
        again: Make everything again.
        progress: Told how far each study is.

    Returns:
        The study that figures are measured by (K-Means over the dimensions that carry
        attributes, or over all where there are none), and the figures.

    Raises:
        OSError: The run's folder cannot be written.
    """
    if not again and (known := read_added(run)):
        return known
    space = LatentSpace.open(run)
    overs = OVERS if len(space.attributes) > 1 else OVERS[1:]
    weights, target = run.manifest.weights_sha256, added_folder(run)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        made = {}
        for over in overs:
            for method in METHODS:
                kept = None if again else read_study(run, method, space.dims(over))
                made[over, method] = kept or study(
                    space, method=method, over=over, progress=_named(progress, method, over)
                )
                write_study(partial, made[over, method], weights_sha256=weights)
        first = made[overs[0], "kmeans"]
        figures = list(measure_groups(space, first, usual_k=run.settings.map.clusters, stamp=stamp))
        write_metrics(partial, figures, weights_sha256=weights)
        shutil.rmtree(target, ignore_errors=True)
        os.rename(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    rebuild_metrics(run.folder)
    return first, figures


def read_added(run: Run) -> tuple[Study, list[Figure]] | None:
    """What the command left in the run; None where anything is missing or of other weights."""
    space = LatentSpace.open(run)
    overs = OVERS if len(space.attributes) > 1 else OVERS[1:]
    folder = added_folder(run)
    found = [
        read_study(run, method, space.dims(over), (folder,)) for over in overs for method in METHODS
    ]
    try:
        figures, measured_with = read_metrics(folder)
    except RunUnusable:
        return None
    first = found[METHODS.index("kmeans")]
    if first is None or None in found or measured_with != run.manifest.weights_sha256:
        return None
    return first, figures


def measure_groups(
    space: LatentSpace, made: Study, *, usual_k: int, stamp: Stamp
) -> Iterator[Figure]:
    """The figures of the offered K, or of the run's own K where none is supported."""
    test = np.asarray(space.rows["split"] == "test", dtype=bool)
    chosen, n = np.flatnonzero(test), int(test.sum())
    if not n:
        return
    seen = np.ascontiguousarray(space.codes[:, : made.dims], dtype=np.float32)
    k = made.offered or usual_k
    found = group(seen[space.train], k, method=made.method, seed=space.seed)
    labels = found.predict(seen)
    who = space.rows["patient_id"].astype(str).to_numpy(dtype=str)

    def figure(name: str, value: Interval | float, count: int = n) -> Figure:
        return stamp.figure(name, value, n=count, unit_of_n="patch", data="test")

    yield figure("cluster.k", float(made.offered or 0))
    yield figure("cluster.ari", _stability(space, seen, labels, k, made.method, chosen))
    if 1 < len(np.unique(labels[chosen])) < n:
        yield figure(
            "cluster.silhouette_minus_null",
            _over_null(space, seen, labels, k, made.method, chosen, who),
        )
    for name, figure_id in ETA2.items():
        values = column(space.rows, name)[chosen]
        known = np.isfinite(values)
        if known.sum() > 2 and np.ptp(values[known]) > 0:
            value = eta_interval(values[known], labels[chosen][known], who[chosen][known])
            yield figure(figure_id, value, int(known.sum()))


def _stability(
    space: LatentSpace, seen: np.ndarray, labels: Labels, k: int, method: Method, chosen: Labels
) -> Interval:
    """ARI over test patches between the groups and those of resampled training patients."""
    from sklearn.metrics import adjusted_rand_score

    train, random = np.flatnonzero(space.train), np.random.default_rng(space.seed)
    found = []
    for _ in range(RESAMPLES):
        drawn = train[patient_resample(space, train, random)]
        again = group(seen[drawn], k, method=method, seed=space.seed, starts=2)
        found.append(adjusted_rand_score(labels[chosen], again.predict(seen[chosen])))
    return percentiles(float(np.mean(found)), np.array(found))


def _over_null(
    space: LatentSpace,
    seen: np.ndarray,
    labels: Labels,
    k: int,
    method: Method,
    chosen: Labels,
    who: np.ndarray,
) -> Interval:
    """Silhouette of the test patches minus that of clouds treated alike, by patient."""
    from sklearn.metrics import silhouette_samples

    random, train = np.random.default_rng(space.seed), seen[space.train]
    nulls = []
    for _ in range(NULLS):
        cloud = gaussian_cloud(train, len(train) + len(chosen), random)
        fitted = group(cloud[: len(train)], k, method=method, seed=space.seed)
        rest = cloud[len(train) :]
        nulls.append(silhouette(rest, fitted.predict(rest), seed=space.seed))
    kept = chosen[labels[chosen] != NONE]
    own = silhouette_samples(seen[kept], labels[kept]) - float(np.mean(nulls))
    return mean_interval(own, who[kept])


def _named(progress: Progress, method: Method, over: Over) -> Progress:
    def said(what: str, done: int, total: int) -> None:
        progress(f"{what}: {method}, {over} dimensions", done, total)

    return said
