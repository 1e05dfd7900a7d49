import subprocess
import sys

import numpy as np
import pytest

from core.errors import LatentError
from core.latent import umap_cache
from core.latent.projection import fit_map, principal_axes
from core.settings import MapSettings

COLUMNS = ["row", "umap_x", "umap_y", "umap3_x", "umap3_y", "umap3_z", "pca_x", "pca_y", "pca_z"]
COLUMNS += ["cluster"]
SETTINGS = MapSettings(neighbours=8, clusters=3)


def blobs(rows, *, seed=0, latent=6):
    random = np.random.default_rng(seed)
    which = np.arange(rows) % 3
    centres = np.eye(latent)[:3] * 12
    codes = (centres[which] + random.normal(size=(rows, latent))).astype(np.float32)
    return codes, which, np.arange(rows) < 2 * rows // 3


@pytest.fixture(scope="module")
def fitted():
    codes, which, train = blobs(90)
    return codes, which, train, fit_map(codes, train=train, settings=SETTINGS, seed=3)


def test_the_same_seed_gives_the_same_map_and_rows_keep_their_order(fitted):
    codes, _, train, first = fitted
    assert list(first.columns) == COLUMNS
    assert first["row"].tolist() == list(range(90))
    assert first.equals(fit_map(codes, train=train, settings=SETTINGS, seed=3))


def test_another_seed_gives_another_picture_but_the_same_axes(fitted):
    codes, _, train, first = fitted
    other = fit_map(codes, train=train, settings=SETTINGS, seed=4)
    assert not np.allclose(first["umap_x"], other["umap_x"])
    assert np.array_equal(first[["pca_x", "pca_y", "pca_z"]], other[["pca_x", "pca_y", "pca_z"]])


def test_what_is_apart_in_the_latent_space_is_apart_on_the_map(fitted):
    _, which, _, found = fitted
    for columns in (["umap_x", "umap_y"], ["umap3_x", "umap3_y", "umap3_z"]):
        places = found[columns].to_numpy()
        distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
        np.fill_diagonal(distance, np.inf)
        assert (which[distance.argmin(1)] == which).all()


def test_axes_and_clusters_do_not_depend_on_patients_outside_training(fitted):
    codes, _, train, found = fitted
    moved = codes.copy()
    moved[~train] += 50
    other = fit_map(moved, train=train, settings=SETTINGS, seed=3)
    columns = ["pca_x", "pca_y", "pca_z", "cluster"]
    assert other.loc[train, columns].equals(found.loc[train, columns])


def test_named_dimensions_get_a_map_of_their_own_that_the_others_do_not_move(fitted):
    codes, _, train, _ = fitted
    found = fit_map(codes, train=train, settings=SETTINGS, seed=3, named_dims=3)
    assert list(found.columns) == [*COLUMNS[:-1], "named_x", "named_y", "cluster"]
    other = codes.copy()
    other[:, 3:] += np.random.default_rng(1).normal(size=(90, 3)).astype(np.float32) * 40
    moved = fit_map(other, train=train, settings=SETTINGS, seed=3, named_dims=3)
    named = ["named_x", "named_y", "cluster"]
    assert moved[named].equals(found[named])
    assert not np.allclose(moved["umap_x"], found["umap_x"])


def test_axes_carry_the_largest_spread_first():
    codes = np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32) * [1, 9, 3, 0.1]
    axes = principal_axes(codes.astype(np.float32), train=np.ones(400, bool), count=3)
    assert np.allclose(axes.std(0), [9, 3, 1], rtol=0.15)
    assert abs(np.corrcoef(axes[:, 0], codes[:, 1])[0, 1]) > 0.99


@pytest.mark.parametrize("rows", [2, 3, 5, 9, 10, 13])
def test_a_handful_of_rows_still_gets_a_map(rows):
    codes, _, _ = blobs(rows)
    found = fit_map(codes, train=np.ones(rows, bool), settings=MapSettings(), seed=1)
    assert len(found) == rows
    assert np.isfinite(found.to_numpy()).all()


def test_codes_that_are_not_finite_are_refused_with_their_row():
    codes, _, train = blobs(30)
    codes[7, 2] = np.nan
    with pytest.raises(LatentError, match="row 7"):
        fit_map(codes, train=train, settings=SETTINGS, seed=1)


def test_importing_the_room_does_not_import_umap():
    code = (
        "import sys, core.latent.projection; print('umap' in sys.modules, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv(umap_cache.FOLDER_VARIABLE, str(tmp_path))
    assert umap_cache.cache_folder() == tmp_path / "numba"


def test_numba_is_left_as_it_was():
    import numba

    plain = numba.njit
    with umap_cache.umap_at_work():
        assert numba.njit is not plain
    assert numba.njit is plain
