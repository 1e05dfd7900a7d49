"""What is kept of looking for groups, and of selections: read again for the same weights alone."""

import json
import shutil
from functools import partial

import numpy as np
import pytest

from core.errors import LatentError
from core.evaluation import cluster_figures
from core.evaluation.figures import Stamp
from core.latent import kept
from core.latent.selection import read_rows, write_rows
from core.latent.support import study
from core.run import Run


@pytest.fixture
def run(tiny_run, tmp_path, monkeypatch):
    """A run of its own to add to, and a cache folder of its own."""
    monkeypatch.setenv("LYMPHOSCAPE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_run.folder, folder, ignore=shutil.ignore_patterns("added"))
    return Run.open(folder)


@pytest.fixture
def studied(monkeypatch):
    """How often a study was made; each is a quick one."""
    made = []
    quick = partial(study, ks=(2, 3), nulls=2, resamples=2)

    def counted(*args, **named):
        made.append(named["method"])
        return quick(*args, **named)

    monkeypatch.setattr(cluster_figures, "study", counted)
    return made


def looked(run, **named):
    stamp = Stamp.now("python train.py clusters", seeds=(1,))
    return cluster_figures.study_run(run, stamp=stamp, **named)


def test_groups_are_looked_for_once_and_read_from_then_on(run, studied):
    first, figures = looked(run)
    made = len(studied)
    assert made >= 3
    second, again = looked(run)
    assert len(studied) == made
    assert second == first
    assert sorted(again, key=lambda one: one.id) == sorted(figures, key=lambda one: one.id)
    looked(run, again=True)
    assert len(studied) == 2 * made


def test_what_was_found_with_other_weights_is_not_read(run, studied):
    looked(run)
    made = len(studied)
    for path in kept.added_folder(run).glob("*.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(said | {"weights_sha256": "0" * 64}), encoding="utf-8")
    looked(run)
    assert len(studied) == 2 * made


def test_a_study_made_beside_a_page_is_taken_over(run, studied):
    found, _ = looked(run)
    made = len(studied)
    target = kept.kept_folder(run)
    shutil.copytree(kept.added_folder(run), target)
    shutil.rmtree(kept.added_folder(run))
    assert looked(run)[0] == found
    assert len(studied) == made


def test_a_long_selection_is_kept_under_a_name_and_read_back(run):
    text = write_rows((1, 5, 9), len(run.rows))
    assert read_rows(kept.read_kept_rows(run, kept.keep_rows(run, text)), len(run.rows)) == (
        1,
        5,
        9,
    )


def test_another_seed_s_map_is_kept_turned_onto_the_run_s_own_and_is_of_its_rows(run, monkeypatch):
    own = run.map[["umap_x", "umap_y"]].to_numpy()
    turned = np.stack([3 * own[:, 1] + 2, -3 * own[:, 0]], axis=1)
    seeds = []
    monkeypatch.setattr(kept, "umap_layout", lambda codes, seed, **_: seeds.append(seed) or turned)
    assert kept.read_again(run) is None
    kept.lay_again(run)
    assert seeds != [run.settings.seed]
    assert np.allclose(kept.read_again(run), own, atol=1e-4)
    np.save(kept.kept_folder(run) / kept.AGAIN, turned[1:])
    assert kept.read_again(run) is None  # as many rows as another run
    kept.lay_again(run, kept.maps_folders(run)[0])  # as a command does, into the run
    assert np.allclose(kept.read_again(run), own, atol=1e-4)
    assert kept.read_again(run, (kept.kept_folder(run),)) is None


def test_the_command_lays_further_maps_into_the_run_once(run, studied, monkeypatch):
    from core.latent import forming
    from core.latent.command import clusters

    laid = []
    own = run.map[["umap_x", "umap_y"]].to_numpy()
    monkeypatch.setattr(kept, "umap_layout", lambda *_, **__: laid.append("again") or own)

    def formed(run, moments, progress, *, named):
        laid.append("named" if named else "whole")
        return np.zeros((len(moments.codes), len(moments.rows), 2), np.float32)

    monkeypatch.setattr(forming, "formed_by_umap", formed)
    for _ in range(2):  # what is there already stays
        assert clusters(["--run", str(run.folder), "--maps"]) == 0
    assert laid == ["again", "named", "whole"]
    inside = (kept.maps_folders(run)[0],)
    assert inside[0].is_relative_to(run.folder)
    assert kept.read_again(run, inside) is not None
    assert all(
        forming.read_formed(run, named=one, folders=inside) is not None for one in (False, True)
    )
    assert not kept.kept_folder(run).exists()


@pytest.mark.parametrize("name", ["", "../../run", "0" * 16, "g" * 16, "0" * 15])
def test_a_name_that_is_none_is_refused(run, name):
    with pytest.raises(LatentError, match="another server"):
        kept.read_kept_rows(run, name)
