"""How the map took shape: every moment is laid out, turned onto the next, and ends in the map."""

import shutil

import numpy as np
import pytest

from core.errors import LatentError
from core.latent import forming
from core.latent.projection import onto
from core.run import Run


@pytest.fixture(scope="module")
def moments(tiny_run):
    return forming.moments_of(tiny_run)


def test_the_last_moment_is_the_finished_model(tiny_run, moments):
    assert np.allclose(moments.codes[-1], tiny_run.codes[moments.rows])
    assert moments.epochs == tuple(sorted(moments.epochs))
    assert tiny_run.rows["key_slice"].to_numpy()[moments.rows].all()


def test_on_axes_the_last_moment_lies_where_the_map_has_it(tiny_run, moments):
    found = forming.formed_on_axes(tiny_run, moments)
    assert found.shape == (len(moments.codes), len(moments.rows), 2)
    own = tiny_run.map[["pca_x", "pca_y"]].to_numpy()[moments.rows]
    assert np.allclose(found[-1], own, atol=1e-5)


def test_every_moment_is_drawn_as_wide_as_the_finished_model(tiny_run, moments):
    found = forming.formed_on_axes(tiny_run, moments)
    spreads = found.var(axis=1).sum(axis=1)
    assert np.allclose(spreads, spreads[-1], rtol=1e-3)


def test_the_finished_model_has_all_of_its_neighbours_and_earlier_ones_fewer(moments):
    there = forming.neighbours_there(moments)
    assert there[-1] == 1
    assert ((there >= 0) & (there <= 1)).all()
    assert there[0] < 1


def test_layouts_made_equally_wide_stay_so_however_little_they_agree(rng):
    fixed, moving = rng.normal(size=(60, 2)), 7 * rng.normal(size=(60, 2))
    wide = onto(fixed, moving, size="spread")
    assert np.isclose(wide.var(0).sum(), fixed.var(0).sum())
    assert onto(fixed, moving).var(0).sum() < fixed.var(0).sum()


def test_what_was_laid_out_is_read_back_and_of_other_moments_is_not(
    tiny_run, moments, monkeypatch, tmp_path
):
    monkeypatch.setenv("LYMPHOSCAPE_CACHE", str(tmp_path))
    assert forming.read_formed(tiny_run) is None
    made = np.zeros((len(moments.codes), len(moments.rows), 2), np.float32)
    monkeypatch.setattr(forming, "formed_by_umap", lambda *_, **__: made)
    forming.write_formed(tiny_run)
    assert np.array_equal(forming.read_formed(tiny_run), made)
    assert forming.read_formed(tiny_run, named=True) is None  # another map's
    forming.write_formed(tiny_run, named=True)
    assert np.array_equal(forming.read_formed(tiny_run, named=True), made)
    monkeypatch.setattr(forming, "formed_by_umap", lambda *_, **__: made[1:])
    forming.write_formed(tiny_run)
    assert forming.read_formed(tiny_run) is None


def test_moments_of_the_named_dimensions_hold_these_alone_and_end_in_their_own_map(
    tiny_run, moments, monkeypatch
):
    dims = len(tiny_run.settings.vae.attributes)
    named = forming.moments_of(tiny_run, named=True)
    for own, whole in zip(named.codes, moments.codes, strict=True):
        assert np.array_equal(own, whole[:, :dims])
    assert not np.allclose(forming.neighbours_there(named), forming.neighbours_there(moments))
    monkeypatch.setattr(forming, "umap_layout", lambda codes, start, **_: start[:, ::-1] + 1)
    found = forming.formed_by_umap(tiny_run, named, named=True)
    own = tiny_run.map[["named_x", "named_y"]].to_numpy()[named.rows]
    assert np.allclose(found[-1], own, atol=1e-5)


def test_a_run_without_moments_says_so(tiny_run, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(tiny_run.folder, bare, ignore=shutil.ignore_patterns("snapshots"))
    run = Run.open(bare)
    assert not forming.has_moments(run)
    with pytest.raises(LatentError, match="no moments"):
        forming.moments_of(run)
