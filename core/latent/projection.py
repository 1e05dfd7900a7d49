"""The map: every patch's place on a plane, in a room, on principal axes, and its cluster.

UMAP draws a picture. It is fitted on the codes of all patients of the run, so that every point
has a place of the same standing; nothing is concluded from it. Whatever conclusions rest on
(principal axes, cluster centres) is fitted on training rows, and the others are only placed.
Near on the map means alike to the model; wide gaps and empty areas mean little.
"""

from typing import Any, Literal

import numpy as np
import pandas as pd

from core.arrays import Codes, Features, Labels, Values
from core.errors import LatentError
from core.latent.clusters import kmeans
from core.latent.umap_cache import umap_at_work
from core.settings import MapSettings

# Repelled points a neighbour. More than umap's own 5 keeps more true neighbours beside a point, at
# twice the time (umap-learn's `negative_sample_rate`).
REPULSIONS, FEW_REPULSIONS = 20, 5
MANY_ROWS = 10_000  # from here on the time counts more
UMAP_INPUT = 50  # principal axes that UMAP sees (SCIENCE.md section 3)


def fit_map(
    codes: Codes, *, train: Labels, settings: MapSettings, seed: int, named_dims: int = 0
) -> pd.DataFrame:
    """Lay out a run's codes for looking at; the same seed gives the same map.

    Args:
        codes: Posterior means, one row a patch.
        train: True for rows of training patients, (row,) bool.
        settings: UMAP's neighbourhood and distance, and K. All shrink where rows are few.
        seed: Seed of UMAP and K-Means.
        named_dims: K-Means looks at this many first dimensions (the regularised ones), and a
            second map is laid out of them alone; 0 looks at all. `LatentSpace.clusters` takes
            the regularised ones where there are at least two, so training passes their number.

    Returns:
        row, umap_x, umap_y, umap3_x, umap3_y, umap3_z, pca_x, pca_y, pca_z (float32, without
        unit) and cluster (int, from 0), one line a patch in the order of `codes`; with
        `named_dims` also named_x, named_y.

    Raises:
        LatentError: Codes are not finite, or there are fewer than two training rows.
    """
    train = np.asarray(train, dtype=bool)
    check_codes(codes, train)
    axes = principal_axes(codes, train=train, count=3)
    flat = umap_layout(codes, settings=settings, dimensions=2, seed=seed)
    room = umap_layout(codes, settings=settings, dimensions=3, seed=seed)
    looked_at = codes[:, : named_dims or codes.shape[1]]
    cluster, _ = kmeans(looked_at, settings.clusters, train=train, seed=seed)
    columns: dict[str, Values] = {"row": np.arange(len(codes))}
    layouts = {"umap": flat, "umap3": room, "pca": axes}
    if named_dims:
        layouts["named"] = umap_layout(looked_at, settings=settings, dimensions=2, seed=seed)
    for name, places in layouts.items():
        for letter, place in zip("xyz", places.T, strict=False):
            columns[f"{name}_{letter}"] = place.astype(np.float32)
    columns["cluster"] = cluster
    return pd.DataFrame(columns)


def umap_layout(
    codes: Codes,
    *,
    settings: MapSettings,
    dimensions: int,
    seed: int,
    start: Features | None = None,
) -> Features:
    """UMAP's picture of the codes, (row, dimensions), after PCA to at most 50 axes.

    It begins from `start`, (row, dimensions), where that is given. With fewer than ten rows there
    is no neighbourhood to speak of, and the principal axes are given instead.
    """
    rows = len(codes)
    everyone = np.ones(rows, dtype=bool)
    if rows < 10:
        return principal_axes(codes, train=everyone, count=dimensions)
    seen = principal_axes(codes, train=everyone, count=UMAP_INPUT)
    with umap_at_work() as umap:
        asked = umap_settings(settings, rows, dimensions, seed)
        fit = umap.UMAP(**(asked if start is None else asked | {"init": start}))
        layout: Features = fit.fit_transform(seen)
    return layout


def umap_settings(settings: MapSettings, rows: int, dimensions: int, seed: int) -> dict[str, Any]:
    """What umap-learn is asked for; fewer neighbours and a random start where rows are few."""
    neighbours = min(settings.neighbours, rows - 1)
    return {
        "n_components": dimensions,
        "n_neighbors": neighbours,
        "min_dist": settings.min_dist,
        "negative_sample_rate": repulsions(rows),
        # the spectral start solves for more vectors than a handful of rows can give
        "init": "spectral" if rows > 3 * neighbours else "random",
        "random_state": seed,
        "n_jobs": 1,
    }


def repulsions(rows: int) -> int:
    """Repelled points a neighbour, for a map of so many rows."""
    return REPULSIONS if rows <= MANY_ROWS else FEW_REPULSIONS


Size = Literal["fitted", "spread"]


def onto(fixed: Features, moving: Features, *, size: Size = "fitted") -> Features:
    """A layout turned, flipped and scaled onto another as well as it goes (Procrustes).

    The less two layouts agree, the smaller the fitted scale is; "spread" makes them equally wide
    instead.

    Two layouts of the same codes differ by chance in how they are turned; without this a look
    from one to the other would show that and nothing else. Neighbours stay what they were.
    """
    centre, other = fixed.mean(0), moving.mean(0)
    a, b = fixed - centre, moving - other
    left, sizes, right = np.linalg.svd(b.T @ a)
    scales = {
        "fitted": sizes.sum() / max(float((b**2).sum()), 1e-12),
        "spread": np.sqrt(float((a**2).sum()) / max(float((b**2).sum()), 1e-12)),
    }
    laid: Features = scales[size] * b @ (left @ right) + centre
    return laid


def principal_axes(codes: Codes, *, train: Labels, count: int) -> Features:
    """Places on the principal axes of the training rows, (row, count), largest spread first.

    Axes that the rows cannot give (fewer rows or dimensions than `count`) are zero. The sign of
    an axis is chosen so that its largest loading is positive, so maps do not flip by chance.
    """
    centre = codes[train].mean(0, dtype=np.float64)
    loadings: np.ndarray[Any, Any]
    _, _, loadings = np.linalg.svd(codes[train] - centre, full_matrices=False)
    loadings = loadings[:count]
    largest = np.abs(loadings).argmax(1)
    loadings = loadings * np.sign(loadings[np.arange(len(loadings)), largest])[:, None]
    places = np.zeros((len(codes), count), dtype=np.float32)
    places[:, : len(loadings)] = (codes - centre) @ loadings.T
    return places


def check_codes(codes: Codes, train: Labels) -> None:
    """Refuse codes that no geometry can be done with; raises LatentError."""
    if not np.isfinite(codes).all():
        broken = np.flatnonzero(~np.isfinite(codes).all(1))
        raise LatentError(
            f"{len(broken)} codes are not finite (first: row {broken[0]}). Training diverged; "
            "train again with a smaller --training.learning-rate."
        )
    if train.sum() < 2:
        raise LatentError(
            f"Found {int(train.sum())} training rows, wanted 2 or more to fit axes and clusters."
        )
